// Erasure: from the officer's request until the person's keys are destroyed, and until no byte of
// the person is left on any decrypted page (DESIGN §8, steps 5 and 8). The second reads every page
// of all files, so it grows with them: the size is printed beside it.
#pragma once

#include <filesystem>

#include "tests/bench/feed.h"
#include "tests/bench/results.h"

namespace cdp::bench {

struct EraseOptions {
  std::filesystem::path folder;
  FeedOptions feed{.events = 100'000, .shape = {.people = 20'000}};
  std::uint64_t people = 30;  // that are erased, one after the other
};

// Adds erase_key_destroyed_p50/p99_ms, erase_verified_p50/p99_ms and erase_verified_read_mb.
Result<void> measure_erasure(const EraseOptions& options, Results* results);

}  // namespace cdp::bench
