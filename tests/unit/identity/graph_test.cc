#include "identity/graph/graph.h"

#include "cdp/core/base/limits.h"

namespace cdp::identity {
namespace {

using event::Tier;

Token named(char kind, std::uint64_t n) {
  Token token{};
  token[0] = static_cast<std::uint8_t>(kind);
  for (std::size_t i = 0; i < 8; ++i) token[15 - i] = static_cast<std::uint8_t>(n >> (8 * i));
  return token;
}
Token persona_named(std::uint64_t n) { return named('p', n); }
Token id(std::uint64_t n) { return named('i', n); }
PersonaOrdinal p(std::uint64_t n) { return PersonaOrdinal(n); }

Change add(Graph* graph, std::uint64_t persona, std::uint64_t identifier,
           Tier tier = Tier::declared) {
  graph->add_persona(p(persona), persona_named(persona));
  const Link link{p(persona), id(identifier), tier, 1};
  return graph->add_links({&link, 1});
}

std::vector<std::uint64_t> subject(const Graph& graph, std::uint64_t persona) {
  std::vector<std::uint64_t> out;
  for (const Member& member : graph.members(p(persona))) out.push_back(member.persona.value());
  return out;
}

using Set = std::vector<std::uint64_t>;

TEST(Graph, JoinsPersonasThatShareAnIdentifier) {
  Graph graph;
  EXPECT_TRUE(add(&graph, 1, 100).formed.empty());
  const Change change = add(&graph, 2, 100);
  EXPECT_TRUE(change.merged);
  EXPECT_EQ(change.formed, (std::vector<std::vector<PersonaOrdinal>>{{p(1), p(2)}}));
  EXPECT_EQ(subject(graph, 1), (Set{1, 2}));
  EXPECT_EQ(graph.subject_count(), 1U);
  EXPECT_EQ(graph.persona_count(), 2U);
  EXPECT_EQ(graph.link_count(), 2U);
}

TEST(Graph, LeavesDerivedAndBlockedIdentifiersUnlinked) {
  Graph graph;
  add(&graph, 1, 100, Tier::derived);
  EXPECT_TRUE(add(&graph, 2, 100, Tier::authenticated).formed.empty());
  add(&graph, 3, 101, Tier::none);
  add(&graph, 4, 101, Tier::none);
  EXPECT_EQ(graph.subject_count(), 4U);
  EXPECT_EQ(graph.holders(id(100), Tier::none), (std::vector{p(1), p(2)}));
  EXPECT_EQ(graph.holders(id(100), Tier::device), (std::vector{p(2)}));
}

TEST(Graph, SaysBeforehandWhetherALinkChangesAnything) {
  Graph graph;
  const Link link{p(1), id(7), Tier::device, 4};
  EXPECT_TRUE(graph.would_change(link));
  add(&graph, 1, 7, Tier::device);
  EXPECT_FALSE(graph.would_change(link));
  EXPECT_FALSE(graph.would_change({p(1), id(7), Tier::none, 4}));
  EXPECT_TRUE(graph.would_change({p(1), id(7), Tier::declared, 4}));
  EXPECT_TRUE(graph.would_change({p(1), id(8), Tier::device, 4}));
}

TEST(Graph, RaisesALinkButNeverLowersIt) {
  Graph graph;
  add(&graph, 1, 7, Tier::derived);
  add(&graph, 2, 7, Tier::declared);
  EXPECT_EQ(graph.subject_count(), 2U);
  EXPECT_TRUE(add(&graph, 1, 7, Tier::declared).merged);
  EXPECT_TRUE(add(&graph, 1, 7, Tier::device).formed.empty());
  EXPECT_EQ(graph.links_of(p(1)).front().tier, Tier::declared);
  EXPECT_EQ(graph.link_count(), 2U);
}

TEST(Graph, ReportsOnlyWhatIsTrueAtTheEndOfABatch) {
  Graph graph;
  for (std::uint64_t n = 1; n <= 3; ++n) graph.add_persona(p(n), persona_named(n));
  const std::vector<Link> links{{p(1), id(1), Tier::declared, 1},
                                {p(2), id(1), Tier::declared, 1},
                                {p(2), id(2), Tier::declared, 1},
                                {p(3), id(2), Tier::declared, 1}};
  const Change change = graph.add_links(links);
  EXPECT_EQ(change.formed, (std::vector<std::vector<PersonaOrdinal>>{{p(1), p(2), p(3)}}));
  EXPECT_TRUE(graph.add_links(links).formed.empty());
}

TEST(Graph, GroupsByProofWhatOnlyAuthenticatedLinksJoin) {
  Graph graph;
  add(&graph, 1, 10, Tier::authenticated);
  add(&graph, 2, 10, Tier::authenticated);
  add(&graph, 2, 20, Tier::declared);
  add(&graph, 3, 20, Tier::declared);
  add(&graph, 4, 10, Tier::declared);  // claims the login with a browser key
  const auto members = graph.members(p(1));
  ASSERT_EQ(members.size(), 4U);
  EXPECT_EQ(members[0].proof_group, members[1].proof_group);
  EXPECT_NE(members[0].proof_group, members[2].proof_group);
  EXPECT_NE(members[0].proof_group, members[3].proof_group);
  EXPECT_NE(members[2].proof_group, members[3].proof_group);
}

TEST(Graph, UnmergesByCannotLinkAndMergesBackExactly) {
  Graph graph;
  add(&graph, 1, 10);
  add(&graph, 2, 10);
  add(&graph, 3, 11);
  const Token before = graph.partition_hash();
  add(&graph, 3, 10);
  const Change split = graph.add_cannot_link(persona_named(1), persona_named(3));
  EXPECT_FALSE(split.merged);
  EXPECT_EQ(split.formed, (std::vector<std::vector<PersonaOrdinal>>{{p(1), p(2)}, {p(3)}}));
  EXPECT_EQ(graph.partition_hash(), before);
  EXPECT_TRUE(graph.add_cannot_link(persona_named(3), persona_named(1)).formed.empty());
  EXPECT_TRUE(graph.remove_cannot_link(persona_named(3), persona_named(1)).merged);
  EXPECT_EQ(subject(graph, 3), (Set{1, 2, 3}));
}

TEST(Graph, LetsTheStrongerLinkWinWhenACannotLinkForcesAChoice) {
  Graph graph;
  graph.add_cannot_link(persona_named(1), persona_named(3));
  add(&graph, 1, 5, Tier::device);
  add(&graph, 2, 5, Tier::device);
  EXPECT_EQ(subject(graph, 2), (Set{1, 2}));
  add(&graph, 2, 900, Tier::authenticated);
  add(&graph, 3, 900, Tier::authenticated);
  EXPECT_EQ(subject(graph, 2), (Set{2, 3}));
  EXPECT_EQ(subject(graph, 1), (Set{1}));
}

TEST(Graph, ForgetsARemovedPersonaAndWhatItJoined) {
  Graph graph;
  add(&graph, 1, 10);
  add(&graph, 2, 10);
  add(&graph, 2, 11);
  add(&graph, 3, 11);
  const Change change = graph.remove_persona(p(2));
  EXPECT_EQ(change.formed, (std::vector<std::vector<PersonaOrdinal>>{{p(1)}, {p(3)}}));
  EXPECT_FALSE(change.merged);
  EXPECT_FALSE(graph.persona(persona_named(2)).has_value());
  EXPECT_TRUE(graph.members(p(2)).empty());
  EXPECT_EQ(graph.link_count(), 2U);
  EXPECT_TRUE(graph.remove_persona(p(2)).formed.empty());
  graph.add_persona(p(4), persona_named(2));  // a new life under the same key starts alone
  EXPECT_EQ(subject(graph, 4), (Set{4}));
}

TEST(Graph, AnchorsASubjectOnItsSmallestAuthenticatedMember) {
  Graph graph;
  add(&graph, 1, 10);
  add(&graph, 2, 10);
  EXPECT_EQ(graph.anchor(p(2)), persona_named(1));
  add(&graph, 2, 50, Tier::authenticated);
  EXPECT_EQ(graph.anchor(p(1)), persona_named(2));
  EXPECT_EQ(graph.anchor(p(9)), Token{});
}

TEST(Graph, ExplainsASubjectByOneJoinFewerThanMembers) {
  Graph graph;
  add(&graph, 1, 10, Tier::declared);
  add(&graph, 2, 10, Tier::declared);
  add(&graph, 2, 20, Tier::authenticated);
  add(&graph, 3, 20, Tier::authenticated);
  add(&graph, 1, 30, Tier::device);
  add(&graph, 3, 30, Tier::device);
  const auto joins = graph.explain(p(3));
  ASSERT_EQ(joins.size(), 2U);
  EXPECT_EQ(joins[0].tier, Tier::authenticated);
  EXPECT_EQ(joins[0].identifier, id(20));
  EXPECT_EQ(joins[1].tier, Tier::declared);
  EXPECT_EQ(joins[1].a, p(1));
  EXPECT_EQ(joins[1].b, p(2));
  EXPECT_TRUE(graph.explain(p(8)).empty());
}

// An address and its hash join the same two: people are told of the address.
TEST(Graph, ExplainsByThePlainestOfWhatIsShared) {
  Graph graph;
  for (const std::uint64_t persona : {1U, 2U}) {
    graph.add_persona(p(persona), persona_named(persona));
    for (const auto& [identifier, kind] : {std::pair{id(1), 5}, std::pair{id(9), 1}}) {
      const Link link{p(persona), identifier, Tier::declared, static_cast<std::uint8_t>(kind)};
      graph.add_links({&link, 1});
    }
  }
  const auto joins = graph.explain(p(1));
  ASSERT_EQ(joins.size(), 1U);
  EXPECT_EQ(joins[0].kind, 1);
  EXPECT_EQ(joins[0].identifier, id(9));
}

// A kiosk: one device id seen with thousands of people, each with an account and a phone of their
// own. It merges nobody, and nobody loses a link of their own.
TEST(Graph, KioskWithFiveThousandUsersMergesNobody) {
  Graph graph;
  constexpr std::uint64_t kUsers = 5'000;
  for (std::uint64_t user = 1; user <= kUsers; ++user) {
    add(&graph, 2 * user, 1'000'000, Tier::device);             // the account, at the kiosk
    add(&graph, 2 * user, 2'000'000 + user, Tier::device);      // the account, on the own phone
    add(&graph, 2 * user + 1, 2'000'000 + user, Tier::device);  // the own phone, logged out
  }
  EXPECT_EQ(graph.subject_count(), kUsers);
  for (std::uint64_t user = 1; user <= kUsers; user += 777) {
    EXPECT_EQ(subject(graph, 2 * user), (Set{2 * user, 2 * user + 1}));
  }
  EXPECT_EQ(graph.holders(id(1'000'000), Tier::device).size(), kUsers);
}

// A chain of devices that no single identifier explains: the device tier stops linking in it, the
// e-mail addresses go on.
TEST(Graph, ChainOverTheLimitLosesItsWeakestTierOnly) {
  Graph graph;
  constexpr std::uint64_t kLength = limits::kComponentPersonasMax + 1;
  Change change;
  for (std::uint64_t n = 1; n <= kLength; ++n) {
    add(&graph, n, 10'000 + n / 2);  // pairs share an e-mail address
    add(&graph, n, 20'000 + n, Tier::device);
    change = add(&graph, n, 20'000 + n + 1, Tier::device);
  }
  EXPECT_EQ(subject(graph, 2), (Set{2, 3}));
  EXPECT_EQ(subject(graph, 1), (Set{1}));
  add(&graph, 5'000, 20'500, Tier::device);
  EXPECT_EQ(subject(graph, 5'000), (Set{5'000}));
  // Removing one in the middle makes both halves small enough again.
  graph.remove_persona(p(5'000));
  const Change healed = graph.remove_persona(p(500));
  EXPECT_TRUE(healed.merged);
  EXPECT_EQ(subject(graph, 1).size(), 499U);
  EXPECT_EQ(subject(graph, kLength).size(), kLength - 500);
}

TEST(Graph, AnotherClusterDoesNotFeelAContaminatedOne) {
  Graph graph;
  add(&graph, 1, 1);
  add(&graph, 2, 1);
  const auto before = subject(graph, 1);
  for (std::uint64_t n = 10; n < 3'000; ++n) {
    const Change change = add(&graph, n, 77);
    for (const auto& formed : change.formed) {
      EXPECT_FALSE(std::ranges::binary_search(formed, p(1)));
    }
  }
  EXPECT_EQ(subject(graph, 1), before);
}

TEST(Graph, UnknownPersonasAndIdentifiersAreEmptyAnswers) {
  Graph graph;
  const Link link{p(1), id(1), Tier::declared, 1};
  EXPECT_TRUE(graph.add_links({&link, 1}).formed.empty());
  EXPECT_EQ(graph.link_count(), 0U);
  EXPECT_TRUE(graph.links_of(p(1)).empty());
  EXPECT_TRUE(graph.holders(id(1), Tier::none).empty());
  EXPECT_FALSE(graph.persona_token(p(1)).has_value());
  EXPECT_FALSE(graph.persona(persona_named(1)).has_value());
}

}  // namespace
}  // namespace cdp::identity
