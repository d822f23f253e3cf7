// CommitLane: one commit at a time on its way to the disk, on a thread of its own: half of a commit
// is waiting for the disk, and whoever launched it has other things to do.
//
// Thread-safety: launch and wait by turns, from one thread. Lifetime: what a commit refers to must
// outlive the wait for it; a lane that ends waits for what it was given.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

#include "cdp/core/base/result.h"

namespace cdp::app {

class CommitLane {
 public:
  using Commit = std::function<Result<void>()>;

  CommitLane();
  ~CommitLane();
  CommitLane(const CommitLane&) = delete;
  CommitLane& operator=(const CommitLane&) = delete;

  void launch(Commit commit);
  // What the commit launched last answered.
  Result<void> wait();

 private:
  void loop();

  std::mutex mutex_;
  std::condition_variable turn_;
  Commit commit_;
  std::optional<Result<void>> answer_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace cdp::app
