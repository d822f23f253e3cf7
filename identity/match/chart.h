// Charts of weights: SVG 1.1, no script, no outside reference, no personal data.
//
// Thread-safety: pure.
#pragma once

#include <string>

#include "identity/match/explanation.h"
#include "identity/match/model.h"

namespace cdp::identity::match {

// A waterfall from the prior over each field to the final weight of one pair.
std::string waterfall_svg(const Explanation& explanation, const std::string& title);
// What each level of each field is worth in a model.
std::string weights_svg(const Model& model, const std::string& title);

}  // namespace cdp::identity::match
