// Audit exports for the operator and the officer; each is itself in the log it exports next time.

#include "cdp/app/api/admin_api.h"
#include "cdp/app/api/api.h"
#include "cdp/app/wiring.h"
#include "compliance/evidence/export.h"
#include "compliance/evidence/log_prover.h"

namespace cdp::app {
namespace {

Result<std::string> export_audit(Platform& platform, const http::Request& request) {
  CDP_TRY(const auto document, parse_body(request));
  const auto directory = document.root().text("directory");
  if (!directory)
    return fail(ErrorCode::invalid_argument, "the export needs a directory",
                "run: cdp audit export DIR");
  CDP_CHECK(platform.pipeline().writer().run([&](BatchBuilder& builder) -> Result<void> {
    audit::Entry entry;
    entry.kind = "export";
    entry.at = platform.world().clock.now();
    entry.fields["what"] = std::string("audit_log_public");
    return builder.audit(entry);
  }));
  CDP_TRY(const auto previous, compliance::previous_checkpoint(platform.stores().ledger()));
  CDP_TRY(const auto current, platform.sign_checkpoint());
  const compliance::ExportInput input{current.note, previous, platform.checkpoints().key()};
  CDP_TRY(const auto report,
          compliance::export_log(platform.stores().ledger(), input, std::string(*directory)));
  return R"({"entries":)" + std::to_string(report.entries) + R"(,"files":)" +
         std::to_string(report.files) + R"(,"bytes":)" + std::to_string(report.bytes) +
         R"(,"vkey":)" + json::quote(platform.checkpoints().key().to_string()) + "}";
}

Result<std::string> checkpoint(Platform& platform, const http::Request&) {
  CDP_TRY(const auto current, platform.sign_checkpoint());
  return R"({"checkpoint":)" + json::quote(current.note) + R"(,"vkey":)" +
         json::quote(platform.checkpoints().key().to_string()) + "}";
}

// An entry number, as a JSON string or number; empty when it is not given.
Result<std::optional<std::uint64_t>> size_in(const json::Value& body, std::string_view key) {
  const auto text = body.id_text(key);
  if (!text || text->empty()) return std::optional<std::uint64_t>{};
  CDP_TRY(const auto size, parse_log_size(*text));
  return std::optional(size);
}

Result<std::string> proof(Platform& platform, compliance::LogProver& prover,
                          const http::Request& request) {
  CDP_TRY(const auto document, parse_body(request));
  CDP_TRY(const auto old_size, size_in(document.root(), "old"));
  CDP_TRY(const auto new_size, size_in(document.root(), "new"));
  if (!old_size)
    return fail(ErrorCode::invalid_argument, "the proof needs the older checkpoint's size",
                "it is the second line of the checkpoint");
  CDP_TRY(const auto current, platform.sign_checkpoint());
  CDP_TRY(const auto text, compliance::consistency_file(prover, current.note, *old_size, new_size));
  return R"({"proof":)" + json::quote(text) + "}";
}

}  // namespace

void add_evidence_routes(http::Router& router, Platform& platform) {
  const auto add = [&](const char* pattern, auto run) {
    router.add("POST", pattern, admin_only([&platform, run](const http::Request& request) {
                 auto body = run(platform, request);
                 return body ? http::Response::json(200, std::move(*body))
                             : http::Response::error(body.error());
               }));
  };
  add("/admin/audit/export", export_audit);
  add("/admin/audit/checkpoint", checkpoint);
  const auto prover = std::make_shared<compliance::LogProver>(platform.stores().ledger());
  add("/admin/audit/proof",
      [prover](Platform& of, const http::Request& request) { return proof(of, *prover, request); });
}

}  // namespace cdp::app
