// Household: what the fields that people who live together share are worth together.
//
// Family name, address and phone agree for everybody at one address, and a town with its postcodes
// for every neighbour. Taken as independent, as Fellegi and Sunter do, their weights add up to far
// more than they are worth, and make one person of a family. So their sum is read off a curve that
// is learnt from the data: how much oftener that sum is reached within one person than between two.
// The curve never gives more than the sum, and never falls.
//
// Thread-safety: values and pure functions.
#pragma once

#include <array>
#include <cstdint>

#include "identity/match/field.h"
#include "identity/match/weight.h"

namespace cdp::identity::match {

bool shared_by_household(Kind kind);

struct Household {
  static constexpr std::size_t kPoints = 24;
  static constexpr double kStepBits = 2;

  // What sums of 0, 2, 4, ... bits are worth, in bits; between them a straight line, beyond the
  // last no more. As it stands: a sum is worth itself.
  std::array<double, kPoints> worth;

  Household();
  friend bool operator==(const Household&, const Household&) = default;
};

// Counts of pairs by their sum: [0, 2), [2, 4), ... bits; sums below 0 are not counted.
using SumCounts = std::array<double, Household::kPoints>;
std::size_t place_of(Weight sum);

// Before anybody is known to be one person: no sum is worth more than its rarity among random
// pairs.
Household household_of_strangers(const SumCounts& strangers, double pairs);
// `within` of `matches` pairs of one person, `between` of `pairs` pairs of two.
Household household_of(const SumCounts& within, double matches, const SumCounts& between,
                       double pairs);

// The curve as it is used: fixed-point.
class HouseholdCurve {
 public:
  explicit HouseholdCurve(const Household& household);
  Weight worth(Weight sum) const {
    if (sum <= 0) return sum;
    const auto at = static_cast<std::size_t>(sum / kStep);
    if (at + 1 >= Household::kPoints) return points_.back();
    const Weight part = sum % kStep;
    return points_[at] + (points_[at + 1] - points_[at]) * part / kStep;
  }

 private:
  static constexpr Weight kStep = static_cast<Weight>(Household::kStepBits) * kBit;
  std::array<Weight, Household::kPoints> points_{};
};

}  // namespace cdp::identity::match
