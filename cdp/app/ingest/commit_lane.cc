#include "cdp/app/ingest/commit_lane.h"

#include <utility>

namespace cdp::app {

CommitLane::CommitLane() : thread_([this] { loop(); }) {}

CommitLane::~CommitLane() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  turn_.notify_all();
  thread_.join();
}

void CommitLane::launch(Commit commit) {
  {
    const std::lock_guard lock(mutex_);
    commit_ = std::move(commit);
  }
  turn_.notify_all();
}

Result<void> CommitLane::wait() {
  std::unique_lock lock(mutex_);
  turn_.wait(lock, [&] { return answer_.has_value(); });
  return *std::exchange(answer_, std::nullopt);
}

void CommitLane::loop() {
  std::unique_lock lock(mutex_);
  for (;;) {
    turn_.wait(lock, [&] { return stopping_ || commit_; });
    if (!commit_) return;
    const Commit commit = std::exchange(commit_, nullptr);
    lock.unlock();
    auto answer = commit();
    lock.lock();
    answer_ = std::move(answer);
    turn_.notify_all();
  }
}

}  // namespace cdp::app
