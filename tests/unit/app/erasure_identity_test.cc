// Erasure and identity: whom a tombstone holds back and whom it leaves alone, and what becomes of
// links, decisions and latches when a life ends (DESIGN §8).
#include <gmock/gmock.h>

#include "cdp/app/decisions.h"
#include "cdp/app/splits.h"
#include "tests/support/erasure_world.h"
#include "tests/support/pii_for_tests.h"

namespace cdp {
namespace {

using app::LinkDecision;
using app::Verdict;
using testing::ErasureWorld;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr const char* kFamily = "the.family@home.example";

class ErasureIdentity : public ::testing::Test {
 protected:
  event::Observation customer(const std::string& id, const std::string& email,
                              const std::string& message) {
    auto o = world_.observation(id, message);
    ErasureWorld::identify(o, "shopify.customer_id", id);
    if (!email.empty()) ErasureWorld::identify(o, "email", email);
    ErasureWorld::attribute(o, "last_name", "Name-of-" + id);
    return o;
  }
  void erase(const std::string& id) {
    const auto row = world_.eraser().erase(world_.ask("shopify.customer_id", id));
    ASSERT_TRUE(row.has_value()) << row.error().what;
    EXPECT_EQ(row->status, compliance::kVendorsComplete);
  }
  std::optional<identity::Profile> who(const std::string& id) {
    return world_.profile("shopify.customer_id", id);
  }
  PersonaOrdinal ordinal(const std::string& id) { return who(id)->members.front().persona; }
  PersonaId persona_id(PersonaOrdinal persona) {
    return world_.pipeline().persona_keys().open(persona)->persona;
  }
  Result<void> join(PersonaOrdinal first, PersonaOrdinal second) {
    return app::commit_decisions(world_.pipeline(), [&](app::DecisionWriter& writer) {
      LinkDecision decision;
      decision.kind = LinkDecision::Kind::join;
      decision.origin = LinkDecision::Origin::accepted;
      decision.first = first;
      decision.second = second;
      writer.add(decision);
      return Result<void>{};
    });
  }

  ErasureWorld world_;
};

// The tombstone is of (subject, identifier): the address is the other one's, too.
TEST_F(ErasureIdentity, ACoOwnerOfASharedAddressSurvivesAndGoesOn) {
  world_.send("shop", customer("customer-1001", kFamily, "m1"));
  world_.send("shop", customer("customer-2002", kFamily, "m2"));
  erase("customer-1001");
  const auto bob = world_.profile("email", kFamily);
  ASSERT_TRUE(bob.has_value());
  ASSERT_THAT(bob->members, SizeIs(1));
  EXPECT_EQ(testing::reveal(bob->members[0].document.attributes.at("last_name").json),
            R"("Name-of-customer-2002")");
  world_.reopen();
  world_.clock().advance(Duration::hours(1));
  EXPECT_EQ(world_.send("shop", customer("customer-2002", kFamily, "m3")), Verdict::accepted);
  auto row = world_.observation("row-1", "list-1");
  ErasureWorld::identify(row, "email", kFamily);
  row.arrival = event::Arrival::import;
  EXPECT_EQ(world_.send("list", std::move(row)), Verdict::accepted);
  // And she stays away, whatever address the replay names.
  EXPECT_EQ(world_.send("shop", customer("customer-1001", kFamily, "m4")), Verdict::suppressed);
  EXPECT_EQ(world_.send("shop", customer("customer-1001", "", "m5")), Verdict::suppressed);
  EXPECT_FALSE(who("customer-1001").has_value());
}

TEST_F(ErasureIdentity, EraseAndReplayOfEverythingResurrectsNothing) {
  const auto stream = [&](const std::string& run) {
    std::vector<std::pair<std::string, event::Observation>> all;
    all.emplace_back("shop", customer("customer-1001", "ada@mail.example", run + "m1"));
    auto listed = world_.observation("row-1", run + "list-1");
    ErasureWorld::identify(listed, "email", "ada@mail.example");
    listed.arrival = event::Arrival::import;
    all.emplace_back("list", std::move(listed));
    auto device = world_.observation("anon:d1", run + "web-1");
    device.anonymous = true;
    ErasureWorld::identify(device, "anonymous_id", "d1");
    ErasureWorld::identify(device, "email", "ada@mail.example");
    all.emplace_back("browser", std::move(device));
    return all;
  };
  for (auto& [source, o] : stream(""))
    EXPECT_EQ(world_.send(source, std::move(o)), Verdict::accepted);
  auto ask = world_.ask("email", "ada@mail.example");
  ask.include_declared = true;
  ask.reason = "all hers";
  ASSERT_TRUE(world_.eraser().erase(ask).has_value());
  for (int round = 0; round < 3; ++round) {
    world_.reopen();
    for (auto& [source, o] : stream(std::to_string(round))) {
      EXPECT_EQ(world_.send(source, std::move(o)), Verdict::suppressed) << source;
    }
    EXPECT_EQ(world_.pipeline().live().sizes().personas, 0U);
  }
  // From nothing but the ledger, too.
  auto fresh = store::open_memory();
  ASSERT_TRUE(
      app::Pipeline::rebuild_state(world_.pipeline().services(), world_.options, *fresh.state));
  std::size_t personas = 0;
  ASSERT_TRUE(fresh.state->each_persona([&](const store::PersonaRow&) { ++personas; }));
  EXPECT_EQ(personas, 0U);
}

TEST_F(ErasureIdentity, ANewLifeMeetsNoDecisionOfTheOldOne) {
  world_.send("shop", customer("customer-1001", "ada@mail.example", "m1"));
  world_.send("shop", customer("customer-2002", "bob@mail.example", "m2"));
  ASSERT_TRUE(join(ordinal("customer-1001"), ordinal("customer-2002")));
  ASSERT_THAT(who("customer-1001")->members, SizeIs(2));
  const auto before = who("customer-1001")->subject;
  // Joined by an officer is not proven: the other one stays.
  erase("customer-1001");
  ASSERT_THAT(who("customer-2002")->members, SizeIs(1));
  world_.clock().advance(Duration::hours(1));
  auto back = customer("customer-1001", "ada@mail.example", "m3");
  back.new_act = true;
  EXPECT_EQ(world_.send("shop", std::move(back)), Verdict::accepted);
  const auto check = [&] {
    ASSERT_THAT(who("customer-1001")->members, SizeIs(1));
    EXPECT_NE(who("customer-1001")->subject, before);
    EXPECT_THAT(world_.pipeline().live().joins(), IsEmpty());
  };
  check();
  world_.reopen();
  check();
  auto fresh = store::open_memory();
  ASSERT_TRUE(
      app::Pipeline::rebuild_state(world_.pipeline().services(), world_.options, *fresh.state));
  std::size_t joins = 0;
  ASSERT_TRUE(fresh.state->each_must_link([&](const store::MustLinkRow&) { ++joins; }));
  EXPECT_EQ(joins, 0U);
}

// Her token once stood in the decision that held her apart: no page could be verified clean.
TEST_F(ErasureIdentity, WhoWasSplitOffCanBeErasedAndVerifiedGone) {
  world_.send("shop", customer("customer-1001", "ada@mail.example", "m1"));
  auto row = world_.observation("row-1", "list-1");
  ErasureWorld::identify(row, "email", "ada@mail.example");
  world_.send("list", std::move(row));
  const auto profile = who("customer-1001");
  ASSERT_THAT(profile->members, SizeIs(2));
  ASSERT_TRUE(app::split(world_.pipeline(), *profile, {persona_id(profile->members[0].persona)},
                         "shared_contact"));
  ASSERT_THAT(who("customer-1001")->members, SizeIs(1));
  erase("customer-1001");
  EXPECT_FALSE(who("customer-1001").has_value());
  EXPECT_TRUE(world_.profile("email", "ada@mail.example").has_value()) << "the other one's";
}

TEST_F(ErasureIdentity, TheLastCarrierOfALatchedIdentifierLeavesOnlyTheLatch) {
  identity::TypeOverride till;
  till.degree_max = 2;
  world_.options.identifiers =
      *identity::IdentifierPolicy::with(*identity::Rules::with({{"till_card", till}}), {});
  const auto policy = std::make_shared<const consent::Policy>();
  world_.close();
  world_.open();
  app::EffectPlanner planner([policy] { return policy; }, world_.stores().ledger(),
                             world_.keyring(), "default", world_.clock(), world_.random(),
                             world_.pending());
  world_.plan = [&](const app::Folded& folded) { return planner.plan(folded); };
  for (const std::string id : {"customer-1001", "customer-2002", "customer-3003"}) {
    auto o = customer(id, "", "m-" + id);
    ErasureWorld::identify(o, "till_card", "card-of-the-till");
    world_.send("shop", std::move(o));
  }
  ASSERT_TRUE(world_.pipeline().fold().settle());
  ASSERT_THAT(world_.pipeline().live().latches(), SizeIs(1));
  erase("customer-1001");
  ASSERT_THAT(who("customer-2002")->members, SizeIs(1)) << "strangers merged";
  erase("customer-2002");
  erase("customer-3003");
  EXPECT_THAT(world_.pipeline().live().latches(), SizeIs(1));
  world_.plan = nullptr;
}

// A vendor that is told to forget the name under which it got both must be shown who stays.
TEST_F(ErasureIdentity, WhoStaysOfASharedSubjectIsShownAnew) {
  auto shop = customer("customer-1001", "ada@mail.example", "m1");
  world_.send("shop", std::move(shop));
  auto row = world_.observation("row-1", "list-1");
  ErasureWorld::identify(row, "email", "ada@mail.example");
  world_.send("list", std::move(row));
  ASSERT_THAT(who("customer-1001")->members, SizeIs(2));
  std::vector<PersonaOrdinal> shown;
  world_.views_of = [&](PersonaOrdinal subject, Position) {
    shown.push_back(subject);
    return std::vector<store::OutboxItem>{};
  };
  erase("customer-1001");
  EXPECT_EQ(shown, std::vector{PersonaOrdinal(2)});
}

}  // namespace
}  // namespace cdp
