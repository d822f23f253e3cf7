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

using Order = std::pair<OutboxKind, OutboxStatus>;

PersonaOrdinal ada(ErasureWorld& world) {
  auto ada = world.observation("customer-1001", "shop-message-1");
  ErasureWorld::identify(ada, "shopify.customer_id", "customer-1001");
  ErasureWorld::identify(ada, "email", kEmail);
  EXPECT_EQ(world.send("shop", ada), app::Verdict::accepted);
  return world.profile("email", kEmail)->members.front().persona;
}

void add_orders(ErasureWorld& world, PersonaOrdinal persona, const std::vector<Order>& orders) {
  ASSERT_TRUE(world.pipeline().writer().run([&](app::BatchBuilder& builder) -> Result<void> {
    for (const auto& [kind, status] : orders) {
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
}

std::vector<OutboxStatus> orders_left(ErasureWorld& world, PersonaOrdinal persona) {
  std::vector<OutboxStatus> left;
  const auto kept = world.stores().ledger().outbox_of(persona).value();
  for (const auto& item : kept) {
    if (item.kind != OutboxKind::erasure) left.push_back(item.status);
  }
  return left;
}

TEST(Erasure, ForgetsWhatVendorsWereToldAndLeavesTheOrdersThatAreStillToBeTold) {
  ErasureWorld world;
  const auto persona = ada(world);
  add_orders(world, persona,
             {{OutboxKind::choice, OutboxStatus::delivered},
              {OutboxKind::correction, OutboxStatus::delivered},
              {OutboxKind::choice, OutboxStatus::refused},
              {OutboxKind::correction, OutboxStatus::failed},
              {OutboxKind::choice, OutboxStatus::cancelled},
              {OutboxKind::choice, OutboxStatus::waiting}});
  ASSERT_TRUE(world.eraser().erase(world.ask("email", kEmail)).has_value());
  EXPECT_THAT(orders_left(world, persona), ElementsAre(OutboxStatus::waiting));
}

// A vendor's answer may be written in the transaction of the intent, which did not see it yet.
TEST(Erasure, ForgetsWhatVendorsAnsweredWhileItBegan) {
  ErasureWorld world;
  const auto persona = ada(world);
  world.ground().fail_at(1, testing::FailingGround::When::after);
  ASSERT_FALSE(world.eraser().erase(world.ask("email", kEmail)).has_value());
  add_orders(world, persona,
             {{OutboxKind::choice, OutboxStatus::delivered},
              {OutboxKind::choice, OutboxStatus::in_doubt},
              {OutboxKind::correction, OutboxStatus::refused}});
  world.crash();
  ASSERT_TRUE(world.eraser().resume_all().has_value());
  EXPECT_THAT(orders_left(world, persona), ElementsAre(OutboxStatus::in_doubt));
}

}  // namespace
}  // namespace cdp
