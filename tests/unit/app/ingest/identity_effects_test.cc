// What follows from identity, once: latches, versions, fresh views of every subject that a change
// formed (DESIGN §7, invariants 7 and 9).
#include "cdp/app/activation/effect_planner.h"
#include "tests/support/pipeline_words.h"
#include "tests/support/store_fixture.h"

namespace cdp {
namespace {

using app::LinkDecision;
using testing::choice;
using testing::decide;
using testing::decide_link;
using testing::ordinal_of;
using testing::PipelineWorld;
using Kind = LinkDecision::Kind;

// Cards link three carriers at most.
identity::IdentifierPolicy cards_of_three() {
  identity::TypeOverride login;
  login.unique = false;
  login.anchor = false;
  identity::TypeOverride card;
  card.degree_max = 3;
  auto rules = identity::Rules::with({{"user_id", login}, {"card", card}});
  EXPECT_TRUE(rules.has_value());
  return *identity::IdentifierPolicy::with(std::move(*rules), {});
}

class IdentityEffects : public ::testing::Test {
 protected:
  IdentityEffects() {
    consent::DestinationConfig mail;
    mail.name = "mail";
    mail.url = "https://mail.example/hook";
    mail.purposes = {"personalize.content"};
    world_.policy().destinations["mail"] = mail;
    world_.options.identifiers = cards_of_three();
    const auto policy = std::make_shared<const consent::Policy>(world_.policy());
    planner_ = std::make_unique<app::EffectPlanner>(
        [policy] { return policy; }, *world_.ledger(), world_.keyring(), "default", world_.clock(),
        world_.random(), pending_,
        app::IdentityEffects{world_.options.identifiers.rules(),
                             [this](const store::LatchRow& row) { latched_.push_back(row); }});
    world_.plan = [this](const app::Folded& folded) { return planner_->plan(folded); };
    world_.open();
  }

  void carry(const std::string& user, const std::string& card) {
    auto o = world_.observation(user, user + "-" + card);
    if (!card.empty()) o.identifiers.push_back({"card", Pii<std::string>(card)});
    ASSERT_TRUE(world_.send(std::move(o)).has_value());
  }
  void settle() { ASSERT_TRUE(world_.pipeline().fold().settle()); }
  std::size_t together(const std::string& user) {
    return world_.profile("user_id", user)->members.size();
  }
  // Of the ledger: how many link decisions of the kind.
  std::size_t decisions(Kind kind) {
    std::size_t found = 0;
    EXPECT_TRUE(world_.ledger()->read(Position(), SIZE_MAX, [&](const store::Record& record) {
      if (record.kind != store::RecordKind::link_decision) return;
      if (LinkDecision::decode(record.body)->kind == kind) ++found;
    }));
    return found;
  }
  std::vector<app::SubjectChange> versions_of(const std::string& user) {
    std::vector<app::SubjectChange> out;
    const auto records = world_.pipeline().live().versions_of(ordinal_of(world_, user));
    EXPECT_TRUE(records.has_value());
    for (const Position record : *records) {
      out.push_back(*app::SubjectChange::decode(world_.ledger()->get(record).value()->body));
    }
    return out;
  }
  std::set<PersonaOrdinal> viewed() {
    std::set<PersonaOrdinal> out;
    const auto items = world_.ledger()->outbox_due("mail", world_.clock().now(), 100).value();
    for (const auto& item : items) out.insert(item.persona);
    return out;
  }
  // As if the vendor had answered all of them.
  void deliver_all() {
    const auto items = world_.ledger()->outbox_due("mail", world_.clock().now(), 100).value();
    ASSERT_TRUE(world_.pipeline().writer().run([&](app::BatchBuilder& builder) -> Result<void> {
      for (const auto& item : items) builder.batch().outbox_done.push_back(item.id);
      return {};
    }));
    for (const auto& item : items) pending_.remove({"mail", item.purpose, item.persona});
  }
  std::vector<std::string> audited(const std::string& kind) {
    std::vector<std::string> out;
    const auto size = world_.ledger()->audit_size().value();
    EXPECT_TRUE(world_.ledger()->read_audit(0, size, [&](const store::AuditRow& row) {
      const std::string text(as_text(row.entry));
      if (text.find(R"("kind":")" + kind + "\"") != std::string::npos) out.push_back(text);
    }));
    return out;
  }

  PipelineWorld world_;
  app::PendingViews pending_;
  std::unique_ptr<app::EffectPlanner> planner_;
  std::vector<store::LatchRow> latched_;
};

TEST_F(IdentityEffects, AnIdentifierThatCrossesItsCapIsLatchedOnceAndReported) {
  for (const std::string user : {"u1", "u2", "u3"}) carry(user, "shared");
  EXPECT_EQ(together("u1"), 3U);
  settle();
  EXPECT_EQ(decisions(Kind::latch), 0U);
  carry("u4", "shared");
  carry("u5", "shared");
  settle();
  for (const std::string user : {"u1", "u2", "u3", "u4", "u5"}) EXPECT_EQ(together(user), 1U);
  EXPECT_EQ(decisions(Kind::latch), 1U);
  ASSERT_EQ(latched_.size(), 1U);
  ASSERT_EQ(audited("identifier_over_cap").size(), 1U);
  EXPECT_NE(audited("identifier_over_cap")[0].find(R"("type":"card")"), std::string::npos);
  EXPECT_EQ(audited("identifier_over_cap")[0].find("shared"), std::string::npos);
}

TEST_F(IdentityEffects, ALatchSurvivesRestartReplayAndRebuildWithoutBeingWrittenAgain) {
  for (const std::string user : {"u1", "u2", "u3", "u4"}) carry(user, "shared");
  settle();
  const auto last = world_.ledger()->last_position().value();
  world_.close();
  auto rebuilt = store::open_memory();
  ASSERT_TRUE(app::Pipeline::rebuild_state(world_.services(), world_.options, *rebuilt.state));
  auto replayed = store::open_memory();
  for (store::State* state :
       {world_.engine().state.get(), rebuilt.state.get(), replayed.state.get()}) {
    world_.use_state(state);
    world_.open();
    settle();
    EXPECT_EQ(together("u1"), 1U);
    EXPECT_EQ(world_.pipeline().live().latches().size(), 1U);
    EXPECT_EQ(decisions(Kind::latch), 1U);
    EXPECT_EQ(world_.ledger()->last_position().value(), last);
    world_.close();
  }
  world_.open();
}

TEST_F(IdentityEffects, ErasingOneCarrierNeverMergesTheOthers) {
  for (const std::string user : {"u1", "u2", "u3", "u4"}) carry(user, "shared");
  // Even before the latch is a record: from the crossing on it holds.
  ASSERT_TRUE(world_.pipeline().fold().erase({ordinal_of(world_, "u4")}));
  settle();
  for (const std::string user : {"u1", "u2", "u3"}) EXPECT_EQ(together(user), 1U);
  world_.close();
  world_.open();
  for (const std::string user : {"u1", "u2", "u3"}) EXPECT_EQ(together(user), 1U);
}

TEST_F(IdentityEffects, AnOfficerLiftsALatchAndItLinksAgain) {
  for (const std::string user : {"u1", "u2", "u3", "u4"}) carry(user, "shared");
  settle();
  ASSERT_TRUE(world_.pipeline().fold().erase({ordinal_of(world_, "u4")}));
  LinkDecision lift;
  lift.kind = Kind::lift;
  lift.identifier = world_.token("card", "shared");
  ASSERT_TRUE(testing::record_decision(world_, lift.encode()));
  EXPECT_EQ(together("u1"), 3U);
  world_.close();
  world_.open();
  EXPECT_EQ(together("u1"), 3U);
  EXPECT_TRUE(world_.pipeline().live().latches().empty());
}

// The officer saw three carriers; the fourth came before the decision did.
TEST_F(IdentityEffects, ALiftThatComesTooLateLeavesTheIdentifierLatched) {
  for (const std::string user : {"u1", "u2", "u3", "u4"}) carry(user, "shared");
  settle();
  LinkDecision lift;
  lift.kind = Kind::lift;
  lift.identifier = world_.token("card", "shared");
  ASSERT_TRUE(testing::record_decision(world_, lift.encode()));
  settle();
  EXPECT_EQ(decisions(Kind::latch), 2U) << "latched anew, by a fact after the lift";
  EXPECT_EQ(world_.pipeline().live().latches().size(), 1U);
  carry("u5", "shared");
  for (const char* user : {"u4", "u5"}) {
    ASSERT_TRUE(world_.pipeline().fold().erase({ordinal_of(world_, user)}));
  }
  const auto check = [&] {
    for (const std::string user : {"u1", "u2", "u3"}) EXPECT_EQ(together(user), 1U);
    EXPECT_EQ(decisions(Kind::latch), 2U);
  };
  check();
  world_.close();
  world_.open();
  check();
  world_.close();
  auto rebuilt = store::open_memory();
  ASSERT_TRUE(app::Pipeline::rebuild_state(world_.services(), world_.options, *rebuilt.state));
  world_.use_state(rebuilt.state.get());
  world_.open();
  settle();
  check();
  world_.close();
}

TEST_F(IdentityEffects, EveryChangeOfASubjectIsAVersionWithItsCauseAndRules) {
  carry("u1", "c1");
  carry("u2", "c1");
  settle();
  ASSERT_TRUE(decide_link(world_, true, "u1", "u2"));
  settle();
  const auto check = [&] {
    const auto versions = versions_of("u2");
    ASSERT_EQ(versions.size(), 2U);
    EXPECT_TRUE(versions[0].merged);
    EXPECT_EQ(versions[0].cause, Position(2)) << "the assertion that joined them";
    EXPECT_EQ(versions[0].subjects,
              (std::vector<std::vector<PersonaOrdinal>>{{PersonaOrdinal(1), PersonaOrdinal(2)}}));
    EXPECT_EQ(versions[0].rules, world_.options.identifiers.rules().version());
    EXPECT_FALSE(versions[1].merged);
    EXPECT_EQ(versions[1].subjects.size(), 2U);
  };
  check();
  world_.close();
  world_.open();
  check();
  EXPECT_EQ(audited("merge").size(), 1U);
  EXPECT_EQ(audited("part").size(), 1U);
  world_.close();
  auto rebuilt = store::open_memory();
  ASSERT_TRUE(app::Pipeline::rebuild_state(world_.services(), world_.options, *rebuilt.state));
  world_.use_state(rebuilt.state.get());
  world_.open();
  check();
  world_.close();
}

// Once only the first persona's subject was refreshed, and a vendor went on with what both had.
TEST_F(IdentityEffects, ASplitRefreshesTheViewsOfAllSubjects) {
  carry("u1", "c1");
  carry("u2", "c1");
  carry("u3", "");
  settle();
  deliver_all();
  EXPECT_TRUE(viewed().empty());
  ASSERT_TRUE(decide_link(world_, true, "u1", "u2"));
  settle();
  EXPECT_EQ(viewed(), (std::set<PersonaOrdinal>{PersonaOrdinal(1), PersonaOrdinal(2)}));
}

TEST_F(IdentityEffects, ALatchRefreshesTheViewsOfEverybodyItParts) {
  for (const std::string user : {"u1", "u2", "u3"}) carry(user, "shared");
  settle();
  deliver_all();
  carry("u4", "shared");
  settle();
  EXPECT_EQ(viewed().size(), 4U);
}

TEST_F(IdentityEffects, AnAcceptedJoinHoldsAndEndsWithOneOfTheLives) {
  carry("u1", "");
  carry("u2", "");
  ASSERT_TRUE(decide(world_, Kind::join, "u1", "u2"));
  EXPECT_EQ(together("u1"), 2U);
  world_.close();
  world_.open();
  EXPECT_EQ(together("u1"), 2U);
  ASSERT_TRUE(world_.pipeline().fold().erase({ordinal_of(world_, "u2")}));
  EXPECT_TRUE(world_.pipeline().live().joins().empty());
  // A record that names a life that is over decides nothing.
  LinkDecision late;
  late.kind = Kind::join;
  late.first = PersonaOrdinal(1);
  late.second = PersonaOrdinal(2);
  late.origin = LinkDecision::Origin::accepted;
  ASSERT_TRUE(testing::record_decision(world_, late.encode()));
  EXPECT_TRUE(world_.pipeline().live().joins().empty());
  world_.close();
  world_.open();
  EXPECT_TRUE(world_.pipeline().live().joins().empty());
}

TEST_F(IdentityEffects, AProposalJoinsNobodyAndEndsWithADecision) {
  carry("u1", "");
  carry("u2", "");
  ASSERT_TRUE(decide(world_, Kind::propose, "u1", "u2", LinkDecision::Origin::proposed));
  EXPECT_EQ(together("u1"), 1U);
  EXPECT_EQ(world_.pipeline().live().joins().size(), 1U);
  world_.close();
  world_.open();
  EXPECT_EQ(world_.pipeline().live().joins().size(), 1U);
  ASSERT_TRUE(decide_link(world_, true, "u1", "u2"));
  EXPECT_TRUE(world_.pipeline().live().joins().empty());
}

// By record or all at once: after decisions, a restart and the end of a life they are the same.
TEST_F(IdentityEffects, TheJoinsOfARecordAreThoseThatNameIt) {
  using Origin = LinkDecision::Origin;
  for (const std::string user : {"u1", "u2", "u3"}) carry(user, "");
  ASSERT_TRUE(decide(world_, Kind::propose, "u1", "u2", Origin::proposed));
  ASSERT_TRUE(decide(world_, Kind::join, "u1", "u3"));
  ASSERT_TRUE(decide(world_, Kind::join, "u1", "u3", Origin::matched));
  const auto of = [&](const std::string& user) {
    return world_.pipeline().live().joins_of(ordinal_of(world_, user)).size();
  };
  EXPECT_EQ(of("u1"), 3U);
  EXPECT_EQ(of("u2"), 1U);
  EXPECT_EQ(of("u3"), 2U);
  ASSERT_TRUE(decide(world_, Kind::not_join, "u1", "u3", Origin::matched));
  EXPECT_EQ(of("u1"), 2U);
  EXPECT_EQ(of("u3"), 1U) << "the officer's stays";
  world_.close();
  world_.open();
  EXPECT_EQ(of("u1"), 2U);
  ASSERT_TRUE(decide(world_, Kind::not_join, "u1", "u2", Origin::proposed));
  EXPECT_EQ(of("u1"), 1U);
  EXPECT_EQ(of("u2"), 0U);
  ASSERT_TRUE(world_.pipeline().fold().erase({ordinal_of(world_, "u3")}));
  EXPECT_EQ(of("u1"), 0U);
}

}  // namespace
}  // namespace cdp
