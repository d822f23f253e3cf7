// Probabilistic matching: quality on labelled data that nobody in this project wrote, with the
// configuration as it is and no look at the labels; and speed on synthetic people.
//
// Data: every CSV below CDP_REFERENCE_DATA/identity that says who is who (a column cluster, ent_id
// or person, or FEBRL's "rec-N-..."); two files that differ in a last a and b only are linked. Adds
// identity_<data>_{precision,recall,f1,b3_f1}: pairwise over all true pairs, so that what blocking
// missed is missed. Absent data is said and skipped.
//
// Thread-safety: one thread. Errors: those of reading and training.
#pragma once

#include <filesystem>

#include "cdp/core/base/time.h"
#include "tests/bench/results.h"

namespace cdp::bench {

struct MatchOptions {
  std::filesystem::path data;
  bool quick = false;
};

Result<void> measure_matching(const MatchOptions& options, Clock& clock, Results* results);

}  // namespace cdp::bench
