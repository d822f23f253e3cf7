// What codes may cost, on a clock moved by hand.
#include "cdp/app/preferences/code_allowance.h"

#include <gtest/gtest.h>

#include "tests/support/shared_clock.h"

namespace cdp::app {
namespace {

using Verdict = CodeAllowance::Verdict;

class Allowance : public ::testing::Test {
 protected:
  Verdict take(int number, const std::string& e164 = "+491701234567") {
    Token token{};
    token[0] = static_cast<std::uint8_t>(number);
    token[1] = static_cast<std::uint8_t>(number >> 8);
    return allowance_.take(token, e164, config_);
  }
  // How many of so many codes for new numbers are sent.
  int sent_to_others(int asked) {
    int sent = 0;
    for (int i = 0; i < asked; ++i) sent += take(++others_) == Verdict::send ? 1 : 0;
    return sent;
  }

  testing::SharedClock clock_{Time{}};
  consent::MessengerConfig config_;
  CodeAllowance allowance_{clock_};
  int others_ = 0;
};

TEST_F(Allowance, GivesANumberThreeCodesAnHourAndWhatIsConfiguredADay) {
  config_.codes_per_number_a_day = 4;
  for (int i = 0; i < 3; ++i) EXPECT_EQ(take(1), Verdict::send);
  EXPECT_EQ(take(1), Verdict::too_often);
  EXPECT_EQ(take(2), Verdict::send) << "another number";
  clock_.advance(Duration::hours(1));
  EXPECT_EQ(take(1), Verdict::send);
  EXPECT_EQ(take(1), Verdict::too_often);
  clock_.advance(Duration::hours(6));
  EXPECT_EQ(take(1), Verdict::send) << "a day for four: one every six hours";
}

TEST_F(Allowance, BoundsWhatAllNumbersTogetherGetADay) {
  config_.codes_a_day = 24;
  EXPECT_EQ(sent_to_others(100), 24);
  EXPECT_EQ(take(1'000), Verdict::too_many);
  clock_.advance(Duration::hours(1));
  EXPECT_EQ(sent_to_others(100), 1);
  clock_.advance(Duration::days(30));
  EXPECT_EQ(sent_to_others(100), 24) << "what was not used is not saved";
}

TEST_F(Allowance, ANumberThatHadItsCodesTakesNoneFromTheOthers) {
  config_.codes_a_day = 5;
  for (int i = 0; i < 100; ++i) take(1'000);
  EXPECT_EQ(sent_to_others(100), 2);
}

TEST_F(Allowance, FollowsAConfigurationThatChanges) {
  config_.codes_a_day = 2;
  EXPECT_EQ(sent_to_others(10), 2);
  config_.codes_a_day = 24;
  EXPECT_EQ(sent_to_others(10), 0) << "what was used stays used";
  clock_.advance(Duration::hours(3));
  EXPECT_EQ(sent_to_others(10), 3);
}

TEST_F(Allowance, SendsCodesToTheCountriesThatAreNamedAndToNoOther) {
  EXPECT_EQ(take(1, "+8816123456789"), Verdict::send) << "none is named: every number";
  config_.countries = {"DE", "GB", "US"};
  const struct {
    const char* e164;
    Verdict verdict;
  } cases[] = {
      {"+491701234567", Verdict::send},      // Germany
      {"+447400123456", Verdict::send},      // United Kingdom
      {"+12015550123", Verdict::send},       // United States
      {"+436641234567", Verdict::country},   // Austria
      {"+18764567890", Verdict::country},    // Jamaica, which shares +1
      {"+447797712345", Verdict::country},   // Jersey
      {"+8816123456789", Verdict::country},  // a satellite's
      {"+97912345678", Verdict::country},    // international premium rate
      {"", Verdict::country},
  };
  int number = 100;
  for (const auto& one : cases) EXPECT_EQ(take(++number, one.e164), one.verdict) << one.e164;
  for (int i = 0; i < 9; ++i) EXPECT_EQ(take(7, "+436641234567"), Verdict::country);
  EXPECT_EQ(take(7), Verdict::send) << "what was held back counts for nothing";
}

}  // namespace
}  // namespace cdp::app
