// Order does not matter to matching either (DESIGN invariant 8): clusters depend on the set of
// records, and one record at a time gives what all at once give.
#include <algorithm>
#include <set>
#include <tuple>

#include "cdp/core/base/random.h"
#include "identity/match/matcher.h"
#include "tests/unit/identity/match/match_fixture.h"

namespace cdp::identity::match {
namespace {

using Clusters = std::vector<std::vector<std::uint64_t>>;
using Pairs = std::set<std::tuple<std::uint64_t, std::uint64_t, Weight>>;

struct Crowd {
  Model model;
  std::vector<std::vector<std::string>> records;

  // Small blocks, so that many open and close.
  explicit Crowd(std::uint64_t seed, std::size_t block_records_max) {
    PeopleOptions options;
    options.people = 120;
    options.seed = seed;
    options.dirt = kWornDirt;
    auto config = synthetic_config();
    config.block_records_max = block_records_max;
    People people(config);
    for (const auto& record : synthetic_people(options)) {
      records.push_back(values_of(record));
      people.add(records.size(), records.back());
    }
    model = people.train().value();
  }

  // The pairs that are proposed among these records, all at once: keys, and thousandths of a bit.
  Pairs pairs(const std::vector<std::uint64_t>& keys) const {
    People people(model.config);
    people.table->set_terms(model.terms);
    for (const auto key : keys) people.add(key, records[key - 1]);
    Pairs pairs;
    for (const auto& edge : people.run(model).edges) {
      const auto a = people.table->key(edge.a), b = people.table->key(edge.b);
      pairs.insert({std::min(a, b), std::max(a, b), edge.weight});
    }
    return pairs;
  }
  // Keys of these records in this order, all at once.
  Clusters batch(const std::vector<std::uint64_t>& keys) const {
    People people(model.config);
    people.table->set_terms(model.terms);
    for (const auto key : keys) people.add(key, records[key - 1]);
    return keys_of(people, people.run(model));
  }
};

std::vector<std::uint64_t> shuffled(std::size_t count, Random& random) {
  std::vector<std::uint64_t> keys;
  for (std::uint64_t i = 1; i <= count; ++i) keys.push_back(i);
  for (std::size_t i = keys.size(); i > 1; --i) std::swap(keys[i - 1], keys[random.below(i)]);
  return keys;
}

Clusters clusters_in(Matcher& matcher, const std::vector<std::uint64_t>& keys) {
  Clusters clusters;
  for (const auto key : keys) {
    const auto cluster = matcher.cluster_of(key);
    if (cluster.size() > 1 && cluster.front() == key) clusters.push_back(cluster);
  }
  std::ranges::sort(clusters);
  return clusters;
}

TEST(MatchProperty, TheOrderOfRecordsChangesNoCluster) {
  const Crowd crowd(11, 12);
  SeededRandom random(1);
  const auto first = crowd.batch(shuffled(crowd.records.size(), random));
  EXPECT_FALSE(first.empty());
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(crowd.batch(shuffled(crowd.records.size(), random)), first) << "seed 1, round " << i;
  }
}

TEST(MatchProperty, OneAtATimeGivesWhatAllAtOnceGive) {
  for (const std::size_t cap : {4U, 12U, 60U}) {
    const Crowd crowd(12, cap);
    SeededRandom random(2);
    for (int i = 0; i < 3; ++i) {
      const auto keys = shuffled(crowd.records.size(), random);
      auto matcher = Matcher::open(crowd.model, crypto::Secret::copy_of(Bytes(32, 3))).value();
      for (const auto key : keys) {
        ASSERT_TRUE(matcher.add(key, crowd.records[key - 1]).has_value());
      }
      EXPECT_EQ(clusters_in(matcher, keys), crowd.batch(keys)) << "cap " << cap << " round " << i;
    }
  }
}

TEST(MatchProperty, RemovedIsAsIfNeverAdded) {
  for (const std::size_t cap : {4U, 12U}) {
    const Crowd crowd(13, cap);
    SeededRandom random(3);
    auto matcher = Matcher::open(crowd.model, crypto::Secret::copy_of(Bytes(32, 3))).value();
    const auto keys = shuffled(crowd.records.size(), random);
    for (const auto key : keys) {
      ASSERT_TRUE(matcher.add(key, crowd.records[key - 1]).has_value());
    }
    std::vector<std::uint64_t> left = keys;
    for (std::size_t i = 0; i < keys.size() / 2; ++i) {
      const auto at = random.below(left.size());
      ASSERT_TRUE(matcher.remove(left[at]));
      left.erase(left.begin() + static_cast<std::ptrdiff_t>(at));
      if (i % 20 == 0) {
        ASSERT_EQ(clusters_in(matcher, left), crowd.batch(left)) << "cap " << cap << ", " << i;
      }
    }
    for (std::size_t i = 0; i < 10; ++i) {  // and back, in other rows
      for (const auto key : keys) {
        if (!matcher.contains(key) && random.below(2) == 0) {
          ASSERT_TRUE(matcher.add(key, crowd.records[key - 1]).has_value());
          left.push_back(key);
        }
      }
    }
    EXPECT_EQ(clusters_in(matcher, left), crowd.batch(left)) << "cap " << cap;
  }
}

void put(const std::vector<Proposal>& proposals, std::uint64_t key, Pairs* pairs) {
  for (const auto& proposal : proposals) {
    pairs->insert({std::min(key, proposal.other), std::max(key, proposal.other),
                   weight_of(proposal.weight_bits)});
  }
}

// What add() and remove() say as they go is all there is: whoever listens to them and takes out
// whom was removed knows every pair that the whole set has.
TEST(MatchProperty, WhatIsProposedOnTheWayIsWhatAllAtOncePropose) {
  for (const std::size_t cap : {2U, 4U, 60U}) {
    const Crowd crowd(15, cap);
    SeededRandom random(4);
    auto matcher = Matcher::open(crowd.model, crypto::Secret::copy_of(Bytes(32, 3))).value();
    Pairs heard;
    std::vector<std::uint64_t> here;
    const auto keys = shuffled(crowd.records.size(), random);
    for (std::size_t i = 0; i < keys.size() * 2; ++i) {
      if (i < keys.size()) {
        const auto& values = crowd.records[keys[i] - 1];
        EXPECT_FALSE(matcher.is_current(keys[i], values));
        ASSERT_TRUE(matcher.add(keys[i], values).has_value());
        put(matcher.proposals_of(keys[i]).value(), keys[i], &heard);
        EXPECT_TRUE(matcher.is_current(keys[i], values));
        here.push_back(keys[i]);
      }
      if (here.size() > 20 && (i >= keys.size() || random.below(4) == 0)) {
        const auto at = random.below(here.size());
        const auto gone = here[at];
        here.erase(here.begin() + static_cast<std::ptrdiff_t>(at));
        const auto gained = matcher.remove(gone);
        ASSERT_TRUE(gained.has_value());
        std::erase_if(heard, [&](const auto& pair) {
          return std::get<0>(pair) == gone || std::get<1>(pair) == gone;
        });
        for (const auto key : *gained) put(matcher.proposals_of(key).value(), key, &heard);
      }
      if (i % 20 != 0) continue;
      Pairs now;
      for (const auto key : here) put(matcher.proposals_of(key).value(), key, &now);
      ASSERT_EQ(now, crowd.pairs(here)) << "cap " << cap << ", step " << i;
      // A pair whose block went over its cap was proposed once, and is not asked back.
      ASSERT_TRUE(std::ranges::includes(heard, now)) << "cap " << cap << ", step " << i;
    }
  }
}

TEST(MatchProperty, WeightsAreTheSameBothWays) {
  const Crowd crowd(14, 60);
  Table table(crowd.model.config);
  table.set_terms(crowd.model.terms);
  for (std::size_t i = 0; i < crowd.records.size(); ++i) table.add(i, crowd.records[i]);
  const Scorer scorer(table, crowd.model);
  for (Row a = 0; a < table.rows(); ++a) {
    for (Row b = 0; b < a; ++b) ASSERT_EQ(scorer.score(a, b), scorer.score(b, a));
  }
}

}  // namespace
}  // namespace cdp::identity::match
