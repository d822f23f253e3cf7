// However many threads share the work, the answer is the same to the last bit.
#include <gtest/gtest.h>

#include <numeric>

#include "identity/match/parts.h"
#include "tests/unit/identity/match/match_fixture.h"

namespace cdp::identity::match {
namespace {

People invented() {
  People people(synthetic_config());
  PeopleOptions options;
  options.people = 400;  // more rows than two parts
  std::uint64_t key = 0;
  for (const auto& record : synthetic_people(options)) people.add(++key, values_of(record));
  return people;
}

std::vector<std::tuple<Row, Row, Weight>> edges_of(const BatchResult& result) {
  std::vector<std::tuple<Row, Row, Weight>> edges;
  for (const Edge& edge : result.edges) edges.emplace_back(edge.a, edge.b, edge.weight);
  return edges;
}

TEST(Threads, AnyNumberOfThemTrainsTheSameModelAndFindsTheSamePairsAndClusters) {
  std::string document;
  BatchResult alone;
  for (const std::size_t threads : {1U, 2U, 7U}) {
    SCOPED_TRACE(std::to_string(threads) + " threads");
    const People people = invented();
    ASSERT_GT(people.table->rows(), 2 * kPartSize);
    const auto model = match::train(people.config, *people.table, *people.blocks, nullptr, threads);
    ASSERT_TRUE(model.has_value());
    const Scorer scorer(*people.table, *model);
    const auto result =
        run_batch(*people.table, *people.blocks, scorer, weight_of(people.config.review_bits),
                  weight_of(people.config.join_bits), false, nullptr, threads);
    if (threads == 1) {
      document = write(*model);
      alone = result;
      ASSERT_GT(alone.clusters.size(), 100U);
      continue;
    }
    EXPECT_EQ(write(*model), document);
    EXPECT_EQ(result.candidates, alone.candidates);
    EXPECT_EQ(edges_of(result), edges_of(alone));
    EXPECT_EQ(result.clusters, alone.clusters);
  }
}

TEST(Threads, ProgressIsToldByTheCallingThreadAlone) {
  const auto here = std::this_thread::get_id();
  const People people = invented();
  double last = 0;
  std::string step;
  const Progress tell = [&](std::string_view now, double done) {
    EXPECT_EQ(std::this_thread::get_id(), here);
    if (now != step) last = 0;
    step = now;
    EXPECT_GE(done, last);
    last = done;
  };
  ASSERT_TRUE(match::train(people.config, *people.table, *people.blocks, tell, 3).has_value());
}

TEST(Parts, CoverTheRangeOnceInOrder) {
  using Numbers = std::vector<std::size_t>;
  for (const std::size_t count :
       {std::size_t{0}, std::size_t{1}, kPartSize, kPartSize + 1, 5 * kPartSize - 1}) {
    for (const std::size_t threads : {0U, 1U, 2U, 7U}) {
      Numbers seen;
      for (const Numbers& part : in_parts<Numbers>(count, threads, [] {
             return [](std::size_t from, std::size_t to) {
               Numbers numbers(to - from);
               std::iota(numbers.begin(), numbers.end(), from);
               return numbers;
             };
           })) {
        seen.insert(seen.end(), part.begin(), part.end());
      }
      Numbers all(count);
      std::iota(all.begin(), all.end(), std::size_t{0});
      EXPECT_EQ(seen, all) << count << " by " << threads;
    }
  }
}

}  // namespace
}  // namespace cdp::identity::match
