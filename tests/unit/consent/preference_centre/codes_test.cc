// Codes that prove a number: once, within ten minutes, in five tries, for one session.
#include <gtest/gtest.h>

#include <set>

#include "consent/preference_centre/code_book.h"

namespace cdp::consent::preference_centre {
namespace {

class Codes : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(crypto::initialise()); }
  std::string mint(const std::string& session = "s1", Token number = Token{1}) {
    return codes_.mint(session, number).value_or("none");
  }
  bool redeem(const std::string& typed, const std::string& session = "s1",
              Token number = Token{1}) {
    return codes_.redeem(session, number, typed);
  }
  // Another one than `code`.
  static std::string wrong(const std::string& code) {
    return code == "000000" ? "000001" : "000000";
  }

  ManualClock clock_{Time{1'767'225'600'000'000}};
  SeededRandom random_{7};
  Bytes pepper_ = Bytes(32, 9);
  CodeBook codes_{pepper_, clock_, random_};
};

TEST_F(Codes, AreSixDigitsAndWorkOnce) {
  const std::string code = mint();
  ASSERT_EQ(code.size(), 6U);
  EXPECT_EQ(code.find_first_not_of("0123456789"), std::string::npos);
  EXPECT_TRUE(redeem(code));
  EXPECT_FALSE(redeem(code));
}

TEST_F(Codes, DifferAndKeepTheirZeros) {
  std::set<std::string> seen;
  bool zero_in_front = false;
  for (int i = 0; i < 300; ++i) {
    const std::string code = mint("s" + std::to_string(i));
    ASSERT_EQ(code.size(), 6U);
    zero_in_front = zero_in_front || code.front() == '0';
    seen.insert(code);
  }
  EXPECT_GT(seen.size(), 290U);
  EXPECT_TRUE(zero_in_front);
}

TEST_F(Codes, AreReadAsPeopleTypeThem) {
  const std::string code = mint();
  EXPECT_TRUE(redeem(" " + code.substr(0, 3) + " - " + code.substr(3) + " "));
}

TEST_F(Codes, EndAfterTenMinutes) {
  const std::string early = mint();
  clock_.advance(CodeBook::kLife + Duration{-1});
  EXPECT_TRUE(redeem(early));
  const std::string late = mint();
  clock_.advance(CodeBook::kLife);
  EXPECT_FALSE(redeem(late));
}

TEST_F(Codes, TakeFiveTries) {
  for (int tries = 1; tries <= CodeBook::kTriesMax; ++tries) {
    const std::string code = mint();
    for (int i = 1; i < tries; ++i) EXPECT_FALSE(redeem(wrong(code)));
    EXPECT_TRUE(redeem(code)) << tries;
  }
  const std::string code = mint();
  for (int i = 0; i < CodeBook::kTriesMax; ++i) EXPECT_FALSE(redeem(wrong(code)));
  EXPECT_FALSE(redeem(code));
}

TEST_F(Codes, WhatIsNoCodeIsATryAsWell) {
  const std::string code = mint();
  for (const std::string typed : {"", "12345", "1234567", "12345a", "１２３４５６"}) {
    EXPECT_FALSE(redeem(typed));
  }
  EXPECT_FALSE(redeem(code));
}

TEST_F(Codes, AreForOneSessionAndOneNumber) {
  const std::string code = mint();
  EXPECT_FALSE(redeem(code, "s2"));
  EXPECT_FALSE(redeem(code, "s1", Token{2}));
  EXPECT_FALSE(redeem(code)) << "the number on record is another one: the code has ended";
  const std::string again = mint();
  EXPECT_TRUE(redeem(again));
}

TEST_F(Codes, TheNewestCounts) {
  const std::string first = mint();
  std::string second = mint();
  while (second == first) second = mint();
  EXPECT_FALSE(redeem(first));
  EXPECT_TRUE(redeem(second));
}

TEST_F(Codes, AreNoMoreThanTheyMayBe) {
  for (std::size_t i = 0; i < CodeBook::kCodesMax; ++i) {
    ASSERT_TRUE(codes_.mint("s" + std::to_string(i), Token{1}).has_value());
  }
  EXPECT_FALSE(codes_.mint("one more", Token{1}).has_value());
  EXPECT_TRUE(codes_.mint("s1", Token{1}).has_value()) << "in the place of its last one";
  clock_.advance(CodeBook::kLife);
  EXPECT_TRUE(codes_.mint("one more", Token{1}).has_value());
}

}  // namespace
}  // namespace cdp::consent::preference_centre
