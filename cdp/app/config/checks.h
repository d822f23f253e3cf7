// What must hold between the sections of cdp.toml: every name leads somewhere, and nothing is asked
// for that the law forbids. Each refusal says what to write instead and, for the law, the article.
//
// Thread-safety: pure. Errors: none; everything wrong becomes a Problem.
#pragma once

#include <vector>

#include "cdp/app/config/tree.h"
#include "consent/policy.h"

namespace cdp::app {

// `root` is where places are looked up; what only the pack says is reported without a line.
void check_names(const ConfigNode& root, const consent::Policy& policy,
                 std::vector<Problem>* problems);
void check_law(const ConfigNode& root, const consent::Policy& policy,
               std::vector<Problem>* problems);

// What may be lawful and may not: opt-out defaults for places of whose law nothing is known here
// (law.h). To be said to whoever runs the server; nothing is refused for it.
std::vector<Problem> doubts_of(const ConfigNode& root, const consent::Policy& policy);

}  // namespace cdp::app
