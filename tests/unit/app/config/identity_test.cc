// The section [identity] of cdp.toml: what it sets, and what it may not.
#include "cdp/app/config/identity.h"

#include <gtest/gtest.h>

#include "cdp/app/config/config.h"
#include "identity/identifier.h"

namespace cdp::app {
namespace {

using event::Tier;

std::string with_head(const std::string& lines) {
  return "pack = \"shop-eu@1\"\n"
         "controller = {name = \"E\", country = \"DE\", contact = \"p@shop.example\"}\n" +
         lines;
}

std::string mistakes(const std::string& lines) {
  return describe(parse_policy(with_head(lines)).problems, "cdp.toml");
}

consent::Policy policy(const std::string& lines) {
  auto parsed = parse_policy(with_head(lines));
  EXPECT_EQ(describe(parsed.problems, "cdp.toml"), "");
  return std::move(parsed.policy);
}

TEST(ConfigIdentity, SetsWhatItNamesAndLeavesTheRest) {
  const auto read = policy(R"([identity.email]
cap = 20
blocked = ["*@till.example", "test-*"]
[identity.loyalty_card]
tier = "authenticated"
unique = true
anchor = true
[identity.phone]
tier = "none"
)");
  const auto& rules = read.identifiers.rules();
  EXPECT_EQ(rules.rule_of("email").degree_max, 20U);
  EXPECT_EQ(rules.rule_of("email").tier, Tier::declared);
  EXPECT_TRUE(rules.rule_of("loyalty_card").unique);
  EXPECT_TRUE(rules.rule_of("loyalty_card").anchor);
  EXPECT_EQ(rules.rule_of("phone").tier, Tier::none);
  EXPECT_EQ(rules.rule_of("user_id"), identity::Rules().rule_of("user_id"));
  EXPECT_TRUE(read.identifiers_at_ingest.blocked("email", "anybody@till.example"));
  EXPECT_FALSE(read.identifiers_at_ingest.blocked("email", "anybody@shop.example"));
}

TEST(ConfigIdentity, EveryRuleIsPartOfWhatStateMeans) {
  const std::string plain = identity_version(policy(""));
  EXPECT_EQ(plain, identity::Rules().version());
  const std::string capped = identity_version(policy("[identity.email]\ncap = 20\n"));
  const std::string blocked =
      identity_version(policy("[identity.email]\nblocked = [\"*@till.example\"]\n"));
  EXPECT_NE(capped, plain);
  EXPECT_NE(blocked, plain);
  EXPECT_NE(blocked, capped);
  EXPECT_EQ(identity_version(policy("[identity.email]\ncap = 50\n")), plain)
      << "what is said anyway changes nothing";
}

TEST(ConfigIdentity, RefusesWhatCannotBeWithPlaceAndHint) {
  struct Row {
    const char* lines;
    const char* problem;
  };
  constexpr Row kRows[] = {
      {"[identity.email]\ntier = \"certain\"\n",
       "cdp.toml:4:1: the value \"tier\" is none of those"},
      {"[identity.email]\ntier = \"authenticated\"\n",
       "cdp.toml:4:1: the tier is above what this type can prove"},
      {"[identity.anonymous_id]\ntier = \"declared\"\n",
       "cdp.toml:4:1: the tier is above what this type can prove"},
      {"[identity.email]\ncap = 1\n",
       "cdp.toml:4:1: the value \"cap\" is not a whole number from 2 to 1000"},
      {"[identity.email]\ncap = 5000\n", "cdp.toml:4:1: the value \"cap\" is not a whole number"},
      {"[identity.email]\nunique = true\n",
       "cdp.toml:4:1: an address is neither unique nor an anchor"},
      {"[identity.loyalty_card]\nanchor = true\n",
       "cdp.toml:4:1: an anchor of this type would never be authenticated"},
      {"[identity.email]\nblocked = [\"*\"]\n", "cdp.toml:4:12: a blocked value blocks everything"},
      {"[identity.email]\nblocked = [\"\"]\n",
       "cdp.toml:4:12: a blocked value is empty or too long"},
      {"[identity.email]\nbloked = [\"a\"]\n", "the identifier type has an unknown key \"bloked\""},
      {"[identity.\"E-Mail\"]\ncap = 5\n", "this is no name of an identifier type"},
  };
  for (const Row& row : kRows) {
    const std::string said = mistakes(row.lines);
    EXPECT_NE(said.find(row.problem), std::string::npos) << row.lines << said;
    EXPECT_NE(said.find("hint: "), std::string::npos) << said;
  }
}

// What is no whole number of bits never becomes one.
TEST(ConfigIdentity, RefusesThresholdsOfMatchingThatAreNoBits) {
  for (const char* key : {"review", "auto_link"}) {
    for (const char* wrong : {"nan", "inf", "-inf", "1e300", "\"nan\"", "0", "61", "2.5"}) {
      const std::string said =
          mistakes("[identity.matching]\n" + std::string(key) + " = " + wrong + "\n");
      EXPECT_NE(said.find("cdp.toml:4:1: the value \"" + std::string(key) + "\""),
                std::string::npos)
          << wrong << ": " << said;
      EXPECT_NE(said.find("hint: "), std::string::npos) << said;
    }
  }
}

TEST(ConfigIdentity, NamesTheStrongestTierOfEachKindOfType) {
  EXPECT_EQ(strongest_tier("email"), Tier::declared);
  EXPECT_EQ(strongest_tier("phone"), Tier::declared);
  EXPECT_EQ(strongest_tier("email_gmail"), Tier::derived);
  EXPECT_EQ(strongest_tier("ios.idfa"), Tier::device);
  EXPECT_EQ(strongest_tier("shopify.customer_id"), Tier::authenticated);
  EXPECT_EQ(strongest_tier("loyalty_card"), Tier::authenticated);
}

}  // namespace
}  // namespace cdp::app
