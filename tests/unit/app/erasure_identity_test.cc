// Erasure and identity: whom a tombstone holds back and whom it leaves alone, and what becomes of
// links, decisions and latches when a life ends (DESIGN §8).
#include <gmock/gmock.h>

#include "cdp/app/officer/decisions.h"
#include "cdp/app/officer/splits.h"
#include "tests/support/erasure_world.h"
#include "tests/support/pii_for_tests.h"
#include "tests/support/pipeline_words.h"
#include "tests/support/store_dump.h"

namespace cdp {
namespace {

using app::LinkDecision;
using app::Verdict;
using ::testing::Contains;
using ::testing::ElementsAre;
using testing::ErasureWorld;
using ::testing::IsEmpty;
using ::testing::Not;
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
  Result<void> decided(const std::function<void(LinkDecision&)>& say) {
    return app::commit_decisions(world_.pipeline(), [&](app::DecisionWriter& writer) {
      LinkDecision decision;
      say(decision);
      writer.add(decision);
      return Result<void>{};
    });
  }
  Result<void> join(PersonaOrdinal first, PersonaOrdinal second) {
    return decided([&](LinkDecision& decision) {
      decision.kind = LinkDecision::Kind::join;
      decision.origin = LinkDecision::Origin::accepted;
      decision.first = first;
      decision.second = second;
    });
  }
  // With what is made from it; or gives it back.
  Result<void> retract(PersonaOrdinal persona, const std::string& type, const std::string& value,
                       bool retracted = true) {
    app::Retraction said{retracted, {}, "data_error"};
    const auto made = identity::Normaliser::index(
        {type, Pii<std::string>(value)}, event::Trust::server, "", world_.pipeline().keyed().link);
    for (const auto& one : std::get<std::vector<event::FactIdentifier>>(made)) {
      said.identifiers.push_back(one.token);
    }
    return app::commit_decisions(
        world_.pipeline(), [&](app::DecisionWriter& writer) { return writer.add(persona, said); });
  }
  static Bytes needle(const Token& token) { return {token.begin(), token.end()}; }
  // What identity decided, as it was folded step by step and flushed; and as it is folded at once.
  testing::StateDump folded_state() {
    EXPECT_TRUE(world_.pipeline().fold().settle());
    world_.pipeline().fold().flush_now();
    return comparable(world_.stores().state());
  }
  testing::StateDump rebuilt_state() {
    auto fresh = store::open_memory();
    EXPECT_TRUE(
        app::Pipeline::rebuild_state(world_.pipeline().services(), world_.options, *fresh.state));
    return comparable(*fresh.state);
  }
  // Without nonces, and without the count of what was ever seen.
  static testing::StateDump comparable(const store::State& state) {
    auto all = testing::dump(state);
    all.documents.clear();
    all.observations = 0;
    all.applied = {};
    return all;
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

// Two bogus logins are enough to make an address nobody's; 1,500 are more than anybody looks at.
TEST_F(ErasureIdentity, ClaimsOfBrowsersKeepNobodyFromBeingErasedByHerAddress) {
  for (const int count : {2, 1'500}) {
    const std::string id = "customer-" + std::to_string(1'000 + count);
    const std::string address = id + "@mail.example";
    std::vector<event::Observation> claims;
    for (int i = 0; i < count; ++i) {
      claims.push_back(
          world_.observation(id + "-claim-" + std::to_string(i), id + "-m" + std::to_string(i)));
      ErasureWorld::identify(claims.back(), "user_id", id + "-bogus-" + std::to_string(i));
      ErasureWorld::identify(claims.back(), "email", address);
    }
    world_.send_all("browser", std::move(claims));
    world_.send("shop", customer(id, address, id));
    const auto planned = world_.eraser().plan(world_.ask("email", address));
    ASSERT_TRUE(planned.has_value()) << planned.error().what;
    EXPECT_THAT(planned->sources(), ElementsAre("shop"));
    EXPECT_EQ(planned->left_out, static_cast<std::uint64_t>(count)) << "and the officer sees it";
    const auto row = world_.eraser().erase(world_.ask("email", address));
    ASSERT_TRUE(row.has_value()) << row.error().what;
    EXPECT_EQ(row->status, compliance::kVendorsComplete);
    const auto certificate = compliance::Eraser::certificate_of(*row);
    EXPECT_THAT(*certificate, ::testing::HasSubstr(R"("joined_meanwhile":0)"));
    EXPECT_FALSE(who(id).has_value());
  }
}

TEST_F(ErasureIdentity, OfTwoThatAreVouchedForNeitherIsErasedByWhatTheyShare) {
  world_.send("shop", customer("customer-1001", kFamily, "m1"));
  world_.send("shop", customer("customer-2002", kFamily, "m2"));
  const auto planned = world_.eraser().plan(world_.ask("email", kFamily));
  ASSERT_FALSE(planned.has_value());
  EXPECT_EQ(planned.error().code, ErrorCode::unprocessable);
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

// Whoever is not the address's owner by an officer's word stays, and goes on naming it; and goes
// without a trace of it when his own time comes.
TEST_F(ErasureIdentity, WhoseAssertionWasRetractedStaysAndIsErasedInTurn) {
  world_.send("shop", customer("customer-1001", kFamily, "m1"));
  const auto row = [&](const std::string& message) {
    auto o = world_.observation("row-1", message);
    ErasureWorld::identify(o, "email", kFamily);
    ErasureWorld::identify(o, "shopify.customer_id", "customer-2002");
    return o;
  };
  world_.send("list", row("list-1"));
  const auto second = ordinal("customer-2002");
  ASSERT_TRUE(retract(second, "email", kFamily));
  erase("customer-1001");
  EXPECT_FALSE(world_.profile("email", kFamily).has_value());
  world_.reopen();
  world_.clock().advance(Duration::hours(1));
  EXPECT_EQ(world_.send("list", row("list-2")), Verdict::accepted) << "no tombstone of hers";
  EXPECT_EQ(ordinal("customer-2002"), second);
  EXPECT_FALSE(world_.profile("email", kFamily).has_value());
  erase("customer-2002");
  EXPECT_THAT(world_.find({needle(world_.token("email", kFamily))}), ElementsAre(0U));
}

// Its token stands in the ledger with the latch; lifted, it must not count as the carrier's own.
TEST_F(ErasureIdentity, TheLastCarrierOfALiftedIdentifierIsVerifiedGone) {
  world_.send("shop", customer("customer-1001", kFamily, "m1"));
  for (const auto kind : {LinkDecision::Kind::latch, LinkDecision::Kind::lift}) {
    ASSERT_TRUE(decided([&](LinkDecision& decision) {
      decision.kind = kind;
      decision.identifier = world_.token("email", kFamily);
      decision.identifier_kind = 1;
    }));
  }
  world_.reopen();
  erase("customer-1001");
}

// What an officer decided about her is gone with her, from memory and from every page; and what is
// left is what folding the ledger again gives.
TEST_F(ErasureIdentity, AReviewEndsWithEitherOfTheTwo) {
  world_.send("shop", customer("customer-1001", kFamily, "m1"));
  world_.send("shop", customer("customer-2002", kFamily, "m2"));
  const Token review = world_.random_token();
  ASSERT_TRUE(decided([&](LinkDecision& decision) {
    decision.kind = LinkDecision::Kind::apart;
    decision.first = ordinal("customer-1001");
    decision.second = ordinal("customer-2002");
    decision.review = review;
  }));
  world_.pipeline().fold().flush_now();
  ASSERT_TRUE(world_.pipeline().live().review(review).value().has_value());
  const Token token = who("customer-1001")->members[0].document.persona_token;
  EXPECT_THAT(world_.find({needle(token)}), Not(ElementsAre(0U)));
  erase("customer-1001");
  EXPECT_FALSE(world_.pipeline().live().review(review).value().has_value());
  EXPECT_THAT(world_.find({needle(token)}), ElementsAre(0U));
  EXPECT_EQ(folded_state(), rebuilt_state());
}

// On random lives: decisions of every kind, erasures in between, restarts.
TEST_F(ErasureIdentity, AfterErasuresStateIsWhatFoldingTheLedgerAgainGives) {
  SeededRandom random(17);
  const auto anybody = [&] { return "customer-" + std::to_string(1'000 + random.below(7)); };
  const auto address = [&] { return "a" + std::to_string(random.below(3)) + "@home.example"; };
  for (int step = 0; step < 90; ++step) {
    SCOPED_TRACE("step " + std::to_string(step));
    const std::string id = anybody();
    const std::string other = anybody();
    const auto dice = random.below(12);
    if (dice < 5 || !who(id) || !who(other)) {
      auto o = customer(id, address(), "m" + std::to_string(step));
      o.new_act = true;
      world_.clock().advance(Duration::hours(1));
      world_.send("shop", std::move(o));
    } else if (dice < 8 && id != other) {
      ASSERT_TRUE(decided([&](LinkDecision& decision) {
        decision.kind = random.below(2) == 0 ? LinkDecision::Kind::apart : LinkDecision::Kind::join;
        decision.origin = LinkDecision::Origin::accepted;
        decision.first = ordinal(id);
        decision.second = ordinal(other);
        decision.review = world_.random_token();
      }));
    } else if (dice < 10) {
      ASSERT_TRUE(retract(ordinal(id), "email", address(), random.below(3) != 0));
    } else if (dice == 10) {
      world_.reopen();
    } else if (random.below(2) == 0) {
      const auto row = world_.eraser().erase(world_.ask("shopify.customer_id", id));
      ASSERT_TRUE(row.has_value()) << row.error().what;
      EXPECT_EQ(folded_state(), rebuilt_state());
    }
  }
  EXPECT_EQ(folded_state(), rebuilt_state());
}

// The state no longer knows her; her copied no comes after what was flushed, and her key still
// opens it. Starting must not take that for a broken ledger.
TEST_F(ErasureIdentity, ACrashBeforeTheKeysAreGoneLeavesADirectoryThatOpens) {
  world_.plan = testing::plan_copies;
  world_.reopen();
  world_.send("shop", customer("customer-1001", "ada@mail.example", "m1"));
  auto row = world_.observation("row-1", "list-1");
  ErasureWorld::identify(row, "email", "ada@mail.example");
  world_.send("list", std::move(row));
  ASSERT_THAT(who("customer-1001")->members, SizeIs(2));
  world_.pipeline().fold().flush_now();
  auto no = world_.observation("row-1", "list-2");
  no.statements.push_back(testing::choice(event::Choice::denied));
  world_.send("list", std::move(no));
  ASSERT_TRUE(world_.pipeline().fold().settle());
  ASSERT_THAT(who("customer-1001")->members[0].document.statements, SizeIs(1));
  // intent, forget, and no further
  world_.ground().fail_at(3, testing::FailingGround::When::before);
  ASSERT_FALSE(world_.eraser().erase(world_.ask("shopify.customer_id", "customer-1001")));
  world_.crash();
  ASSERT_TRUE(world_.eraser().resume_all());
  EXPECT_FALSE(who("customer-1001").has_value());
  EXPECT_TRUE(world_.profile("email", "ada@mail.example").has_value());
  world_.reopen();
  EXPECT_EQ(folded_state(), rebuilt_state());
}

TEST_F(ErasureIdentity, WhoStaysIsShownAnewAlsoAfterACrashInTheMiddle) {
  for (const auto when :
       {testing::FailingGround::When::before, testing::FailingGround::When::after}) {
    const std::string id =
        when == testing::FailingGround::When::before ? "customer-1" : "customer-2";
    const std::string email = id + "@mail.example";
    world_.send("shop", customer(id, email, "m" + id));
    auto row = world_.observation("row-" + id, "list-" + id);
    ErasureWorld::identify(row, "email", email);
    world_.send("list", std::move(row));
    const auto stays = who(id)->members[1].persona;
    std::vector<PersonaOrdinal> shown;
    world_.views_of = [&](PersonaOrdinal subject, Position) {
      shown.push_back(subject);
      return std::vector<store::OutboxItem>{};
    };
    world_.ground().fail_at(3, when);
    ASSERT_FALSE(world_.eraser().erase(world_.ask("shopify.customer_id", id)));
    world_.crash();
    ASSERT_TRUE(world_.eraser().resume_all());
    EXPECT_THAT(shown, Contains(stays));
  }
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
