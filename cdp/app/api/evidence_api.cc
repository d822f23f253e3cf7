// Audit exports for the operator and the officer; each is itself in the log it exports next time.

#include "cdp/app/api/admin_api.h"
#include "cdp/app/api/api.h"
#include "cdp/app/wiring.h"
#include "compliance/evidence/export.h"

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
    return builder.audit(std::move(entry));
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
}

}  // namespace cdp::app
