// What orchestrators and developers ask: alive, ready, and what this server speaks.

#include "cdp/app/api/api.h"
#include "cdp/app/api/openapi.h"

namespace cdp::app {
namespace {

http::Response ready(const ApiServices& services) {
  if (auto healthy = services.pipeline.health(); !healthy) {
    return http::Response::error({ErrorCode::unavailable, "storage has failed; nothing is accepted",
                                  "see the operator's log, then restart"});
  }
  return http::Response::json(
      200, R"({"ready":true,"fold_lag":)" + std::to_string(services.pipeline.fold().lag()) + "}");
}

// Global Privacy Control, "Well-known URI": that it is honoured, and since when this is so: the day
// on which the policy in force came into force. Left out when that cannot be read.
http::Response gpc_support(const ApiServices& services) {
  constexpr std::size_t kDay = 10;  // "2026-11-22" of an RFC 3339 time
  std::string body = R"({"gpc":true)";
  const auto since = services.ledger.meta("policy_since");
  if (since && since->size() > kDay) {
    body += R"(,"lastUpdate":)" + json::quote(as_text(*since).substr(0, kDay));
  }
  return http::Response::json(200, body + "}").with("Cache-Control", "max-age=3600");
}

}  // namespace

void add_health_routes(http::Router& router, const ApiServices& services) {
  router.add("GET", "/livez",
             [](const http::Request&) { return http::Response::json(200, R"({"alive":true})"); });
  router.add("GET", "/readyz", [services](const http::Request&) { return ready(services); });
  router.add("GET", "/openapi.json", [](const http::Request&) {
    return http::Response::json(200, std::string(openapi_document()));
  });
  router.add("GET", "/.well-known/gpc.json",
             [services](const http::Request&) { return gpc_support(services); });
}

}  // namespace cdp::app
