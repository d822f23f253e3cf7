#include "cdp/app/cli/demo_shop.h"

#include <gmock/gmock.h>

#include <set>

#include "cdp/app/cli/demo_facts.h"
#include "cdp/core/crypto/signature.h"

namespace cdp::app::cli {
namespace {

DemoShop shop_of(std::uint64_t seed) {
  SeededRandom random(seed);
  return make_demo_shop(500, random);
}

TEST(DemoShop, IsTheSameForTheSameSeed) {
  EXPECT_EQ(loyalty_csv(shop_of(1)), loyalty_csv(shop_of(1)));
  EXPECT_NE(loyalty_csv(shop_of(1)), loyalty_csv(shop_of(2)));
}

TEST(DemoShop, NobodySharesAnIdentifier) {
  std::set<std::string> seen;
  for (const auto& person : shop_of(1).people) {
    for (const auto& id : {person.email, person.phone, person.customer_id, person.user_id}) {
      EXPECT_TRUE(seen.insert(id).second) << id;
    }
    EXPECT_TRUE(person.in_shop || person.in_newsletter) << "a choice needs a place to be made";
  }
}

TEST(DemoShop, SignsWebhooksOverTheirRawBytes) {
  const Time now{1'763'800'000'000'000};
  const auto webhooks = shopify_webhooks(shop_of(1), "hush", now);
  ASSERT_GT(webhooks.size(), 400U);
  for (const auto& webhook : webhooks) {
    const auto code = crypto::hmac_sha256(as_bytes("hush"), as_bytes(webhook.body));
    EXPECT_EQ(webhook.headers.at(1).second, to_base64(code));
    EXPECT_TRUE(json::Document::parse(webhook.body).has_value());
  }
}

TEST(DemoShop, CountsWhatItSends) {
  const DemoShop shop = shop_of(1);
  const Time now{1'763'800'000'000'000};
  std::size_t calls = 0;
  for (const auto& batch : segment_batches(shop, "key", now)) {
    const auto body = json::Document::parse(batch.body);
    ASSERT_TRUE(body.has_value());
    calls += body->root().get("batch")->size();
  }
  EXPECT_EQ(calls, segment_calls(shop));
  const auto csv = loyalty_csv(shop);
  EXPECT_EQ(static_cast<std::size_t>(std::count(csv.begin(), csv.end(), '\n')),
            loyalty_rows(shop) + 1);
}

TEST(DemoFacts, AFailedCheckNamesItsClaim) {
  EXPECT_TRUE(check(true, "water is wet").has_value());
  EXPECT_EQ(check(false, "water is dry").error().what, "the demo's check failed: water is dry");
  EXPECT_TRUE(same_address("Ada@mail.example", "ada@mail.example"));
  EXPECT_FALSE(same_address("ada@mail.example", "ada@mail.exampl"));
}

}  // namespace
}  // namespace cdp::app::cli
