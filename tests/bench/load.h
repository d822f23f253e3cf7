// Load: an epoll load generator for keep-alive HTTP/1.1 on the loopback, one thread, bounded by
// count and by time.
//
// Closed loop (rate 0): every connection sends its next request when the last is answered. Paced:
// requests are due at fixed moments, and a latency counts from when its request was due, so that a
// server that stalls cannot hide it (no coordinated omission).
//
// Thread-safety: run() in one thread; several Loads side by side are independent.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "cdp/core/base/time.h"

namespace cdp::bench {

struct LoadPlan {
  std::uint16_t port = 0;
  std::size_t connections = 64;
  Duration for_time = Duration::seconds(5);
  double rate_per_s = 0;  // requests; 0 = closed loop
  std::uint64_t requests_max = 100'000'000;
  // The next whole request.
  std::function<void(std::string*)> next;
  // Ends the load early when it answers true; for a load beside another one.
  std::function<bool()> over = [] { return false; };
};

struct LoadReport {
  std::uint64_t answered = 0;  // with 200
  std::uint64_t busy = 0;      // with 429: not counted as answered, sent again
  std::uint64_t failed = 0;    // anything else, and connections that broke
  double seconds = 0;
  std::vector<double> latencies_ms;  // of the answered, ascending

  double percentile_ms(double percent) const;
};

LoadReport run_load(const LoadPlan& plan, Clock& clock);

}  // namespace cdp::bench
