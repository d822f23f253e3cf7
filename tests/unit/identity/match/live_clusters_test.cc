// What is asked for one record at a time is what clustering everybody at once answers, and the work
// for it does not grow with how many hang together.
#include "identity/match/live_clusters.h"

#include <gmock/gmock.h>

#include <set>

#include "cdp/core/base/random.h"
#include "identity/match/matcher.h"
#include "tests/unit/identity/match/match_fixture.h"

namespace cdp::identity::match {
namespace {

using ::testing::ElementsAre;

Config two_fields() {
  Config config;
  config.fields = {{"given_name", Kind::given_name}, {"family_name", Kind::family_name}};
  return config;
}

using Weigh = Weight (*)(Row, Row);

// Any weight, from -3 to 15 bits; a pair's own, as a score is.
Weight any_weight(Row a, Row b) {
  const auto mixed = (std::min(a, b) * 31 + std::max(a, b)) * 2654435761U >> 16U;
  return weight_of(static_cast<double>(mixed % 19) - 3);
}
Weight neighbours_weight(Row a, Row b) {
  if (std::max(a, b) - std::min(a, b) != 1) return weight_of(-4);
  return weight_of(std::min(a, b) % 2 == 0 ? 12 : 3);
}

// Records that are no more than numbers, and those of their pairs that were found.
struct World {
  static constexpr std::size_t kComponentMax = 6;
  Weigh weigh;
  Table table{two_fields()};
  std::set<std::pair<Row, Row>> pairs;
  LiveClusters live;

  World(std::size_t count, Weigh of_pair)
      : weigh(of_pair), live(table, of_pair, weight_of(-1), kComponentMax) {
    for (std::size_t i = 0; i < count; ++i) {
      table.add(i, std::vector<std::string>{"x" + std::to_string(i * 7919 % 1000), "y"});
    }
  }
  void connect(Row a, Row b) {
    if (pairs.insert(std::minmax({a, b})).second) live.connect(a, b, weigh(a, b));
  }
  // The slow way: everybody at once.
  std::vector<Row> expected(Row row) const {
    std::vector<Edge> edges;
    for (const auto& [a, b] : pairs) edges.push_back({a, b, weigh(a, b)});
    for (const auto& group : cluster(table, edges, weigh, weight_of(-1), kComponentMax)) {
      if (std::ranges::find(group, row) != group.end()) return group;
    }
    return {row};
  }
};

TEST(LiveClusters, AreThoseOfEverybodyAtOnceWhateverCameAndWent) {
  for (const std::uint64_t seed : {1U, 2U, 3U, 4U}) {
    constexpr Row kRows = 40;
    World world(kRows, any_weight);
    SeededRandom random(seed);
    const auto any = [&] { return static_cast<Row>(random.below(kRows)); };
    for (int step = 0; step < 4'000; ++step) {
      const Row a = any();
      // Mostly along a line, so that chains grow beyond what is clustered whole.
      const Row b = random.below(3) == 0 ? any() : (a + 1) % kRows;
      const auto what = random.below(20);
      if (what == 0) {
        world.live.remove(a);
        std::erase_if(world.pairs,
                      [&](const auto& pair) { return pair.first == a || pair.second == a; });
      } else if (what < 6 && !world.pairs.empty()) {
        std::vector<std::pair<Row, Row>> lost;
        for (const auto& rows : world.pairs) {
          if (random.below(world.pairs.size()) < 2) lost.push_back(rows);
        }
        for (const auto& rows : lost) world.pairs.erase(rows);
        world.live.disconnect(lost);
      } else if (a != b) {
        world.connect(a, b);
      }
      const Row asked = any();
      const auto expected = world.expected(asked);
      ASSERT_EQ(world.live.cluster_of(asked), expected) << "seed " << seed << " step " << step;
      const Row other = any();
      ASSERT_EQ(world.live.together(asked, other),
                std::ranges::find(expected, other) != expected.end());
    }
  }
}

TEST(LiveClusters, AChainThatBecomesShortEnoughStaysWhole) {
  World world(World::kComponentMax + 1, neighbours_weight);
  for (Row row = 0; row < World::kComponentMax; ++row) world.connect(row, row + 1);
  EXPECT_THAT(world.live.cluster_of(0), ElementsAre(0, 1)) << "cut at the light pairs";
  const auto cut = world.live.work();
  EXPECT_THAT(world.live.cluster_of(1), ElementsAre(0, 1));
  EXPECT_EQ(world.live.work().all(), cut.all()) << "known";
  const std::vector<std::pair<Row, Row>> last{{World::kComponentMax - 1, World::kComponentMax}};
  world.pairs.erase(last.front());
  world.live.disconnect(last);
  EXPECT_EQ(world.live.cluster_of(0), world.expected(0));
  EXPECT_GT(world.live.work().clustered, cut.clustered) << "one group of all now";
}

const Model& trained() {
  static const Model model = [] {
    PeopleOptions options;
    options.people = 300;
    People people(synthetic_config());
    std::uint64_t key = 0;
    for (const auto& record : synthetic_people(options)) people.add(++key, values_of(record));
    return people.train().value();
  }();
  return model;
}

std::string two_digits(std::size_t number) {
  return (number < 10 ? "0" : "") + std::to_string(number);
}

// Each differs a little from the one before: born a day later, a house further, the postcode after.
// No key holds more than a block does, and all hang together.
std::vector<std::string> link_of_chain(std::size_t i) {
  static constexpr std::array<const char*, 12> kFamilies{
      "Lovelace", "Babbage", "Turing",  "Hopper",  "Church",  "Noether",
      "Gauss",    "Euler",   "Fourier", "Laplace", "Hilbert", "Cantor"};
  const std::string date = std::to_string(1950 + i / 336 % 50) + "-" + two_digits(1 + i / 28 % 12) +
                           "-" + two_digits(1 + i % 28);
  return {"Ada",
          kFamilies.at(i / 40 % kFamilies.size()),
          date,
          "a" + std::to_string(i / 3) + "@mail.example",
          "+44755" + std::to_string(5'000'000 + i / 2),
          std::to_string(i % 99),
          "Crescent Road",
          "Marlow",
          std::to_string(10'000 + i / 4),
          "f"};
}

struct Chain {
  Matcher matcher = Matcher::open(trained(), crypto::Secret::copy_of(Bytes(32, 9))).value();
  std::size_t next = 0;

  void add(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i, ++next) {
      EXPECT_TRUE(matcher.add(next, link_of_chain(next)).has_value());
    }
  }
  // As a server does: whoever comes is asked about. The work for it.
  std::uint64_t add_and_ask(std::size_t count) {
    const auto before = matcher.clustering_work().all();
    for (std::size_t i = 0; i < count; ++i) {
      add(1);
      EXPECT_TRUE(matcher.proposals_of(next - 1).has_value());
    }
    return matcher.clustering_work().all() - before;
  }
};

// A browser key may send a chain of people each of whom is nearly the one before.
TEST(LiveClusters, TheWorkForARecordDoesNotGrowWithTheChainThatItHangsIn) {
  Chain chain;
  chain.add(300);  // a group is as large as it gets
  const auto early = chain.add_and_ask(40);
  chain.add(600);
  const auto late = chain.add_and_ask(40);
  EXPECT_LT(late, 2 * early) << "a chain of 940 costs what one of 300 does";
  constexpr std::uint64_t kPairsOfAGroup = kComponentRecordsMax * (kComponentRecordsMax - 1) / 2;
  EXPECT_LT(late / 40, 3 * kPairsOfAGroup);
}

// Weights are kept: whoever comes to a group is scored against its members, not they anew.
TEST(LiveClusters, ANewRecordIsScoredOnceAgainstEachOfItsGroup) {
  Chain chain;
  chain.add_and_ask(100);
  EXPECT_LE(chain.matcher.clustering_work().scored, 100U * 99U / 2);
  EXPECT_GT(chain.matcher.clustering_work().clustered, 10 * 100U * 99U / 2) << "a test of nothing";
}

// Taking everybody in first costs no clustering at all: nobody was asked about.
TEST(LiveClusters, NothingIsClusteredForWhoIsNotAskedAbout) {
  Chain chain;
  chain.add(120);
  EXPECT_EQ(chain.matcher.clustering_work().scored, 0U);
  EXPECT_EQ(chain.matcher.clustering_work().clustered, 0U);
  EXPECT_GT(chain.matcher.cluster_of(60).size(), 1U);
  EXPECT_GT(chain.matcher.clustering_work().clustered, 0U);
}

// A long chain, one at a time and with gaps torn into it, is what all at once make of it.
TEST(LiveClusters, ALongChainFallsApartAsAllAtOnce) {
  constexpr std::size_t kLinks = kComponentRecordsMax + 60;
  Chain chain;
  chain.add(kLinks - 10);
  chain.add_and_ask(10);
  std::vector<std::uint64_t> here;
  for (std::size_t i = 0; i < kLinks; ++i) here.push_back(i);
  const auto expect_as_at_once = [&] {
    People people(trained().config);
    people.table->set_terms(trained().terms);
    for (const auto key : here) people.add(key, link_of_chain(key));
    std::vector<std::vector<std::uint64_t>> found;
    for (const auto key : here) {
      const auto cluster = chain.matcher.cluster_of(key);
      if (cluster.size() > 1 && cluster.front() == key) found.push_back(cluster);
    }
    std::ranges::sort(found);
    EXPECT_EQ(found, keys_of(people, people.run(trained()))) << here.size() << " links";
  };
  expect_as_at_once();
  for (std::size_t gone = 20; gone < kLinks; gone += 40) {
    ASSERT_TRUE(chain.matcher.remove(gone).has_value());
    std::erase(here, gone);
  }
  expect_as_at_once();
}

}  // namespace
}  // namespace cdp::identity::match
