// /preferences/subscribe and /preferences/opt-in: our double opt-in over HTTP.
//
// The form is posted by our own page, by a shop's (form-encoded, without a script) or by a script
// of the shop's (JSON, CORS), and answers before anybody is looked up: the same words, work and
// time for every address there could be. The mailed link is opened by a GET that changes nothing,
// since mail programs open links before people do; its button posts.

#include <algorithm>

#include "cdp/app/api/page_guard.h"
#include "cdp/app/api/preference_api.h"
#include "cdp/core/base/limits.h"
#include "cdp/core/http/forwarded.h"
#include "consent/preference_centre/pages.h"
#include "consent/preference_centre/preference_reader.h"

namespace cdp::app {
namespace {

namespace centre = consent::preference_centre;

constexpr std::size_t kBodyBytesMax = 16 * 1024;
constexpr std::size_t kPlaceBytesMax = 64;
constexpr std::string_view kTrap = "website";  // hidden from people; programs fill it in

// A word of the shop's own for its form: "footer", "checkout.de".
bool is_place_name(std::string_view text) {
  return !text.empty() && text.size() <= kPlaceBytesMax && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  });
}

// "application/json" of " Application/JSON; charset=utf-8" (RFC 9110 section 8.3.1: of any case).
std::string media_type(const http::Request& request) {
  std::string_view given = request.header("content-type");
  given = given.substr(0, given.find(';'));
  std::string type;
  for (const char c : given) {
    if (c == ' ' || c == '\t') continue;
    type += c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
  }
  return type;
}

// What was posted, in either form.
class Posted {
 public:
  enum class Shape : std::uint8_t { readable, too_large, malformed, foreign };

  explicit Posted(const http::Request& request) {
    const std::string type = media_type(request);
    is_json_ = type == "application/json";
    if (!is_json_ && type != "application/x-www-form-urlencoded") {
      shape_ = Shape::foreign;
    } else if (request.body.size() > kBodyBytesMax) {
      shape_ = Shape::too_large;
    } else if (is_json_) {
      read_json(request.body);
    } else {
      fields_ = http::parse_form(request.body);
    }
  }
  bool is_json() const { return is_json_; }
  Shape shape() const { return shape_; }
  bool has(std::string_view name) const {
    return std::ranges::any_of(fields_, [&](const auto& field) { return field.first == name; });
  }
  std::string get(std::string_view name) const {
    for (const auto& [key, value] : fields_) {
      if (key == name) return value;
    }
    return {};
  }

 private:
  void read_json(const std::string& body) {
    const auto document = json::Document::parse(body);
    if (!document || !document->root().is_object()) {
      shape_ = Shape::malformed;
      return;
    }
    document->root().each_member([&](std::string_view key, json::Value value) {
      if (const auto text = value.string()) fields_.emplace_back(key, *text);
      return true;
    });
  }

  bool is_json_ = false;
  Shape shape_ = Shape::readable;
  std::vector<std::pair<std::string, std::string>> fields_;
};

http::Response show(int status, const Result<std::string>& html) {
  return html ? as_page(status, *html) : http::Response::error(html.error());
}

http::Response down(const PreferenceServices& services, const http::Request& request) {
  return show(503, centre::render_trouble(public_frame(services, request), centre::Trouble::down))
      .with("Retry-After", "60");
}

// The shop's page that may post the form, or our own; empty for any other.
std::string origin_of_form(const consent::Policy& policy, const http::Request& request) {
  const std::string& base = policy.preference_centre.base_url;
  if (is_from_our_page(request, base)) return origin_of(base);
  const std::string origin = origin_of(request.header("origin"));
  const auto& allowed = policy.double_opt_in.origins;
  const bool known = std::ranges::any_of(
      allowed, [&](const std::string& one) { return !origin.empty() && origin_of(one) == origin; });
  return known ? origin : std::string();
}

http::Response with_cors(http::Response response, const std::string& origin) {
  response.with("Vary", "Origin");
  if (origin.empty()) return response;
  response.with("Access-Control-Allow-Origin", origin);
  response.with("Access-Control-Allow-Headers", "content-type");
  response.with("Access-Control-Allow-Methods", "POST, OPTIONS");
  return response.with("Access-Control-Max-Age", "86400");
}

http::Response subscribe_page(const PreferenceServices& services, const http::Request& request) {
  const auto active = services.api.policy.active();
  const auto frame = public_frame(services, request);
  const auto wanted = request.query_value("purpose");
  std::vector<centre::OptInPurpose> purposes;
  for (const auto& key : consent::opt_in_purposes(active->policy)) {
    if (wanted && *wanted != key) continue;
    if (auto words =
            services.opt_ins.words_for(key, frame.language, {active->policy.home_jurisdiction}))
      purposes.push_back(*std::move(words));
  }
  if (purposes.empty()) return show(404, centre::render_opt_in_gone(frame));
  return show(
      200, centre::render_subscribe(
               frame, purposes, services.api.clock.now() + active->policy.double_opt_in.link_life));
}

http::Response refused(const PreferenceServices& services, const http::Request& request,
                       const Posted& posted, const std::string& origin, const Error& error) {
  if (posted.is_json()) return with_cors(http::Response::error(error), origin);
  const bool often = error.code == ErrorCode::overloaded;
  if (error.code == ErrorCode::unavailable) return down(services, request);
  auto response =
      show(often ? 429 : http::Response::error(error).status,
           centre::render_trouble(public_frame(services, request),
                                  often ? centre::Trouble::often : centre::Trouble::form));
  if (often) response.with("Retry-After", "60");
  return response;
}

// What is wrong with a form before anybody is meant by it; nothing when nothing is. It says
// nothing about any address, so telling it tells nobody who is known.
std::optional<http::Response> misshapen(const PreferenceServices& services,
                                        const http::Request& request, const Posted& posted,
                                        const std::string& origin) {
  const auto refuse = [&](const Error& error) {
    return std::optional(refused(services, request, posted, origin, error));
  };
  switch (posted.shape()) {
    case Posted::Shape::readable:
      break;
    case Posted::Shape::too_large:
      return refuse({ErrorCode::too_large, "the form is too large", "send its few fields alone"});
    case Posted::Shape::malformed:
      return refuse({ErrorCode::invalid_argument, "the body is no JSON object",
                     R"(send {"email":"...","purpose":"..."})"});
    case Posted::Shape::foreign: {
      auto answer = http::Response::error(
          {ErrorCode::invalid_argument, "the form has a media type that is not read here",
           "send application/x-www-form-urlencoded (a form without enctype) or application/json"});
      answer.status = 415;
      return with_cors(std::move(answer), origin);
    }
  }
  if (posted.has("email")) return std::nullopt;
  return refuse(
      {ErrorCode::unprocessable, "the form has no email", "send the address as the text email"});
}

// The only purpose that is offered need not be named.
std::optional<std::string> purpose_of(const consent::Policy& policy, const Posted& posted) {
  const auto offered = consent::opt_in_purposes(policy);
  const std::string named = posted.get("purpose");
  if (named.empty() && offered.size() == 1) return offered.front();
  if (std::ranges::find(offered, named) == offered.end()) return std::nullopt;
  return named;
}

// Where the browser goes next: a page of the shop's own that the form names, or ours.
http::Response accepted(const consent::Policy& policy, const Posted& posted,
                        const std::string& origin, const std::string& language) {
  if (posted.is_json()) {
    return with_cors(http::Response::json(202, R"({"accepted":true})"), origin)
        .with("Cache-Control", "no-store");
  }
  const std::string next = posted.get("next");
  const bool ours = std::ranges::any_of(policy.double_opt_in.origins, [&](const auto& one) {
    return !next.empty() && origin_of(next) == origin_of(one);
  });
  const bool clean = std::ranges::all_of(next, [](char c) { return c > 0x20 && c < 0x7F; });
  return see_other(ours && clean ? next : "/preferences/subscribe/sent?lang=" + language);
}

http::Response subscribe(const PreferenceServices& services, const http::Request& request) {
  const auto active = services.api.policy.active();
  const auto& policy = active->policy;
  const Posted posted(request);
  const std::string origin = origin_of_form(policy, request);
  const auto refuse = [&](const Error& error) {
    return refused(services, request, posted, origin, error);
  };
  if (origin.empty()) {
    return refuse({ErrorCode::permission_denied, "the form is on no page that may post it",
                   "name its origin in [double_opt_in] origins"});
  }
  if (!services.opt_ins.may_ask(http::limit_key(request.peer)))
    return refuse({ErrorCode::overloaded, "too many requests from one place", "try again later"});
  if (auto answer = misshapen(services, request, posted, origin)) return std::move(*answer);
  const auto purpose = purpose_of(policy, posted);
  if (!purpose) {
    return refuse({ErrorCode::unprocessable, "there is no such purpose to ask for",
                   "GET /preferences/subscribe shows what there is"});
  }
  const std::string language = public_frame(services, request, posted.get("lang")).language;
  if (!posted.get(kTrap).empty()) {
    services.opt_ins.count("bot");
    return accepted(policy, posted, origin, language);
  }
  OptInAsk ask;
  // What is no address at all goes the same way and ends in nothing.
  ask.typed = {"email",
               Pii<std::string>(posted.get("email").substr(0, limits::kIdentifierBytesMax))};
  ask.purpose = *purpose;
  ask.language = language;
  if (const auto place = posted.get("form"); is_place_name(place)) ask.place = place;
  ask.origin = origin;
  ask.peer = services.opt_ins.peer_hash(request.peer);
  OptInDesk& desk = services.opt_ins;
  if (!services.desk.opt_in_lane().post([&desk, ask = std::move(ask)] { desk.request(ask); }))
    return refuse({ErrorCode::unavailable, "too many are waiting", "try again in a minute"});
  return accepted(policy, posted, origin, language);
}

http::Response preflight(const PreferenceServices& services, const http::Request& request) {
  const auto active = services.api.policy.active();
  return with_cors(http::Response::text(204, ""), origin_of_form(active->policy, request));
}

http::Response gone(const PreferenceServices& services, const http::Request& request) {
  return show(404, centre::render_opt_in_gone(public_frame(services, request)));
}

// The page with the button. Nothing is spent: whoever looks at the link leaves it as it was.
http::Response ask_to_confirm(const PreferenceServices& services, const http::Request& request,
                              const OptInWaiting& waiting) {
  const auto& asked = waiting.request;
  auto frame = public_frame(services, request, asked.language);
  frame.here = "/preferences/opt-in/" + waiting.link.text;
  auto words = services.opt_ins.words_for(asked.purpose, frame.language, {asked.jurisdiction});
  if (!words) return gone(services, request);
  const std::string host =
      asked.origin.substr(std::min(asked.origin.find("://") + 3, asked.origin.size()));
  return show(200, centre::render_opt_in(frame, {waiting.link.text, *std::move(words),
                                                 consent::PreferenceReader::masked(asked.address),
                                                 host, asked.requested_at, waiting.ends_at}));
}

http::Response before_confirming(const PreferenceServices& services, const http::Request& request) {
  const auto waiting = services.opt_ins.find(request.path_parameters.at(0));
  if (!waiting) return down(services, request);
  return *waiting ? ask_to_confirm(services, request, **waiting) : gone(services, request);
}

void confirm(const PreferenceServices& services, const http::Request& request,
             const http::Responder& respond) {
  const auto active = services.api.policy.active();
  if (!is_from_our_page(request, active->policy.preference_centre.base_url)) {
    return respond(
        show(403, centre::render_trouble(public_frame(services, request), centre::Trouble::form)));
  }
  const Posted posted(request);
  const auto waiting = services.opt_ins.find(posted.get("link"));
  if (!waiting) return respond(down(services, request));
  if (!*waiting) return respond(gone(services, request));
  const auto& asked = (*waiting)->request;
  auto frame = public_frame(services, request, asked.language);
  const auto words =
      services.opt_ins.words_for(asked.purpose, frame.language, {asked.jurisdiction});
  // Another text than the one that was read, or none: it is shown first.
  if (!words || words->notice != posted.get("notice"))
    return respond(ask_to_confirm(services, request, **waiting));
  frame.here = "/preferences/subscribe";  // a posted page has no address of its own
  centre::OptInDonePage page;
  page.title = words->title;
  page.address = consent::PreferenceReader::masked(asked.address);
  auto failed = std::make_shared<http::Response>(down(services, request));
  services.opt_ins.confirm(
      **waiting, frame.language, services.opt_ins.peer_hash(request.peer),
      [respond, frame, page, failed](const Result<OptInConfirmed>& confirmed) mutable {
        if (!confirmed) return respond(std::move(*failed));
        page.counts = confirmed->counts;
        page.receipt = confirmed->statement.empty() ? "" : confirmed->receipt;
        page.statement = confirmed->statement;
        respond(show(200, centre::render_opt_in_done(frame, page)));
      });
}

http::Response receipt(const PreferenceServices& services, const http::Request& request) {
  const auto active = services.api.policy.active();
  if (!is_from_our_page(request, active->policy.preference_centre.base_url)) {
    return show(403,
                centre::render_trouble(public_frame(services, request), centre::Trouble::form));
  }
  const Posted posted(request);
  const std::string statement = posted.get("statement");
  const auto json = services.opt_ins.receipt(posted.get("link"), statement);
  if (!json) {
    return json.error().code == ErrorCode::not_found ? gone(services, request)
                                                     : down(services, request);
  }
  return http::Response::json(200, *json)
      .with("Content-Disposition", "attachment; filename=\"receipt.json\"")
      .with("Referrer-Policy", "same-origin")
      .with("Cache-Control", "no-store");
}

}  // namespace

void add_subscribe_routes(http::Router& router, const PreferenceServices& services) {
  const auto add = [&](const char* method, const char* pattern, auto run) {
    router.add(method, pattern,
               [services, run](const http::Request& request) { return run(services, request); });
  };
  add("GET", "/preferences/subscribe", subscribe_page);
  add("POST", "/preferences/subscribe", subscribe);
  add("OPTIONS", "/preferences/subscribe", preflight);
  add("GET", "/preferences/subscribe/sent",
      [](const PreferenceServices& s, const http::Request& request) {
        return show(200, centre::render_subscribe_sent(public_frame(s, request)));
      });
  add("GET", "/preferences/opt-in/{link}", before_confirming);
  router.add_deferred("POST", "/preferences/opt-in",
                      [services](const http::Request& request, const http::Responder& respond) {
                        confirm(services, request, respond);
                      });
  add("POST", "/preferences/opt-in/receipt", receipt);
}

}  // namespace cdp::app
