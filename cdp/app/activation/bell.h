// Bell: wakes whoever waits for something new, and loses no ring: a wait returns at once when the
// bell has rung since `seen` was read.
//
// Thread-safety: safe. ring() never blocks for long.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>

#include "cdp/core/base/time.h"

namespace cdp::app {

class Bell {
 public:
  void ring() {
    {
      const std::lock_guard lock(mutex_);
      ++rings_;
    }
    wake_.notify_all();
  }
  std::uint64_t rings() const {
    const std::lock_guard lock(mutex_);
    return rings_;
  }
  void wait(std::uint64_t seen, Duration at_most) {
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, std::chrono::microseconds(at_most.us), [&] { return rings_ != seen; });
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::uint64_t rings_ = 0;
};

}  // namespace cdp::app
