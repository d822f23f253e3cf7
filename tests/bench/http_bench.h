// The built binary over the loopback: ingest at batch 1, 20 and 100, acknowledgement latency, and
// profile lookups while ingest runs.
#pragma once

#include <filesystem>

#include "cdp/core/base/time.h"
#include "tests/bench/results.h"
#include "tests/bench/workload.h"

namespace cdp::bench {

struct HttpOptions {
  std::filesystem::path cdp;  // the binary
  std::filesystem::path folder;
  Duration for_time = Duration::seconds(10);  // each load
  WorkloadShape shape;
  std::size_t connections = 64;
};

Result<void> measure_http(const HttpOptions& options, Clock& clock, Results* results);

}  // namespace cdp::bench
