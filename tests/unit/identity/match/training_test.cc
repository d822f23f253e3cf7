#include "identity/match/training.h"

#include <cmath>

#include "tests/unit/identity/match/match_fixture.h"

namespace cdp::identity::match {
namespace {

Quality quality_on(const PeopleOptions& options) {
  People people(synthetic_config());
  std::vector<std::uint64_t> truth;
  for (const auto& record : synthetic_people(options)) {
    people.add(truth.size(), values_of(record));
    truth.push_back(record.person);
  }
  const auto model = people.train();
  EXPECT_TRUE(model.has_value());
  std::vector<std::uint64_t> found;
  for (std::size_t i = 0; i < truth.size(); ++i) found.push_back(truth.size() + i);
  const auto result = people.run(*model);
  for (const auto& cluster : result.clusters) {
    for (const Row row : cluster) found[row] = cluster.front();
  }
  return quality_of(truth, found);
}

// Half of these people share an address, a family name and a landline with somebody else.
TEST(Training, TellsAFamilyApartWithoutLabels) {
  PeopleOptions options;
  options.people = 300;
  const auto quality = quality_on(options);
  EXPECT_GE(quality.precision, 0.97);
  EXPECT_GE(quality.recall, 0.97);
  EXPECT_LE(quality.largest_cluster, 2 * quality.largest_true);
}

TEST(Training, EstimatesComeCloseToTheTruth) {
  PeopleOptions options;
  options.people = 300;
  options.seed = 5;
  People people(synthetic_config());
  std::vector<std::uint64_t> truth;
  for (const auto& record : synthetic_people(options)) {
    people.add(truth.size(), values_of(record));
    truth.push_back(record.person);
  }
  const auto model = people.train();
  ASSERT_TRUE(model.has_value());
  double exact = 0;
  double compared = 0;
  double pairs = 0;
  for (Row a = 0; a < truth.size(); ++a) {
    for (Row b = a + 1; b < truth.size(); ++b) {
      if (truth[a] != truth[b]) continue;
      pairs += 1;
      if (people.table->value_id(a, 2) == 0 || people.table->value_id(b, 2) == 0) continue;
      compared += 1;
      exact += people.table->value_id(a, 2) == people.table->value_id(b, 2) ? 1 : 0;
    }
  }
  const auto n = static_cast<double>(truth.size());
  EXPECT_NEAR(model->lambda / (pairs / (n * (n - 1) / 2)), 1.0, 0.05);
  ASSERT_EQ(model->fields()[2].kind, Kind::date_of_birth);
  const auto level = levels_of(Kind::date_of_birth).exact();
  EXPECT_NEAR(model->rates[2].m[level], exact / compared, 0.04);
}

TEST(Training, TheOrderOfTheFileChangesNothing) {
  PeopleOptions options;
  options.people = 150;
  auto records = synthetic_people(options);
  const auto train_on = [&] {
    People people(synthetic_config());
    for (std::size_t i = 0; i < records.size(); ++i) people.add(i, values_of(records[i]));
    return write(people.train().value());
  };
  const auto first = train_on();
  std::ranges::reverse(records);
  EXPECT_TRUE(train_on() == first);
  std::swap(records[3], records[50]);
  EXPECT_TRUE(train_on() == first);
}

TEST(Training, ColumnsWithoutValuesAreRefused) {
  People people(synthetic_config());
  std::vector<std::string> empty(people.config.fields.size());
  for (std::uint64_t i = 0; i < 20; ++i) {
    empty[0] = "Ann";  // the same for everybody tells nobody apart
    people.add(i, empty);
  }
  const auto model = people.train();
  ASSERT_FALSE(model.has_value());
  EXPECT_EQ(model.error().code, ErrorCode::unprocessable);
  EXPECT_FALSE(model.error().hint.empty());
}

TEST(Training, RecordsOfWhichNoTwoAreAlikeAreRefused) {
  Config config;
  config.fields = {{"given_name", Kind::given_name}, {"family_name", Kind::family_name}};
  People people(config);
  people.add(1, {"Ann", "Zulu"});
  people.add(2, {"Boris", "Yankee"});
  const auto model = people.train();
  ASSERT_FALSE(model.has_value());
  EXPECT_EQ(model.error().code, ErrorCode::unprocessable);
}

TEST(Training, AConfigurationThatCannotWorkIsRefused) {
  Config config;
  EXPECT_FALSE(check(config).has_value());
  config.fields = {{"city", Kind::place}, {"street", Kind::street}};
  EXPECT_FALSE(check(config).has_value()) << "places tell nobody apart";
  config.fields = {{"a", Kind::given_name}, {"a", Kind::family_name}};
  EXPECT_FALSE(check(config).has_value()) << "one name twice";
  config.fields = {{"a", Kind::given_name}, {"b", Kind::family_name}};
  EXPECT_TRUE(check(config).has_value());
  config.link_bits = config.review_bits - 1;
  EXPECT_FALSE(check(config).has_value());
  for (double Config::*bits : {&Config::join_bits, &Config::link_bits, &Config::review_bits}) {
    for (const double wrong : {std::nan(""), HUGE_VAL, -HUGE_VAL, 1e300}) {
      Config odd;
      odd.fields = config.fields;
      odd.*bits = wrong;
      EXPECT_FALSE(check(odd).has_value()) << wrong;
    }
  }
}

}  // namespace
}  // namespace cdp::identity::match
