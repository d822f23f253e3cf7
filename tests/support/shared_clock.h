// A clock that a test moves by hand while other threads read it.
#pragma once

#include <atomic>

#include "cdp/core/base/time.h"

namespace cdp::testing {

class SharedClock final : public Clock {
 public:
  explicit SharedClock(Time start) : now_us_(start.us) {}
  Time now() override { return Time{now_us_.load()}; }
  Duration elapsed() override { return now() - Time{}; }
  void advance(Duration by) { now_us_ += by.us; }

 private:
  std::atomic<std::int64_t> now_us_;
};

}  // namespace cdp::testing
