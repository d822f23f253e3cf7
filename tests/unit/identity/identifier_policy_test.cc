#include "identity/identifier_policy.h"

#include "identity/identifier.h"

namespace cdp::identity {
namespace {

using event::Tier;
using event::Trust;

TEST(IdentifierPolicy, MatchesGlobsWholeAndWithoutLetterCase) {
  struct Row {
    const char* glob;
    const char* text;
    bool matches;
  };
  for (const Row& row : {Row{"*@shop.example", "Jane@SHOP.example", true},
                         {"*@shop.example", "jane@shop.example.com", false},
                         {"test-??", "test-42", true},
                         {"test-??", "test-421", false},
                         {"a*b*c", "a12b3c", true},
                         {"a*b*c", "a12b3cd", false},
                         {"**", "", true},
                         {"?", "", false}}) {
    EXPECT_EQ(glob_matches(row.glob, row.text), row.matches) << row.glob << " " << row.text;
  }
}

// What makes a backtracking regular expression explode.
TEST(IdentifierPolicy, MatchesAHostileValueInBoundedTime) {
  std::string glob;
  for (int i = 0; i < 50; ++i) glob += "a*";
  EXPECT_FALSE(glob_matches(glob + "b", std::string(1'024, 'a')));
}

TEST(IdentifierPolicy, BlocksValuesByTypeAndForAll) {
  const auto policy =
      IdentifierPolicy::with(Rules(), {{"user_id", {"guest-*"}}, {"*", {"till *"}}}).value();
  EXPECT_TRUE(policy.blocked("user_id", "Guest-7"));
  EXPECT_FALSE(policy.blocked("email", "guest-7"));
  EXPECT_TRUE(policy.blocked("email", "till 4"));
  const crypto::BlindIndex index(crypto::Secret::copy_of(Bytes(32, 7)), "tenant", 1);
  const auto result =
      Normaliser::index({"user_id", Pii<std::string>("guest-7")}, Trust::server, "", index, policy);
  EXPECT_EQ(std::get<Rejection>(result), Rejection::blocked_value);
}

TEST(IdentifierPolicy, LowersATypeByItsRule) {
  std::map<std::string, TypeOverride, std::less<>> overrides;
  overrides["user_id"].tier = Tier::declared;
  overrides["loyalty.card"].tier = Tier::authenticated;
  const auto policy = IdentifierPolicy::with(Rules::with(overrides).value(), {}).value();
  EXPECT_EQ(effective_tier("user_id", Trust::server, policy), Tier::declared);
  EXPECT_EQ(effective_tier("loyalty.card", Trust::server, policy), Tier::authenticated);
  // A browser key vouches for nothing, whatever the configuration says.
  EXPECT_EQ(effective_tier("loyalty.card", Trust::public_key, policy), Tier::declared);
}

TEST(IdentifierPolicy, RefusesWhatCannotBeMeant) {
  EXPECT_FALSE(IdentifierPolicy::with(Rules(), {{"E-Mail", {"x"}}}).has_value());
  EXPECT_FALSE(IdentifierPolicy::with(Rules(), {{"email", {""}}}).has_value());
  EXPECT_FALSE(IdentifierPolicy::with(Rules(), {{"email", {"*"}}}).has_value());
  EXPECT_FALSE(IdentifierPolicy::with(Rules(), {{"email", {std::string(257, 'x')}}}).has_value());
}

}  // namespace
}  // namespace cdp::identity
