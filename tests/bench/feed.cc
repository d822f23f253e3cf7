#include "tests/bench/feed.h"

#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include "cdp/app/ingest/segment_protocol.h"
#include "tests/bench/apart.h"

namespace cdp::bench {
namespace {

constexpr auto kBusyPause = std::chrono::milliseconds(1);

// What a front thread will deliver, written to a file before the clock starts: clients make their
// own events, on machines of their own.
class Deliveries {
 public:
  Deliveries(std::filesystem::path file, Workload workload, std::uint64_t events,
             std::size_t per_delivery)
      : file_(std::move(file)) {
    std::ofstream out(file_, std::ios::binary | std::ios::trunc);
    std::string body;
    for (std::uint64_t made = 0; made < events; made += per_delivery) {
      const std::size_t size = std::min<std::uint64_t>(per_delivery, events - made);
      workload.batch(size, &body);
      out.write(body.data(), static_cast<std::streamsize>(body.size()));
      each_.push_back({size, body.size()});
    }
    event_bytes_ = workload.event_bytes();
    out.flush();
    ::sync();  // what is still on its way to the disk would be paid for by the run
    in_.open(file_, std::ios::binary);
  }
  ~Deliveries() { std::filesystem::remove(file_); }
  Deliveries(const Deliveries&) = delete;
  Deliveries& operator=(const Deliveries&) = delete;

  // The events in *body; 0 when there are no more.
  std::size_t next(std::string* body) {
    if (at_ == each_.size() || !in_.good()) return 0;
    body->resize(each_[at_].bytes);
    in_.read(body->data(), static_cast<std::streamsize>(body->size()));
    return each_[at_++].events;
  }
  std::uint64_t event_bytes() const { return event_bytes_; }

 private:
  struct Delivery {
    std::size_t events, bytes;
  };
  std::filesystem::path file_;
  std::ifstream in_;
  std::vector<Delivery> each_;
  std::size_t at_ = 0;
  std::uint64_t event_bytes_ = 0;
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

  void run(Deliveries& deliveries) {
    std::string body;
    while (const std::size_t events = deliveries.next(&body)) deliver(body, events);
    tally_.raw_bytes += deliveries.event_bytes();
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

Fed feed(app::Platform& platform, Clock& clock, const FeedOptions& options, Tally& tally) {
  const Popularity popularity(options.shape.people, options.shape.zipf);
  std::vector<std::unique_ptr<Deliveries>> deliveries;
  for (std::size_t i = 0; i < options.front_threads; ++i) {
    deliveries.push_back(std::make_unique<Deliveries>(
        platform.options().directory.parent_path() / ("deliveries_" + std::to_string(i)),
        Workload(options.shape, popularity, 7, i), options.events / options.front_threads,
        options.events_per_delivery));
  }
  std::vector<std::unique_ptr<Front>> fronts;
  std::vector<std::thread> threads;
  const double cpu_before = cpu_seconds();
  const Duration start = clock.elapsed();
  for (std::size_t i = 0; i < options.front_threads; ++i) {
    fronts.push_back(std::make_unique<Front>(platform, clock, tally));
    threads.emplace_back([&, i] { fronts[i]->run(*deliveries[i]); });
  }
  for (auto& thread : threads) thread.join();
  while (tally.accepted + tally.others + tally.failed < options.events) {
    std::this_thread::sleep_for(kBusyPause);
  }
  platform.pipeline().fold().drain();
  return {static_cast<double>(clock.elapsed().us - start.us) / 1e6, cpu_seconds() - cpu_before};
}

}  // namespace cdp::bench
