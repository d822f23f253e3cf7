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

}  // namespace

void add_health_routes(http::Router& router, const ApiServices& services) {
  router.add("GET", "/livez",
             [](const http::Request&) { return http::Response::json(200, R"({"alive":true})"); });
  router.add("GET", "/readyz", [services](const http::Request&) { return ready(services); });
  router.add("GET", "/openapi.json", [](const http::Request&) {
    return http::Response::json(200, std::string(openapi_document()));
  });
  router.add("GET", "/.well-known/gpc.json", [](const http::Request&) {
    return http::Response::json(200, R"({"gpc":true,"lastUpdate":"2026-11-22"})");
  });
}

}  // namespace cdp::app
