// cdp audit export|verify|checkpoint|proof

#include "cdp/app/cli/checkpoint_files.h"
#include "cdp/app/cli/verbs.h"
#include "compliance/evidence/verify.h"

namespace cdp::app::cli {
namespace {

Result<void> export_log(Invocation& call) {
  std::error_code ignored;
  const auto target = std::filesystem::absolute(call.text("EXPORT"), ignored).lexically_normal();
  const std::string body = JsonObject().text("directory", target.string()).done();
  CDP_TRY(const auto answer, call.ask("POST", "/admin/audit/export", body));
  if (call.json()) return call.say(answer.root().minified());
  Screen& screen = call.screen();
  screen.line(answer.root().id_text("entries").value_or("0") + " entries in " +
              answer.root().id_text("files").value_or("0") + " files, " +
              answer.root().id_text("bytes").value_or("0") + " bytes");
  screen.line("verify it anywhere, without this directory:");
  screen.line("  cdp audit verify " + call.text("EXPORT") + " --vkey '" +
              std::string(answer.root().text("vkey").value_or("")) + "'");
  return {};
}

std::string report_json(const compliance::VerifyReport& report) {
  JsonObject kinds;
  for (const auto& [kind, count] : report.entries_by_kind) kinds.raw(kind, std::to_string(count));
  return JsonObject()
      .raw("verified", "true")
      .text("origin", report.checkpoint.origin)
      .raw("entries", std::to_string(report.checkpoint.size))
      .raw("key_was_given", report.key_was_given ? "true" : "false")
      .text("vkey", report.key.to_string())
      .raw("checkpoint_was_given", report.given ? "true" : "false")
      .raw("kinds", kinds.done())
      .done();
}

// No database, no keys, no network: the export's files alone.
Result<void> verify(Invocation& call) {
  CDP_CHECK(crypto::initialise());
  const std::string given = call.text("vkey");
  const auto trusted = given.empty() ? std::nullopt : std::optional<std::string_view>(given);
  CDP_TRY(const auto files, CheckpointFiles::read(call));
  CDP_TRY(const auto report,
          compliance::verify_export(call.text("EXPORT"), trusted, files.given()));
  if (call.json()) return call.say(report_json(report));
  Screen& screen = call.screen();
  screen.line(screen.good("verified") + ": " + std::to_string(report.checkpoint.size) +
              " entries, " + std::to_string(report.files) + " files, every byte");
  std::vector<std::vector<std::string>> rows = {{"entries of kind", "how many"}};
  for (const auto& [kind, count] : report.entries_by_kind)
    rows.push_back({kind, std::to_string(count)});
  screen.table(rows);
  if (report.given) screen.line(CheckpointFiles::agrees(*report.given));
  if (!report.key_was_given) {
    screen.line(
        "The key came with the export: this proves that it fits together, not whose it is.");
    screen.line("Verify with the key you were given another way: --vkey");
  }
  return {};
}

Result<void> checkpoint(Invocation& call) {
  CDP_TRY(const auto answer, call.ask("POST", "/admin/audit/checkpoint", "{}"));
  if (call.json()) return call.say(answer.root().minified());
  std::string note(answer.root().text("checkpoint").value_or(""));
  while (!note.empty() && note.back() == '\n') note.pop_back();
  call.screen().line(note);
  call.screen().note("key: " + std::string(answer.root().text("vkey").value_or("")));
  return {};
}

// Standard output is the file: the body of C2SP tlog-witness add-checkpoint.
Result<void> proof(Invocation& call) {
  const std::string body =
      JsonObject().text("old", call.text("old")).text("new", call.text("new")).done();
  CDP_TRY(const auto answer, call.ask("POST", "/admin/audit/proof", body));
  if (call.json()) return call.say(answer.root().minified());
  std::string text(answer.root().text("proof").value_or(""));
  // The line's own end is added; the text may end in the empty line that ends a proof.
  if (text.ends_with('\n')) text.pop_back();
  call.screen().line(text);
  return {};
}

}  // namespace

std::vector<Verb> audit_verbs() {
  using K = Option::Kind;
  return {{"audit export",
           "write the public audit log, for anybody to verify",
           {{"EXPORT", K::positional, "a new directory", true, ""}},
           export_log},
          {"audit verify",
           "verify an export, with no database and no keys",
           {{"EXPORT", K::positional, "the export", true, ""},
            {"vkey", K::text, "the log's key, got another way", false, ""},
            CheckpointFiles::checkpoint_option(),
            CheckpointFiles::proof_option()},
           verify,
           false},
          {"audit checkpoint", "sign and print the log's newest checkpoint", {}, checkpoint},
          {"audit proof",
           "prove that the log of a newer checkpoint continues that of an older one",
           {{"old", K::text, "the older checkpoint's size", true, ""},
            {"new", K::text, "the newer one's; the newest when left out", false, ""}},
           proof}};
}

}  // namespace cdp::app::cli
