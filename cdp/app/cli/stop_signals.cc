#include "cdp/app/cli/stop_signals.h"

namespace cdp::app::cli {

StopSignals::StopSignals() {
  sigemptyset(&waited_for_);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&waited_for_, signal);
  pthread_sigmask(SIG_BLOCK, &waited_for_, &before_);
}

StopSignals::~StopSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

StopSignals::Wish StopSignals::wait() const {
  int signal = 0;
  while (sigwait(&waited_for_, &signal) != 0) {
  }
  return signal == SIGHUP ? Wish::reload : Wish::stop;
}

}  // namespace cdp::app::cli
