// The published log: checkpoint and tiles (C2SP tlog-tiles), for auditors, or for anybody when the
// configuration says public.

#include <charconv>

#include "cdp/app/api/api.h"
#include "cdp/core/audit/note.h"
#include "compliance/evidence/checkpoint.h"
#include "compliance/evidence/log_reader.h"

namespace cdp::app {
namespace {

Result<void> may_read(const ApiServices& services, const http::Request& request) {
  if (services.policy.active()->policy.audit_public) return {};
  const auto token =
      services.access.authorize_bearer(request.header("authorization"), {"officer", "auditor"});
  if (token) return {};
  count_unauthenticated(services, "audit");
  return fail(token.error());
}

http::Response checkpoint(const ApiServices& services, const http::Request& request) {
  if (auto allowed = may_read(services, request); !allowed)
    return http::Response::error(allowed.error());
  const auto note = compliance::published_checkpoint(services.ledger);
  if (!note) return http::Response::error(note.error());
  if (note->empty()) {
    return http::Response::error(
        {ErrorCode::not_found, "no checkpoint has been published yet", "ask again in a second"});
  }
  return http::Response::text(200, *note).with("Cache-Control", "no-cache");
}

http::Response tile(const ApiServices& services, const http::Request& request) {
  if (auto allowed = may_read(services, request); !allowed)
    return http::Response::error(allowed.error());
  const auto note = compliance::published_checkpoint(services.ledger);
  if (!note || note->empty())
    return http::Response::error(
        {ErrorCode::not_found, "no checkpoint has been published yet", ""});
  const auto published = audit::Checkpoint::parse_body(note->substr(0, note->find("\n\n") + 1));
  if (!published) return http::Response::error(published.error());
  const std::string path = "tile/" + request.path_parameters.at(0);
  const auto bytes = compliance::published_tile(services.ledger, published->size, path);
  if (!bytes) {
    return http::Response::error(
        {ErrorCode::not_found, "there is no such tile", "see C2SP tlog-tiles"});
  }
  http::Response response;
  response.body.assign(bytes->begin(), bytes->end());
  response.with("Content-Type", "application/octet-stream");
  // A full tile never changes; a partial one ends in ".p/<width>".
  if (path.find(".p/") == std::string::npos)
    response.with("Cache-Control", "public, max-age=31536000, immutable");
  return response;
}

http::Response consistency(const ApiServices& services, const http::Request& request) {
  if (auto allowed = may_read(services, request); !allowed)
    return http::Response::error(allowed.error());
  const auto note = compliance::published_checkpoint(services.ledger);
  if (!note || note->empty())
    return http::Response::error(
        {ErrorCode::not_found, "no checkpoint has been published yet", "ask again in a second"});
  const auto text = [&]() -> Result<std::string> {
    CDP_TRY(const auto old_size, parse_log_size(request.path_parameters.at(0)));
    std::optional<std::uint64_t> new_size;
    if (request.path_parameters.at(1) != "latest") {
      CDP_TRY(new_size, parse_log_size(request.path_parameters.at(1)));
    }
    return compliance::consistency_file(services.receipts.prover(), *note, old_size, new_size);
  }();
  if (!text) return http::Response::error(text.error());
  return http::Response::text(200, *text).with("Cache-Control", "no-cache");
}

}  // namespace

Result<std::uint64_t> parse_log_size(std::string_view text) {
  std::uint64_t size = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size);
  if (error != std::errc() || end != text.data() + text.size()) {
    return fail(ErrorCode::invalid_argument, "that is no number of log entries",
                "give the second line of a checkpoint");
  }
  return size;
}

void add_audit_routes(http::Router& router, const ApiServices& services) {
  router.add("GET", "/v1/audit/checkpoint",
             [services](const http::Request& r) { return checkpoint(services, r); });
  router.add("GET", "/v1/audit/tile/{path...}",
             [services](const http::Request& r) { return tile(services, r); });
  router.add("GET", "/v1/audit/consistency/{old}/{new}",
             [services](const http::Request& r) { return consistency(services, r); });
}

}  // namespace cdp::app
