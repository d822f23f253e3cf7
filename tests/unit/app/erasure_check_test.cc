// What the search of all pages takes for a trace of the erased, and what not (DESIGN §8 step 8).
#include <gmock/gmock.h>

#include "tests/support/erasure_world.h"

namespace cdp {
namespace {

using testing::ErasureWorld;

// Somebody who stays: without him there is nothing that the search must find.
event::Observation bob(ErasureWorld& world) {
  auto o = world.observation("customer-2002", "shop-message-2");
  ErasureWorld::identify(o, "shopify.customer_id", "customer-2002");
  return o;
}

// The files name their own tables and columns: `erased_at` is no trace of whoever is called so.
TEST(ErasureCheck, TakesNoWordOfTheSchemaForATrace) {
  for (const std::string user : {"erased", "events", "position", "identifier", "rule_version",
                                 "format", "CREATE TABLE record"}) {
    SCOPED_TRACE(user);
    ErasureWorld world;
    ASSERT_EQ(world.send("shop", bob(world)), app::Verdict::accepted);
    auto o = world.observation("user:" + user, "message-of-somebody");
    ErasureWorld::identify(o, "user_id", user);
    ASSERT_EQ(world.send("web", std::move(o)), app::Verdict::accepted);
    const auto row = world.eraser().erase(world.ask("user_id", user));
    ASSERT_TRUE(row.has_value()) << row.error().what;
    EXPECT_EQ(row->status, compliance::kVendorsComplete);
  }
}

// The same word where a row holds it is one.
TEST(ErasureCheck, StillFindsAWordOfTheSchemaOnAnyOtherPlace) {
  ErasureWorld world;
  ASSERT_EQ(world.send("shop", bob(world)), app::Verdict::accepted);
  auto o = world.observation("user:erased", "message-of-somebody");
  ErasureWorld::identify(o, "user_id", "erased");
  ASSERT_EQ(world.send("web", std::move(o)), app::Verdict::accepted);
  ASSERT_TRUE(world.pipeline().writer().run([&](app::BatchBuilder& builder) -> Result<void> {
    const std::string_view clear = "erased";
    builder.batch().meta.emplace_back("leak", Bytes(clear.begin(), clear.end()));
    return {};
  }));
  const auto row = world.eraser().erase(world.ask("user_id", "erased"));
  ASSERT_FALSE(row.has_value());
  EXPECT_THAT(row.error().what, ::testing::HasSubstr("1 pages still hold a identifier"));
}

}  // namespace
}  // namespace cdp
