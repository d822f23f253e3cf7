// CSV import in steps: each call takes a bounded number of rows from where the last one ended, so
// that a client shows progress, and a cut-off import goes on.

#include <filesystem>
#include <fstream>
#include <future>

#include "cdp/app/api/admin_api.h"
#include "cdp/app/api/api.h"
#include "cdp/app/wiring.h"
#include "connectors/csv/csv_import.h"

namespace cdp::app {
namespace {

constexpr std::size_t kRowsPerStep = 2'000;

struct Step {
  std::vector<connectors::Translated> rows;
  std::vector<std::uint64_t> lines;
  connectors::csv::Place next;
  bool done = false;
};

Result<Step> read_step(const std::string& path, const consent::SourceConfig& source,
                       const std::string& label, Time now, connectors::csv::Place from) {
  std::ifstream in(path, std::ios::binary);
  if (!in)
    return fail(ErrorCode::not_found, "the file cannot be read",
                "give an absolute path that the server's user may read");
  CDP_TRY(auto import, connectors::csv::CsvImport::open(in, source, label, now, from));
  Step step;
  step.next = from;
  while (step.rows.size() < kRowsPerStep) {
    auto row = import.next();
    if (!row) {
      step.done = true;
      break;
    }
    step.lines.push_back(row->line);
    step.next = row->next;
    step.rows.push_back(std::move(row->verdict));
  }
  return step;
}

std::string step_json(const Step& step, const IntakeReport& report, std::uint64_t size) {
  std::string out = R"({"rows":)" + std::to_string(step.lines.size()) + R"(,"accepted":)" +
                    std::to_string(report.accepted) + R"(,"duplicates":)" +
                    std::to_string(report.duplicates) + R"(,"rejected":[)";
  for (const auto& rejection : report.rejected) {
    if (!out.ends_with('[')) out += ",";
    out += R"({"line":)" + std::to_string(step.lines.at(rejection.index)) + R"(,"reason":)" +
           json::quote(rejection.reason) + R"(,"hint":)" + json::quote(rejection.hint) + "}";
  }
  out += R"(],"warnings":{)";
  for (const auto& [reason, times] : report.warnings) {
    if (!out.ends_with('{')) out += ",";
    out += json::quote(reason) + ":" + std::to_string(times);
  }
  return out + R"(},"next":{"offset":)" + std::to_string(step.next.offset) + R"(,"line":)" +
         std::to_string(step.next.line) + R"(},"size":)" + std::to_string(size) + R"(,"done":)" +
         (step.done ? "true" : "false") + "}";
}

Result<std::string> import_step(Platform& platform, const http::Request& request) {
  CDP_TRY(const auto document, parse_body(request));
  const auto body = document.root();
  const std::string path(body.text("path").value_or(""));
  const std::string label(
      body.text("label").value_or(std::filesystem::path(path).filename().string()));
  const auto active = platform.policy().active();
  const auto* source = active->policy.source(std::string(body.text("source").value_or("")));
  if (source == nullptr || source->kind != "csv") {
    return fail(ErrorCode::not_found, "there is no CSV source of that name",
                "declare one in cdp.toml: kind = \"csv\", columns = {...}");
  }
  connectors::csv::Place from;
  if (const auto offset = body.at("/next/offset"); offset && offset->integer().value_or(-1) >= 0) {
    from.offset = static_cast<std::uint64_t>(*offset->integer());
    const auto line = body.at("/next/line");
    from.line = static_cast<std::uint64_t>(line ? line->integer().value_or(1) : 1);
  }
  CDP_TRY(auto step, read_step(path, *source, label, platform.world().clock.now(), from));
  std::promise<Result<IntakeReport>> promise;
  auto taken = promise.get_future();
  platform.intake().take(
      std::move(step.rows), *source, active->policy,
      [&](Result<IntakeReport> report) { promise.set_value(std::move(report)); });
  CDP_TRY(const auto report, taken.get());
  std::error_code ignored;
  return step_json(step, report, std::filesystem::file_size(path, ignored));
}

}  // namespace

void add_import_routes(http::Router& router, Platform& platform) {
  router.add("POST", "/admin/import", admin_only([&platform](const http::Request& request) {
               auto body = import_step(platform, request);
               return body ? http::Response::json(200, std::move(*body))
                           : http::Response::error(body.error());
             }));
}

}  // namespace cdp::app
