// Effects happen once, whatever fails in between (invariant 7), and a "no" reaches every member of
// the subject (invariant 9).

#include <set>

#include "cdp/app/activation/effect_planner.h"
#include "tests/support/faulty_stores.h"
#include "tests/support/pipeline_words.h"

namespace cdp {
namespace {

using testing::choice;
using testing::decide_link;
using testing::document_of;
using testing::Fault;
using testing::PipelineWorld;
using testing::text_attribute;

constexpr PersonaOrdinal kBy{1};

class PipelineEffects : public ::testing::Test {
 protected:
  PipelineEffects() : faulty_(world_.engine()) {
    world_.use_ledger(&faulty_.ledger);
    world_.use_state(&faulty_.state);
    world_.plan = [](const app::Folded& folded) {
      auto effects = testing::plan_copies(folded);
      if (folded.document_changed) {
        store::OutboxItem item;
        item.destination = "mail";
        item.persona = kBy;
        item.cause = folded.position;
        effects.push_back({folded.position, app::Deliver{item}});
      }
      return effects;
    };
  }
  ~PipelineEffects() override { world_.close(); }

  void send(const std::string& user, const std::string& message,
            std::optional<event::Choice> said = std::nullopt, const std::string& joined = {}) {
    auto o = world_.observation(user, message);
    o.attributes.push_back(text_attribute("a", message));
    if (said) o.statements.push_back(choice(*said));
    if (!joined.empty()) o.identifiers.push_back({"customer_id", Pii<std::string>(joined)});
    ASSERT_TRUE(world_.send(std::move(o)).has_value());
  }
  // The causes of what stands in the outbox: each at most once.
  std::multiset<std::uint64_t> causes() {
    std::multiset<std::uint64_t> out;
    const auto rows = world_.engine().ledger->outbox_of(kBy);
    for (const auto& item : *rows) {
      out.insert(item.cause.value());
    }
    return out;
  }
  std::size_t statements_of(const std::string& user) {
    const auto document = document_of(world_, user);
    return document ? document->statements.size() : 0;
  }

  PipelineWorld world_;
  testing::FaultyEngine faulty_;
};

TEST_F(PipelineEffects, EachHappensOnceWhicheverCommitFails) {
  for (const Fault fault : {Fault::refused, Fault::ambiguous}) {
    for (std::uint64_t n = 1; n <= 10; ++n) {
      PipelineWorld world;
      testing::FaultyEngine faulty(world.engine());
      world.use_ledger(&faulty.ledger);
      world.plan = world_.plan;
      world.open();
      faulty.ledger.plan.at(n, fault);
      for (int m = 0; m < 5; ++m) {
        auto o = world.observation("u" + std::to_string(m), "m" + std::to_string(m));
        if (!world.send(o)) {
          EXPECT_TRUE(world.send(o).has_value());
        }
      }
      EXPECT_TRUE(world.pipeline().fold().settle().has_value());
      std::multiset<std::uint64_t> causes;
      const auto rows = world.engine().ledger->outbox_of(kBy);
      for (const auto& item : *rows) {
        causes.insert(item.cause.value());
      }
      EXPECT_EQ(causes, (std::multiset<std::uint64_t>{1, 2, 3, 4, 5}))
          << "commit " << n << (fault == Fault::refused ? " refused" : " ambiguous");
      world.close();
    }
  }
}

TEST_F(PipelineEffects, AreToldOfWhenTheyAreDurableAndNotBefore) {
  std::vector<std::size_t> seen;  // how many stood in the outbox at each word
  world_.options.effects_durable = [&] { seen.push_back(causes().size()); };
  world_.open();
  send("u", "m");
  ASSERT_TRUE(world_.pipeline().fold().settle());
  ASSERT_FALSE(seen.empty());
  EXPECT_EQ(seen.front(), 1U);
  world_.close();  // while `seen` is still there to be told
}

TEST_F(PipelineEffects, NoneIsRepeatedWhenStateWasNotFlushedAfterThem) {
  world_.open();
  for (int m = 0; m < 5; ++m) send("u" + std::to_string(m), "m" + std::to_string(m));
  ASSERT_TRUE(world_.pipeline().fold().settle());
  faulty_.state.plan.die();  // killed between the effects' commit and the flush
  world_.close();
  faulty_.state.plan.revive();
  EXPECT_EQ(world_.engine().state->applied_position()->value(), 0U);
  world_.open();
  ASSERT_TRUE(world_.pipeline().fold().settle());
  EXPECT_EQ(causes(), (std::multiset<std::uint64_t>{1, 2, 3, 4, 5}));
}

TEST_F(PipelineEffects, ThoseThatWereNotCommittedBeforeACrashAreAfterIt) {
  world_.open();
  // The observation's commit gets through, the effects' does not, nor anything after.
  faulty_.ledger.plan.by([](std::uint64_t n) { return n == 1 ? Fault::none : Fault::refused; });
  send("u1", "m1");
  world_.pipeline().fold().drain();
  world_.close();
  EXPECT_TRUE(causes().empty());
  EXPECT_EQ(world_.engine().state->applied_position()->value(), 0U)
      << "state went beyond the effects";
  faulty_.ledger.plan.revive();
  world_.open();
  ASSERT_TRUE(world_.pipeline().fold().settle());
  EXPECT_EQ(causes(), (std::multiset<std::uint64_t>{1}));
}

TEST_F(PipelineEffects, NoneComesOfARebuild) {
  world_.open();
  send("u1", "m1", event::Choice::denied);
  ASSERT_TRUE(world_.pipeline().fold().settle());
  world_.close();
  const auto before = causes();
  const auto last = world_.engine().ledger->last_position().value();
  auto fresh = store::open_memory();
  ASSERT_TRUE(app::Pipeline::rebuild_state(world_.services(), world_.options, *fresh.state));
  world_.use_state(fresh.state.get());
  world_.open();
  ASSERT_TRUE(world_.pipeline().fold().settle());
  EXPECT_EQ(causes(), before);
  EXPECT_EQ(world_.engine().ledger->last_position().value(), last);
  world_.close();
  // And from no state at all: the fold replays everything at start.
  auto empty = store::open_memory();
  world_.use_state(empty.state.get());
  world_.open();
  ASSERT_TRUE(world_.pipeline().fold().settle());
  EXPECT_EQ(causes(), before);
  EXPECT_EQ(world_.engine().ledger->last_position().value(), last);
  world_.close();
}

TEST_F(PipelineEffects, ANoMadeWhileMergedSurvivesTheSplitAndAYesDoesNot) {
  world_.open();
  send("u1", "m1", std::nullopt, "c1");
  send("u2", "m2", std::nullopt, "c1");
  ASSERT_EQ(world_.profile("user_id", "u1")->members.size(), 2U);
  send("u1", "m3", event::Choice::denied);
  send("u1", "m4", event::Choice::granted);
  ASSERT_TRUE(world_.pipeline().fold().settle());
  ASSERT_TRUE(decide_link(world_, true, "u1", "u2"));
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(world_.profile("user_id", "u1")->members.size(), 1U);
    EXPECT_EQ(statements_of("u1"), 2U);
    const auto other = document_of(world_, "u2");
    ASSERT_TRUE(other.has_value());
    ASSERT_EQ(other->statements.size(), 1U);
    EXPECT_EQ(other->statements.at(0).choice, event::Choice::denied);
    EXPECT_FALSE(other->statements.at(0).copied_from.none());
    world_.close();
    world_.open();
  }
}

TEST_F(PipelineEffects, ANoOfBeforeTheMergeStaysWithItsOwnPersona) {
  world_.open();
  send("u1", "m1", event::Choice::denied);
  send("u2", "m2");
  const auto bytes_before =
      std::pair(document_of(world_, "u1")->encode(), document_of(world_, "u2")->encode());
  const auto apart = world_.pipeline().live().explain(PersonaOrdinal(1)).members.size();
  ASSERT_TRUE(decide_link(world_, true, "u1", "u2"));
  ASSERT_TRUE(decide_link(world_, false, "u1", "u2"));
  EXPECT_EQ(world_.pipeline().live().explain(PersonaOrdinal(1)).members.size(), apart);
  EXPECT_EQ(document_of(world_, "u1")->encode(), bytes_before.first);
  EXPECT_EQ(document_of(world_, "u2")->encode(), bytes_before.second);
  EXPECT_EQ(statements_of("u2"), 0U);
}

// A delta is a set: of decisions about one pair between two flushes the last must stand.
TEST_F(PipelineEffects, DecisionsAboutOnePairBetweenTwoFlushesEndAsTheLastSays) {
  world_.open();
  send("u1", "m1", std::nullopt, "c1");
  send("u2", "m2", std::nullopt, "c1");
  for (const bool apart : {true, false, true}) {
    ASSERT_TRUE(decide_link(world_, apart, "u1", "u2"));
  }
  EXPECT_EQ(world_.profile("user_id", "u1")->members.size(), 1U);
  world_.close();
  world_.open();
  EXPECT_EQ(world_.profile("user_id", "u1")->members.size(), 1U);
  for (const bool apart : {false, true, false}) {
    ASSERT_TRUE(decide_link(world_, apart, "u1", "u2"));
  }
  world_.close();
  world_.open();
  EXPECT_EQ(world_.profile("user_id", "u1")->members.size(), 2U);
}

// The planner proper: two withdrawals in one message, both about what one vendor holds.
TEST_F(PipelineEffects, TwoNosInOneMessageDoNotStopTheLedger) {
  consent::DestinationConfig destination;
  destination.name = "mail";
  destination.url = "https://mail.example/hook";
  world_.policy().destinations["mail"] = destination;
  app::PendingViews pending;
  const auto policy = std::make_shared<const consent::Policy>(world_.policy());
  app::EffectPlanner planner([policy] { return policy; }, faulty_.ledger, world_.keyring(),
                             "default", world_.clock(), world_.random(), pending);
  world_.plan = [&](const app::Folded& folded) { return planner.plan(folded); };
  world_.open();
  send("u1", "m1");
  ASSERT_TRUE(world_.pipeline().writer().run([&](app::BatchBuilder& builder) -> Result<void> {
    for (const std::string vendor_id : {"v1", "v2"}) {
      store::Disclosure disclosure;
      disclosure.persona = kBy;
      disclosure.destination = "mail";
      disclosure.purpose = "personalize.content";
      disclosure.attributes = vendor_id;
      disclosure.vendor_id = vendor_id;
      builder.batch().disclosures.push_back(disclosure);
    }
    return {};
  }));
  auto o = world_.observation("u1", "m2");
  o.statements.push_back(choice(event::Choice::withdrawn));
  o.statements.push_back(choice(event::Choice::objected, "*"));
  ASSERT_TRUE(world_.send(std::move(o)).has_value());
  ASSERT_TRUE(world_.pipeline().fold().settle());
  EXPECT_EQ(world_.engine().ledger->outbox_of(kBy)->size(), 4U);
  send("u1", "m3");
  EXPECT_TRUE(world_.pipeline().health().has_value());
  world_.close();
}

}  // namespace
}  // namespace cdp
