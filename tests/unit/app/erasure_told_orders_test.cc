// What vendors know of a person's choices stays in the outbox, and goes with the person (DESIGN
// §8).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/erasure_world.h"

namespace cdp {
namespace {

using store::OutboxKind;
using store::OutboxStatus;
using ::testing::ElementsAre;
using testing::ErasureWorld;

constexpr const char* kEmail = "ada.lovelace@shop.example";

TEST(Erasure, ForgetsWhatVendorsWereToldAndLeavesTheOrdersThatAreStillToBeTold) {
  ErasureWorld world;
  auto ada = world.observation("customer-1001", "shop-message-1");
  ErasureWorld::identify(ada, "shopify.customer_id", "customer-1001");
  ErasureWorld::identify(ada, "email", kEmail);
  ASSERT_EQ(world.send("shop", ada), app::Verdict::accepted);
  const auto persona = world.profile("email", kEmail)->members.front().persona;
  ASSERT_TRUE(world.pipeline().writer().run([&](app::BatchBuilder& builder) -> Result<void> {
    for (const auto& [kind, status] : {std::pair{OutboxKind::choice, OutboxStatus::delivered},
                                       std::pair{OutboxKind::correction, OutboxStatus::delivered},
                                       std::pair{OutboxKind::choice, OutboxStatus::waiting}}) {
      store::OutboxItem item;
      item.destination = "mail";
      item.kind = kind;
      item.persona = persona;
      item.cause = Position(1);
      item.purpose = "personalize.content";
      item.sealed_order = Bytes(40, 1);
      item.status = status;
      builder.add_outbox(item);
    }
    return {};
  }));
  ASSERT_TRUE(world.eraser().erase(world.ask("email", kEmail)).has_value());
  std::vector<OutboxStatus> left;
  const auto kept = world.stores().ledger().outbox_of(persona).value();
  for (const auto& item : kept) {
    if (item.kind != OutboxKind::erasure) left.push_back(item.status);
  }
  EXPECT_THAT(left, ElementsAre(OutboxStatus::waiting));
}

}  // namespace
}  // namespace cdp
