#include "identity/match/household.h"

#include <cmath>

namespace cdp::identity::match {
namespace {

double worth(const Household& household, double bits) {
  return bits_of(HouseholdCurve(household).worth(weight_of(bits)));
}

TEST(Household, AsItStandsASumIsWorthItself) {
  const Household household;
  for (const double bits : {-7.0, 0.0, 1.0, 5.5, 30.0}) {
    EXPECT_NEAR(worth(household, bits), bits, 0.01);
  }
  EXPECT_NEAR(worth(household, 500), 46, 0.01) << "and beyond the last point no more";
}

// As many pairs of two people share an address as pairs of one person: it says nothing more than
// how rare such pairs are among all.
TEST(Household, WhatTwoShareAsOftenAsOneDoesIsWorthTheirOddsOnly) {
  SumCounts within{};
  SumCounts between{};
  within[place_of(weight_of(25))] = 1'000;
  between[place_of(weight_of(25))] = 1'000;
  const auto household = household_of(within, 1'000, between, 1'024'000);
  EXPECT_NEAR(worth(household, 25), 10, 0.1);
  EXPECT_NEAR(worth(household, 8), 8, 0.1) << "smaller sums are what they were";
}

TEST(Household, RareAmongStrangersStaysWhatItIs) {
  SumCounts strangers{};
  strangers[0] = 100'000;
  const auto household = household_of_strangers(strangers, 1e6);
  EXPECT_NEAR(worth(household, 1), 1, 0.1);
  EXPECT_NEAR(worth(household, 40), std::log2(1e6), 0.1) << "no more than the sample can tell";
}

TEST(Household, MoreAgreementIsNeverWorthLess) {
  SumCounts within{};
  SumCounts between{};
  for (std::size_t i = 0; i < Household::kPoints; ++i) {
    within[i] = static_cast<double>((i * 37) % 11);
    between[i] = static_cast<double>((i * 53) % 7);
  }
  const auto household = household_of(within, 100, between, 1e5);
  for (double bits = -3; bits < 60; bits += 0.25) {
    EXPECT_LE(worth(household, bits), worth(household, bits + 0.25));
    EXPECT_LE(worth(household, bits), bits + 0.01);
  }
}

}  // namespace
}  // namespace cdp::identity::match
