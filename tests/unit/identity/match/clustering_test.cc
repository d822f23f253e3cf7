#include "identity/match/clustering.h"

#include <map>

#include "tests/unit/identity/match/match_fixture.h"

namespace cdp::identity::match {
namespace {

Config two_fields() {
  Config config;
  config.fields = {{"given_name", Kind::given_name}, {"family_name", Kind::family_name}};
  return config;
}

// Rows 0 to n-1 of different content, and weights between them in bits; others are -4.
struct Graph {
  Table table{two_fields()};
  std::vector<Row> rows;
  std::map<std::pair<Row, Row>, double> bits;

  explicit Graph(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      rows.push_back(table.add(i, std::vector<std::string>{"x" + std::to_string(i), "y"}));
    }
  }
  void set(Row a, Row b, double weight) { bits[{std::min(a, b), std::max(a, b)}] = weight; }
  std::vector<std::vector<Row>> run(double cut) const {
    std::vector<Edge> edges;
    for (const auto& [pair, weight] : bits) {
      edges.push_back({pair.first, pair.second, weight_of(weight)});
    }
    const ScorePair score = [&](Row a, Row b) {
      const auto found = bits.find({std::min(a, b), std::max(a, b)});
      return found == bits.end() ? weight_of(-4) : weight_of(found->second);
    };
    return cluster(table, edges, score, weight_of(cut));
  }
};

using Clusters = std::vector<std::vector<Row>>;

TEST(Clustering, OneFalsePairDoesNotChainTwoFamilies) {
  Graph graph(6);
  for (const Row base : {0U, 3U}) {
    graph.set(base, base + 1, 12);
    graph.set(base, base + 2, 12);
    graph.set(base + 1, base + 2, 12);
  }
  graph.set(2, 3, 9);  // connected components would make one of all six
  EXPECT_EQ(graph.run(-1), (Clusters{{0, 1, 2}, {3, 4, 5}}));
}

TEST(Clustering, APairThatMustNotBeIsNever) {
  Graph graph(3);
  graph.set(0, 1, 15);
  graph.set(1, 2, 14);
  graph.set(0, 2, bits_of(kNever));
  EXPECT_EQ(graph.run(-1), (Clusters{{0, 1}}));
}

TEST(Clustering, BelowTheCutNothingIsJoined) {
  Graph graph(2);
  graph.set(0, 1, -1.5);
  EXPECT_TRUE(graph.run(-1).empty());
  EXPECT_EQ(graph.run(-2), (Clusters{{0, 1}}));
}

TEST(Clustering, NoSinglePairOutvotesAGroup) {
  Graph graph(3);
  graph.set(0, 1, 15);
  graph.set(0, 2, 400);   // clamped to 15
  graph.set(1, 2, -400);  // clamped to -8
  const auto clusters = graph.run(4);
  ASSERT_EQ(clusters.size(), 1U);
  EXPECT_EQ(clusters[0].size(), 2U) << "(15 - 8) / 2 is below 4";
}

// A component too large to be one person is cut at heavier pairs, not chained.
TEST(Clustering, AHugeComponentFallsApart) {
  const auto count = static_cast<Row>(kComponentRecordsMax + 50);
  Graph graph(count);
  for (Row row = 0; row + 1 < count; ++row) graph.set(row, row + 1, row % 2 == 0 ? 12 : 0);
  const auto clusters = graph.run(-1);
  EXPECT_EQ(clusters.size(), count / 2);
  for (const auto& cluster : clusters) EXPECT_EQ(cluster.size(), 2U);
}

}  // namespace
}  // namespace cdp::identity::match
