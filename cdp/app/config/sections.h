// The sections of cdp.toml, each read onto a Policy: first the pack's, then the file's, so that the
// file refines what its pack says. Looks at each table alone; what names what is config_checks.
//
// Thread-safety: pure. Errors: none; everything wrong becomes a Problem.
#pragma once

#include <vector>

#include "cdp/app/config/tree.h"
#include "consent/policy.h"

namespace cdp::app {

// `pack`: a pack may set purposes, attributes, defaults, ages and notices, and never names a
// controller.
void read_sections(const ConfigNode& root, bool pack, consent::Policy* policy,
                   std::vector<Problem>* problems);

// What the platform can drive.
const std::vector<std::string>& known_source_kinds();
const std::vector<std::string>& known_destination_kinds();

}  // namespace cdp::app
