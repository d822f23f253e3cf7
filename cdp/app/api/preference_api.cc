// The person's pages below /preferences: in by a mailed link, then choices, history, receipts.

#include "cdp/app/api/preference_api.h"

#include <algorithm>

#include "cdp/app/api/page_guard.h"
#include "cdp/app/api/phone_api.h"
#include "cdp/app/preferences/vendors.h"
#include "cdp/core/base/limits.h"
#include "cdp/core/http/forwarded.h"
#include "consent/preference_centre/choices.h"
#include "consent/preference_centre/pages.h"
#include "consent/preference_centre/preference_reader.h"
#include "consent/preference_centre/texts.h"

namespace cdp::app {
namespace {

namespace centre = consent::preference_centre;

constexpr std::size_t kFormBytesMax = 32 * 1024;
constexpr std::size_t kOnceBytesMax = 64;

using Form = std::vector<std::pair<std::string, std::string>>;

std::string_view field(const Form& form, std::string_view name) {
  for (const auto& [key, value] : form) {
    if (key == name) return value;
  }
  return {};
}

// One request to a page, with what every page needs.
class Visit {
 public:
  Visit(const PreferenceServices& services, const http::Request& request)
      : services_(services),
        request_(request),
        active_(services.api.policy.active()),
        cookie_(session_cookie(request)),
        session_(services.desk.sessions().find(cookie_)) {
    const auto& offered = config().languages;
    const auto asked = request.query_value("lang").value_or(
        session_ ? std::string_view(session_->holder.language) : std::string_view());
    language_ = centre::choose_language(asked, request.header("accept-language"), offered);
    if (request.body.size() <= kFormBytesMax) form_ = http::parse_form(request.body);
  }

  const consent::Policy& policy() const { return active_->policy; }
  const consent::PreferenceCentreConfig& config() const { return policy().preference_centre; }
  const std::string& language() const { return language_; }
  const Form& form() const { return form_; }
  const std::string& cookie() const { return cookie_; }
  const std::optional<centre::Session>& session() const { return session_; }
  bool privacy_control() const { return request_.header("sec-gpc") == "1"; }

  centre::Frame frame(std::string here) const {
    const auto brand = services_.brand();
    centre::Frame frame;
    frame.language = language_;
    frame.offered = config().languages;
    frame.here = std::move(here);
    frame.controller = policy().controller_name;
    frame.contact = policy().controller_contact;
    frame.has_css = !brand->css.empty();
    frame.has_logo = !brand->logo.empty();
    frame.version = asset_version(*brand);
    if (session_) {
      frame.form_key = session_->form_key;
      frame.once = to_hex(services_.api.random.next_token());
    }
    return frame;
  }

  bool is_from_our_page() const { return app::is_from_our_page(request_, config().base_url); }
  // From our page, in a session, with its key.
  bool is_ours() const {
    return session_ && is_from_our_page() &&
           equal_constant_time(as_bytes(field(form_, "form_key")), as_bytes(session_->form_key));
  }

  http::Response show(int status, const Result<std::string>& html) const {
    if (!html) return http::Response::error(html.error());
    return as_page(status, *html);
  }
  http::Response trouble(int status, centre::Trouble trouble) const {
    auto response = show(status, centre::render_trouble(frame("/preferences"), trouble));
    if (status == 429 || status == 503) response.with("Retry-After", "60");
    return response;
  }
  http::Response go(const std::string& path, const std::string& more = "") const {
    return see_other(path + "?lang=" + language_ + more);
  }

  centre::Person person() const {
    centre::Person person;
    person.email = session_->holder.address;
    person.language = language_;
    person.privacy_control = privacy_control();
    person.email_token = session_->holder.token;
    return person;
  }

 private:
  const PreferenceServices& services_;
  const http::Request& request_;
  std::shared_ptr<const ActivePolicy> active_;
  std::string cookie_;
  std::optional<centre::Session> session_;
  std::string language_;
  Form form_;
};

// What the person's pages are made of.
struct Known {
  centre::Person person;
  consent::ConsentState state;
  std::vector<PersonaOrdinal> members;
};

Result<Known> known_of(const PreferenceServices& services, const Visit& visit) {
  Known known;
  known.person = visit.person();
  // A fold that stopped shows yesterday's consent: nothing may be read from it (invariant 2).
  CDP_CHECK(services.api.pipeline.health());
  CDP_TRY(const auto profile,
          services.api.pipeline.live().profile_for_owner(known.person.email_token));
  if (profile) {
    add_phone(services, *visit.session(), *profile, &known.person);
    for (const auto& member : profile->members) known.members.push_back(member.persona);
  } else {
    // Somebody has the address, and who of them is on the page cannot be told.
    CDP_TRY(const auto holder,
            services.api.pipeline.live().vouched_holder(known.person.email_token));
    known.person.shares_address = holder.has_value();
  }
  const OwnStatements own(services.api);
  CDP_TRY(known.state, own.state({known.person.email}, {false, {visit.language(), "en"}}));
  return known;
}

http::Response entry(const Visit& visit, centre::Entry why) {
  const auto& mail = visit.policy().mail;
  const bool can_mail =
      !visit.config().base_url.empty() && mail.kind != consent::MailConfig::Kind::none;
  return visit.show(200, centre::render_entry(visit.frame("/preferences"), {why, can_mail}));
}

http::Response choices_page(const PreferenceServices& services, const Visit& visit) {
  const auto known = known_of(services, visit);
  if (!known) return visit.trouble(503, centre::Trouble::down);
  auto page = centre::choices_page(visit.policy(), known->state, known->person);
  page.flash = visit.session()->flash;
  page.closed = centre::closed_among(page, visit.session()->allowed);
  for (const auto& purpose : page.purposes) {
    if (std::ranges::find(visit.session()->unread, purpose.key) != visit.session()->unread.end())
      page.unread.push_back(purpose.title);
  }
  const auto title_of = [&](const std::string& purpose) {
    const std::vector<std::string> languages = {visit.language()};
    const auto* text = consent::notice_text(visit.policy(), purpose, languages);
    return text != nullptr ? text->title : purpose;
  };
  auto vendors = vendors_of(services.api.ledger, known->members, visit.policy(), title_of);
  if (!vendors) return visit.trouble(503, centre::Trouble::down);
  page.vendors = std::move(*vendors);
  services.desk.sessions().change(visit.cookie(), [](centre::Session& session) {
    session.flash = centre::Flash::none;
    session.unread.clear();
    session.allowed.clear();
  });
  return visit.show(200, centre::render_choices(visit.frame("/preferences"), page));
}

http::Response start(const PreferenceServices& services, const http::Request& request) {
  const Visit visit(services, request);
  if (visit.session()) return choices_page(services, visit);
  if (request.query_value("state") == "signed-out") return entry(visit, centre::Entry::signed_out);
  const bool had_session = !visit.cookie().empty();
  return entry(visit, had_session ? centre::Entry::expired : centre::Entry::start);
}

http::Response sent(const PreferenceServices& services, const http::Request& request) {
  const Visit visit(services, request);
  return visit.show(200, centre::render_sent(visit.frame("/preferences/sent")));
}

// Answers before anybody is looked up: the same words, work and time for everybody.
http::Response ask_for_link(const PreferenceServices& services, const http::Request& request) {
  const Visit visit(services, request);
  if (!visit.is_from_our_page()) return visit.trouble(403, centre::Trouble::form);
  if (!services.desk.may_ask(http::limit_key(request.peer)))
    return visit.trouble(429, centre::Trouble::often);
  // What is no address at all goes the same way and ends in nothing.
  const std::string typed(field(visit.form(), "email").substr(0, limits::kIdentifierBytesMax));
  if (!services.desk.ask_for_link({"email", Pii<std::string>(typed)}, visit.language()))
    return visit.trouble(503, centre::Trouble::down);
  return visit.go("/preferences/sent");
}

// The same page for every text there could be: nothing is looked up, nothing is spent.
http::Response before_open(const PreferenceServices& services, const http::Request& request) {
  const Visit visit(services, request);
  const std::string& link = request.path_parameters.at(0);
  const std::string here = "/preferences/open/" + http::percent_encode(link);
  return visit.show(200, centre::render_open(visit.frame(here), link));
}

consent::OwnChoice signal_choice(const centre::Person& person, Time now) {
  consent::OwnChoice choice;
  choice.purpose = consent::kGpcPurpose;
  choice.choice = event::Choice::objected;
  choice.method = event::method::kGpc;
  choice.place = "preferences";
  choice.notice_language = person.language;
  choice.contact_point = person.email;
  choice.occurred_at = now;
  return choice;
}

// A browser's Global Privacy Control counts for the person who has shown who they are (11 CCR
// 7025(c)(1)), on whichever page of the session it comes first; once a session, so that opening
// pages forges nothing.
bool brings_signal(const Visit& visit) {
  return visit.session() && visit.privacy_control() && !visit.session()->signal_noted;
}

void note_signal_in(const PreferenceServices& services, const std::string& cookie) {
  services.desk.sessions().change(cookie,
                                  [](centre::Session& session) { session.signal_noted = true; });
}

// `at_once` answers where nothing new was said, `next` when the signal is in force: later, from
// another thread.
void note_signal(const PreferenceServices& services, const Visit& visit,
                 const http::Responder& respond, const std::function<http::Response()>& at_once,
                 std::function<http::Response()> next) {
  const auto known = known_of(services, visit);
  if (!known) return respond(visit.trouble(503, centre::Trouble::down));
  if (known->state.privacy_control) {
    note_signal_in(services, visit.cookie());
    return respond(at_once());
  }
  auto failed = std::make_shared<http::Response>(visit.trouble(503, centre::Trouble::down));
  const std::string& cookie = visit.cookie();
  OwnStatements(services.api)
      .record({known->person.email}, {signal_choice(known->person, services.api.clock.now())},
              visit.session()->form_key + "|gpc",
              [services, cookie, next = std::move(next), failed,
               respond](const Result<Recorded>& recorded) {
                if (!recorded) return respond(std::move(*failed));
                note_signal_in(services, cookie);
                respond(next());
              });
}

void open(const PreferenceServices& services, const http::Request& request,
          const http::Responder& respond) {
  const Visit visit(services, request);
  if (!visit.is_from_our_page()) return respond(visit.trouble(403, centre::Trouble::form));
  if (!services.desk.may_open(http::limit_key(request.peer)))
    return respond(visit.trouble(429, centre::Trouble::often));
  auto holder = services.desk.links().redeem(field(visit.form(), "link"));
  if (!holder) return respond(visit.trouble(400, centre::Trouble::link));
  // Never an old session's: a new one for every link (session fixation).
  services.desk.sessions().close(visit.cookie());
  const std::string cookie = services.desk.sessions().open(std::move(*holder));
  auto response = visit.go("/preferences");
  response.with("Set-Cookie", session_cookie_header(cookie));
  if (!visit.privacy_control()) return respond(std::move(response));
  http::Request signed_in = request;
  signed_in.headers = {{"cookie", std::string(kSessionCookie) + "=" + cookie}, {"sec-gpc", "1"}};
  note_signal(
      services, Visit(services, signed_in), respond, [&] { return response; },
      [response] { return response; });
}

// Records, notes what the next page says, and goes there.
void record(const PreferenceServices& services, const Visit& visit, const Known& known,
            std::vector<consent::OwnChoice> choices, centre::Flash flash, http::Response next,
            const http::Responder& respond) {
  const std::string& cookie = visit.cookie();
  const bool with_signal = brings_signal(visit) && !known.state.privacy_control;
  auto failed = std::make_shared<http::Response>(visit.trouble(503, centre::Trouble::down));
  auto done = std::make_shared<http::Response>(std::move(next));
  const auto finish = [services, cookie, flash, failed, done, with_signal,
                       respond](const Result<Recorded>& recorded) {
    if (!recorded) return respond(std::move(*failed));
    if (with_signal) note_signal_in(services, cookie);
    services.desk.sessions().change(cookie,
                                    [&](centre::Session& session) { session.flash = flash; });
    respond(std::move(*done));
  };
  if (choices.empty() && !with_signal) return finish(Recorded{});
  // A yes that is posted twice is one statement. A no is always one of its own: the forms of a page
  // share their `once`, and no second thought may be taken for a repetition of the first.
  std::string once(field(visit.form(), "once").substr(0, kOnceBytesMax));
  const bool only_yes = std::ranges::all_of(
      choices, [](const auto& choice) { return choice.choice == event::Choice::granted; });
  for (const auto& choice : choices) once += "|" + choice.purpose;
  if (!only_yes || field(visit.form(), "once").empty())
    once += "|" + to_hex(services.api.random.next_token());
  // Switched on since the page was shown: before what was chosen on it, knowing of the signal.
  if (with_signal) {
    const Time before = services.api.clock.now() - Duration{1};
    choices.insert(choices.begin(), signal_choice(known.person, before));
  }
  OwnStatements(services.api)
      .record({known.person.email}, std::move(choices), visit.session()->form_key + "|" + once,
              finish);
}

centre::FilledForm filled(const Form& form) {
  centre::FilledForm out;
  const std::string_view action = field(form, "action");
  if (action == "accept") out.action = centre::Action::accept;
  if (action == "withdraw_all") out.action = centre::Action::withdraw_all;
  for (const auto& [name, value] : form) {
    if (name.starts_with("n:")) out.shown[name.substr(2)] = value;
    if (!name.starts_with("p:")) continue;
    if (value == "yes") out.answers[name.substr(2)] = centre::Answer::yes;
    if (value == "no") out.answers[name.substr(2)] = centre::Answer::no;
  }
  return out;
}

// Answers what keeps a form from being looked at; empty when nothing does.
std::optional<http::Response> refused(const Visit& visit) {
  if (!visit.session()) return visit.go("/preferences");
  if (!visit.is_ours()) return visit.trouble(403, centre::Trouble::form);
  return std::nullopt;
}

void save(const PreferenceServices& services, const http::Request& request,
          const http::Responder& respond) {
  const Visit visit(services, request);
  if (auto answer = refused(visit)) return respond(std::move(*answer));
  const auto known = known_of(services, visit);
  if (!known) return respond(visit.trouble(503, centre::Trouble::down));
  const auto form = filled(visit.form());
  const auto action = form.action;
  auto meant =
      centre::meant_by(form, visit.policy(), known->state, known->person, services.api.clock.now());
  auto flash = meant.choices.empty() ? centre::Flash::saved_nothing : centre::Flash::saved;
  if (action == centre::Action::withdraw_all) flash = centre::Flash::withdrawn;
  if (action == centre::Action::accept && !meant.choices.empty()) flash = centre::Flash::accepted;
  const bool second_step = !meant.to_confirm.empty();
  if (second_step) flash = centre::Flash::none;
  services.desk.sessions().change(visit.cookie(), [&](centre::Session& session) {
    session.to_confirm = std::move(meant.to_confirm);
    session.unread = std::move(meant.unread);
    session.allowed = std::move(meant.allowed);
  });
  record(services, visit, *known, std::move(meant.choices), flash,
         visit.go(second_step ? "/preferences/confirm" : "/preferences"), respond);
}

http::Response confirm_page(const PreferenceServices& services, const http::Request& request) {
  const Visit visit(services, request);
  if (!visit.session() || visit.session()->to_confirm.empty()) return visit.go("/preferences");
  const auto known = known_of(services, visit);
  if (!known) return visit.trouble(503, centre::Trouble::down);
  centre::ConfirmPage page;
  page.purposes = centre::purposes_named(visit.policy(), known->state, known->person,
                                         visit.session()->to_confirm);
  return visit.show(200, centre::render_confirm(visit.frame("/preferences/confirm"), page));
}

void confirm(const PreferenceServices& services, const http::Request& request,
             const http::Responder& respond) {
  const Visit visit(services, request);
  if (auto answer = refused(visit)) return respond(std::move(*answer));
  const auto known = known_of(services, visit);
  if (!known) return respond(visit.trouble(503, centre::Trouble::down));
  centre::Meant meant;
  if (field(visit.form(), "action") == "yes") {
    meant =
        centre::confirmed(visit.session()->to_confirm, filled(visit.form()).shown, visit.policy(),
                          known->state, known->person, services.api.clock.now());
  }
  services.desk.sessions().change(visit.cookie(), [&](centre::Session& session) {
    if (meant.choices.empty()) {
      std::erase_if(session.allowed, [&](const std::string& purpose) {
        return std::ranges::find(session.to_confirm, purpose) != session.to_confirm.end();
      });
    }
    session.to_confirm.clear();
    session.unread.insert(session.unread.end(), meant.unread.begin(), meant.unread.end());
  });
  record(services, visit, *known, std::move(meant.choices), centre::Flash::saved,
         visit.go("/preferences"), respond);
}

http::Response history(const PreferenceServices& services, const http::Request& request) {
  const Visit visit(services, request);
  if (!visit.session()) return visit.go("/preferences");
  const auto known = known_of(services, visit);
  if (!known) return visit.trouble(503, centre::Trouble::down);
  const auto page = centre::history_page(visit.policy(), known->state, known->person);
  return visit.show(200, centre::render_history(visit.frame("/preferences/history"), page));
}

http::Response receipt(const PreferenceServices& services, const http::Request& request) {
  const Visit visit(services, request);
  if (!visit.session()) return visit.go("/preferences");
  const std::string& id = request.path_parameters.at(0);
  const auto json = OwnStatements(services.api).receipt({visit.person().email}, id);
  if (!json) return http::Response::error(json.error());
  return http::Response::json(200, *json)
      .with("Content-Disposition", "attachment")
      .with("Referrer-Policy", "same-origin")
      .with("Cache-Control", "no-store");
}

http::Response sign_out(const PreferenceServices& services, const http::Request& request) {
  const Visit visit(services, request);
  if (auto answer = refused(visit)) return std::move(*answer);
  services.desk.sessions().close(visit.cookie());
  return visit.go("/preferences", "&state=signed-out")
      .with("Set-Cookie", ended_session_cookie_header());
}

// A path comes decoded, and goes back as it came.
std::string encoded(std::string_view path) {
  std::string out;
  for (const char c : path) out += c == '/' ? "/" : http::percent_encode(std::string_view(&c, 1));
  return out;
}

}  // namespace

void run_after_signal(const PreferenceServices& services, const http::Request& request,
                      const http::Responder& respond, SessionRoute run) {
  const Visit visit(services, request);
  const bool is_page = request.method == "GET";
  const auto at_once = [&] { return run(services, request); };
  if (!brings_signal(visit) || (!is_page && !visit.is_ours())) return respond(at_once());
  if (is_page) {
    return note_signal(services, visit, respond, at_once,
                       [again = visit.go(encoded(request.path))] { return again; });
  }
  note_signal(services, visit, respond, at_once,
              [services, request, run] { return run(services, request); });
}

void add_preference_routes(http::Router& router, const PreferenceServices& services) {
  const auto add = [&](const char* method, const char* pattern, auto run) {
    router.add(method, pattern,
               [services, run](const http::Request& request) { return run(services, request); });
  };
  const auto add_deferred = [&](const char* pattern, auto run) {
    router.add_deferred("POST", pattern,
                        [services, run](const http::Request& request, http::Responder respond) {
                          run(services, request, respond);
                        });
  };
  const auto add_page = [&](const char* pattern, SessionRoute show) {
    router.add_deferred(
        "GET", pattern,
        [services, show](const http::Request& request, const http::Responder& respond) {
          run_after_signal(services, request, respond, show);
        });
  };
  add_page("/preferences", start);
  add_deferred("/preferences", save);
  add("POST", "/preferences/link", ask_for_link);
  add_page("/preferences/sent", sent);
  add_page("/preferences/open/{link}", before_open);
  add_deferred("/preferences/open", open);
  add_page("/preferences/confirm", confirm_page);
  add_deferred("/preferences/confirm", confirm);
  add_page("/preferences/history", history);
  add_page("/preferences/receipts/{statement}", receipt);
  router.add_deferred("POST", "/preferences/sign-out",
                      [services](const http::Request& request, const http::Responder& respond) {
                        run_after_signal(services, request, respond, sign_out);
                      });
}

}  // namespace cdp::app
