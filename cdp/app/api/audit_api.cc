// The published log: checkpoint and tiles (C2SP tlog-tiles), for auditors, or for anybody when the
// configuration says public.

#include "cdp/app/api/api.h"
#include "cdp/core/audit/tile.h"
#include "compliance/evidence/checkpoint.h"

namespace cdp::app {
namespace {

Result<void> may_read(const ApiServices& services, const http::Request& request) {
  if (services.policy.active()->policy.audit_public) return {};
  CDP_CHECK(
      services.access.authorize_bearer(request.header("authorization"), {"officer", "auditor"}));
  return {};
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

Result<Bytes> entries_bundle(const ApiServices& services, const audit::TileName& name) {
  const std::uint64_t from = name.number * audit::kTileWidth;
  std::vector<Bytes> entries;
  CDP_CHECK(services.ledger.read_audit(
      from, from + name.width, [&](const store::AuditRow& row) { entries.push_back(row.entry); }));
  if (entries.size() != name.width) return fail(ErrorCode::not_found, "the log has no such tile");
  return audit::pack_entries(entries);
}

// Leaf hashes of a span of entries, read once.
Result<Bytes> hashes(const ApiServices& services, const audit::TileName& name, std::uint64_t size) {
  std::vector<audit::Hash> leaves;
  // A tile of level L covers 256^(L+1) leaves: bounded, because levels above 0 are small in number.
  std::uint64_t span = audit::kTileWidth;
  for (unsigned level = 0; level < *name.level; ++level) span *= audit::kTileWidth;
  const std::uint64_t from = name.number * span;
  if (from >= size) return fail(ErrorCode::not_found, "the log has no such tile");
  const std::uint64_t to = std::min(size, from + span);
  CDP_CHECK(services.ledger.read_audit(from, to, [&](const store::AuditRow& row) {
    leaves.push_back(audit::leaf_hash(row.entry));
  }));
  if (leaves.size() != to - from) return fail(ErrorCode::unavailable, "the log could not be read");
  return audit::hash_tile(name, size, [&](std::uint64_t index) { return leaves.at(index - from); });
}

http::Response tile(const ApiServices& services, const http::Request& request) {
  if (auto allowed = may_read(services, request); !allowed)
    return http::Response::error(allowed.error());
  const auto name = audit::parse_tile_path("tile/" + request.path_parameters.at(0));
  if (!name)
    return http::Response::error(
        {ErrorCode::not_found, "there is no such tile", "see C2SP tlog-tiles"});
  const auto note = compliance::published_checkpoint(services.ledger);
  if (!note || note->empty())
    return http::Response::error(
        {ErrorCode::not_found, "no checkpoint has been published yet", ""});
  const auto published = audit::Checkpoint::parse_body(note->substr(0, note->find("\n\n") + 1));
  if (!published) return http::Response::error(published.error());
  const auto bytes =
      name->level ? hashes(services, *name, published->size) : entries_bundle(services, *name);
  if (!bytes) return http::Response::error(bytes.error());
  http::Response response;
  response.body.assign(bytes->begin(), bytes->end());
  response.with("Content-Type", "application/octet-stream");
  if (name->width == audit::kTileWidth)
    response.with("Cache-Control", "public, max-age=31536000, immutable");
  return response;
}

}  // namespace

void add_audit_routes(http::Router& router, const ApiServices& services) {
  router.add("GET", "/v1/audit/checkpoint",
             [services](const http::Request& r) { return checkpoint(services, r); });
  router.add("GET", "/v1/audit/tile/{path...}",
             [services](const http::Request& r) { return tile(services, r); });
}

}  // namespace cdp::app
