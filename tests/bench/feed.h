// feed(): a workload into a platform in this process: JSON -> Segment protocol -> facts ->
// pipeline, on front threads that wait when the pipeline is busy.
//
// Thread-safety: one feed at a time.
#pragma once

#include <atomic>

#include "cdp/app/wiring.h"
#include "tests/bench/workload.h"

namespace cdp::bench {

struct FeedOptions {
  std::uint64_t events = 1'000'000;
  WorkloadShape shape;
  std::size_t events_per_delivery = 100;
  std::size_t front_threads = 2;
};

struct Tally {
  std::atomic<std::uint64_t> accepted{0}, others{0}, failed{0}, raw_bytes{0}, busy{0};
};

// From the first delivery until all events were acknowledged and folded. The deliveries are made
// before that, into files beside the directory.
struct Fed {
  double seconds, cpu_seconds;
};
Fed feed(app::Platform& platform, Clock& clock, const FeedOptions& options, Tally& tally);

}  // namespace cdp::bench
