// SeededRandom behind a mutex: the pipeline's threads share one.
#pragma once

#include <mutex>

#include "cdp/core/base/random.h"

namespace cdp::testing {

class SharedRandom final : public Random {
 public:
  explicit SharedRandom(std::uint64_t seed) : inner_(seed) {}
  void fill(std::span<std::uint8_t> out) override {
    const std::lock_guard lock(mutex_);
    inner_.fill(out);
  }

 private:
  std::mutex mutex_;
  SeededRandom inner_;
};

}  // namespace cdp::testing
