// State is a fold of the ledger (invariant 6), order does not matter to identity (8), un-merge
// after merge is the identity (9), effects happen once (7): on random streams, by seed.

#include <algorithm>
#include <set>

#include "cdp/app/officer/decisions.h"
#include "cdp/app/officer/splits.h"
#include "consent/gate.h"
#include "tests/support/observation_stream.h"
#include "tests/support/store_fixture.h"

namespace cdp {
namespace {

using testing::Meaning;
using testing::meaning_of;
using testing::PipelineWorld;
using testing::play;
using testing::random_stream;
using testing::StreamStep;

constexpr std::uint64_t kPeople = 12;

// What the gate decides for every persona, in one line each.
std::vector<std::string> decisions(PipelineWorld& world) {
  consent::Policy policy = world.policy();
  policy.attributes["a0"] = {};
  policy.attributes["a0"].name = "a0";
  policy.attributes["a0"].category = "user.content";
  consent::DestinationConfig destination;
  destination.name = "mail";
  destination.role = consent::DestinationRole::processor;
  destination.purposes = {"personalize.content"};
  destination.attributes = {"a0"};
  policy.destinations["mail"] = destination;
  const consent::Gate gate(policy, world.pipeline().keyed().pseudonym,
                           world.pipeline().keyed().link);
  std::vector<std::string> out;
  for (std::uint64_t n = 1; n <= kPeople; ++n) {
    const auto profile = world.pipeline().live().profile_of(PersonaOrdinal(n));
    if (!profile || !*profile) continue;
    const auto explained =
        gate.explain({"mail", "personalize.content", {}}, &**profile, world.clock().now());
    EXPECT_TRUE(explained.has_value());
    if (!explained) continue;
    std::string line =
        std::to_string(n) + ":" + std::string(consent::to_string(explained->overall));
    out.push_back(line);
  }
  return out;
}

// The newest record of every persona: its chain of events hangs there.
std::vector<Position> heads_of(PipelineWorld& world) {
  std::vector<Position> out;
  for (std::uint64_t n = 1; n <= kPeople; ++n) {
    out.push_back(world.pipeline().live().head(PersonaOrdinal(n)));
  }
  return out;
}

TEST(FoldProperty, ReplayedAndRebuiltItMeansTheSame) {
  for (std::uint64_t seed = 1; seed <= 25; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    PipelineWorld world;
    world.plan = testing::plan_copies;
    world.options.flush_observations = 7 + seed;
    world.options.cached_documents = 4;
    world.open();
    play(world, random_stream(seed, 120, kPeople), 1 + seed % 9);
    const Meaning live = meaning_of(world.pipeline());
    const auto said = decisions(world);
    const auto records = world.engine().ledger->last_position().value();
    world.close();
    world.open();
    EXPECT_EQ(meaning_of(world.pipeline()), live) << "after a restart";
    world.close();
    auto rebuilt = store::open_memory();
    ASSERT_TRUE(app::Pipeline::rebuild_state(world.services(), world.options, *rebuilt.state));
    auto replayed = store::open_memory();
    for (store::State* state : {rebuilt.state.get(), replayed.state.get()}) {
      world.use_state(state);
      world.open();
      ASSERT_TRUE(world.pipeline().fold().settle());
      EXPECT_EQ(meaning_of(world.pipeline()), live);
      EXPECT_EQ(decisions(world), said);
      EXPECT_EQ(world.engine().ledger->last_position().value(), records)
          << "an effect of a rebuild";
      world.close();
    }
  }
}

TEST(FoldProperty, ShuffledDuplicatedAndReBatchedThePartitionIsTheSame) {
  for (std::uint64_t seed = 1; seed <= 25; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    auto steps = random_stream(seed, 100, kPeople);
    std::erase_if(steps, [](const auto& s) { return s.kind != StreamStep::Kind::observe; });
    SeededRandom random(seed);
    Token first{};
    for (int round = 0; round < 3; ++round) {
      PipelineWorld world;
      world.open();
      play(world, steps, 1 + random.below(20));
      const Token partition = meaning_of(world.pipeline()).partition;
      if (round == 0) first = partition;
      EXPECT_EQ(partition, first);
      for (std::size_t i = steps.size(); i > 1; --i) {
        std::swap(steps[i - 1], steps[random.below(i)]);
      }
      const std::vector<StreamStep> again(
          steps.begin(), steps.begin() + static_cast<std::ptrdiff_t>(steps.size() / 5));
      steps.insert(steps.end(), again.begin(), again.end());
    }
  }
}

TEST(FoldProperty, UnMergeGivesBackWhatWasBeforeTheMerge) {
  for (std::uint64_t seed = 1; seed <= 15; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    auto steps = random_stream(seed, 60, kPeople);
    std::erase_if(steps, [](const auto& s) { return s.kind != StreamStep::Kind::observe; });
    PipelineWorld world;
    world.plan = testing::plan_copies;
    world.open();
    play(world, steps, 10);
    for (const std::string user : {"one", "two"}) {
      StreamStep step;
      step.user = user;
      step.message = "own-" + user;
      step.attribute = "a0";
      step.value = user;
      step.said = event::Choice::granted;
      play(world, {step}, 1);
    }
    const Meaning before = meaning_of(world.pipeline());
    StreamStep meet;
    meet.shared = "meet";
    for (const std::string user : {"one", "two"}) {
      meet.user = user;
      meet.message = "meet-" + user;
      play(world, {meet}, 1);
    }
    ASSERT_EQ(world.profile("user_id", "one")->members.size(), 2U);
    StreamStep no;
    no.user = "one";
    no.message = "no";
    no.said = event::Choice::denied;
    play(world, {no}, 1);
    ASSERT_TRUE(testing::decide_link(world, true, "one", "two"));
    const Meaning after = meaning_of(world.pipeline());
    EXPECT_EQ(after.partition, before.partition);
    for (const auto& [token, document] : before.documents) {
      auto was = identity::PersonaDocument::decode(document).value();
      const auto is = identity::PersonaDocument::decode(after.documents.at(token)).value();
      EXPECT_EQ(is.attributes.size(), was.attributes.size());
      for (const auto& [name, value] : was.attributes) {
        EXPECT_EQ(testing::reveal(is.attributes.at(name).json), testing::reveal(value.json));
      }
      // What was there is there; only the "no" came along, to both of them and nobody else.
      const std::string who = testing::reveal(is.persona_key);
      const std::size_t more = who == "user:one" || who == "user:two" ? 1 : 0;
      ASSERT_EQ(is.statements.size(), was.statements.size() + more) << more;
      if (more == 1) {
        std::size_t denials = 0;
        for (const auto& s : is.statements) denials += s.choice == event::Choice::denied ? 1U : 0U;
        EXPECT_EQ(denials, 1U);
      }
    }
  }
}

// Two that share something and are held apart by a rule hear each other's no; two that an officer
// split do not. Between those a split is a new word, and no way back.
bool hear_each_other(PipelineWorld& world, PersonaOrdinal first, PersonaOrdinal second) {
  bool hear = false;
  world.pipeline().live().with_graph([&](const identity::Graph& graph) {
    const auto others = graph.members(second);
    for (const auto& member : graph.members(first)) {
      for (const PersonaOrdinal other : graph.apart_from(member.persona)) {
        hear = hear || std::ranges::find(others, other, &identity::Member::persona) != others.end();
      }
    }
  });
  return hear;
}

// An officer merges and an officer splits: whoever is meant and whatever was said before, the
// gate's answers, the documents and the chains of events are what they were (invariant 9).
TEST(FoldProperty, SplitAfterMergeIsTheIdentityOfConsentAttributesAndEvents) {
  std::size_t merges = 0;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    SeededRandom random(seed);
    PipelineWorld world;
    world.plan = testing::plan_copies;
    world.open();
    play(world, random_stream(seed, 80, kPeople), 10);
    auto& live = world.pipeline().live();
    const std::string a = "u" + std::to_string(random.below(kPeople));
    const std::string b = "u" + std::to_string(random.below(kPeople));
    const auto first = testing::ordinal_of(world, a), second = testing::ordinal_of(world, b);
    if (first.none() || second.none()) continue;
    const bool were_one = live.subject_of(first).value() == live.subject_of(second).value();
    std::vector<PersonaId> side;  // of the second one
    for (const auto& member : live.explain(second).members) {
      side.push_back(world.pipeline().persona_keys().open(member.persona)->persona);
    }
    if (hear_each_other(world, first, second)) continue;
    const Meaning before = meaning_of(world.pipeline());
    const auto said = decisions(world);
    const auto heads = heads_of(world);
    ASSERT_TRUE(testing::decide(world, app::LinkDecision::Kind::join, a, b));
    ASSERT_TRUE(world.pipeline().fold().settle());
    const auto merged = live.profile_of(first).value();
    const bool together = live.subject_of(first).value() == live.subject_of(second).value();
    if (were_one || !together) continue;  // or they are held apart
    // Somebody of theirs may have been held apart from somebody of ours, and stayed behind.
    std::vector<PersonaId> here;
    for (const auto& member : merged->members) {
      here.push_back(world.pipeline().persona_keys().open(member.persona)->persona);
    }
    std::erase_if(side,
                  [&](const PersonaId& id) { return std::ranges::find(here, id) == here.end(); });
    ++merges;
    EXPECT_NE(meaning_of(world.pipeline()).partition, before.partition);
    ASSERT_TRUE(app::split(world.pipeline(), *merged, side, "data_error"));
    ASSERT_TRUE(world.pipeline().fold().settle());
    EXPECT_EQ(meaning_of(world.pipeline()), before);
    EXPECT_EQ(decisions(world), said);
    EXPECT_EQ(heads_of(world), heads);
    world.close();
    world.open();
    EXPECT_EQ(meaning_of(world.pipeline()), before) << "after a restart";
    EXPECT_EQ(decisions(world), said);
  }
  EXPECT_GE(merges, 5U) << "too few of the streams had anybody to merge";
}

// "That user does not carry that identifier", or does again.
Result<void> retract(PipelineWorld& world, const std::string& user, const std::string& shared,
                     bool retracted) {
  const app::Retraction said{retracted, {world.token("customer_id", shared)}, "data_error"};
  const PersonaOrdinal persona = testing::ordinal_of(world, user);
  return app::commit_decisions(
      world.pipeline(), [&](app::DecisionWriter& writer) { return writer.add(persona, said); });
}

StreamStep meeting(const std::string& user, const std::string& shared, const std::string& message) {
  StreamStep step;
  step.user = user;
  step.shared = shared;
  step.message = message;
  return step;
}

// Attributes, statements, decisions and partition are what they were before it was said, through
// restarts and rebuilds, and said once more it does not count; restored, it does.
TEST(FoldProperty, ARetractedAssertionIsAsIfItHadNeverBeenMade) {
  std::size_t merges = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    SeededRandom random(seed);
    PipelineWorld world;
    world.plan = testing::plan_copies;
    world.open();
    play(world, random_stream(seed, 60, kPeople), 10);
    const std::string a = "u" + std::to_string(random.below(kPeople));
    const std::string b = "u" + std::to_string(random.below(kPeople));
    if (a == b || testing::ordinal_of(world, a).none() || testing::ordinal_of(world, b).none()) {
      continue;
    }
    const Meaning before = meaning_of(world.pipeline());
    const auto said = decisions(world);
    play(world, {meeting(a, "meet", "m-a"), meeting(b, "meet", "m-b")}, 1);
    const Meaning met = meaning_of(world.pipeline());
    merges += met.partition == before.partition ? 0U : 1U;
    for (const auto& user : {a, b}) ASSERT_TRUE(retract(world, user, "meet", true));
    play(world, {meeting(a, "meet", "again-a"), meeting(b, "meet", "again-b")}, 2);
    const auto is_as_before = [&] {
      EXPECT_EQ(meaning_of(world.pipeline()), before);
      EXPECT_EQ(decisions(world), said);
    };
    is_as_before();
    world.close();
    world.open();
    is_as_before();
    world.close();
    auto rebuilt = store::open_memory();
    ASSERT_TRUE(app::Pipeline::rebuild_state(world.services(), world.options, *rebuilt.state));
    world.use_state(rebuilt.state.get());
    world.open();
    is_as_before();
    for (const auto& user : {b, a}) ASSERT_TRUE(retract(world, user, "meet", false));
    EXPECT_EQ(meaning_of(world.pipeline()), met);
    world.close();
  }
  EXPECT_GE(merges, 5U) << "too few of the streams had anybody to merge";
}

// Before the observation, after it, or in between: the set of both decides.
TEST(FoldProperty, RetractionsAndObservationsInAnyOrderGiveOnePartition) {
  for (std::uint64_t seed = 1; seed <= 15; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    SeededRandom random(seed);
    auto steps = random_stream(seed, 100, kPeople);
    std::erase_if(steps, [](const auto& s) { return s.kind != StreamStep::Kind::observe; });
    std::set<std::pair<std::string, std::string>> taken_back;
    for (const auto& step : steps) {
      if (!step.shared.empty() && random.below(4) == 0) taken_back.insert({step.user, step.shared});
    }
    auto never_said = steps;
    for (auto& step : never_said) {
      if (taken_back.contains({step.user, step.shared})) step.shared.clear();
    }
    PipelineWorld quiet;
    quiet.open();
    play(quiet, never_said, 9);
    const Token expected = meaning_of(quiet.pipeline()).partition;
    for (int round = 0; round < 3; ++round) {
      PipelineWorld world;
      world.open();
      std::vector<std::pair<std::string, std::string>> waiting(taken_back.begin(),
                                                               taken_back.end());
      for (std::size_t at = 0; at < steps.size();) {
        const std::size_t size = std::min<std::size_t>(1 + random.below(12), steps.size() - at);
        play(world,
             {steps.begin() + static_cast<std::ptrdiff_t>(at),
              steps.begin() + static_cast<std::ptrdiff_t>(at + size)},
             1 + random.below(5));
        at += size;
        std::erase_if(waiting, [&](const auto& one) {
          const bool now = at == steps.size() || random.below(4) == 0;
          if (!now || testing::ordinal_of(world, one.first).none()) return false;
          return retract(world, one.first, one.second, true).has_value();
        });
      }
      ASSERT_TRUE(waiting.empty());
      ASSERT_TRUE(world.pipeline().fold().settle());
      EXPECT_EQ(meaning_of(world.pipeline()).partition, expected);
      for (std::size_t i = steps.size(); i > 1; --i) {
        std::swap(steps[i - 1], steps[random.below(i)]);
      }
    }
  }
}

// Said while they were one, it binds both when they are two again.
TEST(FoldProperty, ADenialMadeWhileMergedSurvivesTheSplitInBoth) {
  for (const auto no : {event::Choice::denied, event::Choice::withdrawn, event::Choice::objected}) {
    PipelineWorld world;
    world.plan = testing::plan_copies;
    world.open();
    for (const std::string user : {"one", "two"}) {
      auto o = world.observation(user, "own-" + user);
      o.attributes.push_back(testing::text_attribute("a0", user));
      o.statements.push_back(testing::choice(event::Choice::granted));
      o.statements.back().grade = event::Grade::recorded;
      o.statements.back().occurred_at = world.clock().now();
      o.statements.back().method = "form";
      ASSERT_TRUE(world.send(std::move(o)));
    }
    ASSERT_EQ(decisions(world), (std::vector<std::string>{"1:granted", "2:granted"}));
    ASSERT_TRUE(testing::decide(world, app::LinkDecision::Kind::join, "one", "two"));
    world.clock().advance(Duration::hours(1));
    auto o = world.observation("two", "no");
    o.statements.push_back(testing::choice(no));
    ASSERT_TRUE(world.send(std::move(o)));
    ASSERT_TRUE(world.pipeline().fold().settle());
    const auto merged = world.profile("user_id", "one");
    const auto key = world.pipeline().persona_keys().open(PersonaOrdinal(1));
    ASSERT_TRUE(app::split(world.pipeline(), *merged, {key->persona}, "data_error"));
    for (int round = 0; round < 2; ++round) {
      EXPECT_EQ(world.profile("user_id", "one")->members.size(), 1U);
      for (const auto& line : decisions(world)) {
        EXPECT_EQ(line.find("granted"), std::string::npos) << line;
      }
      world.close();
      world.open();
    }
  }
}

// A cache that evicts a dirty document loses it: tiny caches, many personas, flushes all the time.
TEST(FoldProperty, ATinyCacheLosesNoUpdate) {
  for (const auto kind : {testing::EngineKind::memory, testing::EngineKind::sqlcipher}) {
    testing::StoreUnderTest stores(kind);
    PipelineWorld world;
    world.use_keys(&stores.keys());
    world.use_ledger(&stores.ledger());
    world.use_state(&stores.state());
    world.options.cached_documents = 4;
    world.options.flush_observations = 10;
    world.options.group_max = 8;
    world.open();
    SeededRandom random(7);
    std::map<std::pair<std::string, std::string>, std::string> expected;
    std::vector<std::future<Result<app::Verdicts>>> answers;
    for (int i = 0; i < 1'500; ++i) {
      const auto user = "u" + std::to_string(random.below(60));
      const auto name = "a" + std::to_string(random.below(5));
      auto o = world.observation(user, "m" + std::to_string(i));
      o.attributes.push_back(testing::text_attribute(name, std::to_string(i)));
      expected[{user, name}] = "\"" + std::to_string(i) + "\"";
      answers.push_back(testing::send_later(world, std::move(o)));
    }
    for (auto& answer : answers) ASSERT_TRUE(answer.get().has_value());
    for (int round = 0; round < 2; ++round) {
      std::map<std::pair<std::string, std::string>, std::string> got;
      for (int u = 0; u < 60; ++u) {
        const auto user = "u" + std::to_string(u);
        const auto document = testing::document_of(world, user);
        ASSERT_TRUE(document.has_value()) << user;
        for (const auto& [name, value] : document->attributes) {
          got[{user, name}] = testing::reveal(value.json);
        }
      }
      EXPECT_EQ(got, expected);
      world.close();
      if (round == 0) world.open();
    }
  }
}

}  // namespace
}  // namespace cdp
