// Invariant 8: order does not matter. The graph against tests/support/slow_partition.h, over worlds
// small enough for the slow one and with caps small enough to be crossed all the time.
#include <algorithm>
#include <map>
#include <set>

#include "cdp/core/base/random.h"
#include "identity/graph/graph.h"
#include "tests/support/slow_partition.h"

namespace cdp::identity {
namespace {

using event::Tier;
using testing::SlowPartition;

Token named(char kind, std::uint64_t n) {
  Token token{};
  // Scattered, so that token order is not the order of creation.
  const std::uint64_t scattered = n * 0x9E3779B97F4A7C15ULL;
  for (std::size_t i = 0; i < 8; ++i) {
    token[i] = static_cast<std::uint8_t>(scattered >> (8 * i));
    token[15 - i] = static_cast<std::uint8_t>(n >> (8 * i));
  }
  token[7] = static_cast<std::uint8_t>(kind);
  return token;
}
Token persona_named(std::uint64_t n) { return named('p', n); }
PersonaOrdinal p(std::uint64_t n) { return PersonaOrdinal(n); }

struct World {
  std::size_t cap;
  std::uint64_t personas;
  std::vector<Link> links;
  std::vector<std::pair<Token, Token>> apart;
};

Link random_link(Random& random, std::uint64_t personas, std::uint64_t identifiers) {
  // A few identifiers are everywhere, most are rare.
  const bool popular = random.below(5) == 0;
  const std::uint64_t identifier = popular ? random.below(3) : 10 + random.below(identifiers);
  return {p(1 + random.below(personas)), named('i', identifier), static_cast<Tier>(random.below(5)),
          1};
}

World random_world(Random& random) {
  World world{3 + random.below(10), 4 + random.below(26), {}, {}};
  const std::uint64_t identifiers = 2 + random.below(world.personas * 2);
  const std::uint64_t links = random.below(world.personas * 3);
  for (std::uint64_t n = 0; n < links; ++n) {
    world.links.push_back(random_link(random, world.personas, identifiers));
  }
  const std::uint64_t apart = random.below(3) == 0 ? 0 : random.below(6);
  for (std::uint64_t n = 0; n < apart; ++n) {
    world.apart.emplace_back(persona_named(1 + random.below(world.personas)),
                             persona_named(1 + random.below(world.personas)));
  }
  std::erase_if(world.apart, [](const auto& pair) { return pair.first == pair.second; });
  return world;
}

SlowPartition slow_of(const World& world) {
  SlowPartition slow;
  slow.personas_max = world.cap;
  for (std::uint64_t n = 1; n <= world.personas; ++n) slow.personas.insert(persona_named(n));
  for (const Link& link : world.links) {
    slow.link(persona_named(link.persona.value()), link.identifier, static_cast<int>(link.tier));
  }
  for (const auto& [a, b] : world.apart) slow.hold_apart(a, b);
  slow.compute();
  return slow;
}

template <class T>
void shuffle(Random& random, std::vector<T>* items) {
  for (std::size_t i = items->size(); i > 1; --i) {
    std::swap((*items)[i - 1], (*items)[random.below(i)]);
  }
}

// The world in another order, some of it twice, in batches of any size.
Graph grown(Random& random, const World& world) {
  Graph graph(world.cap);
  std::vector<Link> links = world.links;
  for (std::size_t n = random.below(links.size() + 1); n > 0; --n) {
    links.push_back(links[random.below(links.size())]);
  }
  shuffle(random, &links);
  auto apart = world.apart;
  shuffle(random, &apart);
  std::vector<std::uint64_t> personas;
  for (std::uint64_t n = 1; n <= world.personas; ++n) personas.push_back(n);
  shuffle(random, &personas);
  for (const std::uint64_t n : personas) graph.add_persona(p(n), persona_named(n));
  for (std::size_t at = 0; at < links.size() || !apart.empty();) {
    if (!apart.empty() && random.below(3) == 0) {
      graph.add_cannot_link(apart.back().second, apart.back().first);
      apart.pop_back();
    }
    const std::size_t batch = std::min<std::size_t>(1 + random.below(8), links.size() - at);
    graph.add_links(std::span(links).subspan(at, batch));
    at += batch;
  }
  return graph;
}

std::vector<PersonaOrdinal> ordinals(const Graph& graph, const SlowPartition::Group& group) {
  std::vector<PersonaOrdinal> out;
  for (const Token& token : group) out.push_back(graph.persona(token).value());
  std::ranges::sort(out);
  return out;
}

::testing::AssertionResult same(const Graph& graph, const SlowPartition& slow) {
  std::set<SlowPartition::Group> subjects;
  for (const auto& [token, group] : slow.subject_of) {
    subjects.insert(group);
    const auto members = graph.members(graph.persona(token).value());
    std::vector<PersonaOrdinal> mine;
    for (const Member& member : members) mine.push_back(member.persona);
    if (mine != ordinals(graph, group)) return ::testing::AssertionFailure() << "subject differs";
    for (const Member& a : members) {
      for (const Member& b : members) {
        const bool proven = slow.proof_of.at(*graph.persona_token(a.persona))
                                .contains(*graph.persona_token(b.persona));
        if (proven != (a.proof_group == b.proof_group)) {
          return ::testing::AssertionFailure() << "proof group differs";
        }
      }
    }
    if (graph.explain(graph.persona(token).value()).size() != group.size() - 1) {
      return ::testing::AssertionFailure() << "joins do not span the subject";
    }
  }
  if (subjects.size() != graph.subject_count()) {
    return ::testing::AssertionFailure() << "subject count differs";
  }
  return ::testing::AssertionSuccess();
}

TEST(GraphProperty, EveryWorldEqualsTheSlowRecomputation) {
  SeededRandom random(1);
  for (int round = 0; round < 1'500; ++round) {
    const World world = random_world(random);
    ASSERT_TRUE(same(grown(random, world), slow_of(world))) << "round " << round;
  }
}

TEST(GraphProperty, AThousandOrdersOfOneWorldGiveOneHash) {
  SeededRandom random(2);
  for (int kind = 0; kind < 4; ++kind) {
    const World world = random_world(random);
    std::set<Token> hashes;
    for (int order = 0; order < 1'000; ++order) {
      hashes.insert(grown(random, world).partition_hash());
    }
    EXPECT_EQ(hashes.size(), 1U);
  }
}

TEST(GraphProperty, BulkLoadEqualsGrowing) {
  SeededRandom random(3);
  for (int round = 0; round < 500; ++round) {
    const World world = random_world(random);
    Graph loaded(world.cap);
    for (std::uint64_t n = 1; n <= world.personas; ++n) loaded.add_persona(p(n), persona_named(n));
    for (const Link& link : world.links) loaded.load_link(link);
    for (const auto& [a, b] : world.apart) loaded.load_cannot_link(a, b);
    loaded.settle();
    ASSERT_EQ(loaded.partition_hash(), grown(random, world).partition_hash());
    ASSERT_TRUE(same(loaded, slow_of(world)));
  }
}

// A life of changes of every kind, each compared with a recomputation from nothing; and what
// Change says is exactly the difference.
class Life {
 public:
  Life(Random& random, std::size_t cap)
      : random_(random), graph_(cap), personas_(6 + random.below(20)) {
    slow_.personas_max = cap;
  }
  ::testing::AssertionResult step() {
    const auto before = subjects();
    const Change change = act();
    slow_.compute();
    if (const auto result = same(graph_, slow_); !result) return result;
    return said_rightly(change, before);
  }

 private:
  using Subjects = std::set<std::vector<PersonaOrdinal>>;

  Subjects subjects() const {
    Subjects out;
    for (const auto& [token, group] : slow_.subject_of) out.insert(ordinals(graph_, group));
    return out;
  }
  std::uint64_t any_persona() { return 1 + random_.below(personas_); }

  Change act() {
    switch (random_.below(10)) {
      case 0: {
        const std::uint64_t n = any_persona();
        slow_.remove_persona(persona_named(n));
        return graph_.remove_persona(p(n));
      }
      case 1: {
        const Token a = persona_named(any_persona());
        const Token b = persona_named(any_persona());
        if (a != b) slow_.hold_apart(a, b);
        return graph_.add_cannot_link(a, b);
      }
      case 2: {
        const Token a = persona_named(any_persona());
        const Token b = persona_named(any_persona());
        slow_.remove_cannot_link(a, b);
        return graph_.remove_cannot_link(a, b);
      }
      default: {
        std::vector<Link> links;
        for (std::uint64_t n = 1 + random_.below(4); n > 0; --n) {
          links.push_back(random_link(random_, personas_, personas_));
          const std::uint64_t persona = links.back().persona.value();
          graph_.add_persona(p(persona), persona_named(persona));
          slow_.personas.insert(persona_named(persona));
          slow_.link(persona_named(persona), links.back().identifier,
                     static_cast<int>(links.back().tier));
        }
        return graph_.add_links(links);
      }
    }
  }

  // `formed` is exactly what is now and was not, leaving out personas that are new and alone.
  ::testing::AssertionResult said_rightly(const Change& change, const Subjects& before) const {
    Subjects expected;
    bool merged = false;
    std::map<PersonaOrdinal, const std::vector<PersonaOrdinal>*> old;
    for (const auto& subject : before) {
      for (const PersonaOrdinal member : subject) old[member] = &subject;
    }
    for (const auto& subject : subjects()) {
      if (before.contains(subject)) continue;
      if (subject.size() == 1 && !old.contains(subject.front())) continue;
      expected.insert(subject);
      for (const PersonaOrdinal member : subject) {
        merged = merged || !old.contains(member) || old[member] != old[subject.front()];
      }
    }
    if (Subjects(change.formed.begin(), change.formed.end()) != expected) {
      return ::testing::AssertionFailure() << "formed differs";
    }
    if (change.merged != merged) return ::testing::AssertionFailure() << "merged differs";
    return ::testing::AssertionSuccess();
  }

  Random& random_;
  Graph graph_;
  std::uint64_t personas_;
  SlowPartition slow_;
};

TEST(GraphProperty, EveryStepOfALifeEqualsTheSlowRecomputation) {
  SeededRandom random(4);
  for (int life_number = 0; life_number < 40; ++life_number) {
    Life life(random, 3 + random.below(8));
    for (int step = 0; step < 100; ++step) {
      ASSERT_TRUE(life.step()) << "life " << life_number << " step " << step;
    }
  }
}

TEST(GraphProperty, UnmergeAfterMergeIsTheIdentity) {
  SeededRandom random(5);
  for (int round = 0; round < 300; ++round) {
    World world = random_world(random);
    world.cap = 1'000;
    Graph graph = grown(random, world);
    const PersonaOrdinal a = p(1);
    const PersonaOrdinal b = p(2);
    const auto members = graph.members(a);
    const bool together =
        std::ranges::any_of(members, [&](const Member& m) { return m.persona == b; });
    const Token before = graph.partition_hash();
    graph.add_persona(p(9'999), named('p', 9'999));
    const Token with_stranger = graph.partition_hash();
    const std::vector<Link> bridge{{p(9'999), named('i', 777'777), Tier::authenticated, 3},
                                   {a, named('i', 777'777), Tier::authenticated, 3}};
    graph.add_links(bridge);
    EXPECT_EQ(graph.members(p(9'999)).size(), members.size() + 1);
    graph.add_cannot_link(named('p', 9'999), *graph.persona_token(a));
    EXPECT_EQ(graph.partition_hash(), with_stranger);
    graph.remove_persona(p(9'999));
    EXPECT_EQ(graph.partition_hash(), before);
    EXPECT_EQ(together, std::ranges::any_of(graph.members(a),
                                            [&](const Member& m) { return m.persona == b; }));
  }
}

}  // namespace
}  // namespace cdp::identity
