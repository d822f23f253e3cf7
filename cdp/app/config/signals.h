// [signals] of cdp.toml: what consent signals mean for the purposes (consent/signals/signal_map.h).
//
//   [signals.tcf]
//   "personalize.content" = [5, 6]
//
// Thread-safety: pure. Errors: none; everything wrong becomes a Problem.
#pragma once

#include <vector>

#include "cdp/app/config/tree.h"
#include "consent/policy.h"

namespace cdp::app {

void read_signals(const ConfigNode& node, consent::Policy* policy, std::vector<Problem>* problems);

// After everything is read: names that lead nowhere, and purposes that no signal may grant. `node`
// is the file's table; null when only the pack has one, which needs no check.
void check_signals(const ConfigNode* node, const consent::Policy& policy,
                   std::vector<Problem>* problems);

}  // namespace cdp::app
