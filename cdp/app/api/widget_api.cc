// The widget's two routes: what a shop's own site asks its visitors, and what they answer there.
// The source's write key is the one in the page's tag, so it proves nothing about anybody: a grant
// stays on the device it was given on, a denial counts at once and follows the person (DESIGN §7
// rules 7 and 8).

#include <algorithm>

#include "cdp/app/api/preference_api.h"
#include "connectors/json_object.h"
#include "consent/opt_in.h"
#include "consent/preference_centre/texts.h"

namespace cdp::app {
namespace {

using connectors::JsonObject;
using consent::preference_centre::choose_language;
using consent::preference_centre::Texts;

constexpr std::size_t kBodyBytesMax = 32 * 1024;
constexpr std::size_t kDeviceBytesMax = 128;

http::Response with_cors(http::Response response) {
  response.with("Access-Control-Allow-Origin", "*");
  response.with("Access-Control-Allow-Headers", "content-type");
  response.with("Access-Control-Allow-Methods", "GET, POST, OPTIONS");
  response.with("Access-Control-Max-Age", "86400");
  return response;
}

http::Response refusal(const Error& error) { return with_cors(http::Response::error(error)); }

// The source behind the key, if it is an event stream. An unknown key is told from nothing else.
Result<consent::SourceConfig> source_of(const ApiServices& services, const http::Request& request,
                                        const consent::Policy& policy) {
  const auto token = services.access.authorize(request.path_parameters.at(0), {"source"});
  const auto* source = token ? policy.source(token->binding) : nullptr;
  if (source == nullptr || source->kind != "segment") {
    count_unauthenticated(services, "widget");
    return fail(ErrorCode::not_found, "there is no such site", "check the write key");
  }
  return *source;
}

// What is asked on a site: what rests on consent and goes over no channel of the person's. A
// message needs a proven address, and that is the preference centre's.
bool is_asked_on_a_site(const consent::Purpose& purpose) {
  return purpose.channel.empty() && purpose.basis == event::Basis::consent;
}

std::string list_json(const std::vector<std::string>& items) {
  std::string out = "[";
  for (const auto& item : items) out += (out.size() > 1 ? "," : "") + json::quote(item);
  return out + "]";
}

// Google Consent Mode v2: the types that the purpose speaks for ([signals.consent_mode]).
std::vector<std::string> google_types(const consent::Policy& policy, const std::string& purpose) {
  const auto mapped = policy.signals.consent_mode.find(purpose);
  return mapped == policy.signals.consent_mode.end() ? std::vector<std::string>() : mapped->second;
}

// The Segment categories that the source's configuration maps to the purpose; the key itself where
// it maps none, so that a choice is never lost.
std::vector<std::string> categories_of(const consent::SourceConfig& source,
                                       const std::string& purpose) {
  std::vector<std::string> names;
  for (const auto& [category, mapped] : source.categories) {
    if (mapped == purpose) names.push_back(category);
  }
  if (names.empty()) names.push_back(purpose);
  return names;
}

std::string purpose_json(const consent::Purpose& purpose, const consent::NoticeText& text,
                         const consent::SourceConfig& source, const consent::Policy& policy) {
  return JsonObject()
      .text("purpose", purpose.key)
      .text("title", text.title)
      .text("why", text.why)
      .text("collected", text.collected)
      .text("recipients", text.recipients)
      .text("in_return", text.in_return)
      .raw("sale_or_share", purpose.sale_or_share ? "true" : "false")
      .raw("categories", list_json(categories_of(source, purpose.key)))
      .raw("google", list_json(google_types(policy, purpose.key)))
      .text("notice_version", text.version)
      .text("notice_hash", to_hex(text.hash))
      .take();
}

std::string texts_json(const Texts& texts, const consent::Policy& policy) {
  JsonObject out;
  for (const auto& [key, text] : texts.all()) {
    if (!key.starts_with("widget_")) continue;
    out.text(key.substr(7), texts.say(key, {{"controller", policy.controller_name}}));
  }
  for (const std::string key : {"yes", "no", "collected", "recipients", "in_return", "more"})
    out.text(key, texts.say(key));
  return out.take();
}

// What the site may offer to subscribe to (our double opt-in).
std::string subscribe_json(const consent::Policy& policy, std::span<const std::string> languages) {
  std::string out = "[";
  for (const auto& key : consent::opt_in_purposes(policy)) {
    const auto* text = consent::notice_text(policy, key, languages);
    if (text == nullptr) continue;
    out +=
        (out.size() > 1 ? "," : "") +
        JsonObject().text("purpose", key).text("title", text->title).text("why", text->why).take();
  }
  return out + "]";
}

http::Response show(const ApiServices& services, const http::Request& request) {
  const auto active = services.policy.active();
  const auto source = source_of(services, request, active->policy);
  if (!source) return refusal(source.error());
  const auto& config = active->policy.preference_centre;
  const std::string language = choose_language(request.query_value("lang").value_or(""),
                                               request.header("accept-language"), config.languages);
  const std::vector<std::string> languages = {language, "en"};
  std::string purposes = "[";
  for (const auto& [key, purpose] : active->policy.purposes) {
    const auto* text = consent::notice_text(active->policy, key, languages);
    // Nobody can agree to what was not told.
    if (!is_asked_on_a_site(purpose) || text == nullptr) continue;
    purposes +=
        (purposes.size() > 1 ? "," : "") + purpose_json(purpose, *text, *source, active->policy);
  }
  JsonObject out;
  out.text("controller", active->policy.controller_name).text("language", language);
  out.raw("purposes", purposes + "]").raw("texts", texts_json(Texts::in(language), active->policy));
  out.raw("subscribe", subscribe_json(active->policy, languages));
  out.text("centre", config.base_url.empty() ? "" : config.base_url + "/preferences");
  auto response = http::Response::json(200, out.take());
  response.with("Cache-Control", "no-cache").with("Vary", "Accept-Language");
  return with_cors(std::move(response));
}

struct Chosen {
  std::string device;
  std::string message_id;
  std::string method;
  std::string language;
  std::vector<std::pair<std::string, bool>> choices;
};

Result<Chosen> read_chosen(const http::Request& request) {
  if (request.body.size() > kBodyBytesMax)
    return fail(ErrorCode::too_large, "the choice is too large", "send one choice per purpose");
  CDP_TRY(const auto document, parse_body(request));
  const auto root = document.root();
  Chosen chosen;
  chosen.device = std::string(root.text("anonymousId").value_or(""));
  chosen.message_id = std::string(root.text("messageId").value_or(""));
  chosen.language = std::string(root.text("language").value_or(""));
  const auto method = root.text("method").value_or("save");
  if (method == event::method::kAccept || method == event::method::kReject)
    chosen.method = method;
  else
    chosen.method = event::method::kSave;
  if (chosen.device.empty() || chosen.device.size() > kDeviceBytesMax ||
      chosen.message_id.empty() || chosen.message_id.size() > kDeviceBytesMax) {
    return fail(ErrorCode::invalid_argument, "the choice names no device and no message",
                "send anonymousId and messageId, at most 128 bytes each");
  }
  const auto choices = root.get("choices");
  if (!choices || !choices->is_object())
    return fail(ErrorCode::invalid_argument, "there is no choice",
                R"(send {"choices":{"personalize.content":true}})");
  bool all_known = true;
  choices->each_member([&](std::string_view purpose, json::Value value) {
    const auto yes = value.boolean();
    all_known = all_known && yes.has_value();
    if (yes) chosen.choices.emplace_back(purpose, *yes);
    return all_known;
  });
  if (!all_known || chosen.choices.size() > limits::kStatementsPerObservationMax)
    return fail(ErrorCode::invalid_argument, "a choice is true or false", "");
  return chosen;
}

// A yes needs the text that was shown and a purpose that may be asked for here; a no needs neither.
std::optional<event::StatementDraft> draft_of(const consent::Policy& policy, const Chosen& chosen,
                                              const std::string& key, bool yes, Time now) {
  const auto* purpose = policy.purpose(key);
  if (purpose == nullptr) return std::nullopt;
  const std::vector<std::string> languages = {chosen.language, "en"};
  const auto* text = consent::notice_text(policy, key, languages);
  if (yes && (text == nullptr || !is_asked_on_a_site(*purpose))) return std::nullopt;
  event::StatementDraft draft;
  draft.purpose = key;
  draft.choice = yes ? event::Choice::granted : event::Choice::denied;
  draft.grade = event::Grade::recorded;
  draft.method = chosen.method;
  draft.place = "widget";
  draft.occurred_at = now;
  if (text != nullptr) {
    draft.notice_version = text->version;
    draft.notice_language = text->language;
    draft.notice_hash = text->hash;
  }
  return draft;
}

// Always the device's, whoever is logged in at the shop: a browser key speaks for no person.
event::Observation observation_of(const consent::Policy& policy, const Chosen& chosen, bool gpc,
                                  Time now) {
  event::Observation observation;
  observation.message_id = "widget:" + chosen.message_id;
  observation.persona_key = Pii<std::string>("anon:" + chosen.device);
  observation.anonymous = true;
  observation.identifiers.push_back({"anonymous_id", Pii<std::string>(chosen.device)});
  observation.occurred_at = now;
  observation.received_at = now;
  if (gpc) {
    event::StatementDraft signal;
    signal.purpose = consent::kGpcPurpose;
    signal.choice = event::Choice::objected;
    signal.grade = event::Grade::recorded;
    signal.method = event::method::kGpc;
    signal.occurred_at = now;
    signal.is_state = true;
    observation.statements.push_back(std::move(signal));
  }
  for (const auto& [key, yes] : chosen.choices) {
    if (auto draft = draft_of(policy, chosen, key, yes, now))
      observation.statements.push_back(std::move(*draft));
  }
  return observation;
}

// A choice that could not be recorded must not be answered as if it were: the page would never send
// it again.
http::Response unrecorded() {
  return refusal(
      {ErrorCode::unprocessable, "the choice could not be recorded",
       "send an anonymousId of this device's own, and purposes that the widget asked for"});
}

void take(const ApiServices& services, const http::Request& request,
          const http::Responder& respond) {
  const auto active = services.policy.active();
  const auto source = source_of(services, request, active->policy);
  if (!source) return respond(refusal(source.error()));
  const auto chosen = read_chosen(request);
  if (!chosen) return respond(refusal(chosen.error()));
  for (const auto& [key, yes] : chosen->choices) {
    if (!yes && active->policy.purpose(key) == nullptr) return respond(unrecorded());
  }
  std::vector<connectors::Translated> messages;
  messages.emplace_back(observation_of(active->policy, *chosen, request.header("sec-gpc") == "1",
                                       services.clock.now()));
  services.intake.take(std::move(messages), *source, active->policy,
                       [respond](const Result<IntakeReport>& report) {
                         if (!report) return respond(refusal(report.error()));
                         if (!report->rejected.empty() || !report->warnings.empty())
                           return respond(unrecorded());
                         respond(with_cors(http::Response::json(200, R"({"success":true})")));
                       });
}

}  // namespace

void add_widget_routes(http::Router& router, const ApiServices& services) {
  router.add("GET", "/v1/widget/{writeKey}",
             [services](const http::Request& request) { return show(services, request); });
  router.add("OPTIONS", "/v1/widget/{writeKey}",
             [](const http::Request&) { return with_cors(http::Response::text(204, "")); });
  router.add_deferred("POST", "/v1/widget/{writeKey}",
                      [services](const http::Request& request, const http::Responder& respond) {
                        take(services, request, respond);
                      });
}

}  // namespace cdp::app
