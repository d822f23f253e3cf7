// States that are sent again and again: one statement, and one entry in the audit trail, for each
// change (DESIGN §7 rule 3).
#include "cdp/app/ingest/repetition.h"

#include <gmock/gmock.h>

#include <set>

#include "cdp/app/ingest/intake.h"
#include "consent/commitment.h"
#include "tests/support/pipeline_world.h"

namespace cdp::app {
namespace {

using event::Choice;
using testing::PipelineWorld;

class StateWorld {
 public:
  StateWorld() { world.open(); }

  event::StatementDraft state(Choice choice, const std::string& purpose = "gpc") {
    event::StatementDraft draft;
    draft.purpose = purpose;
    draft.choice = choice;
    draft.method = "gpc";
    draft.is_state = true;
    draft.occurred_at = world.clock().now();
    return draft;
  }
  event::Observation call(std::vector<event::StatementDraft> drafts) {
    world.clock().advance(Duration::seconds(1));
    auto made = world.observation("u1", "m" + std::to_string(++messages_));
    made.statements = std::move(drafts);
    return made;
  }
  // As intake prepares it, now.
  Prepared prepare(event::Observation made) {
    auto prepared = world.prepare(std::move(made));
    prepared.repetition =
        repetition_in(prepared.fact, world.pipeline().services().keys, world.pipeline().live());
    return prepared;
  }
  void send(std::vector<Prepared> items) { ASSERT_TRUE(world.send(std::move(items)).has_value()); }
  void say(std::vector<event::StatementDraft> drafts) {
    std::vector<Prepared> items;
    items.push_back(prepare(call(std::move(drafts))));
    send(std::move(items));
  }

  std::multiset<std::string> entries() {
    std::multiset<std::string> found;
    const auto size = world.ledger()->audit_size();
    EXPECT_TRUE(world.ledger()->read_audit(0, *size, [&](const store::AuditRow& row) {
      const std::string text(as_text(row.entry));
      if (text.find(R"("kind":"statement")") == std::string::npos) return;
      const std::string mark = R"("commitment":")";
      found.insert(text.substr(text.find(mark) + mark.size(), 64));
    }));
    return found;
  }
  std::vector<event::Statement> statements() {
    const auto profile = world.profile("user_id", "u1");
    return profile ? profile->members.front().document.statements : std::vector<event::Statement>();
  }
  // What the trail would hold of them.
  std::multiset<std::string> commitments() {
    std::multiset<std::string> out;
    const auto persona = world.profile("user_id", "u1")->members.front().persona;
    const auto key = world.pipeline().persona_keys().open(persona);
    EXPECT_TRUE(key.has_value());
    for (const auto& said : statements()) {
      const auto nonce =
          consent::statement_nonce(key->key.audit_secret(), said.position, said.index);
      out.insert(to_hex(consent::commitment(consent::statement_record(said), nonce)));
    }
    return out;
  }

  PipelineWorld world;

 private:
  int messages_ = 0;
};

TEST(Repetition, OfAStateLeavesOneStatementAndOneEntry) {
  StateWorld one;
  for (int i = 0; i < 5; ++i) one.say({one.state(Choice::objected)});
  EXPECT_EQ(one.statements().size(), 1U);
  EXPECT_EQ(one.entries(), one.commitments());
  EXPECT_EQ(one.world.ledger()->last_position()->value(), 5U) << "what was acknowledged is kept";
  one.world.close();
  one.world.open();
  one.say({one.state(Choice::objected)});
  EXPECT_EQ(one.entries().size(), 1U) << "also after a restart";
}

TEST(Repetition, EndsWithEachChange) {
  StateWorld one;
  const std::string purpose = "personalize.content";
  for (const Choice choice : {Choice::granted, Choice::granted, Choice::denied, Choice::denied,
                              Choice::granted, Choice::granted}) {
    one.say({one.state(choice, purpose)});
  }
  EXPECT_EQ(one.statements().size(), 3U);
  EXPECT_EQ(one.entries(), one.commitments());
}

TEST(Repetition, OfManyCallsInOneDeliveryIsOneToo) {
  StateWorld one;
  one.say({one.state(Choice::objected)});
  std::vector<Prepared> items;
  for (int i = 0; i < 20; ++i)
    items.push_back(one.prepare(one.call({one.state(Choice::objected)})));
  one.send(std::move(items));
  EXPECT_EQ(one.entries(), one.commitments());
}

TEST(Repetition, BesideAChangeHasItsEntry) {
  StateWorld one;
  one.say({one.state(Choice::objected)});
  one.say({one.state(Choice::objected), one.state(Choice::denied, "personalize.content")});
  EXPECT_EQ(one.statements().size(), 2U);
  const auto entries = one.entries();
  for (const auto& commitment : one.commitments()) EXPECT_TRUE(entries.contains(commitment));
}

// Read when a no stood; a yes was stored before it. The no is a change again, and stands.
TEST(Repetition, IsNoneWhenSomethingElseWasSaidMeanwhile) {
  StateWorld one;
  const std::string purpose = "personalize.content";
  one.say({one.state(Choice::denied, purpose)});
  std::vector<Prepared> late;
  late.push_back(one.prepare(one.call({one.state(Choice::denied, purpose)})));
  ASSERT_TRUE(late.front().repetition.has_value());
  one.say({one.state(Choice::granted, purpose)});
  one.send(std::move(late));
  EXPECT_EQ(one.statements().size(), 3U);
  EXPECT_EQ(one.statements().back().choice, Choice::denied);
  EXPECT_EQ(one.entries(), one.commitments());
}

TEST(Repetition, OfWhatIsNoStateIsNone) {
  StateWorld one;
  auto said = one.state(Choice::denied, "personalize.content");
  said.is_state = false;
  one.say({said});
  const auto again = one.prepare(one.call({said}));
  EXPECT_FALSE(again.repetition.has_value());
}

// Whatever comes in which order, in which groups and however late: of no statement is the entry
// missing.
TEST(Repetition, NeverTakesTheEntryOfAStatement) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    SeededRandom random(seed);
    StateWorld one;
    std::vector<Prepared> waiting;
    std::vector<Time> dates = {one.world.clock().now()};
    for (int step = 0; step < 40; ++step) {
      auto draft =
          one.state(random.below(2) == 0 ? Choice::granted : Choice::denied, "personalize.content");
      draft.is_state = random.below(5) != 0;
      if (random.below(3) == 0) draft.occurred_at = dates[random.below(dates.size())];
      if (random.below(7) == 0) draft.occurred_at = {};
      dates.push_back(one.world.clock().now());
      waiting.push_back(one.prepare(one.call({draft})));
      if (random.below(3) == 0) one.send(std::exchange(waiting, {}));
    }
    one.send(std::exchange(waiting, {}));
    const auto entries = one.entries();
    for (const auto& commitment : one.commitments()) {
      ASSERT_TRUE(entries.contains(commitment)) << "seed " << seed;
    }
  }
}

TEST(LastSpoken, ForgettingMakesNothingARepetition) {
  LastSpoken spoken;
  const Repetition read{PersonaOrdinal(1), Position(5), 2};
  EXPECT_EQ(spoken.repeated(read, PersonaOrdinal(1)), 2U);
  EXPECT_EQ(spoken.repeated(read, PersonaOrdinal(2)), 0U);
  EXPECT_EQ(spoken.repeated(std::nullopt, PersonaOrdinal(1)), 0U);
  spoken.note(PersonaOrdinal(1), Position(5));
  EXPECT_EQ(spoken.repeated(read, PersonaOrdinal(1)), 2U) << "read with it";
  spoken.note(PersonaOrdinal(1), Position(6));
  EXPECT_EQ(spoken.repeated(read, PersonaOrdinal(1)), 0U);
  const Repetition other{PersonaOrdinal(9), Position(7), 1};
  for (std::uint64_t i = 0; i <= LastSpoken::kPersonasMax; ++i) {
    spoken.note(PersonaOrdinal(100 + i), Position(8 + i));
  }
  EXPECT_EQ(spoken.repeated(other, PersonaOrdinal(9)), 0U) << "what came after 7 is forgotten";
}

}  // namespace
}  // namespace cdp::app
