#include "cdp/app/ticker.h"

#include <algorithm>
#include <chrono>

namespace cdp::app {

void Ticker::start() {
  if (!thread_.joinable()) thread_ = std::thread([this] { loop(); });
}

void Ticker::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Ticker::loop() {
  for (;;) {
    const Duration now = clock_.elapsed();
    Duration next = now + Duration::seconds(1);
    for (auto& job : jobs_) {
      if (job.due <= now) {
        job.run();
        job.due = now + job.interval;
      }
      next = std::min(next, job.due);
    }
    std::unique_lock lock(mutex_);
    const auto wait = std::chrono::microseconds(std::max<std::int64_t>(1'000, next.us - now.us));
    if (wake_.wait_for(lock, wait, [&] { return stopping_; })) return;
  }
}

}  // namespace cdp::app
