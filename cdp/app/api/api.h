// The HTTP API: one file a group of routes, each a set of functions from http::Request to
// http::Response over the same services. What a route accepts and answers stands in
// docs/api/openapi.json; a test holds the two against each other (DESIGN §10).
//
// Thread-safety: routes are const and safe for concurrent use. Errors are always
// {"error":{"code","message","hint"}} without personal data.
#pragma once

#include <memory>
#include <string>

#include "cdp/app/access.h"
#include "cdp/app/activation/disclosures.h"
#include "cdp/app/activation/miss_budget.h"
#include "cdp/app/api/receipts.h"
#include "cdp/app/ingest/intake.h"
#include "cdp/app/policy_store.h"
#include "cdp/app/server/logger.h"
#include "cdp/app/server/metrics.h"
#include "cdp/core/http/router.h"

namespace cdp::app {

struct ApiServices {
  Pipeline& pipeline;
  const Intake& intake;
  PolicyStore& policy;
  Access& access;
  Disclosures& disclosures;
  MissBudget& misses;
  const store::Ledger& ledger;
  Metrics& metrics;
  const Logger& logger;
  Clock& clock;
  Random& random;
  const ReceiptDesk& receipts;
};

// POST /v1/{identify,...}, /v1/projects/{writeKey}/settings, /v1/webhooks/{source}, CORS.
void add_ingest_routes(http::Router& router, const ApiServices& services);
// POST /v1/profiles/lookup.
void add_profile_routes(http::Router& router, const ApiServices& services);
// POST /v1/consents, POST /v1/consents/lookup, POST /v1/consents/receipt.
void add_consent_routes(http::Router& router, const ApiServices& services);
// GET /v1/audit/checkpoint, GET /v1/audit/tile/..., GET /v1/audit/consistency/{old}/{new}.
void add_audit_routes(http::Router& router, const ApiServices& services);
// GET /livez, /readyz, /openapi.json.
void add_health_routes(http::Router& router, const ApiServices& services);

// A call with a wrong key, token or role, seen by the operator: nothing of it but where. `surface`
// is a bounded label.
void count_unauthenticated(const ApiServices& services, std::string_view surface);
void count_unauthenticated(Metrics& metrics, std::string_view surface);

// A JSON object body with the strict parser. Errors: invalid_argument with the byte position.
Result<json::Document> parse_body(const http::Request& request);
// A number of log entries, in decimal digits alone. Errors: invalid_argument.
Result<std::uint64_t> parse_log_size(std::string_view text);
// {"type","value"} -> the blind-index token of the normalised value, and its type. Errors:
// invalid_argument.
Result<Token> identifier_token(const json::Value& identifier, const Keyed& keyed);

}  // namespace cdp::app
