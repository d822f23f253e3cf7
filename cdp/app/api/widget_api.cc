// The widget's two routes: what a shop's own site asks its visitors, and what they answer there.
// The source's write key is the one in the page's tag, so it proves nothing about anybody: a grant
// stays on the device it was given on, a denial counts at once and follows the person (DESIGN §7
// rules 7 and 8).
//
// The answer says what was left out and what holds on the device now, so that the page tells its
// tags nothing that the ledger does not hold.

#include <algorithm>

#include "cdp/app/api/preference_api.h"
#include "connectors/json_object.h"
#include "consent/device_state.h"
#include "consent/opt_in.h"
#include "consent/preference_centre/texts.h"
#include "consent/signals/consent_mode.h"

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

// The first version of the notice under which a yes still holds; empty where every one does.
std::string holds_since(const consent::Purpose& purpose) {
  if (!purpose.notice_bound && !purpose.material) return "";
  const auto& older = purpose.notices_that_hold;
  return older.empty() ? purpose.notice_version : *std::ranges::min_element(older);
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
      .raw("holds_since", json::quote(holds_since(purpose)))
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

struct Choice {
  std::string purpose;
  bool yes = false;
  std::string notice;  // the hash of the text that was shown
};

struct Chosen {
  std::string device;
  std::string message_id;
  std::string method;
  std::string language;
  bool privacy_control = false;
  std::vector<Choice> choices;
};

// False when one of them is neither yes nor no.
bool read_choices(const json::Value& choices, const std::optional<json::Value>& notices,
                  std::vector<Choice>* out) {
  bool all_known = true;
  choices.each_member([&](std::string_view purpose, json::Value value) {
    const auto yes = value.boolean();
    all_known = all_known && yes.has_value();
    if (yes) {
      const auto shown = notices ? notices->text(purpose) : std::nullopt;
      out->push_back({std::string(purpose), *yes, std::string(shown.value_or(""))});
    }
    return all_known;
  });
  return all_known && out->size() <= limits::kStatementsPerObservationMax;
}

Result<Chosen> read_chosen(const http::Request& request) {
  if (request.body.size() > kBodyBytesMax)
    return fail(ErrorCode::too_large, "the choice is too large", "send one choice per purpose");
  CDP_TRY(const auto document, parse_body(request));
  const auto root = document.root();
  Chosen chosen;
  chosen.device = std::string(root.text("anonymousId").value_or(""));
  chosen.message_id = std::string(root.text("messageId").value_or(""));
  chosen.language = std::string(root.text("language").value_or(""));
  // A script may not be able to set the header, and may know of the signal all the same.
  const auto signal = root.get("globalPrivacyControl");
  chosen.privacy_control =
      request.header("sec-gpc") == "1" || (signal && signal->boolean().value_or(false));
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
  if (!read_choices(*choices, root.get("notices"), &chosen.choices))
    return fail(ErrorCode::invalid_argument, "a choice is true or false", "");
  return chosen;
}

// What one choice becomes; nothing, and why, when it is left out. A yes needs a purpose that may be
// asked for here, and the text that is in force must be the one that was shown: nobody agreed to
// what they did not read (GDPR Art. 4(11), 7(1)). A no needs neither.
std::optional<event::StatementDraft> draft_of(const consent::Policy& policy, const Chosen& chosen,
                                              const Choice& choice, Time now, std::string* why) {
  const auto* purpose = policy.purpose(choice.purpose);
  const std::vector<std::string> languages = {chosen.language, "en"};
  const auto* text = consent::notice_text(policy, choice.purpose, languages);
  if (purpose == nullptr)
    *why = "unknown_purpose";
  else if (choice.yes && (text == nullptr || !is_asked_on_a_site(*purpose)))
    *why = "not_asked_here";
  else if (choice.yes && choice.notice != to_hex(text->hash))
    *why = "notice_not_shown";
  if (!why->empty()) return std::nullopt;
  event::StatementDraft draft;
  draft.purpose = choice.purpose;
  draft.choice = choice.yes ? event::Choice::granted : event::Choice::denied;
  draft.grade = event::Grade::recorded;
  draft.method = chosen.method;
  draft.place = "widget";
  draft.occurred_at = now;
  if (text != nullptr && choice.notice == to_hex(text->hash)) {
    draft.notice_version = text->version;
    draft.notice_language = text->language;
    draft.notice_hash = text->hash;
  }
  return draft;
}

event::StatementDraft signal_draft(Time now) {
  event::StatementDraft signal;
  signal.purpose = consent::kGpcPurpose;
  signal.choice = event::Choice::objected;
  signal.grade = event::Grade::recorded;
  signal.method = event::method::kGpc;
  signal.occurred_at = now;
  signal.is_state = true;
  return signal;
}

std::string persona_key_of(const Chosen& chosen) { return "anon:" + chosen.device; }

struct Taken {
  event::Observation observation;
  std::string left_out = "[";  // JSON
};

// Always the device's, whoever is logged in at the shop: a browser key speaks for no person.
Taken taken(const consent::Policy& policy, const Chosen& chosen, Time now) {
  Taken out;
  auto& observation = out.observation;
  observation.message_id = "widget:" + chosen.message_id;
  observation.persona_key = Pii<std::string>(persona_key_of(chosen));
  observation.anonymous = true;
  observation.identifiers.push_back({"anonymous_id", Pii<std::string>(chosen.device)});
  observation.occurred_at = now;
  observation.received_at = now;
  if (chosen.privacy_control) observation.statements.push_back(signal_draft(now));
  for (const auto& choice : chosen.choices) {
    std::string why;
    if (auto draft = draft_of(policy, chosen, choice, now, &why)) {
      observation.statements.push_back(std::move(*draft));
      continue;
    }
    out.left_out += (out.left_out.size() > 1 ? "," : "") +
                    JsonObject().text("purpose", choice.purpose).text("reason", why).take();
  }
  out.left_out += "]";
  return out;
}

// A choice that could not be recorded must not be answered as if it were: the page would never send
// it again.
http::Response unrecorded() {
  return refusal({ErrorCode::unprocessable, "the choice could not be recorded",
                  "send an anonymousId of this device's own"});
}

// What holds on the device now: purpose by purpose, and as Google's tags take it.
http::Response told(const ApiServices& services, const consent::Policy& policy,
                    const std::string& source, const Chosen& chosen, const std::string& left_out) {
  const auto device = services.pipeline.services().keys.find(
      services.pipeline.keyed().persona_token(source, persona_key_of(chosen)));
  // A fold that stopped shows yesterday's consent: nothing may be read from it (invariant 2).
  if (const auto healthy = services.pipeline.health(); !healthy) return refusal(healthy.error());
  identity::Profile profile;
  if (device) {
    auto found = services.pipeline.live().profile_of(*device);
    if (!found) return refusal(found.error());
    if (*found) profile = **std::move(found);
  }
  std::map<std::string, bool> allowed;
  std::string holds = "[";
  for (const auto& one : consent::device_state(
           std::move(profile), device.value_or(PersonaOrdinal{}), policy, services.clock.now())) {
    allowed[one.purpose] = one.allowed;
    if (!is_asked_on_a_site(policy.purposes.at(one.purpose))) continue;
    holds += (holds.size() > 1 ? "," : "") + JsonObject()
                                                 .text("purpose", one.purpose)
                                                 .raw("allowed", one.allowed ? "true" : "false")
                                                 .text("reason", consent::to_string(one.reason))
                                                 .take();
  }
  const auto for_tags = consent::signals::consent_mode_json(
      policy.signals, [&](const std::string& purpose) { return allowed[purpose]; });
  return with_cors(http::Response::json(200, JsonObject()
                                                 .raw("success", "true")
                                                 .raw("left_out", left_out)
                                                 .raw("holds", holds + "]")
                                                 .raw("consent_mode", for_tags)
                                                 .take())
                       .with("Cache-Control", "no-store"));
}

void take(const ApiServices& services, const http::Request& request,
          const http::Responder& respond) {
  const auto active = services.policy.active();
  const auto source = source_of(services, request, active->policy);
  if (!source) return respond(refusal(source.error()));
  const auto chosen = read_chosen(request);
  if (!chosen) return respond(refusal(chosen.error()));
  auto message = taken(active->policy, *chosen, services.clock.now());
  const auto tell = [services, active, name = source->name, chosen = *chosen,
                     left_out = message.left_out] {
    return told(services, active->policy, name, chosen, left_out);
  };
  if (message.observation.statements.empty()) return respond(tell());
  std::vector<connectors::Translated> messages;
  messages.emplace_back(std::move(message.observation));
  services.intake.take(std::move(messages), *source, active->policy,
                       [tell, respond](const Result<IntakeReport>& report) {
                         if (!report) return respond(refusal(report.error()));
                         if (!report->rejected.empty() || !report->warnings.empty())
                           return respond(unrecorded());
                         respond(tell());
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
