#include "tests/bench/inprocess.h"

#include <atomic>
#include <chrono>
#include <thread>

#include "cdp/app/ingest/segment_protocol.h"
#include "tests/bench/apart.h"
#include "tests/bench/bench_directory.h"

namespace cdp::bench {
namespace {

constexpr auto kBusyPause = std::chrono::microseconds(200);

struct Tally {
  std::atomic<std::uint64_t> accepted{0}, others{0}, failed{0}, raw_bytes{0}, busy{0};
};

// One front thread: parses, prepares and submits, and waits when the pipeline is busy.
class Front {
 public:
  Front(app::Platform& platform, Clock& clock, Tally& tally)
      : platform_(platform),
        clock_(clock),
        tally_(tally),
        facts_(platform.pipeline().keyed(), platform.pipeline().codec()),
        active_(platform.policy().active()) {}

  void run(Workload workload, std::uint64_t events, std::size_t per_delivery) {
    std::string body;
    for (std::uint64_t sent = 0; sent < events; sent += per_delivery) {
      const std::size_t size = std::min<std::uint64_t>(per_delivery, events - sent);
      workload.batch(size, &body);
      deliver(body, size);
    }
    tally_.raw_bytes += workload.event_bytes();
  }

 private:
  void deliver(const std::string& body, std::size_t events) {
    const auto document = json::Document::parse(body);
    const auto* source = active_->policy.source("web");
    if (!document || source == nullptr) return void(tally_.failed += events);
    auto messages = app::translate_segment(
        document->root(), {app::SegmentCall::batch, body.size(), false, clock_.now()}, *source);
    if (!messages) return void(tally_.failed += events);
    app::Submission submission;
    for (auto& message : *messages) {
      auto* observation = std::get_if<event::Observation>(&message);
      if (observation == nullptr) {
        ++tally_.failed;
        continue;
      }
      submission.items.push_back(facts_.build(std::move(*observation), *source, active_->policy));
    }
    submission.done = [this, sent = submission.items.size()](Result<app::Verdicts> verdicts) {
      count(verdicts, sent);
    };
    while (platform_.pipeline().submit(submission) != app::Busy::no) {
      ++tally_.busy;
      std::this_thread::sleep_for(kBusyPause);
    }
  }

  void count(const Result<app::Verdicts>& verdicts, std::size_t sent) {
    if (!verdicts) return void(tally_.failed += sent);
    for (const auto verdict : *verdicts) {
      ++(verdict == app::Verdict::accepted ? tally_.accepted : tally_.others);
    }
  }

  app::Platform& platform_;
  Clock& clock_;
  Tally& tally_;
  app::FactBuilder facts_;
  std::shared_ptr<const app::ActivePolicy> active_;
};

// Returns the seconds until all events were acknowledged and folded.
double feed(app::Platform& platform, Clock& clock, const InprocessOptions& options, Tally& tally) {
  const Popularity popularity(options.shape.people, options.shape.zipf);
  std::vector<std::unique_ptr<Front>> fronts;
  std::vector<std::thread> threads;
  const Duration start = clock.elapsed();
  for (std::size_t i = 0; i < options.front_threads; ++i) {
    fronts.push_back(std::make_unique<Front>(platform, clock, tally));
    threads.emplace_back([&, i] {
      fronts[i]->run(Workload(options.shape, popularity, 7, i),
                     options.events / options.front_threads, options.events_per_delivery);
    });
  }
  for (auto& thread : threads) thread.join();
  while (tally.accepted + tally.others + tally.failed < options.events) {
    std::this_thread::sleep_for(kBusyPause);
  }
  platform.pipeline().fold().drain();
  return static_cast<double>(clock.elapsed().us - start.us) / 1e6;
}

Result<Numbers> ingest(const InprocessOptions& options) {
  CDP_TRY(const auto directory, BenchDirectory::make(options.folder));
  BenchWorld world;
  CDP_TRY(const auto platform, world.open(directory));
  const double empty_mb = resident_mb("VmRSS");
  Tally tally;
  const double cpu_before = cpu_seconds();
  const double seconds = feed(*platform, world.clock, options, tally);
  if (tally.failed > 0 || tally.accepted + tally.others == 0) {
    return fail(ErrorCode::internal, "the pipeline did not take every event");
  }
  CDP_CHECK(platform->pipeline().health());
  Numbers numbers;
  numbers["events_per_s"] = static_cast<double>(tally.accepted + tally.others) / seconds;
  numbers["cpu_us"] =
      (cpu_seconds() - cpu_before) * 1e6 / static_cast<double>(tally.accepted + tally.others);
  numbers["rss_mb"] = resident_mb("VmRSS");
  numbers["rss_peak_mb"] = resident_mb("VmHWM");
  numbers["rss_empty_mb"] = empty_mb;
  numbers["busy"] = static_cast<double>(tally.busy);
  const auto stats = platform->pipeline().writer().stats();
  numbers["events_per_commit"] = static_cast<double>(stats.accepted) /
                                 static_cast<double>(std::max(stats.commits, std::uint64_t{1}));
  numbers["subjects"] = static_cast<double>(platform->pipeline().live().sizes().subjects);
  numbers["personas"] = static_cast<double>(platform->pipeline().live().sizes().personas);
  const double events = static_cast<double>(tally.accepted.load());
  numbers["raw_bytes_per_event"] = static_cast<double>(tally.raw_bytes) / events;
  numbers["disk_bytes_per_event"] = static_cast<double>(directory.bytes()) / events;
  // Leaves as a crash would: restart_ready_s is measured over what lies there.
  return numbers;
}

Result<Numbers> restart(const InprocessOptions& options) {
  const BenchDirectory directory(options.folder);
  BenchWorld world;
  const Duration start = world.clock.elapsed();
  CDP_TRY(const auto platform, world.open(directory));
  Numbers numbers;
  numbers["seconds"] = static_cast<double>(world.clock.elapsed().us - start.us) / 1e6;
  platform->stop();
  numbers["disk_bytes"] = static_cast<double>(directory.bytes());
  return numbers;
}

}  // namespace

Result<void> measure_inprocess(const InprocessOptions& options, Results* results) {
  CDP_TRY(const auto numbers, apart([&] { return ingest(options); }));
  const auto at = [&](const char* name) { return numbers.at(name); };
  results->add_against("ingest_inprocess_events_per_s", at("events_per_s"), "1/s",
                       "raw_sqlcipher_append_rows_per_s");
  results->add("ingest_inprocess_events_per_commit", at("events_per_commit"), "events");
  results->add("ingest_inprocess_cpu_us_per_event", at("cpu_us"), "us");
  results->add("ingest_inprocess_personas", at("personas"), "personas");
  results->add("ingest_inprocess_subjects", at("subjects"), "subjects");
  results->add("rss_mb_at_1m_events", at("rss_mb"), "MiB");
  results->add("rss_peak_mb_at_1m_events", at("rss_peak_mb"), "MiB");
  results->add("raw_json_bytes_per_event", at("raw_bytes_per_event"), "B");
  results->add_against("disk_bytes_per_event", at("disk_bytes_per_event"), "B",
                       "raw_json_bytes_per_event");
  return {};
}

Result<void> measure_restart(const InprocessOptions& options, Results* results) {
  CDP_TRY(const auto crashed, apart([&] { return restart(options); }));
  results->add("restart_ready_s", crashed.at("seconds"), "s");
  CDP_TRY(const auto clean, apart([&] { return restart(options); }));
  results->add("restart_clean_s", clean.at("seconds"), "s");
  return {};
}

}  // namespace cdp::bench
