// The parts of cdp.toml about what people are told and how old they must be:
//
//   [notice."2026-11"]
//   material = ["marketing.communications.email"]     # purposes that it changed in what matters
//   [notice."2026-11".text."marketing.communications.email"]
//   en = {title = "...", collected = "...", why = "...", recipients = "...", in_return = "..."}
//   [notice."2026-11".in.GB."marketing.communications.email"]      # where a place has its own text
//   en = {...}
//
//   [age]
//   consent_from = 16          # where [age.places] has no row
//   unknown = "adult"          # "child" for a service that is meant for children
//   [age.places]
//   FR = 15
//
// Thread-safety: pure. Errors: none; everything wrong becomes a Problem.
#pragma once

#include <vector>

#include "cdp/app/config/tree.h"
#include "consent/policy.h"

namespace cdp::app {

void read_notices(const ConfigNode& node, consent::Policy* policy, std::vector<Problem>* problems);
void read_ages(const ConfigNode& node, consent::Policy* policy, std::vector<Problem>* problems);

// "DE" or "US-CA".
bool is_jurisdiction(std::string_view code);

}  // namespace cdp::app
