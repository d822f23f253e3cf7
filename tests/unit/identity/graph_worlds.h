// Worlds of the identity graph by chance, small enough for tests/support/slow_partition.h and with
// caps small enough to be crossed all the time; and how a graph is held against the slow one.
#pragma once

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <set>

#include "cdp/core/base/random.h"
#include "identity/graph/graph.h"
#include "tests/support/slow_partition.h"

namespace cdp::identity {

using event::Tier;
using testing::SlowPartition;

inline Token named(char kind, std::uint64_t n) {
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
inline Token persona_named(std::uint64_t n) { return named('p', n); }
inline PersonaOrdinal p(std::uint64_t n) { return PersonaOrdinal(n); }

struct World {
  Rules rules;
  std::size_t cap;
  std::uint64_t personas;
  std::vector<Link> links;
  std::vector<std::pair<Token, Token>> apart;
  std::vector<std::tuple<Token, Token, MustLinkKind>> must;
  std::vector<Token> latches;
  std::vector<std::pair<PersonaOrdinal, Token>> retracted;
};

// Caps so small that they are crossed all the time, and a second unique type.
inline Rules tight_rules() {
  std::map<std::string, TypeOverride, std::less<>> overrides;
  overrides["email"].degree_max = 4;
  overrides["email"].values_max = 3;
  overrides["anonymous_id"].degree_max = 5;
  overrides["shopify.customer_id"].degree_max = 3;
  overrides["shopify.customer_id"].values_max = 2;
  overrides["loyalty.card"].unique = true;
  return Rules::with(overrides).value();
}

// A function of the identifier, as everywhere.
inline std::uint8_t kind_of(const Rules& rules, std::uint64_t identifier, bool plain) {
  static constexpr std::array<const char*, 8> kTypes{
      "email", "phone",        "user_id",     "anonymous_id", "shopify.customer_id",
      "email", "loyalty.card", "email_sha256"};
  return plain ? std::uint8_t{1} : rules.kind_of(kTypes[identifier % kTypes.size()]);
}

inline Link random_link(Random& random, const Rules& rules, std::uint64_t personas,
                        std::uint64_t identifiers, bool plain) {
  // A few identifiers are everywhere, most are rare.
  const bool popular = random.below(5) == 0;
  const std::uint64_t identifier = popular ? random.below(3) : 10 + random.below(identifiers);
  return {p(1 + random.below(personas)), named('i', identifier), static_cast<Tier>(random.below(5)),
          kind_of(rules, identifier, plain)};
}

// `plain`: e-mail addresses only, so that nothing but caps and cannot-links acts.
inline World random_world(Random& random, bool plain) {
  World world{plain ? Rules() : tight_rules(),
              3 + random.below(10),
              4 + random.below(26),
              {},
              {},
              {},
              {},
              {}};
  const std::uint64_t identifiers = 2 + random.below(world.personas * 2);
  const std::uint64_t links = random.below(world.personas * 4);
  for (std::uint64_t n = 0; n < links; ++n) {
    world.links.push_back(random_link(random, world.rules, world.personas, identifiers, plain));
  }
  const auto any = [&] { return persona_named(1 + random.below(world.personas)); };
  const std::uint64_t apart = random.below(3) == 0 ? 0 : random.below(6);
  for (std::uint64_t n = 0; n < apart; ++n) world.apart.emplace_back(any(), any());
  std::erase_if(world.apart, [](const auto& pair) { return pair.first == pair.second; });
  if (plain) return world;
  for (std::uint64_t n = random.below(6); n > 2; --n) {
    world.must.emplace_back(any(), any(), static_cast<MustLinkKind>(random.below(2)));
  }
  std::erase_if(world.must, [](const auto& m) { return std::get<0>(m) == std::get<1>(m); });
  if (random.below(3) == 0) world.latches.push_back(named('i', random.below(3)));
  for (std::uint64_t n = random.below(8); n > 2 && !world.links.empty(); --n) {
    const Link& link = world.links[random.below(world.links.size())];
    world.retracted.emplace_back(link.persona, link.identifier);
  }
  return world;
}

inline SlowPartition slow_of(const World& world) {
  SlowPartition slow;
  slow.rules = world.rules;
  slow.personas_max = world.cap;
  for (std::uint64_t n = 1; n <= world.personas; ++n) slow.personas.insert(persona_named(n));
  for (const Link& link : world.links) {
    slow.link(persona_named(link.persona.value()), link.identifier, static_cast<int>(link.tier),
              link.kind);
  }
  for (const auto& [a, b] : world.apart) slow.hold_apart(a, b);
  for (const auto& [a, b, kind] : world.must) slow.must_link(a, b, kind);
  slow.latches.insert(world.latches.begin(), world.latches.end());
  for (const auto& [persona, identifier] : world.retracted) {
    slow.retracted.insert({identifier, persona_named(persona.value())});
  }
  slow.compute();
  return slow;
}

template <class T>
void shuffle(Random& random, std::vector<T>* items) {
  for (std::size_t i = items->size(); i > 1; --i) {
    std::swap((*items)[i - 1], (*items)[random.below(i)]);
  }
}

// What comes and goes again while a world grows: people who are erased, and decisions that are
// taken back. Of none of it anything may be left.
class Passing {
 public:
  Passing(Random& random, const World& world, Graph& graph)
      : random_(random), world_(world), graph_(graph) {}

  void come() {
    const Token a = persona_named(1 + random_.below(world_.personas));
    const Token b = persona_named(1 + random_.below(world_.personas));
    const auto kind = static_cast<MustLinkKind>(random_.below(2));
    const Token latch = named('i', random_.below(3));
    switch (random_.below(5)) {
      case 0:
        return guest();
      case 1:
        if (is_apart(a, b)) return;
        graph_.add_cannot_link(a, b);
        return owe([this, a, b] { graph_.remove_cannot_link(a, b); });
      case 2:
        if (is_joined(a, b, kind)) return;
        graph_.add_must_link(a, b, kind);
        return owe([this, a, b, kind] { graph_.remove_must_link(b, a, kind); });
      case 3:
        if (std::ranges::find(world_.latches, latch) != world_.latches.end()) return;
        graph_.add_latch(latch);
        return owe([this, latch] { graph_.lift_latch(latch); });
      default:
        return retract();
    }
  }
  void go_one() {
    if (owed_.empty()) return;
    std::swap(owed_[random_.below(owed_.size())], owed_.back());
    const auto undo = std::move(owed_.back());
    owed_.pop_back();
    undo();
  }
  // Whoever is erased and says everything again is back as if nothing had been.
  void live_again(std::uint64_t n) {
    graph_.remove_persona(p(n));
    for (const auto& [persona, identifier] : world_.retracted) {
      if (persona == p(n)) graph_.retract(persona, {&identifier, 1});
    }
    graph_.add_persona(p(n), persona_named(n));
    for (const Link& link : world_.links) {
      if (link.persona == p(n)) graph_.add_links({&link, 1});
    }
  }
  bool empty() const { return owed_.empty(); }

 private:
  void owe(std::function<void()> undo) { owed_.push_back(std::move(undo)); }
  bool is_apart(const Token& a, const Token& b) const {
    return std::ranges::any_of(world_.apart, [&](const auto& pair) {
      return pair == std::pair(a, b) || pair == std::pair(b, a);
    });
  }
  bool is_joined(const Token& a, const Token& b, MustLinkKind kind) const {
    return std::ranges::any_of(world_.must, [&](const auto& must) {
      return must == std::tuple(a, b, kind) || must == std::tuple(b, a, kind);
    });
  }
  // Somebody with links like those of the world, held apart from one and joined with another.
  void guest() {
    const std::uint64_t n = 5'000 + guests_++;
    const Token token = named('g', n);
    const Token one = persona_named(1 + random_.below(world_.personas));
    const Token other = persona_named(1 + random_.below(world_.personas));
    graph_.add_persona(p(n), token);
    for (std::uint64_t i = random_.below(4); i > 0 && !world_.links.empty(); --i) {
      Link link = world_.links[random_.below(world_.links.size())];
      link.persona = p(n);
      graph_.add_links({&link, 1});
    }
    graph_.add_must_link(token, one, MustLinkKind::accepted);
    graph_.add_cannot_link(other, token);
    owe([this, n, token, one, other] {
      graph_.remove_persona(p(n));
      graph_.remove_must_link(token, one, MustLinkKind::accepted);
      graph_.remove_cannot_link(token, other);
    });
  }
  void retract() {
    if (world_.links.empty()) return;
    const Link& link = world_.links[random_.below(world_.links.size())];
    const std::pair said(link.persona, link.identifier);
    if (std::ranges::find(world_.retracted, said) != world_.retracted.end()) return;
    graph_.retract(said.first, {&said.second, 1});
    owe([this, said] { graph_.restore(said.first, {&said.second, 1}); });
  }

  Random& random_;
  const World& world_;
  Graph& graph_;
  std::vector<std::function<void()>> owed_;
  std::uint64_t guests_ = 0;
};

// The world in another order, some of it twice, in batches of any size, and with what passes by.
inline Graph grown(Random& random, const World& world) {
  Graph graph(world.rules, world.cap);
  std::vector<Link> links = world.links;
  for (std::size_t n = random.below(links.size() + 1); n > 0; --n) {
    links.push_back(links[random.below(links.size())]);
  }
  shuffle(random, &links);
  std::vector<std::function<void()>> decisions;
  for (const auto& [a, b] : world.apart) {
    decisions.emplace_back([&graph, a = a, b = b] { graph.add_cannot_link(b, a); });
  }
  for (const auto& [a, b, kind] : world.must) {
    decisions.emplace_back(
        [&graph, a = a, b = b, kind = kind] { graph.add_must_link(a, b, kind); });
  }
  for (const Token& latch : world.latches) {
    decisions.emplace_back([&graph, latch] { graph.add_latch(latch); });
  }
  for (const auto& [persona, identifier] : world.retracted) {
    decisions.emplace_back([&graph, persona = persona, identifier = identifier] {
      graph.retract(persona, {&identifier, 1});
    });
  }
  shuffle(random, &decisions);
  std::vector<std::uint64_t> personas;
  for (std::uint64_t n = 1; n <= world.personas; ++n) personas.push_back(n);
  shuffle(random, &personas);
  Passing passing(random, world, graph);
  const auto decide_some = [&] {
    if (random.below(4) == 0) passing.come();
    if (random.below(4) == 0) passing.go_one();
    while (!decisions.empty() && random.below(3) == 0) {
      decisions.back()();
      decisions.pop_back();
    }
  };
  for (const std::uint64_t n : personas) {
    decide_some();
    graph.add_persona(p(n), persona_named(n));
  }
  for (std::size_t at = 0; at < links.size() || !decisions.empty();) {
    decide_some();
    const std::size_t batch = std::min<std::size_t>(1 + random.below(8), links.size() - at);
    graph.add_links(std::span(links).subspan(at, batch));
    at += batch;
  }
  while (!passing.empty()) passing.go_one();
  if (random.below(2) == 0) passing.live_again(1 + random.below(world.personas));
  return graph;
}

// What rules and cannot-links hold, without the notices of caps, as the slow one tells it.
inline std::set<SlowPartition::Held> holds_of(const Graph& graph) {
  std::set<SlowPartition::Held> out;
  std::set<Token> ids;
  for (const Hold& hold : graph.holds()) {
    ids.insert(hold.id);
    if (hold.reason == HoldReason::over_cap || hold.reason == HoldReason::many_values) continue;
    out.insert(
        {hold.reason, hold.identifier, *graph.persona_token(hold.a), *graph.persona_token(hold.b)});
  }
  EXPECT_EQ(ids.size(), graph.holds().size());
  return out;
}

inline std::vector<PersonaOrdinal> ordinals(const Graph& graph, const SlowPartition::Group& group) {
  std::vector<PersonaOrdinal> out;
  for (const Token& token : group) out.push_back(graph.persona(token).value());
  std::ranges::sort(out);
  return out;
}

inline ::testing::AssertionResult same(const Graph& graph, const SlowPartition& slow) {
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
  if (holds_of(graph) != slow.holds) return ::testing::AssertionFailure() << "holds differ";
  return ::testing::AssertionSuccess();
}

}  // namespace cdp::identity
