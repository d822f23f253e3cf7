// Invariant 8: order does not matter. The graph against tests/support/slow_partition.h, over worlds
// small enough for the slow one and with caps small enough to be crossed all the time.
#include "tests/unit/identity/graph_worlds.h"

namespace cdp::identity {
namespace {

TEST(GraphProperty, EveryWorldEqualsTheSlowRecomputation) {
  SeededRandom random(1);
  std::set<HoldReason> reasons;
  std::set<JoinReason> joins;
  for (int round = 0; round < 2'000; ++round) {
    const World world = random_world(random, round % 4 == 0);
    const Graph graph = grown(random, world);
    ASSERT_TRUE(same(graph, slow_of(world))) << "round " << round;
    for (const Hold& hold : graph.holds()) reasons.insert(hold.reason);
    for (std::uint64_t n = 1; n <= world.personas; ++n) {
      for (const Join& join : graph.explain(p(n))) joins.insert(join.reason);
    }
  }
  // The worlds are rich enough that every rule acted.
  EXPECT_EQ(reasons.size(), 5U);
  EXPECT_EQ(joins.size(), 3U);
}

// Somebody is held apart, joined by an officer and by likeness, an identifier is latched and
// carried, an assertion is taken back; and subjects of several come of it.
bool has_everything(const World& world) {
  const auto joined = [&](MustLinkKind kind) {
    return std::ranges::any_of(world.must, [&](const auto& m) { return std::get<2>(m) == kind; });
  };
  const auto carried = [&](const Token& identifier) {
    return std::ranges::find(world.links, identifier, &Link::identifier) != world.links.end();
  };
  return !world.apart.empty() && joined(MustLinkKind::accepted) && joined(MustLinkKind::matched) &&
         std::ranges::any_of(world.latches, carried) && !world.retracted.empty() &&
         slow_of(world).holds.size() > 2;
}

TEST(GraphProperty, AThousandOrdersOfOneWorldGiveOneHash) {
  SeededRandom random(2);
  for (int kind = 0; kind < 3; ++kind) {
    World world = random_world(random, kind == 0);
    while (kind != 0 && !has_everything(world)) world = random_world(random, false);
    const SlowPartition slow = slow_of(world);
    std::set<Token> hashes;
    for (int order = 0; order < 1'000; ++order) {
      const Graph graph = grown(random, world);
      hashes.insert(graph.partition_hash());
      if (order % 50 == 0) {
        ASSERT_TRUE(same(graph, slow)) << "order " << order;
      }
    }
    EXPECT_EQ(hashes.size(), 1U);
  }
}

TEST(GraphProperty, BulkLoadEqualsGrowing) {
  SeededRandom random(3);
  for (int round = 0; round < 500; ++round) {
    const World world = random_world(random, round % 4 == 0);
    Graph loaded(world.rules, world.cap);
    for (std::uint64_t n = 1; n <= world.personas; ++n) loaded.add_persona(p(n), persona_named(n));
    for (const auto& [persona, identifier] : world.retracted) {
      loaded.load_retraction(persona, identifier);
    }
    for (const Link& link : world.links) loaded.load_link(link);
    for (const auto& [a, b] : world.apart) loaded.load_cannot_link(a, b);
    for (const auto& [a, b, kind] : world.must) loaded.load_must_link(a, b, kind);
    for (const Token& latch : world.latches) loaded.load_latch(latch);
    loaded.settle();
    ASSERT_EQ(loaded.partition_hash(), grown(random, world).partition_hash());
    ASSERT_TRUE(same(loaded, slow_of(world)));
  }
}

// A life of changes of every kind, each compared with a recomputation from nothing; and what
// Change says is exactly the difference.
class Life {
 public:
  Life(Random& random, std::size_t cap, bool plain)
      : random_(random),
        plain_(plain),
        rules_(plain ? Rules() : tight_rules()),
        graph_(rules_, cap),
        personas_(6 + random.below(20)) {
    slow_.rules = rules_;
    slow_.personas_max = cap;
  }
  ::testing::AssertionResult step() {
    const auto before = subjects();
    const auto stopped_before = over_cap();
    const Change change = act();
    slow_.compute();
    if (const auto result = same(graph_, slow_); !result) return result;
    std::vector<Token> crossed;
    for (const Token& identifier : over_cap()) {
      if (!stopped_before.contains(identifier) && !slow_.latches.contains(identifier)) {
        crossed.push_back(identifier);
      }
    }
    if (change.crossed != crossed) return ::testing::AssertionFailure() << "crossed differs";
    return said_rightly(change, before);
  }

 private:
  using Subjects = std::set<std::vector<PersonaOrdinal>>;

  Subjects subjects() const {
    Subjects out;
    for (const auto& [token, group] : slow_.subject_of) out.insert(ordinals(graph_, group));
    return out;
  }
  std::set<Token> over_cap() const {
    std::set<Token> out;
    for (const auto& [identifier, kind] : slow_.kinds) {
      if (slow_.over_cap(identifier)) out.insert(identifier);
    }
    return out;
  }
  std::uint64_t any_persona() { return 1 + random_.below(personas_); }

  Change act() {
    const Token a = persona_named(any_persona());
    const Token b = persona_named(any_persona());
    const auto kind = static_cast<MustLinkKind>(random_.below(2));
    const Token latch = named('i', random_.below(4));
    switch (random_.below(plain_ ? 10 : 20)) {
      case 0:
        slow_.remove_persona(a);
        return graph_.remove_persona(graph_.persona(a).value_or(p(0)));
      case 1:
        if (a != b) slow_.hold_apart(a, b);
        return graph_.add_cannot_link(a, b);
      case 2:
        slow_.remove_cannot_link(a, b);
        return graph_.remove_cannot_link(a, b);
      case 10:
      case 11:
        if (a != b) slow_.must_link(a, b, kind);
        return graph_.add_must_link(a, b, kind);
      case 12:
        slow_.remove_must_link(a, b, kind);
        return graph_.remove_must_link(a, b, kind);
      case 13:
        slow_.latches.insert(latch);
        return graph_.add_latch(latch);
      case 14:
        slow_.latches.erase(latch);
        return graph_.lift_latch(latch);
      case 15:
      case 16:
        return retract_or_restore(true);
      case 17:
        return retract_or_restore(false);
      default:
        return add_links();
    }
  }

  // Mostly of something that was said, sometimes of what nobody has said yet.
  Change retract_or_restore(bool retract) {
    std::pair<Token, Token> link{named('i', random_.below(4)), persona_named(any_persona())};
    if (!slow_.links.empty() && random_.below(4) != 0) {
      auto at = slow_.links.begin();
      std::advance(at, random_.below(slow_.links.size()));
      link = at->first;
    }
    if (!retract && !slow_.retracted.empty()) {
      auto at = slow_.retracted.begin();
      std::advance(at, random_.below(slow_.retracted.size()));
      link = *at;
    }
    const auto persona = graph_.persona(link.second);
    if (!persona) return {};
    if (!retract) {
      slow_.retracted.erase(link);
      return graph_.restore(*persona, {&link.first, 1});
    }
    slow_.retracted.insert(link);
    return graph_.retract(*persona, {&link.first, 1});
  }

  // Personas come first, one change each; `formed` of the links is what is asked about.
  Change add_links() {
    std::vector<Link> links;
    for (std::uint64_t n = 1 + random_.below(4); n > 0; --n) {
      links.push_back(random_link(random_, rules_, personas_, personas_, plain_));
    }
    for (Link& link : links) {
      const std::uint64_t who = link.persona.value();
      const Token token = persona_named(who);
      if (const auto lives = graph_.persona(token)) {
        link.persona = *lives;
        continue;
      }
      // Whoever comes back after an erasure has another number; what was retracted ended.
      link.persona = p(who + 1'000 * lives_[who]++);
      const Change change = graph_.add_persona(link.persona, token);
      slow_.personas.insert(token);
      // A must-link may wait for somebody: then the coming is the change.
      if (!change.formed.empty()) return change;
    }
    for (const Link& link : links) {
      slow_.link(*graph_.persona_token(link.persona), link.identifier, static_cast<int>(link.tier),
                 link.kind);
    }
    return graph_.add_links(links);
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
  bool plain_;
  Rules rules_;
  Graph graph_;
  std::uint64_t personas_;
  std::map<std::uint64_t, std::uint64_t> lives_;
  SlowPartition slow_;
};

TEST(GraphProperty, EveryStepOfALifeEqualsTheSlowRecomputation) {
  SeededRandom random(4);
  for (int life_number = 0; life_number < 60; ++life_number) {
    Life life(random, 3 + random.below(8), life_number % 4 == 0);
    for (int step = 0; step < 100; ++step) {
      ASSERT_TRUE(life.step()) << "life " << life_number << " step " << step;
    }
  }
}

// Somebody joins by a login of its own, and leaves again by a cannot-link or altogether.
TEST(GraphProperty, UnmergeAfterMergeIsTheIdentity) {
  SeededRandom random(5);
  for (int round = 0; round < 300; ++round) {
    World world = random_world(random, round % 4 == 0);
    world.cap = 1'000;
    Graph graph = grown(random, world);
    graph.add_persona(p(9'999), named('p', 9'999));
    const Link own{p(9'999), named('i', 777'777), Tier::authenticated, 11};
    graph.add_links({&own, 1});
    const Link shared{p(1), named('i', 777'777), Tier::authenticated, 11};
    const Token before = graph.partition_hash();
    const std::vector<Hold> held_before = graph.holds();
    graph.add_cannot_link(named('p', 9'999), persona_named(1));
    graph.add_links({&shared, 1});
    EXPECT_EQ(graph.partition_hash(), before);
    graph.remove_cannot_link(named('p', 9'999), persona_named(1));
    const auto members = graph.members(p(1));
    EXPECT_TRUE(
        std::ranges::any_of(members, [](const Member& m) { return m.persona == p(9'999); }));
    graph.add_cannot_link(named('p', 9'999), persona_named(1));
    EXPECT_EQ(graph.partition_hash(), before);
    EXPECT_EQ(graph.holds().size(), held_before.size());
  }
}

// An officer joins two and parts them again: everything is as it was.
TEST(GraphProperty, TakingAMustLinkBackIsTheIdentity) {
  SeededRandom random(6);
  for (int round = 0; round < 300; ++round) {
    const World world = random_world(random, false);
    Graph graph = grown(random, world);
    const Token before = graph.partition_hash();
    const auto kind = static_cast<MustLinkKind>(round % 2);
    const Token stranger = named('p', 9'999);
    graph.add_persona(p(9'999), stranger);
    const Token with_stranger = graph.partition_hash();
    graph.add_must_link(persona_named(1), stranger, kind);
    graph.remove_must_link(stranger, persona_named(1), kind);
    EXPECT_EQ(graph.partition_hash(), with_stranger);
    graph.remove_persona(p(9'999));
    EXPECT_EQ(graph.partition_hash(), before);
  }
}

// Retracted and restored, or never said at all: the same.
TEST(GraphProperty, RetractingAnAssertionIsAsIfItHadNeverBeenMade) {
  SeededRandom random(8);
  for (int round = 0; round < 500; ++round) {
    World world = random_world(random, round % 4 == 0);
    if (world.links.empty()) continue;
    Graph graph = grown(random, world);
    const Token before = graph.partition_hash();
    const Link said = world.links[random.below(world.links.size())];
    World without = world;
    std::erase_if(without.links, [&](const Link& link) {
      return link.persona == said.persona && link.identifier == said.identifier;
    });
    const bool was_retracted = graph.is_retracted(said.persona, said.identifier);
    graph.retract(said.persona, {&said.identifier, 1});
    graph.add_links({&said, 1});  // said again: the retraction stands
    ASSERT_TRUE(same(graph, slow_of(without))) << "round " << round;
    if (was_retracted) continue;
    graph.restore(said.persona, {&said.identifier, 1});
    ASSERT_TRUE(same(graph, slow_of(world))) << "round " << round;
    EXPECT_EQ(graph.partition_hash(), before);
  }
}

// Invariant of erasure: what is latched stays unlinked when its carriers go.
TEST(GraphProperty, ErasingACarrierOfALatchedIdentifierMergesNobody) {
  SeededRandom random(7);
  for (int round = 0; round < 300; ++round) {
    const World world = random_world(random, false);
    Graph graph = grown(random, world);
    for (const OverCap& stopped : graph.over_cap()) graph.add_latch(stopped.identifier);
    std::set<Token> latched;
    for (const OverCap& stopped : graph.over_cap()) latched.insert(stopped.identifier);
    for (std::uint64_t n = 1; n <= world.personas; n += 2) {
      const Change change = graph.remove_persona(p(n));
      for (const auto& formed : change.formed) {
        for (const Join& join : graph.explain(formed.front())) {
          EXPECT_FALSE(latched.contains(join.identifier));
        }
      }
    }
  }
}

}  // namespace
}  // namespace cdp::identity
