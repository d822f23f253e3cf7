// DeliveryDispatcher: one lane and one thread for each destination, so that a dead one never slows
// another. A lane wakes when the bell rings (something was committed, the clock was moved) and when
// its next row is due, and looks by itself five times a second.
//
//   dispatcher.start();      // after the pipeline
//   dispatcher.refresh();    // after the policy changed
//   dispatcher.stop();       // before the pipeline; what waits stays in the outbox
//
// Rows of a destination that is configured no more are cancelled. The names ever served stand in
// the ledger's meta, so that one removed while cdp was down is noticed, too.
//
// Thread-safety: start, refresh and stop are guarded against each other; stats from any thread.
// Lifetime: bell and everything in the services must outlive it. stop() returns when the sends
// under way have ended: stop the transport first. Errors: unavailable when the ledger does not
// answer.
#pragma once

#include <mutex>
#include <thread>

#include "cdp/app/activation/bell.h"
#include "cdp/app/activation/delivery_lane.h"

namespace cdp::app {

class DeliveryDispatcher {
 public:
  DeliveryDispatcher(DeliveryServices services, Bell& bell);
  ~DeliveryDispatcher();

  Result<void> start();
  // Lanes for the destinations of the policy in force; the others' rows are cancelled. Nothing
  // before start(): a command line that only changes the configuration delivers nothing.
  Result<void> refresh();
  void stop();
  std::map<std::string, LaneStats> stats() const;

  // What is waiting already, before the pipeline opens and plans more.
  static Result<void> load_pending(const store::Ledger& ledger, const consent::Policy& policy,
                                   PendingViews& pending);

 private:
  struct Worker {
    std::atomic<bool> stopping{false};
    std::unique_ptr<DeliveryLane> lane;
    std::thread thread;
  };
  Result<void> refresh_locked();
  void loop(Worker& worker);
  static void end(Worker& worker, Bell& bell);
  Result<std::set<std::string>> served_before() const;
  Result<void> remember(const std::set<std::string>& served);

  DeliveryServices services_;
  Bell& bell_;
  mutable std::mutex mutex_;
  bool started_ = false;
  std::map<std::string, std::unique_ptr<Worker>> workers_;
};

}  // namespace cdp::app
