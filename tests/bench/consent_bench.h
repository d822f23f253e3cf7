// The consent engine alone: one decision over fifty statements, and a cohort of people.
#pragma once

#include "tests/bench/results.h"

namespace cdp::bench {

// consent_decision_p50_us, _p99_us, consent_decisions_per_s (one core),
// consent_cohort_people_per_s.
Result<void> measure_consent(bool quick, Results* results);

}  // namespace cdp::bench
