#include "identity/match/explanation.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace cdp::identity::match {

double probability_of(double weight_bits) { return 1.0 / (1.0 + std::exp2(-weight_bits)); }

}  // namespace cdp::identity::match
