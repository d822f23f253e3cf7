// POST /v1/consents, /v1/consents/lookup and /v1/consents/receipt: statements in, effective consent
// and receipts out, for holders of a consent token. The person is always in the body: an identifier
// never stands in a URL.

#include <algorithm>
#include <set>

#include "cdp/app/api/api.h"
#include "cdp/core/crypto/signature.h"
#include "consent/consent_state.h"
#include "consent/own_choice.h"
#include "consent/signals/consent_mode.h"
#include "consent/statements.h"
#include "identity/identifier.h"

namespace cdp::app {
namespace {

// Whoever holds one of `roles`, or the operator at the command line, whose word is asserted only
// (DESIGN §7 rule 2).
Result<store::AccessToken> speaker(const ApiServices& services, const http::Request& request,
                                   std::initializer_list<std::string_view> roles) {
  if (!request.admin) {
    auto token = services.access.authorize_bearer(request.header("authorization"), roles);
    if (!token) count_unauthenticated(services, "consent");
    return token;
  }
  store::AccessToken operator_token;
  operator_token.role = "operator";
  operator_token.binding = "operator";
  return operator_token;
}

event::Grade grade_max_of(const http::Request& request) {
  return request.admin ? event::Grade::asserted : consent::kConsentTokenGradeMax;
}

// The consent token speaks as a source of its own: its statements never pose as another source's.
consent::SourceConfig consent_source(const store::AccessToken& token) {
  consent::SourceConfig source;
  source.name = std::string(consent::kConsentApiPrefix) +
                (token.binding.empty() ? token.id.to_string() : token.binding);
  source.kind = "consent_api";
  source.trust = event::Trust::server;
  return source;
}

// An identifier as it is found again; none for what cannot be one.
std::optional<Token> token_of(const ApiServices& services, const event::Identifier& identifier) {
  const auto normalised = identity::Normaliser::normalise(identifier.type, identifier.value, "");
  const auto* value = std::get_if<std::string>(&normalised);
  if (value == nullptr) return std::nullopt;
  return identity::Normaliser::token(identifier.type, *value, services.pipeline.keyed().link);
}

// A retry says the same under the same id. An id under which something else is said, by mistake or
// because one ticket holds several wishes, must swallow nothing (invariant 5). Without an id, the
// same statement with the same date is the same statement; an undated one is new each time.
std::string message_id_of(const consent::ConsentRequest& request, const Token& person,
                          const std::optional<Token>& contact_point, Random& random) {
  const bool told_apart = !request.message_id.empty() || request.draft.occurred_at.known();
  return "consent:" + (told_apart ? consent::message_digest(request, person, contact_point)
                                  : to_hex(random.next_token()));
}

// One statement on its way in. It is judged against the policy before anything is stored, so that a
// refusal is this item's verdict.
connectors::Translated to_observation(const ApiServices& services, consent::ParsedConsent parsed,
                                      consent::StatementContext context) {
  if (const auto* refused = std::get_if<consent::StatementRefusal>(&parsed)) {
    return connectors::Rejected{refused->reason, refused->hint};
  }
  auto& request = std::get<consent::ConsentRequest>(parsed);
  const auto person = token_of(services, request.identifier);
  if (!person) return connectors::Rejected{"malformed_identifier", "send a usable identifier"};
  consent::bind_to_identifier(*context.policy, &request);
  const auto contact =
      request.draft.contact_point ? token_of(services, *request.draft.contact_point) : std::nullopt;
  const auto bound = consent::bind_statement(request.draft, context, contact);
  if (const auto* refused = std::get_if<consent::StatementRefusal>(&bound)) {
    return connectors::Rejected{refused->reason, refused->hint};
  }
  event::Observation observation;
  observation.message_id = message_id_of(request, *person, contact, services.random);
  observation.persona_key = Pii<std::string>("id:" + to_hex(*person));
  observation.identifiers.push_back(request.identifier);
  if (request.draft.contact_point) observation.identifiers.push_back(*request.draft.contact_point);
  observation.statements.push_back(request.draft);
  if (context.elsewhere) {
    // What was said elsewhere and long ago: it never starts a new life after an erasure.
    observation.arrival = event::Arrival::import;
    auto& method = observation.statements.back().method;
    if (method.empty()) method = event::method::kImport;
  }
  observation.occurred_at =
      request.draft.occurred_at.known() ? request.draft.occurred_at : context.received_at;
  observation.received_at = context.received_at;
  return observation;
}

void answer(const ApiServices& services, const Result<IntakeReport>& report,
            const http::Responder& respond) {
  if (!report) return respond(http::Response::error(report.error()));
  services.metrics
      .counter("cdp_statements_accepted_total", "Consent statements taken through the API")
      .add(report->accepted);
  // A statement that the policy does not know was taken by nobody: the caller must hear of it.
  std::string out = R"({"accepted":)" + std::to_string(report->accepted) + R"(,"duplicates":)" +
                    std::to_string(report->duplicates) + R"(,"rejected":[)";
  bool first = true;
  for (const auto& rejection : report->rejected) {
    out += std::string(first ? "" : ",") + R"({"index":)" + std::to_string(rejection.index) +
           R"(,"reason":)" + json::quote(rejection.reason) + R"(,"hint":)" +
           json::quote(rejection.hint) + "}";
    first = false;
  }
  respond(http::Response::json(report->accepted + report->duplicates == 0 ? 422 : 200, out + "]}"));
}

void record(const ApiServices& services, const http::Request& request, http::Responder respond) {
  const auto refuse = [&](const Error& error) { respond(http::Response::error(error)); };
  const auto token = speaker(services, request, {"consent"});
  if (!token) return refuse(token.error());
  const auto document = json::Document::parse(request.body);
  if (!document) return refuse(document.error());
  auto parsed = consent::parse_consents(document->root());
  if (!parsed) return refuse(parsed.error());
  const auto active = services.policy.active();
  const auto flag = document->root().is_object() ? document->root().get("import") : std::nullopt;
  consent::StatementContext context;
  context.policy = &active->policy;
  context.grade_max = grade_max_of(request);
  context.received_at = services.clock.now();
  context.answered = true;
  context.elsewhere = flag && flag->boolean().value_or(false);
  std::vector<connectors::Translated> messages;
  for (auto& item : *parsed) messages.push_back(to_observation(services, std::move(item), context));
  services.intake.take(
      std::move(messages), consent_source(*token), active->policy,
      [services, respond](const Result<IntakeReport>& report) {
        answer(services, report, respond);
      },
      grade_max_of(request));
}

void add_member(std::string& out, std::string_view key, std::string_view value) {
  if (value.empty()) return;
  if (!out.ends_with('{')) out += ",";
  out += json::quote(key) + ":" + json::quote(value);
}

std::string statement_json(const consent::ToldStatement& told) {
  const auto& s = told.statement;
  const auto when = [](Time time) { return time.known() ? to_rfc3339(time) : std::string(); };
  std::string out = "{";
  add_member(out, "id", told.id);
  add_member(out, "purpose", s.purpose);
  add_member(out, "channel", s.channel);
  add_member(out, "vendor", s.vendor);
  add_member(out, "choice", event::to_string(s.choice));
  add_member(out, "basis", event::to_string(s.basis));
  add_member(out, "grade", event::to_string(s.grade));
  add_member(out, "actor", event::to_string(s.actor));
  add_member(out, "method", s.method);
  add_member(out, "source", s.source);
  add_member(out, "place", s.place);
  add_member(out, "jurisdiction", s.jurisdiction);
  add_member(out, "notice_version", s.notice_version);
  add_member(out, "notice_language", s.notice_language);
  add_member(out, "notice_hash", s.notice_hash ? to_hex(*s.notice_hash) : std::string());
  add_member(out, "received_at", when(s.received_at));
  add_member(out, "occurred_at", when(s.occurred_at));
  return out + "}";
}

// The parts, where they are of different standing; with one standing, the row has said it all.
void add_records(std::string& out, const consent::ConsentRow& row) {
  const auto& records = row.records;
  const bool differ = std::any_of(records.begin(), records.end(), [&](const auto& record) {
    return record.allowed != row.allowed || record.reason != row.reason;
  });
  if (!differ) return;
  out += R"(,"records":[)";
  for (const auto& record : records) {
    out += out.ends_with('[') ? "{" : ",{";
    add_member(out, "source", record.source);
    out += std::string(out.ends_with('{') ? "" : ",") + R"("allowed":)" +
           (record.allowed ? "true" : "false");
    add_member(out, "reason", consent::to_string(record.reason));
    if (record.deciding) add_member(out, "statement", record.deciding->id);
    out += "}";
  }
  out += "]";
}

std::string row_json(const consent::ConsentRow& row) {
  std::string out = "{";
  add_member(out, "purpose", row.purpose);
  out += R"(,"channel":)" + json::quote(row.channel);
  add_member(out, "vendor", row.vendor);
  out += std::string(R"(,"allowed":)") + (row.allowed ? "true" : "false");
  add_member(out, "reason", consent::to_string(row.reason));
  add_member(out, "basis", event::to_string(row.basis));
  add_records(out, row);
  if (row.deciding) {
    const auto& s = row.deciding->statement;
    add_member(out, "statement", row.deciding->id);
    add_member(out, "source", s.source);
    add_member(out, "decided_at",
               to_rfc3339(s.occurred_at.known() ? s.occurred_at : s.received_at));
  }
  return out + "}";
}

// What holds, as a tag hands it to gtag('consent', 'update', ...).
std::string consent_mode_of(const consent::ConsentState& state, const consent::Policy& policy) {
  std::set<std::string> allowed;
  for (const auto& row : state.rows) {
    if (row.vendor.empty() && row.allowed) allowed.insert(row.purpose);
  }
  return consent::signals::consent_mode_json(
      policy.signals, [&](const std::string& purpose) { return allowed.contains(purpose); });
}

std::string state_json(const consent::ConsentState& state, const consent::Policy& policy) {
  std::string out = R"({"effective":[)";
  for (const auto& row : state.rows) out += (out.ends_with('[') ? "" : ",") + row_json(row);
  out += R"(],"history":[)";
  for (const auto& told : state.history) {
    out += (out.ends_with('[') ? "" : ",") + statement_json(told);
  }
  out += R"(],"jurisdictions":[)";
  for (const auto& place : state.places)
    out += (out.ends_with('[') ? "" : ",") + json::quote(place);
  const auto flag = [](bool value) { return value ? "true" : "false"; };
  return out + R"(],"privacy_control":)" + flag(state.privacy_control) + R"(,"restricted":)" +
         flag(state.restricted) + R"(,"consent_mode":)" + consent_mode_of(state, policy) + "}";
}

// Whom a body asks about. Somebody we do not know has made no statement: an empty profile, and so
// the same rows, every one closed.
Result<identity::Profile> person_in(const ApiServices& services, const json::Value& body) {
  const auto identifier = body.get("identifier");
  if (!identifier)
    return fail(ErrorCode::invalid_argument, "the request needs an identifier",
                R"(send {"identifier":{"type","value"}})");
  CDP_TRY(const auto asked, identifier_token(*identifier, services.pipeline.keyed()));
  // A fold that stopped shows yesterday's consent: nothing may be read from it (invariant 2).
  const auto healthy = services.pipeline.health();
  auto profile = services.pipeline.live().profile_by_identifier(asked);
  if (!healthy || !profile)
    return fail(ErrorCode::unavailable, "the profile could not be read", "try again");
  return *profile ? **std::move(profile) : identity::Profile();
}

Result<std::string> lookup(const ApiServices& services, const json::Value& body) {
  CDP_TRY(const auto person, person_in(services, body));
  consent::StateQuestion question;
  const auto vendors = body.get("vendors");
  question.by_vendor = vendors && vendors->boolean().value_or(false);
  const auto active = services.policy.active();
  const auto& keyed = services.pipeline.keyed();
  return state_json(consent::consent_lookup(person, active->policy, keyed.pseudonym, keyed.link,
                                            question, services.clock.now()),
                    active->policy);
}

Result<std::string> receipt(const ApiServices& services, const json::Value& body) {
  CDP_TRY(const auto person, person_in(services, body));
  return services.receipts.issue(person, std::string(body.text("statement").value_or("")));
}

using Ask = Result<std::string> (*)(const ApiServices&, const json::Value&);

http::Response ask(const ApiServices& services, const http::Request& request, Ask question) {
  const auto token = speaker(services, request, {"consent", "officer"});
  if (!token) return http::Response::error(token.error());
  const auto document = parse_body(request);
  if (!document) return http::Response::error(document.error());
  auto answered = question(services, document->root());
  if (!answered) return http::Response::error(answered.error());
  return http::Response::json(200, *std::move(answered)).with("Cache-Control", "no-store");
}

}  // namespace

void add_consent_routes(http::Router& router, const ApiServices& services) {
  router.add_deferred("POST", "/v1/consents",
                      [services](const http::Request& request, http::Responder respond) {
                        record(services, request, std::move(respond));
                      });
  router.add("POST", "/v1/consents/lookup",
             [services](const http::Request& r) { return ask(services, r, lookup); });
  router.add("POST", "/v1/consents/receipt",
             [services](const http::Request& r) { return ask(services, r, receipt); });
}

}  // namespace cdp::app
