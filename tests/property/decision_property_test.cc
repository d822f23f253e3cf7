// Invariant 8 for what is decided and not observed: the partition is a function of the set,
// whenever an officer or the matcher spoke; on random streams, by seed.
#include "tests/support/observation_stream.h"

namespace cdp {
namespace {

using testing::meaning_of;
using testing::PipelineWorld;
using testing::play;
using testing::random_stream;
using testing::StreamStep;

constexpr std::uint64_t kPeople = 12;

using Kind = app::LinkDecision::Kind;
using Origin = app::LinkDecision::Origin;

// What is decided about one pair, in its order.
struct Decided {
  std::string first, second;
  std::vector<std::pair<Kind, Origin>> words;
};

std::vector<Decided> random_decisions(SeededRandom& random) {
  const std::vector<std::vector<std::pair<Kind, Origin>>> kinds = {
      {{Kind::apart, Origin::none}},
      {{Kind::apart, Origin::none}, {Kind::not_apart, Origin::none}},
      {{Kind::join, Origin::accepted}},
      {{Kind::join, Origin::matched}},
      {{Kind::propose, Origin::proposed}, {Kind::join, Origin::accepted}},
      {{Kind::join, Origin::matched}, {Kind::retract, Origin::matched}},
      {{Kind::join, Origin::accepted},
       {Kind::retract, Origin::accepted},
       {Kind::restore, Origin::accepted}},
      {{Kind::join, Origin::accepted}, {Kind::apart, Origin::none}},
  };
  std::map<std::pair<std::string, std::string>, Decided> out;
  for (int i = 0; i < 8; ++i) {
    std::string a = "u" + std::to_string(random.below(kPeople));
    std::string b = "u" + std::to_string(random.below(kPeople));
    if (a == b) continue;
    if (b < a) std::swap(a, b);
    out.try_emplace({a, b}, Decided{a, b, kinds[random.below(kinds.size())]});
  }
  std::vector<Decided> decided;
  for (auto& [pair, one] : out) decided.push_back(std::move(one));
  return decided;
}

// Plays the steps, and the words on each pair at any time after both are known.
void play_deciding(PipelineWorld& world, const std::vector<StreamStep>& steps,
                   std::vector<Decided> waiting, SeededRandom& random) {
  for (std::size_t at = 0; at < steps.size();) {
    const std::size_t size = std::min<std::size_t>(1 + random.below(12), steps.size() - at);
    play(world,
         {steps.begin() + static_cast<std::ptrdiff_t>(at),
          steps.begin() + static_cast<std::ptrdiff_t>(at + size)},
         1 + random.below(5));
    at += size;
    for (auto& one : waiting) {
      if (testing::ordinal_of(world, one.first).none()) continue;
      if (testing::ordinal_of(world, one.second).none()) continue;
      while (!one.words.empty() && (at == steps.size() || random.below(4) == 0)) {
        const auto [kind, origin] = one.words.front();
        one.words.erase(one.words.begin());
        ASSERT_TRUE(testing::decide(world, kind, one.first, one.second, origin));
      }
    }
  }
  ASSERT_TRUE(world.pipeline().fold().settle());
}

// Held apart, joined by an officer or by likeness, taken back: the last word on each pair decides,
// whenever it was said.
TEST(DecisionProperty, DecisionsAndObservationsInAnyOrderGiveOnePartition) {
  std::size_t acted = 0;
  for (std::uint64_t seed = 1; seed <= 15; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    SeededRandom random(seed);
    auto steps = random_stream(seed, 80, kPeople);
    std::erase_if(steps, [](const auto& s) { return s.kind != StreamStep::Kind::observe; });
    const auto decided = random_decisions(random);
    PipelineWorld undecided;
    undecided.open();
    play(undecided, steps, 9);
    const Token without = meaning_of(undecided.pipeline()).partition;
    Token first{};
    for (int round = 0; round < 3; ++round) {
      PipelineWorld world;
      world.open();
      play_deciding(world, steps, decided, random);
      const Token partition = meaning_of(world.pipeline()).partition;
      if (round == 0) first = partition;
      EXPECT_EQ(partition, first);
      world.close();
      auto rebuilt = store::open_memory();
      ASSERT_TRUE(app::Pipeline::rebuild_state(world.services(), world.options, *rebuilt.state));
      world.use_state(rebuilt.state.get());
      world.open();
      EXPECT_EQ(meaning_of(world.pipeline()).partition, first) << "rebuilt";
      world.close();
      for (std::size_t i = steps.size(); i > 1; --i) {
        std::swap(steps[i - 1], steps[random.below(i)]);
      }
    }
    acted += first == without ? 0U : 1U;
  }
  EXPECT_GE(acted, 8U) << "too few of the decisions changed anything";
}

}  // namespace
}  // namespace cdp
