// Durable ingest without HTTP: JSON in memory -> Segment protocol -> facts -> one pipeline on disk,
// with dedup, identity, consent and audit, until every event is acknowledged and folded. Then what
// it left: memory, bytes on disk, and how long a start over it takes.
#pragma once

#include <filesystem>

#include "tests/bench/feed.h"
#include "tests/bench/results.h"

namespace cdp::bench {

struct InprocessOptions {
  std::filesystem::path folder;
  FeedOptions feed;
};

// Adds ingest_inprocess_events_per_s, rss_mb_at_1m_events, disk_bytes_per_event. Every part runs in
// a process of its own, so that memory is this part's and a start finds nothing in memory.
Result<void> measure_inprocess(const InprocessOptions& options, Results* results);
// Adds restart_ready_s (after a crash) and restart_clean_s over what measure_inprocess left.
Result<void> measure_restart(const InprocessOptions& options, Results* results);

}  // namespace cdp::bench
