// Batch: a whole table at once: candidates, scores, clusters.
//
// Thread-safety: pure. Non-errors: no candidates.
#pragma once

#include <vector>

#include "identity/match/blocks.h"
#include "identity/match/clustering.h"
#include "identity/match/scorer.h"
#include "identity/match/training.h"

namespace cdp::identity::match {

struct BatchResult {
  std::uint64_t candidates = 0;            // pairs that were scored
  std::vector<Edge> edges;                 // those of at least `keep_from`, by rows
  std::vector<std::vector<Row>> clusters;  // of two and more records
};

// Linking two files, records of one file are never one person; see Config. The same for any number
// of threads; `progress` is told from the calling one.
BatchResult run_batch(const Table& table, const Blocks& blocks, const Scorer& scorer,
                      Weight keep_from, Weight cut, bool link_files, const Progress& progress,
                      std::size_t threads = 1);

}  // namespace cdp::identity::match
