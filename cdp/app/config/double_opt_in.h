// [double_opt_in] of cdp.toml: which purposes people may ask for on a form, and on whose pages.
//
// Thread-safety: pure. Errors: none; everything wrong becomes a Problem.
#pragma once

#include <vector>

#include "cdp/app/config/tree.h"
#include "consent/policy.h"

namespace cdp::app {

void read_double_opt_in(const ConfigNode& node, consent::Policy* policy,
                        std::vector<Problem>* problems);
// What it leans on in the other sections: purposes, mail, ages. `node` null = not in the file.
void check_double_opt_in(const ConfigNode* node, const consent::Policy& policy,
                         std::vector<Problem>* problems);

}  // namespace cdp::app
