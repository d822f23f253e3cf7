// Who is told that a value was corrected, and what (GDPR Art. 16, 19; consent/choice_order.h).
#include <gmock/gmock.h>

#include "tests/support/delivery_world.h"

namespace cdp::app {
namespace {

using event::Choice;
using ::testing::AllOf;
using testing::DeliveryWorld;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

std::vector<std::string> corrections(DeliveryWorld& world) {
  world.run();
  auto bodies = world.transport.bodies();
  std::erase_if(bodies, [](const std::string& body) {
    return body.find(R"("type":"profile.corrected")") == std::string::npos;
  });
  return bodies;
}

void call(DeliveryWorld& world, const std::string& first_name) {
  world.later(Duration::seconds(1));
  world.tell("u1", {DeliveryWorld::text("first_name", first_name)});
}

// A yes that beats a no that was said before.
void allow_again(DeliveryWorld& world) {
  world.later(Duration::seconds(1));
  event::StatementDraft yes;
  yes.purpose = testing::kPersonal;
  yes.choice = Choice::granted;
  yes.grade = event::Grade::double_opt_in;
  yes.method = "double_opt_in";
  yes.occurred_at = world.world.clock().now();
  world.tell("u1", {}, {yes});
}

// Was shown, and said no.
void person_who_left(DeliveryWorld& world) {
  world.person("u1", "Ada");
  world.run();
  world.later(Duration::seconds(1));
  world.choose("u1", Choice::withdrawn);
  world.run();
}

TEST(Corrections, AValueThatTheVendorMayHaveTravelsInItsViewAndInNothingElse) {
  DeliveryWorld world;
  world.person("u1", "Ada");
  world.run();
  call(world, "Adele");
  EXPECT_THAT(corrections(world), IsEmpty());
  ASSERT_THAT(world.transport.bodies(), SizeIs(2));
  EXPECT_THAT(world.transport.bodies().back(),
              AllOf(HasSubstr(R"("type":"profile.updated")"), HasSubstr("Adele")));
  EXPECT_THAT(world.rows("u1"), IsEmpty());
}

TEST(Corrections, AVendorWhoMayNotHaveTheNewValueHearsThatItsCopyIsOldAndNoMore) {
  DeliveryWorld world;
  person_who_left(world);
  const std::string subject = world.disclosed("u1").front().vendor_id;
  call(world, "Adele");
  const auto told = corrections(world);
  ASSERT_THAT(told, SizeIs(1));
  EXPECT_EQ(told.front(),
            R"({"type":"profile.corrected","subject":")" + subject +
                R"(","purpose":"personalize.content","refetch":true,"occurred_at":")" +
                to_rfc3339(world.world.clock().now()) + R"("})");
}

TEST(Corrections, AVendorHearsOfThemOnceUntilItWasGivenSomethingNew) {
  DeliveryWorld world;
  person_who_left(world);
  call(world, "Adele");
  EXPECT_THAT(corrections(world), SizeIs(1));
  call(world, "Bea");
  world.forget_lanes();
  world.restart();
  call(world, "Cleo");
  EXPECT_THAT(corrections(world), SizeIs(1));
  allow_again(world);
  world.run();
  EXPECT_THAT(world.transport.bodies().back(), HasSubstr("Cleo"));
  world.later(Duration::seconds(1));
  world.choose("u1", Choice::withdrawn);
  call(world, "Dora");
  EXPECT_THAT(corrections(world), SizeIs(2));
}

TEST(Corrections, SeveralChangesThatWaitAreToldAsOne) {
  DeliveryWorld world;
  person_who_left(world);
  for (const std::string name : {"Adele", "Bea", "Cleo"}) call(world, name);
  EXPECT_THAT(corrections(world), SizeIs(1));
}

TEST(Corrections, WhatTheVendorWasNeverGivenIsNoNewsForIt) {
  DeliveryWorld world;
  person_who_left(world);
  world.later(Duration::seconds(1));
  world.tell("u1", {DeliveryWorld::text("city", "Jena"), DeliveryWorld::text("shoe_size", "44")});
  EXPECT_THAT(corrections(world), IsEmpty());
}

TEST(Corrections, TheSameValueAgainIsNoCorrection) {
  DeliveryWorld world;
  person_who_left(world);
  call(world, "Ada");
  EXPECT_THAT(corrections(world), IsEmpty());
}

TEST(Corrections, ADeletedValueIsOne) {
  DeliveryWorld world;
  world.person("u1", "Ada");
  world.run();
  world.later(Duration::seconds(1));
  world.tell("u1", {{"first_name", Pii<std::string>("null")}});
  EXPECT_THAT(corrections(world), SizeIs(1));
}

TEST(Corrections, AnAttributeThatTheDestinationIsConfiguredForNoMoreIsToldWithoutItsValue) {
  DeliveryWorld world;
  world.person("u1", "Ada");
  world.run();
  auto policy = world.world.policy();
  policy.destinations["hook"].attributes = {"city"};
  world.use_policy(policy);
  call(world, "Adele");
  EXPECT_THAT(corrections(world), SizeIs(1));
  EXPECT_THAT(world.transport.bodies(), Each(Not(HasSubstr("Adele"))));
}

TEST(Corrections, AskTheGateAgainBeforeEachTry) {
  DeliveryWorld world;
  person_who_left(world);
  world.transport.answer(503);
  call(world, "Adele");
  EXPECT_THAT(corrections(world), SizeIs(1));
  allow_again(world);
  world.transport.answer(204);
  world.later(Duration::hours(1));
  // By now the vendor may have the value: it gets the view, and the order has nothing to say.
  EXPECT_THAT(corrections(world), SizeIs(1));
  EXPECT_THAT(world.transport.bodies().back(), HasSubstr("Adele"));
}

}  // namespace
}  // namespace cdp::app
