// cdp_bench --cdp PATH --out FILE [--dir FOLDER] [--quick] [--only PART,...] [PART]
//
// Parts: identity, raw, consent, inprocess, http, erase, micro. Every figure is printed absolute
// and, where the issue asks for it, beside the raw limit of the same run; all are written to FILE.
#include <benchmark/benchmark.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "tests/bench/apart.h"
#include "tests/bench/consent_bench.h"
#include "tests/bench/erase_bench.h"
#include "tests/bench/graph_bench.h"
#include "tests/bench/http_bench.h"
#include "tests/bench/inprocess.h"
#include "tests/bench/match_bench.h"
#include "tests/bench/raw_limits.h"

namespace cdp::bench {
namespace {

struct Arguments {
  std::filesystem::path cdp, out, folder = "build/bench/data";
  std::string only;
  bool quick = false;

  bool wants(const std::string& part) const {
    return only.empty() || ("," + only + ",").find("," + part + ",") != std::string::npos;
  }
};

std::optional<Arguments> parse(int argc, char** argv) {
  Arguments arguments;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--quick") {
      arguments.quick = true;
      continue;
    }
    if (!word.starts_with("--")) {
      arguments.only += (arguments.only.empty() ? "" : ",") + word;
      continue;
    }
    if (i + 1 >= argc) return std::nullopt;
    const std::string value = argv[++i];
    if (word == "--cdp") {
      arguments.cdp = value;
    } else if (word == "--out") {
      arguments.out = value;
    } else if (word == "--dir") {
      arguments.folder = value;
    } else if (word == "--only") {
      arguments.only = value;
    } else {
      return std::nullopt;
    }
  }
  return arguments;
}

Result<void> measure_raw(const Arguments& arguments, Clock& clock, Results* results) {
  CDP_TRY(
      const double syncs,
      fdatasync_per_s(arguments.folder, Duration::millis(arguments.quick ? 200 : 2'000), clock));
  results->add("raw_fdatasync_per_s", syncs, "1/s");
  const double cpu_before = cpu_seconds();
  const std::uint64_t count = arguments.quick ? 30'000 : 500'000;
  CDP_TRY(const double rows, append_rows_per_s(arguments.folder, count, clock));
  results->add("raw_sqlcipher_append_rows_per_s", rows, "1/s");
  results->add("raw_sqlcipher_append_cpu_us_per_row",
               (cpu_seconds() - cpu_before) * 1e6 / static_cast<double>(count), "us");
  return {};
}

// The parts in memory, by Google Benchmark: for people who look, not in results.json.
void measure_micro() {
  std::array<std::string, 3> words{
      "cdp_bench", "--benchmark_min_time=0.05",
      "--benchmark_filter=/200000$|kiosk|normalise|index|apply"};  // without the minute-long ones
  std::array<char*, 3> argv{words[0].data(), words[1].data(), words[2].data()};
  int argc = 3;
  benchmark::Initialize(&argc, argv.data());
  benchmark::RunSpecifiedBenchmarks();
}

Result<void> measure(const Arguments& arguments, Results* results) {
  SystemClock clock;
  std::filesystem::create_directories(arguments.folder);
  if (arguments.wants("identity")) {
    const char* data = std::getenv("CDP_REFERENCE_DATA");
    const MatchOptions matching{data != nullptr ? data : "../shared/data", arguments.quick};
    CDP_CHECK(measure_graph(GraphOptions{arguments.quick}, clock, results));
    CDP_CHECK(measure_matching(matching, clock, results));
    if (arguments.only == "identity") return {};
  }
  CDP_CHECK(measure_raw(arguments, clock, results));
  if (arguments.wants("consent")) CDP_CHECK(measure_consent(arguments.quick, results));
  InprocessOptions inprocess;
  inprocess.folder = arguments.folder / "inprocess";
  if (arguments.quick) {
    inprocess.feed.events /= 20;
    inprocess.feed.shape.people /= 20;
  }
  if (arguments.wants("inprocess")) {
    CDP_CHECK(measure_inprocess(inprocess, results));
    CDP_CHECK(measure_restart(inprocess, results));
  }
  EraseOptions erase;
  erase.folder = arguments.folder / "erase";
  if (arguments.quick) {
    erase.feed.events /= 20;
    erase.people = 3;
  }
  if (arguments.wants("erase")) CDP_CHECK(measure_erasure(erase, results));
  HttpOptions http;
  http.cdp = arguments.cdp;
  http.folder = arguments.folder;
  if (arguments.quick) {
    http.for_time = Duration::millis(500);
    http.shape.people /= 20;
  }
  if (arguments.wants("http") && !http.cdp.empty()) CDP_CHECK(measure_http(http, clock, results));
  if (arguments.wants("micro") && !arguments.quick) measure_micro();
  return {};
}

int run(int argc, char** argv) {
  const auto arguments = parse(argc, argv);
  if (!arguments) {
    std::fprintf(
        stderr,
        "usage: cdp_bench --cdp PATH --out FILE [--dir FOLDER] [--quick] [--only PART,...]\n");
    return 2;
  }
  Results results;
  auto done = measure(*arguments, &results);
  std::error_code ignored;
  std::filesystem::remove_all(arguments->folder, ignored);
  if (done && !arguments->out.empty()) done = results.write(arguments->out);
  if (!done) {
    std::fprintf(stderr, "bench: %s (%s)\n", done.error().what.c_str(), done.error().hint.c_str());
    return 1;
  }
  return 0;
}

}  // namespace
}  // namespace cdp::bench

int main(int argc, char** argv) { return cdp::bench::run(argc, argv); }
