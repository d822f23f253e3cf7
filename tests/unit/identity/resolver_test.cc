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
  EXPECT_EQ(explain_in_words(explanation),
            "3 records are one person (" + explanation.subject.to_string() +
                "):\n"
                "  shopify (per_1) and newsletter (per_2) share an e-mail address (declared)\n"
                "  shopify (per_1) and web device (per_3) share a device (device)\n"
                "held together by 1 declared and 1 device links\n");
}

TEST(Resolver, SaysWhenNothingWasMerged) {
  MergeExplanation explanation = shop_and_newsletter();
  explanation.members.resize(1);
  explanation.joins.clear();
  EXPECT_THAT(explain_in_words(explanation), ::testing::StartsWith("1 record stands alone"));
}

TEST(Resolver, ExplainsAMergeAsJson) {
  const auto document = json::Document::parse(explain_as_json(shop_and_newsletter()));
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
