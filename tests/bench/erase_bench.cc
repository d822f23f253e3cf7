#include "tests/bench/erase_bench.h"

#include <algorithm>
#include <thread>

#include "tests/bench/apart.h"
#include "tests/bench/bench_directory.h"

namespace cdp::bench {
namespace {

constexpr auto kLook = std::chrono::microseconds(100);
// Ranks by popularity of those who are erased: some with many events, most with a few.
constexpr std::uint64_t kFirstRank = 20;
constexpr std::uint64_t kRankStep = 29;

struct Times {
  double key_ms = 0;
  double verified_ms = 0;
  bool verified = true;  // otherwise the verification found a trace, and the request waits
};

double ms_since(Clock& clock, Duration start) {
  return static_cast<double>(clock.elapsed().us - start.us) / 1e3;
}

Result<Times> erase_one(app::Platform& platform, Clock& clock, std::uint64_t person) {
  const std::string user = Workload::user(person);
  const Token token = platform.pipeline().keyed().persona_token("web", "user:" + user);
  auto& keys = platform.stores().keys();
  if (!keys.find(token)) return fail(ErrorCode::internal, "the person to erase is not there");
  http::Request request;
  request.method = "POST";
  request.path = "/v1/requests";
  request.admin = true;
  request.body = R"({"kind":"erasure","confirm":true,"identifier":{"type":"user_id","value":")" +
                 user + R"("}})";
  Times times;
  std::atomic<bool> over{false};
  const Duration start = clock.elapsed();
  std::thread watcher([&] {
    while (!over && keys.find(token)) std::this_thread::sleep_for(kLook);
    times.key_ms = ms_since(clock, start);
  });
  const auto answer = platform.router().handle(std::move(request));
  times.verified_ms = ms_since(clock, start);
  over = true;
  watcher.join();
  times.verified = answer.status == 202;
  if (!times.verified) std::fprintf(stderr, "bench: erasure stopped: %s\n", answer.body.c_str());
  if (keys.find(token)) return fail(ErrorCode::internal, "an erased person still has a key");
  return times;
}

double at_percent(std::vector<double> values, double percent) {
  std::sort(values.begin(), values.end());
  return values[static_cast<std::size_t>(percent / 100 * static_cast<double>(values.size() - 1) +
                                         0.5)];
}

Result<Numbers> erase(const EraseOptions& options) {
  CDP_TRY(const auto directory, BenchDirectory::make(options.folder));
  BenchWorld world;
  CDP_TRY(const auto platform, world.open(directory));
  Tally tally;
  feed(*platform, world.clock, options.feed, tally);
  if (tally.failed > 0) return fail(ErrorCode::internal, "the pipeline did not take every event");
  std::vector<double> key_ms;
  std::vector<double> verified_ms;
  for (std::uint64_t i = 0; i < options.people; ++i) {
    CDP_TRY(const auto times, erase_one(*platform, world.clock, kFirstRank + i * kRankStep));
    key_ms.push_back(times.key_ms);
    if (times.verified) verified_ms.push_back(times.verified_ms);
  }
  Numbers numbers;
  if (verified_ms.empty()) return fail(ErrorCode::internal, "no erasure was verified");
  numbers["unverified"] = static_cast<double>(key_ms.size() - verified_ms.size());
  numbers["key_p50"] = at_percent(key_ms, 50);
  numbers["key_p99"] = at_percent(key_ms, 99);
  numbers["verified_p50"] = at_percent(verified_ms, 50);
  numbers["verified_p99"] = at_percent(verified_ms, 99);
  numbers["read_mb"] = static_cast<double>(directory.bytes()) / 1e6;
  platform->stop();
  return numbers;
}

}  // namespace

Result<void> measure_erasure(const EraseOptions& options, Results* results) {
  CDP_TRY(const auto numbers, apart([&] { return erase(options); }));
  results->add("erase_key_destroyed_p50_ms", numbers.at("key_p50"), "ms");
  results->add("erase_key_destroyed_p99_ms", numbers.at("key_p99"), "ms");
  results->add("erase_verified_p50_ms", numbers.at("verified_p50"), "ms");
  results->add("erase_verified_p99_ms", numbers.at("verified_p99"), "ms");
  results->add("erase_unverified", numbers.at("unverified"), "people");
  results->add("erase_verified_read_mb", numbers.at("read_mb"), "MB");
  return {};
}

}  // namespace cdp::bench
