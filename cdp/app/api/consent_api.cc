// POST /v1/consents and POST /v1/consents/lookup: statements in, effective consent out, for holders
// of a consent token.

#include "cdp/app/api/api.h"
#include "cdp/core/crypto/signature.h"
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
  source.name = "consent-api:" + (token.binding.empty() ? token.id.to_string() : token.binding);
  source.kind = "consent_api";
  source.trust = event::Trust::server;
  return source;
}

// Without an id of the caller's, the same statement with the same date is the same statement; an
// undated one is new each time.
std::string message_id_of(const consent::ConsentRequest& request, const Token& person,
                          Random& random) {
  if (!request.message_id.empty()) return request.message_id;
  if (!request.draft.occurred_at.known()) return "consent:" + to_hex(random.next_token());
  const std::string text = to_hex(person) + "|" + request.draft.purpose + "|" +
                           request.draft.channel + "|" + request.draft.vendor + "|" +
                           std::string(event::to_string(request.draft.choice)) + "|" +
                           std::to_string(request.draft.occurred_at.us);
  return "consent:" + to_hex(crypto::sha256(as_bytes(text)));
}

connectors::Translated to_observation(const ApiServices& services,
                                      const consent::ParsedConsent& parsed, Time now) {
  if (const auto* refused = std::get_if<consent::StatementRefusal>(&parsed)) {
    return connectors::Rejected{refused->reason, refused->hint};
  }
  const auto& request = std::get<consent::ConsentRequest>(parsed);
  const auto normalised =
      identity::Normaliser::normalise(request.identifier.type, request.identifier.value, "");
  const auto* value = std::get_if<std::string>(&normalised);
  if (value == nullptr)
    return connectors::Rejected{"malformed_identifier", "send a usable identifier"};
  const Token person =
      identity::Normaliser::token(request.identifier.type, *value, services.pipeline.keyed().link);
  event::Observation observation;
  observation.message_id = message_id_of(request, person, services.random);
  observation.persona_key = Pii<std::string>("id:" + to_hex(person));
  observation.identifiers.push_back(request.identifier);
  if (request.draft.contact_point) observation.identifiers.push_back(*request.draft.contact_point);
  observation.statements.push_back(request.draft);
  observation.occurred_at = request.draft.occurred_at.known() ? request.draft.occurred_at : now;
  observation.received_at = now;
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
  const auto parsed = consent::parse_consents(document->root());
  if (!parsed) return refuse(parsed.error());
  const auto active = services.policy.active();
  const Time now = services.clock.now();
  std::vector<connectors::Translated> messages;
  for (const auto& item : *parsed) {
    auto message = to_observation(services, item, now);
    if (const auto* one = std::get_if<consent::ConsentRequest>(&item)) {
      // Judge against the policy before anything is stored, so that a refusal is this item's
      // verdict.
      consent::StatementContext context{&active->policy, "", false, grade_max_of(request), now};
      const auto bound = consent::bind_statement(one->draft, context, std::nullopt);
      if (const auto* refused = std::get_if<consent::StatementRefusal>(&bound)) {
        message = connectors::Rejected{refused->reason, refused->hint};
      }
    }
    messages.push_back(std::move(message));
  }
  services.intake.take(
      std::move(messages), consent_source(*token), active->policy,
      [services, respond](Result<IntakeReport> report) { answer(services, report, respond); },
      grade_max_of(request));
}

std::string row_json(const consent::EffectiveRow& row) {
  std::string out = R"({"purpose":)" + json::quote(row.purpose) + R"(,"channel":)" +
                    json::quote(row.channel) + R"(,"allowed":)" + (row.allowed ? "true" : "false") +
                    R"(,"reason":)" + json::quote(consent::to_string(row.reason));
  if (!row.source.empty()) out += R"(,"source":)" + json::quote(row.source);
  if (row.decided_at.known()) out += R"(,"decided_at":)" + json::quote(to_rfc3339(row.decided_at));
  return out + "}";
}

std::string history_json(const identity::Profile& profile) {
  std::string out = "[";
  for (const auto& member : profile.members) {
    for (const auto& statement : member.document.statements) {
      if (!statement.copied_from.none()) continue;  // shown where it was made
      out += std::string(out.size() == 1 ? "" : ",") + R"({"purpose":)" +
             json::quote(statement.purpose) + R"(,"channel":)" + json::quote(statement.channel) +
             R"(,"choice":)" + json::quote(event::to_string(statement.choice)) + R"(,"grade":)" +
             json::quote(event::to_string(statement.grade)) + R"(,"source":)" +
             json::quote(statement.source) + R"(,"received_at":)" +
             json::quote(to_rfc3339(statement.received_at)) +
             (statement.occurred_at.known()
                  ? R"(,"occurred_at":)" + json::quote(to_rfc3339(statement.occurred_at))
                  : "") +
             "}";
    }
  }
  return out + "]";
}

http::Response lookup(const ApiServices& services, const http::Request& request) {
  const auto token = speaker(services, request, {"consent", "officer"});
  if (!token) return http::Response::error(token.error());
  const auto document = parse_body(request);
  if (!document) return http::Response::error(document.error());
  const auto identifier = document->root().get("identifier");
  if (!identifier) {
    return http::Response::error(
        {ErrorCode::invalid_argument, "the lookup needs an identifier", ""});
  }
  const auto asked = identifier_token(*identifier, services.pipeline.keyed());
  if (!asked) return http::Response::error(asked.error());
  // A fold that stopped shows yesterday's consent: nothing may be read from it (invariant 2).
  const auto healthy = services.pipeline.health();
  auto profile = services.pipeline.live().profile_by_identifier(*asked);
  if (!healthy || !profile)
    return http::Response::error(
        {ErrorCode::unavailable, "the profile could not be read", "try again"});
  // Somebody we do not know has made no statement: the same rows, every one closed.
  const identity::Profile nobody;
  const identity::Profile& person = *profile ? **profile : nobody;
  const auto active = services.policy.active();
  std::string out = R"({"effective":[)";
  bool first = true;
  for (const auto& row : consent::effective_rows(person, active->policy, services.clock.now())) {
    out += (first ? "" : ",") + row_json(row);
    first = false;
  }
  out += R"(],"history":)" + history_json(person) + "}";
  return http::Response::json(200, std::move(out)).with("Cache-Control", "no-store");
}

}  // namespace

void add_consent_routes(http::Router& router, const ApiServices& services) {
  router.add_deferred("POST", "/v1/consents",
                      [services](const http::Request& request, http::Responder respond) {
                        record(services, request, std::move(respond));
                      });
  router.add("POST", "/v1/consents/lookup",
             [services](const http::Request& r) { return lookup(services, r); });
}

}  // namespace cdp::app
