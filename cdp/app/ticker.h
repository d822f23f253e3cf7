// Ticker: the few things that happen by the clock (checkpoints, counted disclosures, deliveries
// that are due), each on its own interval, on one thread.
//
// Thread-safety: add() before start(); stop() from any thread but its own; it returns when the job
// under way has ended. Jobs must be short and never throw.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "cdp/core/base/time.h"

namespace cdp::app {

class Ticker {
 public:
  explicit Ticker(Clock& clock) : clock_(clock) {}
  ~Ticker() { stop(); }
  void add(Duration interval, std::function<void()> job) {
    jobs_.push_back({interval, {}, std::move(job)});
  }
  void start();
  void stop();

 private:
  struct Job {
    Duration interval;
    Duration due;
    std::function<void()> run;
  };
  void loop();

  Clock& clock_;
  std::vector<Job> jobs_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace cdp::app
