#include "identity/match/household.h"

#include <algorithm>
#include <cmath>

namespace cdp::identity::match {
namespace {

// Of a share that was seen in so few pairs; one more is taken as seen.
double share(double seen, double of) { return (seen + 1) / (of + 1); }

// Not above the sum itself, and nowhere falling.
void settle(Household* household) {
  double last = 0;
  for (std::size_t i = 0; i < Household::kPoints; ++i) {
    const double sum = static_cast<double>(i) * Household::kStepBits;
    last = household->worth[i] = std::clamp(household->worth[i], last, std::max(last, sum));
  }
}

}  // namespace

bool shared_by_household(Kind kind) {
  switch (kind) {
    case Kind::family_name:
    case Kind::phone:
    case Kind::postcode:
    case Kind::street:
    case Kind::street_number:
    case Kind::place:
      return true;
    case Kind::given_name:
    case Kind::date_of_birth:
    case Kind::email:
    case Kind::identifier:
    case Kind::text:
      return false;
  }
  return false;
}

Household::Household() : worth{} {
  for (std::size_t i = 0; i < kPoints; ++i) worth[i] = static_cast<double>(i) * kStepBits;
}

std::size_t place_of(Weight sum) {
  const auto at = static_cast<std::size_t>(sum / weight_of(Household::kStepBits));
  return std::min(at, Household::kPoints - 1);
}

Household household_of_strangers(const SumCounts& strangers, double pairs) {
  Household household;
  double reached = 0;
  for (std::size_t i = Household::kPoints; i-- > 0;) {
    reached += strangers[i];
    household.worth[i] = std::min(household.worth[i], -std::log2(share(reached, pairs)));
  }
  settle(&household);
  return household;
}

Household household_of(const SumCounts& within, double matches, const SumCounts& between,
                       double pairs) {
  Household household;
  double mine = 0;
  double others = 0;
  for (std::size_t i = Household::kPoints; i-- > 0;) {
    mine += within[i];
    others += between[i];
    household.worth[i] =
        std::min(household.worth[i], std::log2(share(mine, matches) / share(others, pairs)));
  }
  settle(&household);
  return household;
}

HouseholdCurve::HouseholdCurve(const Household& household) {
  for (std::size_t i = 0; i < Household::kPoints; ++i) points_[i] = weight_of(household.worth[i]);
}

}  // namespace cdp::identity::match
