#include "cdp/app/api/phone_api.h"

#include "cdp/app/api/page_guard.h"
#include "cdp/core/http/forwarded.h"
#include "consent/preference_centre/pages.h"
#include "consent/preference_centre/preference_reader.h"
#include "identity/identifier.h"

namespace cdp::app {
namespace {

namespace centre = consent::preference_centre;

constexpr std::size_t kFormBytesMax = 4 * 1024;

std::string_view field(const std::vector<std::pair<std::string, std::string>>& form,
                       std::string_view name) {
  for (const auto& [key, value] : form) {
    if (key == name) return value;
  }
  return {};
}

// One request of somebody who is signed in.
class Visit {
 public:
  Visit(const PreferenceServices& services, const http::Request& request)
      : services_(services),
        request_(request),
        cookie_(session_cookie(request)),
        session_(services.desk.sessions().find(cookie_)) {
    frame_ =
        public_frame(services, request,
                     session_ ? std::string_view(session_->holder.language) : std::string_view());
    frame_.here = "/preferences/phone";
    if (session_) frame_.form_key = session_->form_key;
    if (request.body.size() <= kFormBytesMax) form_ = http::parse_form(request.body);
  }

  const std::optional<centre::Session>& session() const { return session_; }
  const std::string& cookie() const { return cookie_; }
  const centre::Frame& frame() const { return frame_; }
  std::string_view field(std::string_view name) const { return app::field(form_, name); }

  // What keeps a form from being looked at; empty when nothing does.
  std::optional<http::Response> refused() const {
    if (!session_) return go("/preferences");
    const auto& base_url = services_.api.policy.active()->policy.preference_centre.base_url;
    const bool is_ours =
        is_from_our_page(request_, base_url) &&
        equal_constant_time(as_bytes(field("form_key")), as_bytes(session_->form_key));
    return is_ours ? std::nullopt : std::optional(trouble(403, centre::Trouble::form));
  }
  http::Response show(int status, const Result<std::string>& html) const {
    return html ? as_page(status, *html) : http::Response::error(html.error());
  }
  http::Response trouble(int status, centre::Trouble trouble) const {
    auto response = show(status, centre::render_trouble(frame_, trouble));
    if (status == 429 || status == 503) response.with("Retry-After", "60");
    return response;
  }
  http::Response go(const std::string& path, const std::string& more = "") const {
    return see_other(path + "?lang=" + frame_.language + more);
  }

  // Who is on the page. Errors: what cannot be read now.
  Result<centre::Person> person() const {
    centre::Person person;
    person.email = session_->holder.address;
    person.email_token = session_->holder.token;
    // A fold that stopped knows nobody (invariant 2).
    CDP_CHECK(services_.api.pipeline.health());
    CDP_TRY(const auto profile,
            services_.api.pipeline.live().profile_for_owner(person.email_token));
    if (profile) add_phone(services_, *session_, *profile, &person);
    return person;
  }

 private:
  const PreferenceServices& services_;
  const http::Request& request_;
  std::string cookie_;
  std::optional<centre::Session> session_;
  centre::Frame frame_;
  std::vector<std::pair<std::string, std::string>> form_;
};

// Whether there is something to prove, and a way to.
bool can_prove(const centre::Person& person) {
  return person.phone.has_value() && person.can_text && !person.phone_proven;
}

http::Response phone_page(const PreferenceServices& services, const http::Request& request) {
  const Visit visit(services, request);
  if (!visit.session()) return visit.go("/preferences");
  const auto person = visit.person();
  if (!person) return visit.trouble(503, centre::Trouble::down);
  if (!can_prove(*person)) return visit.go("/preferences");
  centre::PhonePage page;
  page.number = consent::PreferenceReader::masked(*person->phone);
  const auto state = request.query_value("state").value_or("");
  if (state == "sent") page.state = centre::PhonePage::State::sent;
  if (state == "wrong") page.state = centre::PhonePage::State::wrong;
  return visit.show(200, centre::render_phone(visit.frame(), page));
}

// The number as it is dialled; empty when it is none.
std::string e164_of(const event::Identifier& phone) {
  const auto normalised = identity::Normaliser::normalise(phone.type, phone.value, "");
  const auto* number = std::get_if<std::string>(&normalised);
  return number == nullptr ? std::string() : *number;
}

// May the person's number be sent a code now? Counted when it may not.
bool may_text(const PreferenceServices& services, const centre::Person& person) {
  const auto verdict = services.desk.code_allowance().take(
      person.phone_token, e164_of(*person.phone), services.api.policy.active()->policy.messenger);
  if (verdict == CodeAllowance::Verdict::send) return true;
  count_code(services.api, to_string(verdict));
  return false;
}

// The same answer whether a code leaves or not; what leaves, leaves afterwards.
http::Response send_code(const PreferenceServices& services, const http::Request& request) {
  const Visit visit(services, request);
  if (auto answer = visit.refused()) return std::move(*answer);
  if (!services.desk.may_ask(http::limit_key(request.peer)))
    return visit.trouble(429, centre::Trouble::often);
  const auto person = visit.person();
  if (!person) return visit.trouble(503, centre::Trouble::down);
  const Token number = person->phone_token;
  if (can_prove(*person) && may_text(services, *person)) {
    const bool posted = services.desk.code_lane().post(
        [text_code = services.text_code, session = visit.session()->form_key, number,
         language = visit.frame().language] { text_code(session, number, language); });
    if (!posted) return visit.trouble(503, centre::Trouble::down);
  }
  return visit.go("/preferences/phone", "&state=sent");
}

http::Response take_code(const PreferenceServices& services, const http::Request& request) {
  const Visit visit(services, request);
  if (auto answer = visit.refused()) return std::move(*answer);
  if (!services.desk.may_open(http::limit_key(request.peer)))
    return visit.trouble(429, centre::Trouble::often);
  const auto person = visit.person();
  if (!person) return visit.trouble(503, centre::Trouble::down);
  const Token number = person->phone_token;
  const bool right =
      services.desk.codes().redeem(visit.session()->form_key, number, visit.field("code"));
  if (!right || !can_prove(*person)) return visit.go("/preferences/phone", "&state=wrong");
  services.desk.sessions().change(visit.cookie(), [&](centre::Session& session) {
    session.proven_phone = number;
    session.flash = centre::Flash::phone_proven;
  });
  return visit.go("/preferences");
}

}  // namespace

void count_code(const ApiServices& services, std::string_view result) {
  services.metrics
      .counter("cdp_phone_codes_total", "Codes asked for, by what became of them",
               {{"result", std::string(result)}})
      .add();
}

void add_phone(const PreferenceServices& services, const centre::Session& session,
               const identity::Profile& profile, centre::Person* person) {
  person->phone = consent::PreferenceReader::phone_of(profile, person->email_token);
  if (!person->phone) return;
  const std::string number = e164_of(*person->phone);
  if (number.empty()) return person->phone.reset();
  person->phone_token =
      identity::Normaliser::token(person->phone->type, number, services.api.pipeline.keyed().link);
  person->phone_proven = session.proven_phone == person->phone_token;
  person->can_text = !services.api.policy.active()->policy.messenger.url.empty();
}

void add_phone_routes(http::Router& router, const PreferenceServices& services) {
  const auto add = [&](const char* method, const char* pattern, SessionRoute run) {
    router.add_deferred(
        method, pattern,
        [services, run](const http::Request& request, const http::Responder& respond) {
          run_after_signal(services, request, respond, run);
        });
  };
  add("GET", "/preferences/phone", phone_page);
  add("POST", "/preferences/phone", send_code);
  add("POST", "/preferences/phone/code", take_code);
}

}  // namespace cdp::app
