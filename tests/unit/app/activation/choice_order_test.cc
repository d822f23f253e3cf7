// Who is told of a "no", and who is not (DESIGN §7 rule 11).
#include <gmock/gmock.h>

#include "tests/support/delivery_world.h"

namespace cdp::app {
namespace {

using event::Choice;
using testing::DeliveryWorld;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

// Says no through the world's own source, about something or through something.
void say_no(DeliveryWorld& world, const std::string& purpose, const std::string& channel = "") {
  event::StatementDraft draft;
  draft.purpose = purpose;
  draft.channel = channel;
  draft.choice = purpose == consent::kGpcPurpose ? Choice::objected : Choice::withdrawn;
  draft.method = "form";
  draft.occurred_at = world.world.clock().now();
  world.tell("u1", {}, {draft});
}

std::size_t orders(DeliveryWorld& world) {
  world.run();
  std::size_t count = 0;
  for (const auto& body : world.transport.bodies()) {
    count += body.find("\"type\":\"consent.") != std::string::npos ? 1U : 0U;
  }
  return count;
}

TEST(ChoiceOrders, ANoToEverythingReachesWhoeverWasShownThePerson) {
  DeliveryWorld world;
  world.person("u1", "Ada");
  world.run();
  say_no(world, "*");
  EXPECT_EQ(orders(world), 1U);
}

TEST(ChoiceOrders, AVendorsOwnNoIsNotSentBackToIt) {
  DeliveryWorld world;
  auto policy = world.world.policy();
  policy.destinations["hook"].source = world.world.source().name;
  world.use_policy(policy);
  world.person("u1", "Ada");
  world.run();
  say_no(world, "*");
  EXPECT_EQ(orders(world), 0U);
}

TEST(ChoiceOrders, ThePrivacySignalReachesWhoIsNoProcessor) {
  for (const bool processor : {true, false}) {
    DeliveryWorld world;
    auto policy = world.world.policy();
    policy.destinations["hook"].role =
        processor ? consent::DestinationRole::processor : consent::DestinationRole::sale_or_share;
    world.use_policy(policy);
    world.person("u1", "Ada");
    world.run();
    say_no(world, std::string(consent::kGpcPurpose));
    EXPECT_EQ(orders(world), processor ? 0U : 1U);
  }
}

TEST(ChoiceOrders, ANoToAnotherChannelConcernsNobodyElse) {
  DeliveryWorld world;
  world.person("u1", "Ada");
  world.run();
  say_no(world, "*", "sms");
  EXPECT_EQ(orders(world), 0U);
}

TEST(ChoiceOrders, ANoToACategoryReachesWhoeverWasGivenDataOfIt) {
  DeliveryWorld world;
  world.person("u1", "Ada");
  world.run();
  say_no(world, "user.name");
  ASSERT_EQ(orders(world), 1U);
  const std::string body = world.transport.bodies().back();
  EXPECT_THAT(body, HasSubstr(R"("type":"consent.withdrawn","subject":"dsb_)"));
  EXPECT_THAT(body, HasSubstr(R"("category":"user.name","attributes":["first_name"])"));
  EXPECT_THAT(body, Not(HasSubstr("purpose")));
  EXPECT_THAT(body, Not(HasSubstr("Ada")));
}

TEST(ChoiceOrders, ANoToACategoryIsToldOnceHoweverOftenTheVendorWasShownIt) {
  DeliveryWorld world;
  world.person("u1", "Ada");
  for (int i = 0; i < 3; ++i) {
    world.run();
    world.later(Duration::hours(2));
    world.tell("u1", {DeliveryWorld::text("first_name", "Ada " + std::to_string(i))});
  }
  say_no(world, "user");
  EXPECT_EQ(orders(world), 1U);
}

TEST(ChoiceOrders, ANoToACategoryThatTheVendorNeverGotConcernsNobody) {
  DeliveryWorld world;
  world.person("u1", "Ada");
  world.run();
  say_no(world, "user.contact");  // the city is configured, and was never shown
  say_no(world, "user.name.last");
  EXPECT_EQ(orders(world), 0U);
}

TEST(ChoiceOrders, ANoToACategoryReachesAVendorWhoIsConfiguredForItNoMore) {
  DeliveryWorld world;
  auto policy = world.world.policy();
  world.person("u1", "Ada");
  world.run();
  policy.destinations["hook"].attributes = {"city"};
  world.use_policy(policy);
  say_no(world, "user.name");
  EXPECT_EQ(orders(world), 1U);
}

TEST(ChoiceOrders, AVendorsOwnNoToACategoryIsNotSentBackToIt) {
  DeliveryWorld world;
  auto policy = world.world.policy();
  policy.destinations["hook"].source = world.world.source().name;
  world.use_policy(policy);
  world.person("u1", "Ada");
  world.run();
  say_no(world, "user.name");
  EXPECT_EQ(orders(world), 0U);
}

}  // namespace
}  // namespace cdp::app
