#include "cdp/app/preferences/mail_lane.h"

#include <algorithm>
#include <chrono>

namespace cdp::app {

void MailLane::start(Wait wait) {
  wait_ = std::move(wait);
  stopping_ = false;  // no thread of ours runs
  thread_ = std::thread([this] { loop(); });
}

void MailLane::end() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  idle_.notify_all();
}

void MailLane::stop() {
  end();
  if (thread_.joinable()) thread_.join();
}

bool MailLane::post(Job job) {
  {
    const std::lock_guard lock(mutex_);
    if (queue_.size() >= jobs_max_) return false;
    queue_.push_back(std::move(job));
  }
  wake_.notify_one();
  return true;
}

void MailLane::drain() {
  std::unique_lock lock(mutex_);
  idle_.wait(lock, [this] { return stopping_ || (queue_.empty() && !busy_); });
}

void MailLane::loop() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    if (stopping_) return;
    const Job job = std::move(queue_.front());
    queue_.pop_front();
    busy_ = true;
    lock.unlock();
    run(job);
    lock.lock();
    busy_ = false;
    idle_.notify_all();
  }
}

void MailLane::run(const Job& job) {
  sent_ = false;
  const Duration begun = clock_.elapsed();
  job();
  const Duration took{clock_.elapsed().us - begun.us};
  if (sent_) last_send_ = std::clamp(took, kSlot, kSendMax);
  if (took < last_send_) pause({last_send_.us - took.us});
}

void MailLane::pause(Duration span) {
  if (wait_) return wait_(span);
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, std::chrono::microseconds(span.us), [this] { return stopping_; });
}

}  // namespace cdp::app
