// The identity graph in memory: what an observation costs, from raw identifiers to the partition,
// in a small and in a large graph; how long a merge and an un-merge take; memory.
//
// Adds identity_observations_per_s, identity_observation_us_at_<size>, identity_observation_growth,
// identity_merge_p99_ms, identity_merge_of_1000_p99_ms and identity_graph_mib_per_1m_personas,
// beside their bars. Runs in a process of its own.
//
// Thread-safety: as apart.h. Errors: those of apart.h.
#pragma once

#include "cdp/core/base/time.h"
#include "tests/bench/results.h"

namespace cdp::bench {

struct GraphOptions {
  bool quick = false;  // a tenth of the large sizes
};

Result<void> measure_graph(const GraphOptions& options, Clock& clock, Results* results);

}  // namespace cdp::bench
