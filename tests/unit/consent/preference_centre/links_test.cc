// Links, sessions and rate limits, on a clock moved by hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "consent/preference_centre/link_book.h"
#include "consent/preference_centre/rate_limit.h"
#include "consent/preference_centre/session_book.h"
#include "tests/support/pii_for_tests.h"

namespace cdp::consent::preference_centre {
namespace {

class Links : public ::testing::Test {
 protected:
  static Holder holder(const std::string& address) {
    return {{"email", Pii<std::string>(address)}, Token{1}, "de"};
  }
  static std::string who(const std::optional<Holder>& found) {
    return found ? cdp::testing::reveal(found->address.value) : "nobody";
  }

  void SetUp() override { ASSERT_TRUE(crypto::initialise()); }

  ManualClock clock_{Time{1'767'225'600'000'000}};
  SeededRandom random_{7};
  Bytes pepper_ = Bytes(32, 9);
  LinkBook links_{pepper_, clock_, random_};
  SessionBook sessions_{clock_, random_};
};

TEST_F(Links, OpenOnce) {
  const auto link = links_.mint(holder("ada@shop.example"));
  ASSERT_TRUE(link.has_value());
  EXPECT_EQ(who(links_.redeem(*link)), "ada@shop.example");
  EXPECT_EQ(who(links_.redeem(*link)), "nobody");
}

TEST_F(Links, EndAfterAQuarterOfAnHour) {
  const auto early = links_.mint(holder("ada@shop.example"));
  clock_.advance(Duration::seconds(15 * 60 - 1));
  EXPECT_EQ(who(links_.redeem(*early)), "ada@shop.example");
  const auto late = links_.mint(holder("ada@shop.example"));
  clock_.advance(Duration::seconds(15 * 60));
  EXPECT_EQ(who(links_.redeem(*late)), "nobody");
}

TEST_F(Links, AreNotOpenedByAGuessOrAChangedLetter) {
  const auto link = links_.mint(holder("ada@shop.example"));
  for (std::size_t i = 0; i < link->size(); ++i) {
    std::string changed = *link;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_EQ(who(links_.redeem(changed)), "nobody") << i;
  }
  for (const std::string& text :
       {std::string(), std::string("x"), std::string(10'000, 'A'), *link + "A", "/" + *link}) {
    EXPECT_EQ(who(links_.redeem(text)), "nobody");
  }
  EXPECT_EQ(who(links_.redeem(*link)), "ada@shop.example") << "a forgery spends nothing";
}

TEST_F(Links, OfAnotherDirectoryAreForgeries) {
  LinkBook other(Bytes(32, 8), clock_, random_);
  EXPECT_EQ(who(links_.redeem(*other.mint(holder("ada@shop.example")))), "nobody");
}

TEST_F(Links, TellNothingOfWhomTheyAreFor) {
  const auto link = links_.mint(holder("ada@shop.example"));
  EXPECT_EQ(link->size(), 43U);
  EXPECT_EQ(link->find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                    "0123456789-_"),
            std::string::npos);
}

TEST_F(Links, SessionsLastHalfAnHourAndEndWhenAsked) {
  const std::string cookie = sessions_.open(holder("ada@shop.example"));
  EXPECT_TRUE(sessions_.find(cookie).has_value());
  EXPECT_FALSE(sessions_.find(cookie + "x").has_value());
  EXPECT_FALSE(sessions_.find("").has_value());
  clock_.advance(Duration::seconds(30 * 60 - 1));
  EXPECT_TRUE(sessions_.find(cookie).has_value());
  clock_.advance(Duration::seconds(1));
  EXPECT_FALSE(sessions_.find(cookie).has_value());
  const std::string again = sessions_.open(holder("ada@shop.example"));
  sessions_.close(again);
  EXPECT_FALSE(sessions_.find(again).has_value());
}

TEST_F(Links, SessionsHaveKeysOfTheirOwn) {
  const auto one = sessions_.open(holder("ada@shop.example"));
  const auto two = sessions_.open(holder("ada@shop.example"));
  EXPECT_NE(one, two);
  EXPECT_NE(sessions_.find(one)->form_key, sessions_.find(two)->form_key);
  EXPECT_EQ(sessions_.find(one)->form_key.size(), 43U);
}

TEST_F(Links, SessionsRememberWhatTheNextPageSays) {
  const auto cookie = sessions_.open(holder("ada@shop.example"));
  sessions_.change(cookie, [](Session& session) { session.flash = Flash::saved; });
  EXPECT_EQ(sessions_.find(cookie)->flash, Flash::saved);
  sessions_.change("gone", [](Session&) { FAIL() << "there is no such session"; });
}

TEST(RateLimits, RefillSteadily) {
  ManualClock clock{Time{1'767'225'600'000'000}};
  RateLimit limit(clock, 3, Duration::seconds(60), 100);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(limit.take("one"));
  EXPECT_FALSE(limit.take("one"));
  EXPECT_TRUE(limit.take("another"));
  clock.advance(Duration::seconds(20));
  EXPECT_TRUE(limit.take("one"));
  EXPECT_FALSE(limit.take("one"));
  clock.advance(Duration::hours(10));
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(limit.take("one"));
  EXPECT_FALSE(limit.take("one"));
}

TEST(RateLimits, CountNothingThatIsGivenBack) {
  ManualClock clock{Time{1'767'225'600'000'000}};
  RateLimit limit(clock, 1, Duration::seconds(60), 100);
  limit.give_back("one", 2);
  for (int i = 0; i < 10; ++i) {
    EXPECT_TRUE(limit.take("one", 2));
    limit.give_back("one", 2);
  }
  EXPECT_TRUE(limit.take("one", 2));
  EXPECT_TRUE(limit.take("one", 2));
  EXPECT_FALSE(limit.take("one", 2));
}

TEST(RateLimits, AreNotLiftedByAFloodOfNames) {
  ManualClock clock{Time{1'767'225'600'000'000}};
  RateLimit limit(clock, 2, Duration::seconds(60), 10);
  EXPECT_TRUE(limit.take("mine"));
  EXPECT_TRUE(limit.take("mine"));
  for (int i = 0; i < 50; ++i) (void)limit.take("flood-" + std::to_string(i));
  EXPECT_FALSE(limit.take("mine")) << "what is used up is forgotten last";
  clock.advance(Duration::seconds(60));
  EXPECT_TRUE(limit.take("mine"));
}

TEST(RateLimits, ServeANewcomerHoweverManyNamesAFloodHas) {
  ManualClock clock{Time{1'767'225'600'000'000}};
  constexpr int kNames = 50'000;
  RateLimit limit(clock, 1, Duration::seconds(60), kNames);
  for (int i = 0; i < kNames; ++i) EXPECT_TRUE(limit.take("flood-" + std::to_string(i)));
  EXPECT_TRUE(limit.take("newcomer"));
  EXPECT_TRUE(limit.take("the next"));
}

TEST(RateLimits, FollowABurstThatIsConfiguredAnew) {
  ManualClock clock{Time{1'767'225'600'000'000}};
  RateLimit limit(clock, 1, Duration::seconds(60), 10);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(limit.take("one", 3));
  EXPECT_FALSE(limit.take("one", 3));
  clock.advance(Duration::seconds(20));
  EXPECT_FALSE(limit.take("one", 1));
  EXPECT_TRUE(limit.take("one", 3));
}

}  // namespace
}  // namespace cdp::consent::preference_centre
