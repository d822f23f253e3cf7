#include "tests/bench/feed.h"

#include <chrono>
#include <thread>

#include "cdp/app/ingest/segment_protocol.h"

namespace cdp::bench {
namespace {

constexpr auto kBusyPause = std::chrono::microseconds(200);

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

}  // namespace

double feed(app::Platform& platform, Clock& clock, const FeedOptions& options, Tally& tally) {
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

}  // namespace cdp::bench
