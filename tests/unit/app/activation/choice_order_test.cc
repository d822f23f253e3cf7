// Who is told of a "no", and who is not (DESIGN §7 rule 11).
#include <gmock/gmock.h>

#include "tests/support/delivery_world.h"

namespace cdp::app {
namespace {

using event::Choice;
using ::testing::Contains;
using testing::DeliveryWorld;
using ::testing::HasSubstr;
using testing::kPersonal;
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

// What an erasure does before readers see nobody any more: the first half of it, or all.
void erase_key(DeliveryWorld& world, PersonaOrdinal persona, bool key_is_gone) {
  auto& pipeline = world.world.pipeline();
  const std::vector<PersonaOrdinal> personas = {persona};
  EXPECT_TRUE(pipeline.writer().run([&](BatchBuilder& builder) -> Result<void> {
    pipeline.writer().end_generation(builder, personas);
    return {};
  }));
  if (!key_is_gone) return;
  auto& keys = pipeline.services().keys;
  EXPECT_TRUE(keys.destroy(personas, pipeline.writer().keys_fence()));
  EXPECT_TRUE(pipeline.writer().run([&](BatchBuilder& builder) -> Result<void> {
    pipeline.writer().release_generation(builder, personas);
    return {};
  }));
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
  // A no to a channel that no purpose has would be a no to every one (ADR 21).
  constexpr const char* kSms = "marketing.communications.sms";
  world.world.policy().purposes[kSms] = testing::make_purpose(kSms, "sms");
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

// What the vendor was given counts as what it was then, and as what it is today.
TEST(ChoiceOrders, ANoToACategoryReachesAVendorAlsoWhenTheDataMapHasChangedSince) {
  const struct {
    std::optional<std::string> category_today;  // none = in no category any more
    std::string no;
    std::size_t orders;
  } table[] = {{"user.name.first", "user.name", 1},
               {std::nullopt, "user.name", 1},
               {std::nullopt, "user.name.first", 1},
               {std::nullopt, "user.name.last", 0},
               {std::nullopt, "user", 1},
               {"user.demographic", "user.name", 1},
               {"user.demographic", "user.contact", 0},
               {"user.demographic", "user.demographic", 1},
               {"user.name.last", "user.name.first", 1},
               {"user.name.last", "user.name.last", 1}};
  for (const auto& row : table) {
    DeliveryWorld world;
    auto policy = world.world.policy();
    policy.attributes["age"] = testing::make_attribute("age", "user.demographic");
    world.use_policy(policy);
    world.world.policy() = policy;
    world.person("u1", "Ada");
    world.run();
    policy.attributes.erase("first_name");
    if (row.category_today) {
      policy.attributes["first_name"] = testing::make_attribute("first_name", *row.category_today);
    }
    // The map of whoever takes the no in is not the question here.
    for (const char* known : {"user.name.first", "user.name.last"}) {
      world.world.policy().attributes[known] = testing::make_attribute(known, known);
    }
    world.use_policy(policy);
    say_no(world, row.no);
    EXPECT_EQ(orders(world), row.orders)
        << row.category_today.value_or("(gone)") << ", no to " << row.no;
    if (row.orders == 0) continue;
    EXPECT_THAT(world.transport.bodies(), Contains(HasSubstr(R"("attributes":["first_name"])")));
  }
}

TEST(ChoiceOrders, ANoToACategoryReadsOldDisclosuresByTheDataMapOfToday) {
  DeliveryWorld world;
  world.person("u1", "Ada");
  const PersonaOrdinal persona = world.persona("u1");
  store::Disclosure old;
  old.persona = persona;
  old.destination = "hook";
  old.purpose = kPersonal;
  old.attributes = "city,first_name";
  old.vendor_id = "dsb_old";
  ASSERT_TRUE(world.world.pipeline().writer().run([&](BatchBuilder& builder) -> Result<void> {
    builder.batch().disclosures.push_back(old);
    return {};
  }));
  say_no(world, "user.contact");
  ASSERT_EQ(orders(world), 1U);
  EXPECT_THAT(world.transport.bodies(),
              Contains(HasSubstr(R"("category":"user.contact","attributes":["city"])")));
}

TEST(ChoiceOrders, ANoReachesAVendorWhoIsConfiguredForThePurposeNoMore) {
  for (const bool known : {true, false}) {
    DeliveryWorld world;
    auto policy = world.world.policy();
    world.person("u1", "Ada");
    world.run();
    policy.destinations["hook"].purposes = {"marketing.communications.email"};
    if (!known) policy.purposes.erase(kPersonal);
    world.use_policy(policy);
    say_no(world, kPersonal);
    EXPECT_EQ(orders(world), 1U) << known;
    EXPECT_THAT(world.counted(), Not(Contains("hook cancelled")));
  }
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

// The vendor answers between the erasure's intent and the moment when readers see nobody any more.
TEST(ChoiceOrders, NothingIsKeptOfOneThatIsAnsweredWhileThePersonIsErased) {
  for (const bool key_is_gone : {false, true}) {
    for (const int status : {204, 400}) {
      DeliveryWorld world;
      world.person("u1", "Ada");
      world.run();
      say_no(world, "*");
      const PersonaOrdinal persona = world.persona("u1");
      world.transport.answer([&](const auto&) {
        erase_key(world, persona, key_is_gone);
        return connectors::transport::Answer{
            connectors::transport::Answer::Kind::answered, status, {}};
      });
      EXPECT_EQ(orders(world), 1U);
      const auto left = world.ledger.outbox_of(persona).value();
      EXPECT_EQ(std::ranges::count(left, store::OutboxKind::choice, &store::OutboxItem::kind), 0)
          << status << (key_is_gone ? ", the key is gone" : ", the generation has ended");
    }
  }
}

}  // namespace
}  // namespace cdp::app
