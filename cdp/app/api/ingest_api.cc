// The Segment protocol that we serve, and vendors' webhooks.

#include "cdp/app/api/api.h"
#include "cdp/app/ingest/segment_protocol.h"
#include "cdp/core/base/limits.h"

namespace cdp::app {
namespace {

constexpr const char* kAccepted = "cdp_events_accepted_total";
constexpr const char* kRejected = "cdp_events_rejected_total";

http::Response with_cors(http::Response response) {
  // Browsers hold the Authorization header against the preflight, and read Retry-After only when it
  // is exposed.
  response.with("Access-Control-Allow-Origin", "*");
  response.with("Access-Control-Allow-Headers",
                "authorization, content-type, content-encoding, x-retry-count");
  response.with("Access-Control-Allow-Methods", "GET, POST, OPTIONS");
  response.with("Access-Control-Expose-Headers", "Retry-After");
  response.with("Access-Control-Max-Age", "86400");
  return response;
}

void count(const ApiServices& services, const IntakeReport& report) {
  services.metrics.counter(kAccepted, "Observations taken, durable").add(report.accepted);
  services.metrics
      .counter("cdp_events_duplicate_total", "Observations seen before within the window")
      .add(report.duplicates);
  for (const auto& rejection : report.rejected) {
    services.metrics
        .counter(kRejected, "Messages not taken, by reason", {{"reason", rejection.reason}})
        .add();
  }
  for (const auto& [reason, times] : report.warnings) {
    services.metrics
        .counter("cdp_events_partial_total", "Parts of taken messages left out, by reason",
                 {{"reason", reason}})
        .add(times);
  }
}

std::string report_json(const IntakeReport& report) {
  std::string out = R"({"success":true,"accepted":)" + std::to_string(report.accepted) +
                    R"(,"duplicates":)" + std::to_string(report.duplicates);
  if (!report.rejected.empty()) {
    out += R"(,"rejected":[)";
    bool first = true;
    for (const auto& rejection : report.rejected) {
      out += std::string(first ? "" : ",") + R"({"index":)" + std::to_string(rejection.index) +
             R"(,"reason":)" + json::quote(rejection.reason) + R"(,"hint":)" +
             json::quote(rejection.hint) + "}";
      first = false;
    }
    out += "]";
  }
  if (!report.warnings.empty()) {
    out += R"(,"warnings":{)";
    bool first = true;
    for (const auto& [reason, times] : report.warnings) {
      out += std::string(first ? "" : ",") + json::quote(reason) + ":" + std::to_string(times);
      first = false;
    }
    out += "}";
  }
  return out + "}";
}

Intake::Done answer_with(const ApiServices& services, http::Responder respond) {
  return [services, respond = std::move(respond)](Result<IntakeReport> report) {
    if (!report) return respond(with_cors(http::Response::error(report.error())));
    count(services, *report);
    respond(with_cors(http::Response::json(200, report_json(*report))));
  };
}

// Basic user, else `writeKey` in the body; OAuth is not served.
Result<store::AccessToken> source_token(const ApiServices& services, const http::Request& request,
                                        const json::Value& body) {
  const auto basic = http::basic_credentials(request.header("authorization"));
  std::string key;
  if (basic && !basic->first.empty()) {
    key = basic->first;
  } else if (const auto in_body = body.text("writeKey")) {
    key = *in_body;
  }
  auto token = services.access.authorize(key, {"source"});
  if (!token) {
    count_unauthenticated(services, "ingest");
  }
  return token;
}

void ingest(const ApiServices& services, SegmentCall call, const http::Request& request,
            http::Responder respond) {
  const auto refuse = [&](const Error& error) { respond(with_cors(http::Response::error(error))); };
  auto document = parse_body(request);
  if (!document) return refuse(document.error());
  const auto token = source_token(services, request, document->root());
  if (!token) return refuse(token.error());
  const auto active = services.policy.active();
  const auto* source = active->policy.source(token->binding);
  if (source == nullptr)
    return refuse({ErrorCode::unauthenticated, "this key's source is not configured", ""});
  SegmentDelivery delivery;
  delivery.call = call;
  delivery.body_bytes = request.body.size();
  delivery.gpc = request.header("sec-gpc") == "1";
  delivery.received_at = services.clock.now();
  delivery.signals = &active->policy.signals;
  auto messages = translate_segment(document->root(), delivery, *source);
  if (!messages) return refuse(messages.error());
  services.intake.take(std::move(*messages), *source, active->policy,
                       answer_with(services, std::move(respond)));
}

// What @segment/analytics-next asks for before it sends; minimal settings that it is content with.
http::Response settings(const ApiServices& services, const http::Request& request) {
  const std::string& key = request.path_parameters.at(0);
  if (!services.access.authorize(key, {"source"})) {
    return with_cors(http::Response::error(
        {ErrorCode::not_found, "there is no such project", "check the write key"}));
  }
  const auto host = std::string(request.header("host")) + "/v1";
  std::string body =
      R"({"integrations":{"Segment.io":{"apiKey":)" + json::quote(key) + R"(,"apiHost":)" +
      json::quote(host) + R"(,"protocol":)" + (request.tls ? R"("https")" : R"("http")") +
      R"(,"deliveryStrategy":{"strategy":"standard"}}},"plan":{"track":{"__default":{"enabled":true,"integrations":{}}},)"
      R"("identify":{"__default":{"enabled":true}},"group":{"__default":{"enabled":true}}},)"
      R"("edgeFunction":{},"analyticsNextEnabled":true,"middlewareSettings":{},"enabledMiddleware":{},)"
      R"("metrics":{"sampleRate":0},"legacyVideoPluginsEnabled":false,"remotePlugins":[]})";
  return with_cors(http::Response::json(200, std::move(body)));
}

void webhook(const ApiServices& services, const http::Request& request, http::Responder respond) {
  const auto active = services.policy.active();
  const std::string& name = request.path_parameters.at(0);
  const auto* config = active->policy.source(name);
  const auto found = active->sources.find(name);
  const auto refuse = [&](const Error& error) {
    services.metrics
        .counter("cdp_webhooks_refused_total", "Vendor deliveries refused, by code",
                 {{"code", to_string(error.code)}})
        .add();
    respond(http::Response::error(error));
  };
  connectors::Delivery delivery;
  delivery.body = request.body;
  delivery.headers = request.headers;
  delivery.query = request.query;
  delivery.received_at = services.clock.now();
  // An unknown source and a wrong signature answer alike.
  if (config == nullptr || found == active->sources.end() ||
      !found->second->authenticate(delivery)) {
    return refuse(
        {ErrorCode::unauthenticated, "the delivery's signature is not valid for this source", ""});
  }
  auto messages = found->second->translate(delivery);
  if (!messages) return refuse(messages.error());
  services.intake.take(std::move(*messages), *config, active->policy,
                       answer_with(services, std::move(respond)));
}

}  // namespace

void add_ingest_routes(http::Router& router, const ApiServices& services) {
  for (const char* name : {"identify", "track", "page", "screen", "group", "alias", "merge",
                           "batch", "import", "i", "t", "p", "s", "g", "a", "b"}) {
    const auto call = segment_call(name);
    const std::string path = std::string("/v1/") + name;
    router.add_deferred("POST", path,
                        [services, call](const http::Request& request, http::Responder respond) {
                          ingest(services, *call, request, std::move(respond));
                        });
    router.add("OPTIONS", path,
               [](const http::Request&) { return with_cors(http::Response::text(204, "")); });
  }
  router.add("POST", "/v1/m", [](const http::Request&) {
    return with_cors(http::Response::json(200, R"({"success":true})"));
  });
  router.add("OPTIONS", "/v1/m",
             [](const http::Request&) { return with_cors(http::Response::text(204, "")); });
  router.add("GET", "/v1/projects/{writeKey}/settings",
             [services](const http::Request& r) { return settings(services, r); });
  router.add("GET", "/v1/webhooks/{source}",
             [](const http::Request&) { return http::Response::text(200, "ok\n"); });
  router.add_deferred("POST", "/v1/webhooks/{source}",
                      [services](const http::Request& request, http::Responder respond) {
                        webhook(services, request, std::move(respond));
                      });
}

}  // namespace cdp::app
