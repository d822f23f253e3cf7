// A clock that a test moves by hand while other threads read it.
#pragma once

#include <atomic>
#include <functional>
#include <utility>

#include "cdp/core/base/time.h"

namespace cdp::testing {

class SharedClock final : public Clock {
 public:
  explicit SharedClock(Time start) : now_us_(start.us) {}
  Time now() override {
    if (const auto what = std::exchange(before_next_read_, nullptr)) what();
    return Time{now_us_.load()};
  }
  Duration elapsed() override { return now() - Time{}; }
  void advance(Duration by) { now_us_ += by.us; }
  // Once, when this thread reads a clock next: what happens between two steps of the code under
  // test.
  static void before_next_read(std::function<void()> what) { before_next_read_ = std::move(what); }

 private:
  static inline thread_local std::function<void()> before_next_read_;
  std::atomic<std::int64_t> now_us_;
};

}  // namespace cdp::testing
