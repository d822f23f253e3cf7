// cdp import: a CSV file, in steps that resume where a cut-off import ended.

#include <sys/stat.h>

#include <fstream>

#include "cdp/app/cli/import_state.h"
#include "cdp/app/cli/verbs.h"

namespace cdp::app::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kRejectionsShown = 20;

Result<ImportedFile> file_of(const Invocation& call) {
  ImportedFile file;
  std::error_code ignored;
  file.path = fs::absolute(call.text("FILE"), ignored).lexically_normal();
  struct stat info {};
  if (::stat(file.path.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) {
    return fail(ErrorCode::not_found, "there is no such file to import", "check its path");
  }
  file.source = call.text("source");
  file.bytes = static_cast<std::uint64_t>(info.st_size);
  file.changed_at_s = info.st_mtim.tv_sec;
  return file;
}

std::uint64_t number_of(const json::Value& object, std::string_view key) {
  const auto value = object.get(key);
  return static_cast<std::uint64_t>(value ? value->integer().value_or(0) : 0);
}

struct Verdicts {
  std::vector<std::string> shown;  // line and reason; never the row
  std::uint64_t hidden = 0;
};

void collect(const json::Value& step, Verdicts& verdicts, ImportProgress& progress) {
  progress.rows += number_of(step, "rows");
  progress.accepted += number_of(step, "accepted");
  progress.duplicates += number_of(step, "duplicates");
  const auto rejected = step.get("rejected");
  if (!rejected) return;
  progress.rejected += rejected->size();
  rejected->each([&](json::Value row) {
    if (verdicts.shown.size() >= kRejectionsShown) return ++verdicts.hidden, true;
    verdicts.shown.push_back("line " + row.id_text("line").value_or("?") + ": " +
                             std::string(row.text("reason").value_or("")) + " (" +
                             std::string(row.text("hint").value_or("")) + ")");
    return true;
  });
}

void say(Invocation& call, const ImportProgress& progress, const Verdicts& verdicts, bool resumed) {
  if (call.json()) {
    return call.screen().line(JsonObject()
                                  .raw("rows", std::to_string(progress.rows))
                                  .raw("accepted", std::to_string(progress.accepted))
                                  .raw("duplicates", std::to_string(progress.duplicates))
                                  .raw("rejected", std::to_string(progress.rejected))
                                  .raw("resumed", resumed ? "true" : "false")
                                  .done());
  }
  for (const auto& line : verdicts.shown) call.screen().note(line);
  if (verdicts.hidden > 0) call.screen().note("and " + grouped(verdicts.hidden) + " more");
  call.screen().line(grouped(progress.rows) + " rows: " + grouped(progress.accepted) +
                     " accepted, " + grouped(progress.duplicates) + " known already, " +
                     grouped(progress.rejected) + " refused" + (resumed ? " (resumed)" : ""));
}

Result<void> run(Invocation& call) {
  CDP_TRY(const auto file, file_of(call));
  const ImportState state(call.directory(), file);
  ImportProgress progress = state.load();
  const bool resumed = !progress.next.empty();
  if (resumed && !call.json()) call.screen().note("going on where the last import ended");
  Verdicts verdicts;
  for (bool done = false; !done;) {
    JsonObject body;
    body.text("source", file.source).text("path", file.path.string());
    if (!progress.next.empty()) body.raw("next", progress.next);
    CDP_TRY(const auto answer, call.ask("POST", "/admin/import", body.done()));
    const auto step = answer.root();
    collect(step, verdicts, progress);
    const auto next = step.get("next");
    const auto over = step.get("done");
    done = !next || !over || over->boolean().value_or(true);
    if (done) break;
    progress.next = next->minified();
    CDP_CHECK(state.save(progress));
    call.screen().progress("importing",
                           static_cast<double>(number_of(*next, "offset")) /
                               static_cast<double>(std::max<std::uint64_t>(file.bytes, 1)));
  }
  call.screen().progress_end();
  state.forget();
  say(call, progress, verdicts, resumed);
  return {};
}

}  // namespace

Verb import_verb() {
  using K = Option::Kind;
  return {"import",
          "import a CSV file; run it again to go on where it was cut off",
          {{"FILE", K::positional, "the file", true, ""},
           {"source", K::text, "a source of kind csv", true, ""}},
          run};
}

}  // namespace cdp::app::cli
