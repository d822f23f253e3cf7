#include "identity/match/copies.h"

#include <gmock/gmock.h>

#include "tests/unit/identity/match/match_fixture.h"

namespace cdp::identity::match {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const std::vector<SyntheticRecord>& invented() {
  static const auto records = [] {
    PeopleOptions options;
    options.people = 200;
    return synthetic_people(options);
  }();
  return records;
}

const Model& trained() {
  static const Model model = [] {
    People people(synthetic_config());
    std::uint64_t key = 0;
    for (const auto& record : invented()) people.add(++key, values_of(record));
    return people.train().value();
  }();
  return model;
}

std::vector<std::string> ada(const std::string& family = "Lovelace") {
  return {"Ada",           family, "1985-12-10",    "ada@mail.example",
          "+447555123456", "12",   "Crescent Road", "Marlow",
          "01234",         "f"};
}

struct World : People {
  World() : People(trained().config) { table->set_terms(trained().terms); }
  Scorer scorer() const { return {*table, trained()}; }
  Copies copies(std::size_t count = 1) const {
    return {*table, scorer(), weight_of(config.link_bits), count};
  }
  BatchResult run_without_copies() {
    const Copies found = copies();
    blocks->leave_out(found.rows());
    auto result = run(trained());
    found.give_back(&result);
    return result;
  }
};

TEST(Copies, ACrowdOfEqualRowsIsOnePersonAndSoIsWhoIsNearlyThem) {
  constexpr std::uint64_t kMany = 300;  // more than a block or a component holds
  World world;
  for (std::uint64_t key = 1; key <= kMany; ++key) world.add(key, ada());
  world.add(kMany + 1, ada("Lovelase"));
  world.add(kMany + 2, {"Bob", "Dylan", "1941-05-24", "", "", "", "", "", "", "m"});
  EXPECT_THAT(world.run(trained()).clusters, IsEmpty()) << "every block is full";
  EXPECT_TRUE(world.blocks->only_in_full_blocks(0));
  EXPECT_FALSE(world.blocks->only_in_full_blocks(kMany + 1)) << "he shares nothing with anybody";
  const auto result = world.run_without_copies();
  ASSERT_EQ(result.clusters.size(), 1U);
  EXPECT_EQ(result.clusters.front().size(), kMany + 1);
  EXPECT_FALSE(world.blocks->only_in_full_blocks(0));
}

TEST(Copies, AreOnlyRowsWhoseFieldsAreEnoughToLink) {
  World world;
  const std::vector<std::string> vague{"Ada", "", "", "", "", "", "", "", "", "f"};
  const std::vector<std::string> nothing(vague.size());
  for (const auto& values : {vague, nothing, ada()}) {
    world.add(world.table->rows(), values);
    world.add(world.table->rows(), values);
  }
  EXPECT_EQ(world.copies(2).size(), 0U) << "two are no crowd of more than two";
  const Copies copies = world.copies();
  EXPECT_EQ(copies.size(), 1U);
  EXPECT_TRUE(copies.is_copy(5));
  EXPECT_EQ(copies.first_of(5), 4U);
  EXPECT_TRUE(copies.has_copies(4));
  EXPECT_FALSE(copies.is_copy(1));
}

// As they are written does not matter, as long as they mean the same.
TEST(Copies, AreEqualAsTheyAreRead) {
  World world;
  world.add(1, ada());
  auto shouted = ada("LOVELACE");
  shouted[2] = "10.12.1985";
  world.add(2, shouted);
  EXPECT_EQ(world.copies().size(), 1U);
}

TEST(Copies, LeaveEverybodyElseAsTheyWere) {
  World without, with;
  std::uint64_t key = 0;
  for (const auto& record : invented()) {
    without.add(++key, values_of(record));
    with.add(key, values_of(record));
  }
  auto expected = without.run_without_copies().clusters;
  const auto first = static_cast<Row>(with.table->rows());
  for (int i = 0; i < 100; ++i) with.add(++key, ada());
  std::vector<Row> crowd(100);
  for (Row i = 0; i < 100; ++i) crowd[i] = first + i;
  expected.push_back(crowd);
  EXPECT_EQ(with.run_without_copies().clusters, expected);
}

TEST(Copies, CrowdsAreManyEqualRowsThatHoldWhatOnePersonHas) {
  World world;
  const std::vector<std::string> only_a_name{"Max", "Mustermann", "", "", "", "", "", "", "", ""};
  for (int i = 0; i < 5; ++i) world.add(world.table->rows(), ada());
  for (int i = 0; i < 5; ++i) world.add(world.table->rows(), only_a_name);
  EXPECT_THAT(crowds_in(*world.table, 4),
              ElementsAre(false, true, true, true, true, false, false, false, false, false));
  EXPECT_EQ(std::ranges::count(crowds_in(*world.table, 5), true), 0);
  const auto crowd = crowds_in(*world.table, 4);
  const auto persons = [&] { return world.table->count_terms({}).front().persons; };
  EXPECT_EQ(persons(), 10U);
  world.table->set_aside(crowd, true);
  EXPECT_EQ(persons(), 6U);
  world.table->set_aside(crowd, false);
  EXPECT_EQ(persons(), 10U);
}

TEST(Copies, NoneAreNoCopies) {
  BatchResult result;
  result.clusters = {{1, 2}};
  Copies().give_back(&result);
  EXPECT_THAT(result.clusters, ElementsAre(ElementsAre(1, 2)));
  EXPECT_FALSE(Copies().is_copy(7));
  EXPECT_EQ(Copies().first_of(7), 7U);
}

}  // namespace
}  // namespace cdp::identity::match
