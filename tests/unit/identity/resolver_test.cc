#include "identity/resolver.h"

#include "cdp/core/event/json.h"
#include "identity/profile.h"

namespace cdp::identity {
namespace {

using event::Tier;

crypto::BlindIndex index_with(std::uint8_t key_byte) {
  EXPECT_TRUE(crypto::initialise());
  const Bytes key(32, key_byte);
  return {crypto::Secret::copy_of(key), "tenant", 1};
}

MergeExplanation shop_and_newsletter() {
  const PersonaOrdinal shop(1);
  const PersonaOrdinal mail(2);
  const PersonaOrdinal web(3);
  return {SubjectId(Token{1}),
          {{shop, "per_1", "shopify", false},
           {mail, "per_2", "newsletter", false},
           {web, "per_3", "web", true}},
          {{shop, mail, Token{9}, Tier::declared, 1}, {shop, web, Token{8}, Tier::device, 4}}};
}

TEST(Resolver, SubjectIdIsKeyedAndTellsLivesApart) {
  const auto index = index_with(1);
  const Token anchor{5};
  EXPECT_EQ(subject_id(anchor, index), subject_id(anchor, index));
  EXPECT_EQ(subject_id(anchor, index), subject_id(anchor, 0, index));
  EXPECT_NE(subject_id(anchor, index), subject_id(anchor, 1, index));
  EXPECT_NE(subject_id(anchor, index), subject_id(Token{6}, index));
  EXPECT_NE(subject_id(anchor, index), subject_id(anchor, index_with(2)));
  EXPECT_NE(subject_id(anchor, index).bytes(), anchor);
}

TEST(Resolver, TurnsIdentifiersIntoLinks) {
  const std::vector<event::FactIdentifier> identifiers{
      {"email", Pii<std::string>("a@shop.example"), Token{1}, Tier::declared},
      {"shopify.customer_id", Pii<std::string>("7"), Token{2}, Tier::authenticated}};
  const auto links = links_of(PersonaOrdinal(4), identifiers);
  ASSERT_EQ(links.size(), 2U);
  EXPECT_EQ(links[0].persona, PersonaOrdinal(4));
  EXPECT_EQ(links[0].kind, static_cast<std::uint8_t>(TypeKind::email));
  EXPECT_EQ(links[1].kind, static_cast<std::uint8_t>(TypeKind::vendor_id));
  EXPECT_EQ(links[1].tier, Tier::authenticated);
}

TEST(Resolver, ExplainsAMergeInWords) {
  const auto explanation = shop_and_newsletter();
  EXPECT_EQ(explain_in_words(explanation, Rules::defaults()),
            "3 records are one person (" + explanation.subject.to_string() +
                "):\n"
                "  shopify (per_1) and newsletter (per_2) share an e-mail address (declared)\n"
                "  shopify (per_1) and web device (per_3) share a device (device)\n"
                "held together by 1 declared and 1 device links\n");
}

TEST(Resolver, TellsDecisionsAndMatchesApartFromLinks) {
  auto explanation = shop_and_newsletter();
  explanation.joins[0] = {PersonaOrdinal(1),   PersonaOrdinal(2), {}, Tier::none, 0,
                          JoinReason::accepted};
  explanation.joins[1] = {PersonaOrdinal(1),  PersonaOrdinal(3), {}, Tier::none, 0,
                          JoinReason::matched};
  const std::string words = explain_in_words(explanation, Rules::defaults());
  EXPECT_THAT(words,
              ::testing::HasSubstr("newsletter (per_2) were joined by an officer's decision"));
  EXPECT_THAT(words, ::testing::HasSubstr("held together by 1 decision and 1 match\n"));
  EXPECT_THAT(explain_as_json(explanation, Rules::defaults()),
              ::testing::HasSubstr(R"("reason":"accepted","identifier":"","tier":"")"));
}

TEST(Resolver, NamesConfiguredTypes) {
  TypeOverride card;
  card.unique = true;
  const Rules rules = Rules::with({{"loyalty.card", card}}).value();
  EXPECT_EQ(kind_in_words(rules.kind_of("loyalty.card"), rules), "a loyalty.card");
  EXPECT_EQ(rules.name_of(rules.kind_of("loyalty.card")), "loyalty.card");
  EXPECT_EQ(rules.name_of(rules.kind_of("email_md5")), "email_md5");
  EXPECT_EQ(rules.name_of(rules.kind_of("shopify.customer_id")), "vendor_id");
}

TEST(Resolver, SaysWhySomethingSharedDoesNotLink) {
  const auto words = [](HoldReason reason, Tier tier) {
    return hold_in_words({{}, reason, tier, 1, {}, PersonaOrdinal(1), PersonaOrdinal(2)},
                         Rules::defaults());
  };
  EXPECT_EQ(words(HoldReason::unique, Tier::declared),
            "they share an e-mail address (declared), and each has a login that the other lacks");
  EXPECT_EQ(words(HoldReason::unique, Tier::none),
            "they look alike, and each has a login that the other lacks");
  EXPECT_EQ(words(HoldReason::anchored, Tier::declared),
            "two accounts share an e-mail address (declared), and nothing else that is independent "
            "of it");
  EXPECT_EQ(words(HoldReason::ambiguous, Tier::device),
            "the record shares an e-mail address (device) with one account, and belongs as much to "
            "another");
  EXPECT_EQ(words(HoldReason::over_cap, Tier::declared),
            "too many records carry an e-mail address: it links nobody");
  EXPECT_EQ(words(HoldReason::many_values, Tier::none),
            "the record carries too many values of one kind (an e-mail address): they link it to "
            "nobody");
}

TEST(Resolver, SaysWhenNothingWasMerged) {
  MergeExplanation explanation = shop_and_newsletter();
  explanation.members.resize(1);
  explanation.joins.clear();
  EXPECT_THAT(explain_in_words(explanation, Rules::defaults()),
              ::testing::StartsWith("1 record stands alone"));
}

TEST(Resolver, ExplainsAMergeAsJson) {
  const auto document =
      json::Document::parse(explain_as_json(shop_and_newsletter(), Rules::defaults()));
  ASSERT_TRUE(document.has_value());
  const auto root = document->root();
  EXPECT_EQ(root.at("/members/2/source")->string(), "web");
  EXPECT_EQ(root.at("/members/2/anonymous")->boolean(), true);
  EXPECT_EQ(root.at("/joins/0/a")->string(), "per_1");
  EXPECT_EQ(root.at("/joins/0/identifier")->string(), "email");
  EXPECT_EQ(root.at("/joins/1/tier")->string(), "device");
}

}  // namespace
}  // namespace cdp::identity
