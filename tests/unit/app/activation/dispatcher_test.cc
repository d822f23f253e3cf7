// What leaves, when, and what does not: invariants 1 to 3 and rule 11 on the way out.
#include "cdp/app/activation/dispatcher.h"

#include <gmock/gmock.h>

#include <latch>

#include "tests/support/delivery_world.h"

namespace cdp::app {
namespace {

using event::Choice;
using store::OutboxStatus;
using testing::delivery_id;
using testing::DeliveryWorld;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::ScriptedTransport;
using ::testing::SizeIs;

TEST(DeliveryLane, DeliversWhatIsAgreedToAndNothingElse) {
  DeliveryWorld world;
  world.person("u1", "Ada");
  world.run();
  ASSERT_THAT(world.transport.sent(), SizeIs(1));
  const auto sent = world.transport.sent().front();
  EXPECT_EQ(sent.url, "https://hook.example/");
  EXPECT_THAT(sent.body, HasSubstr(R"("attributes":{"first_name":"Ada"},"withheld":["city"])"));
  for (const auto* secret : {"Ulm", "43", "shoe_size", "u1"}) {
    EXPECT_THAT(sent.body, Not(HasSubstr(secret)));
  }
  EXPECT_THAT(world.rows("u1"), IsEmpty());
  EXPECT_EQ(world.lane().stats().delivered, 1U);
  EXPECT_THAT(world.counted(), ElementsAre("hook delivered"));
}

TEST(DeliveryLane, SendsNothingOfAPersonWhoWasNeverAsked) {
  DeliveryWorld world;
  world.tell("u1", {DeliveryWorld::text("first_name", "Ada")});
  world.run();
  EXPECT_THAT(world.transport.sent(), IsEmpty());
  EXPECT_THAT(world.disclosed("u1"), IsEmpty());
  ASSERT_THAT(world.rows("u1"), SizeIs(1));
  EXPECT_EQ(world.rows("u1").front().status, OutboxStatus::refused);
}

TEST(DeliveryLane, DisclosesBeforeAnythingLeaves) {
  DeliveryWorld world;
  world.person("u1", "Ada");
  const auto persona = world.persona("u1");
  std::size_t known = 0;
  std::optional<OutboxStatus> status;
  world.transport.answer([&](const auto&) {
    known = world.ledger.disclosures_of(persona)->size();
    status = world.ledger.outbox_of(persona)->front().status;
    return ScriptedTransport::Answer{ScriptedTransport::Answer::Kind::answered, 200, {}};
  });
  world.run();
  EXPECT_EQ(known, 1U);
  EXPECT_EQ(status, OutboxStatus::in_doubt);
  ASSERT_THAT(world.disclosed("u1"), SizeIs(1));
  const auto row = world.disclosed("u1").front();
  EXPECT_EQ(row.attributes, "first_name");
  EXPECT_EQ(row.purpose, testing::kPersonal);
  EXPECT_THAT(world.transport.bodies().front(), HasSubstr(row.vendor_id));
}

TEST(DeliveryLane, SendsNothingThatCannotBeDisclosed) {
  DeliveryWorld world;
  world.person("u1", "Ada");
  world.ledger.refuse_disclosures = true;
  world.run();
  world.later(Duration::hours(1));
  world.run();
  EXPECT_THAT(world.transport.sent(), IsEmpty());
  world.ledger.refuse_disclosures = false;
  world.later(Duration::hours(1));
  world.run();
  EXPECT_THAT(world.transport.sent(), SizeIs(1));
}

TEST(DeliveryLane, SendsNothingThatCannotBeMarkedInDoubt) {
  DeliveryWorld world;
  world.person("u1", "Ada");
  world.ledger.refuse_all = true;
  world.run();
  EXPECT_THAT(world.transport.sent(), IsEmpty());
  world.ledger.refuse_all = false;
}

TEST(DeliveryLane, AsksTheGateAgainBeforeEachTry) {
  DeliveryWorld world;
  world.person("u1", "Ada");
  world.transport.answer(503);
  world.run();
  ASSERT_THAT(world.transport.sent(), SizeIs(1));
  EXPECT_EQ(world.rows("u1").front().status, OutboxStatus::waiting);
  EXPECT_EQ(world.rows("u1").front().last_code, "http_503");
  world.choose("u1", Choice::withdrawn);
  world.transport.answer(204);
  world.later(Duration::hours(2));
  world.run();
  // The vendor may have been shown the person: it is told of the no, and sees nothing more.
  ASSERT_THAT(world.transport.sent(), SizeIs(2));
  EXPECT_THAT(world.transport.bodies()[1], HasSubstr(R"("type":"consent.withdrawn")"));
  EXPECT_THAT(world.transport.bodies()[1], Not(HasSubstr("Ada")));
}

TEST(DeliveryLane, RechecksConsentAfterTheDisclosureAndBeforeTheFirstByte) {
  DeliveryWorld world;
  world.person("u1", "Ada");
  world.person("u2", "Bo");
  // Both are prepared together; while the first is on its way, the second withdraws.
  world.transport.answer([&](const auto&) {
    if (world.transport.sent().size() == 1) world.choose("u2", Choice::withdrawn);
    return ScriptedTransport::Answer{ScriptedTransport::Answer::Kind::answered, 200, {}};
  });
  world.run();
  EXPECT_THAT(world.transport.bodies(), Each(Not(HasSubstr("Bo"))));
}

TEST(DeliveryLane, ARetryKeepsItsDeliveryId) {
  DeliveryWorld world;
  world.person("u1", "Ada");
  world.transport.answer(500);
  for (int i = 0; i < 3; ++i) {
    world.run();
    world.later(Duration::hours(2));
  }
  const auto sent = world.transport.sent();
  ASSERT_THAT(sent, SizeIs(3));
  EXPECT_EQ(delivery_id(sent[0]), delivery_id(sent[1]));
  EXPECT_EQ(delivery_id(sent[0]), delivery_id(sent[2]));
  EXPECT_EQ(world.rows("u1").front().attempts, 3);
}

TEST(DeliveryLane, NewerContentHasADeliveryIdOfItsOwnAndAnswersTheOlderRow) {
  DeliveryWorld world;
  world.person("u1", "Ada");
  world.transport.answer(500);
  world.run();
  world.tell("u1", {DeliveryWorld::text("first_name", "Adele")});
  const auto rows = world.rows("u1");
  EXPECT_EQ(std::ranges::count(rows, store::OutboxKind::view, &store::OutboxItem::kind), 2);
  world.transport.answer(204);
  world.later(Duration::hours(2));
  world.run();
  const auto sent = world.transport.sent();
  ASSERT_THAT(sent, SizeIs(2));
  EXPECT_NE(delivery_id(sent[0]), delivery_id(sent[1]));
  EXPECT_THAT(sent[1].body, HasSubstr("Adele"));
  EXPECT_THAT(world.rows("u1"), IsEmpty());
}

TEST(DeliveryLane, ManyChangesBeforeADeliveryAreOneDelivery) {
  DeliveryWorld world;
  world.person("u1", "Ada");
  for (int i = 0; i < 5; ++i) {
    world.tell("u1", {DeliveryWorld::text("first_name", "Ada " + std::to_string(i))});
  }
  world.run();
  ASSERT_THAT(world.transport.sent(), SizeIs(1));
  EXPECT_THAT(world.transport.bodies().front(), HasSubstr("Ada 4"));
  world.tell("u1", {DeliveryWorld::text("first_name", "Eve")});
  world.run();
  EXPECT_THAT(world.transport.sent(), SizeIs(2));
}

TEST(DeliveryLane, ACrashAfterTheSendRetriesOnceUnderTheSameId) {
  DeliveryWorld world;
  world.person("u1", "Ada");
  world.transport.answer([&](const auto&) {
    world.ledger.refuse_all = true;  // nothing after the first byte becomes durable
    return ScriptedTransport::Answer{ScriptedTransport::Answer::Kind::answered, 200, {}};
  });
  world.run();
  world.ledger.refuse_all = false;
  world.transport.answer(200);
  world.restart();
  EXPECT_EQ(world.rows("u1").front().status, OutboxStatus::in_doubt);
  EXPECT_THAT(world.disclosed("u1"), SizeIs(1));
  world.run();
  EXPECT_THAT(world.transport.sent(), SizeIs(1)) << "it waits out the try that was under way";
  world.later(Duration::hours(1));
  world.run();
  world.later(Duration::hours(1));
  world.run();
  const auto sent = world.transport.sent();
  ASSERT_THAT(sent, SizeIs(2));
  EXPECT_EQ(delivery_id(sent[0]), delivery_id(sent[1]));
  EXPECT_THAT(world.rows("u1"), IsEmpty());
}

TEST(DeliveryLane, GivesUpAfterTheLastAttempt) {
  DeliveryWorld world;
  world.person("u1", "Ada");
  world.transport.answer(500);
  for (int i = 0; i < limits::kDeliveryAttemptsMax + 3; ++i) {
    world.run();
    world.later(Duration::hours(2));
  }
  EXPECT_THAT(world.transport.sent(), SizeIs(limits::kDeliveryAttemptsMax));
  EXPECT_EQ(world.rows("u1").front().status, OutboxStatus::failed);
}

TEST(DeliveryLane, HonoursRetryAfterForTheWholeDestination) {
  DeliveryWorld world;
  world.person("u1", "Ada");
  world.person("u2", "Bo");
  world.transport.answer(429, Duration::seconds(600));
  world.run();
  EXPECT_THAT(world.transport.sent(), SizeIs(1)) << "the second is not tried into a closed door";
  world.later(Duration::seconds(599));
  world.run();
  EXPECT_THAT(world.transport.sent(), SizeIs(1));
  EXPECT_EQ(world.rows("u2").front().attempts, 0);
  world.transport.answer(204);
  world.later(Duration::seconds(60));
  world.run();
  EXPECT_THAT(world.transport.sent(), SizeIs(3));
}

TEST(DeliveryLane, AVendorsRefusalIsFinalAndItsWordsAreNotKept) {
  DeliveryWorld world;
  world.person("u1", "Ada");
  world.transport.answer(422);
  world.run();
  world.later(Duration::hours(2));
  world.run();
  EXPECT_THAT(world.transport.sent(), SizeIs(1));
  EXPECT_EQ(world.rows("u1").front().status, OutboxStatus::refused);
  EXPECT_EQ(world.rows("u1").front().last_code, "http_422");
}

TEST(DeliveryLane, AWithdrawalReachesWhoeverWasShownThePerson) {
  DeliveryWorld world;
  world.person("u1", "Ada");
  world.run("hook");
  const auto vendor_id = world.disclosed("u1").front().vendor_id;
  world.choose("u1", Choice::withdrawn);
  world.run("hook");
  world.run("other");  // was never shown anything
  const auto bodies = world.transport.bodies();
  ASSERT_THAT(bodies, SizeIs(2));
  EXPECT_THAT(bodies[1], HasSubstr(R"("type":"consent.withdrawn","subject":")" + vendor_id +
                                   R"(","purpose":"personalize.content","choice":"withdrawn")"));
}

TEST(DeliveryLane, ANoGoesBeforeNews) {
  DeliveryWorld world;
  world.person("u1", "Ada");
  world.run();
  world.person("u2", "Bo");
  world.choose("u1", Choice::objected);
  world.run();
  const auto bodies = world.transport.bodies();
  ASSERT_THAT(bodies, SizeIs(3));
  EXPECT_THAT(bodies[1], HasSubstr("consent.objected"));
  EXPECT_THAT(bodies[2], HasSubstr("Bo"));
}

TEST(DeliveryLane, RowsThatAnErasureCancelledAreNotSent) {
  DeliveryWorld world;
  world.person("u1", "Ada");
  const auto row = world.rows("u1").front();
  ASSERT_TRUE(world.world.pipeline().writer().run([&](BatchBuilder& builder) -> Result<void> {
    builder.batch().outbox_done.push_back(row.id);
    return {};
  }));
  world.run();
  EXPECT_THAT(world.transport.sent(), IsEmpty());
}

TEST(DeliveryLane, ADestinationThatIsConfiguredNoMoreGetsNothing) {
  DeliveryWorld world;
  world.person("u1", "Ada");
  auto policy = world.world.policy();
  policy.destinations.erase("hook");
  world.use_policy(policy);
  world.run();
  EXPECT_THAT(world.transport.sent(), IsEmpty());
  EXPECT_EQ(world.rows("u1").front().status, OutboxStatus::cancelled);
}

TEST(DeliveryLane, APurposeTakenFromTheDestinationSendsNothing) {
  DeliveryWorld world;
  world.person("u1", "Ada");
  auto policy = world.world.policy();
  policy.destinations["hook"].purposes.clear();
  world.use_policy(policy);
  world.run();
  EXPECT_THAT(world.transport.sent(), IsEmpty());
  EXPECT_EQ(world.rows("u1").front().status, OutboxStatus::cancelled);
}

// Waits, without sleeping, until the writer has been told what the test waits for.
void until(Bell& rung, const std::function<bool()>& true_now) {
  for (int i = 0; i < 2'000 && !true_now(); ++i) rung.wait(rung.rings(), Duration::millis(10));
  EXPECT_TRUE(true_now());
}

TEST(DeliveryDispatcher, ADeadDestinationHoldsUpNobodyElse) {
  DeliveryWorld world;
  std::latch release(1);
  Bell sent;
  world.transport.answer([&](const auto& parts) {
    sent.ring();
    if (parts.url == "https://hook.example/") release.wait();
    return ScriptedTransport::Answer{ScriptedTransport::Answer::Kind::answered, 200, {}};
  });
  Bell bell;
  {
    DeliveryDispatcher dispatcher(*world.services, bell);
    world.person("u1", "Ada");
    world.person("u2", "Bo");
    ASSERT_TRUE(dispatcher.start());
    until(sent, [&] { return dispatcher.stats()["other"].delivered == 2; });
    EXPECT_EQ(dispatcher.stats()["hook"].delivered, 0U);
    release.count_down();
    until(sent, [&] { return dispatcher.stats()["hook"].delivered == 2; });
  }
  EXPECT_THAT(world.rows("u1"), IsEmpty());
}

TEST(DeliveryDispatcher, StopsAtOnceAndLeavesWhatWaitsInTheOutbox) {
  DeliveryWorld world;
  world.transport.answer(503, Duration::seconds(3'000));
  Bell bell;
  {
    DeliveryDispatcher dispatcher(*world.services, bell);
    world.person("u1", "Ada");
    ASSERT_TRUE(dispatcher.start());
    until(bell, [&] { return dispatcher.stats()["hook"].tried_again == 1; });
    dispatcher.stop();
  }
  EXPECT_EQ(world.rows("u1").front().status, OutboxStatus::waiting);
}

TEST(DeliveryDispatcher, CancelsTheRowsOfADestinationRemovedWhileItWasDown) {
  DeliveryWorld world;
  Bell bell;
  {
    DeliveryDispatcher dispatcher(*world.services, bell);
    ASSERT_TRUE(dispatcher.start());
  }
  world.person("u1", "Ada");
  auto policy = world.world.policy();
  policy.destinations.erase("hook");
  world.use_policy(policy);
  DeliveryDispatcher dispatcher(*world.services, bell);
  ASSERT_TRUE(dispatcher.start());
  EXPECT_EQ(world.rows("u1").front().status, OutboxStatus::cancelled);
  EXPECT_EQ(dispatcher.stats().count("hook"), 0U);
}

TEST(DeliveryDispatcher, FollowsAChangedPolicy) {
  DeliveryWorld world;
  auto without = world.world.policy();
  without.destinations.erase("other");
  world.use_policy(without);
  Bell bell;
  DeliveryDispatcher dispatcher(*world.services, bell);
  ASSERT_TRUE(dispatcher.start());
  EXPECT_EQ(dispatcher.stats().count("other"), 0U);
  world.use_policy(world.world.policy());
  ASSERT_TRUE(dispatcher.refresh());
  EXPECT_EQ(dispatcher.stats().count("other"), 1U);
  world.use_policy(without);
  ASSERT_TRUE(dispatcher.refresh());
  EXPECT_EQ(dispatcher.stats().count("other"), 0U);
}

TEST(DeliveryDispatcher, WhatWaitsIsKnownAfterARestart) {
  DeliveryWorld world;
  world.person("u1", "Ada");
  world.restart();
  world.tell("u1", {DeliveryWorld::text("first_name", "Eve")});
  EXPECT_THAT(world.rows("u1"), SizeIs(1)) << "the waiting row shows the newest state anyway";
  world.run();
  EXPECT_THAT(world.transport.bodies(), Each(HasSubstr("Eve")));
}

TEST(Backoff, GrowsIsCappedAndNeverShorterThanHalf) {
  SeededRandom random(1);
  for (int attempts = 1; attempts < 100; ++attempts) {
    const std::int64_t full = attempts > 20
                                  ? limits::kDeliveryBackoffMaxMs
                                  : std::min(limits::kDeliveryBackoffFirstMs << (attempts - 1),
                                             limits::kDeliveryBackoffMaxMs);
    const auto wait = backoff(attempts, Duration::millis(limits::kDeliveryBackoffMaxMs), random);
    EXPECT_GE(wait, Duration::micros(full * 500));
    EXPECT_LE(wait, Duration::millis(full));
  }
}

}  // namespace
}  // namespace cdp::app
