#include "identity/graph/rules.h"

namespace cdp::identity {
namespace {

using event::Tier;
using Overrides = std::map<std::string, TypeOverride, std::less<>>;

TEST(Rules, KnowTheirTypes) {
  const Rules rules;
  EXPECT_TRUE(rules.rule_of("user_id").unique);
  EXPECT_TRUE(rules.rule_of("user_id").anchor);
  EXPECT_TRUE(rules.rule_of("shopify.customer_id").anchor);
  EXPECT_FALSE(rules.rule_of("shopify.customer_id").unique);
  EXPECT_FALSE(rules.rule_of("mailchimp.contact_id").anchor);
  EXPECT_FALSE(rules.rule_of("shopify.order_id").anchor);
  EXPECT_EQ(rules.rule_of("ios.idfa").tier, Tier::device);
  EXPECT_EQ(rules.rule_of("loyalty.card").tier, Tier::declared);
}

TEST(Rules, AnAddressAndItsHashesAreOnePieceOfEvidence) {
  const Rules rules;
  for (const char* type : {"email_sha256", "email_md5", "email_uid2", "email_gmaildot",
                           "email_gmail", "mailchimp.contact_id"}) {
    EXPECT_EQ(rules.family(rules.kind_of(type)), rules.family(rules.kind_of("email"))) << type;
  }
  EXPECT_NE(rules.family(rules.kind_of("phone")), rules.family(rules.kind_of("email")));
}

TEST(Rules, ConfiguredTypesHaveKindsOfTheirOwn) {
  Overrides overrides;
  overrides["loyalty.card"].unique = true;
  overrides["shopify.customer_id"].degree_max = 3;
  overrides["email"].degree_max = 7;
  const Rules rules = Rules::with(overrides).value();
  EXPECT_EQ(rules.kind_of("loyalty.card"), kConfiguredKindFirst);
  EXPECT_EQ(rules.kind_of("shopify.customer_id"), kConfiguredKindFirst + 1);
  EXPECT_EQ(rules.kind_of("email"), static_cast<std::uint8_t>(TypeKind::email));
  EXPECT_EQ(rules.kind_of("other.card"), static_cast<std::uint8_t>(TypeKind::custom));
  EXPECT_TRUE(rules.rule_of("loyalty.card").unique);
  EXPECT_FALSE(rules.rule_of("other.card").unique);
  // What is not overridden keeps the default of its kind.
  EXPECT_TRUE(rules.rule_of("shopify.customer_id").anchor);
  EXPECT_EQ(rules.rule_of("shopify.customer_id").degree_max, 3U);
  EXPECT_EQ(rules.rule_of("email").degree_max, 7U);
}

// Otherwise ten strangers at one address with a cap of two would join by its hashes.
TEST(Rules, WhatIsSaidOfTheAddressHoldsForWhatIsMadeFromIt) {
  Overrides overrides;
  overrides["email"].degree_max = 2;
  overrides["email"].values_max = 3;
  overrides["email"].tier = Tier::none;
  const Rules rules = Rules::with(overrides).value();
  for (const char* type :
       {"email", "email_sha256", "email_md5", "email_uid2", "email_gmaildot", "email_gmail"}) {
    EXPECT_EQ(rules.rule_of(type).degree_max, 2U) << type;
    EXPECT_EQ(rules.rule_of(type).values_max, 3U) << type;
    EXPECT_EQ(rules.rule_of(type).tier, Tier::none) << type;
  }
  EXPECT_EQ(rules.rule_of("phone"), Rules().rule_of("phone"));
}

TEST(Rules, AVariantSaysOtherwiseItselfAndIsNeverStrongerByTheAddress) {
  Overrides overrides;
  overrides["email"].degree_max = 2;
  overrides["email"].tier = Tier::authenticated;
  overrides["email_md5"].degree_max = 5;
  overrides["email_md5"].tier = Tier::device;
  const Rules rules = Rules::with(overrides).value();
  EXPECT_EQ(rules.rule_of("email_md5").degree_max, 5U);
  EXPECT_EQ(rules.rule_of("email_md5").tier, Tier::device);
  EXPECT_EQ(rules.rule_of("email_sha256").degree_max, 2U);
  EXPECT_EQ(rules.rule_of("email_sha256").tier, Tier::declared);
  EXPECT_EQ(rules.rule_of("email_gmail").tier, Tier::derived);
}

TEST(Rules, VersionIsAFunctionOfTheContent) {
  EXPECT_EQ(Rules().version(), Rules().version());
  EXPECT_TRUE(Rules().version().starts_with("identity-2:"));
  Overrides overrides;
  overrides["email"].degree_max = 7;
  const auto changed = Rules::with(overrides).value();
  EXPECT_NE(changed.version(), Rules().version());
  EXPECT_EQ(changed.version(), Rules::with(overrides).value().version());
}

TEST(Rules, RefuseWhatCannotBeMeant) {
  const auto refused = [](const char* name, TypeOverride change) {
    return !Rules::with({{name, change}}).has_value();
  };
  TypeOverride none;
  EXPECT_TRUE(refused("E-Mail", none));
  TypeOverride zero;
  zero.degree_max = 0;
  EXPECT_TRUE(refused("email", zero));
  TypeOverride unique;
  unique.unique = true;
  EXPECT_TRUE(refused("email", unique));
  EXPECT_FALSE(refused("loyalty.card", unique));
  TypeOverride anchor;
  anchor.anchor = true;
  EXPECT_TRUE(refused("loyalty.card", anchor));  // never authenticated
  anchor.tier = Tier::authenticated;
  EXPECT_FALSE(refused("loyalty.card", anchor));
}

}  // namespace
}  // namespace cdp::identity
