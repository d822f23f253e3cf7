#include "identity/match/blocks.h"

#include "tests/unit/identity/match/match_fixture.h"

namespace cdp::identity::match {
namespace {

// The examples of the US National Archives.
TEST(Blocks, SoundexIsTheArchives) {
  const std::vector<std::pair<std::string, std::string>> known{
      {"washington", "w252"}, {"lee", "l000"},     {"gutierrez", "g362"},
      {"pfister", "p236"},    {"jackson", "j250"}, {"tymczak", "t522"},
      {"ashcraft", "a261"},   {"robert", "r163"},  {"rupert", "r163"}};
  for (const auto& [name, code] : known) EXPECT_EQ(soundex(name), code) << name;
}

Config names_and_birth() {
  Config config;
  config.fields = {{"given_name", Kind::given_name},
                   {"family_name", Kind::family_name},
                   {"date_of_birth", Kind::date_of_birth}};
  config.block_records_max = 3;
  return config;
}

std::vector<Row> candidates(const People& people, Row row) {
  Stamps stamps;
  std::vector<Row> found;
  people.blocks->each_candidate(row, &stamps, [&](Row other) { found.push_back(other); });
  std::ranges::sort(found);
  return found;
}

TEST(Blocks, NamesThatChangedPlacesMeet) {
  People people(names_and_birth());
  const Row a = people.add(1, {"Loretta", "Quigley", ""});
  const Row b = people.add(2, {"Quigley", "Loretta", ""});
  EXPECT_TRUE(people.blocks->are_candidates(a, b));
}

TEST(Blocks, OneOverTheCapOpensNoPairsForAnybody) {
  People people(names_and_birth());
  std::vector<Row> rows;
  for (std::uint64_t i = 0; i < 3; ++i) rows.push_back(people.add(i, {"", "", "1990-01-01"}));
  EXPECT_EQ(candidates(people, rows[0]).size(), 2U);
  const Row more = people.add(3, {"", "", "1990-01-01"});
  for (const Row row : rows) EXPECT_TRUE(candidates(people, row).empty());
  people.blocks->remove(more);
  EXPECT_EQ(candidates(people, rows[0]).size(), 2U) << "and opens them again below it";
}

TEST(Blocks, MissingValuesStandInNoBlock) {
  People people(names_and_birth());
  const Row a = people.add(1, {"", "Quigley", ""});
  const Row b = people.add(2, {"", "Quigley", ""});
  EXPECT_FALSE(people.blocks->are_candidates(a, b)) << "a family name alone is no reason";
}

}  // namespace
}  // namespace cdp::identity::match
