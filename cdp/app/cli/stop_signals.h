// StopSignals: SIGTERM, SIGINT and SIGHUP as values instead of interruptions. Made before the first
// thread, so that all threads inherit the mask.
//
// Thread-safety: one thread waits. Lifetime: the old mask returns with the destructor.
#pragma once

#include <csignal>

namespace cdp::app::cli {

class StopSignals {
 public:
  enum class Wish { stop, reload };

  StopSignals();
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  Wish wait() const;

 private:
  sigset_t waited_for_{};
  sigset_t before_{};
};

}  // namespace cdp::app::cli
