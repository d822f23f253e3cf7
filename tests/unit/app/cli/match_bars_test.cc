// The bars of matching, as a regression test on data that nobody here wrote; skipped without it.
// FEBRL 4 is measured by the bench alone: it takes longer and stands at the same ceiling.
#include <gmock/gmock.h>

#include <map>

#include "cdp/app/cli/match_files.h"
#include "identity/match/quality.h"
#include "tests/support/reference_data.h"

namespace cdp::app::cli {
namespace {

namespace match = identity::match;

// "rec-12-dup-3" is person "rec-12".
std::string person_of(const std::string& label) {
  if (!label.starts_with("rec-")) return label;
  return label.substr(0, label.find('-', 4));
}

match::Quality quality_on(const std::string& file, const std::string& truth_column) {
  const auto people = read_people({file}, MatchSettings{}, {}, false, truth_column).value();
  const crypto::BlindIndex index(crypto::Secret::copy_of(Bytes(32, 1)), "test", 1);
  match::Blocks blocks(*people.table, match::block_rules(people.config.fields), index,
                       people.config.block_records_max);
  for (match::Row row = 0; row < people.table->rows(); ++row) blocks.add(row);
  auto config = people.config;
  config.random_pairs = 200'000;
  const auto model = match::train(config, *people.table, blocks, nullptr).value();
  const match::Scorer scorer(*people.table, model);
  const auto cut = match::weight_of(config.join_bits);
  const auto result = run_batch(*people.table, blocks, scorer, cut, cut, false, nullptr);
  std::map<std::string, std::uint64_t> persons;
  std::vector<std::uint64_t> truth, found;
  for (const auto& label : people.truth) {
    truth.push_back(persons.emplace(person_of(label), persons.size()).first->second);
    found.push_back(found.size());
  }
  for (const auto& cluster : result.clusters) {
    for (const auto row : cluster) found[row] = cluster.front();
  }
  return match::quality_of(truth, found);
}

TEST(MatchBars, FakeOneThousand) {
  CDP_REQUIRE_REFERENCE(file, "identity/splink_fake_1000.csv");
  const auto quality = quality_on(file.string(), "cluster");
  EXPECT_EQ(quality.true_pairs, 2'031U);
  EXPECT_GE(quality.f1, 0.95);
  EXPECT_GE(quality.precision, 0.995);
}

TEST(MatchBars, FebrlThree) {
  CDP_REQUIRE_REFERENCE(file, "identity/febrl_dataset3.csv");
  const auto quality = quality_on(file.string(), "rec_id");
  EXPECT_EQ(quality.true_pairs, 6'538U);
  EXPECT_GE(quality.f1, 0.998);
}

}  // namespace
}  // namespace cdp::app::cli
