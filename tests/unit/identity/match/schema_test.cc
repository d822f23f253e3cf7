#include "identity/match/schema.h"

#include "identity/match/quality.h"

namespace cdp::identity::match {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<Kind> kinds_of(const Schema& schema) {
  std::vector<Kind> kinds;
  for (const Field& field : schema.fields) kinds.push_back(field.kind);
  return kinds;
}

TEST(Schema, KnowsColumnsByTheirNames) {
  const std::vector<std::string> header{"unique_id", "First Name", "sur-name", "DOB",
                                        "city",      "eMail",      "cluster"};
  const auto schema = infer_schema(header).value();
  EXPECT_THAT(kinds_of(schema), ElementsAre(Kind::given_name, Kind::family_name,
                                            Kind::date_of_birth, Kind::place, Kind::email));
  EXPECT_EQ(schema.id, 0U);
  const std::vector<std::string> row{"7", " Ada ", "Byron", "1815-12-10", "", "a@b.example", "1"};
  EXPECT_THAT(schema.values_of(row), ElementsAre("Ada", "Byron", "1815-12-10", "", "a@b.example"));
}

TEST(Schema, KnowsColumnsInTheLanguagesOfEuropeAndOfShops) {
  const auto kinds = [](const std::vector<std::string>& header) {
    return kinds_of(infer_schema(header).value());
  };
  EXPECT_THAT(kinds({"Prénom", "Nom", "Née le", "Courriel", "Code postal"}),
              ElementsAre(Kind::given_name, Kind::date_of_birth, Kind::email, Kind::postcode,
                          Kind::family_name));
  EXPECT_THAT(kinds({"Vorname", "Name", "Straße", "Handy-Nr.", "Wohnort"}),
              ::testing::IsSupersetOf({Kind::given_name, Kind::family_name, Kind::street}));
  EXPECT_THAT(
      kinds({"customer_first_name", "Customer Last Name", "Default Address Zip", "Mailing City",
             "phone_2"}),
      ElementsAre(Kind::given_name, Kind::family_name, Kind::postcode, Kind::place, Kind::phone));
  EXPECT_FALSE(infer_schema(std::vector<std::string>{"spouse_first_name", "employer_phone"}))
      << "somebody else's";
}

TEST(Schema, JoinsADateOfThreeColumns) {
  const std::vector<std::string> header{"fname_c1", "lname_c1", "by", "bm", "bd"};
  const auto schema = infer_schema(header).value();
  const std::vector<std::string> row{"CARSTEN", "MEIER", "1949", "7", "22"};
  EXPECT_THAT(schema.values_of(row), ElementsAre("1949-7-22", "CARSTEN", "MEIER"));
  const std::vector<std::string> half{"CARSTEN", "MEIER", "1949", "NA", "22"};
  EXPECT_EQ(schema.values_of(half)[0], "") << "half a date is none";
}

TEST(Schema, SplitsAFullNameWhenThereIsNoOther) {
  const std::vector<std::string> header{"full_name", "dob"};
  const auto schema = infer_schema(header).value();
  EXPECT_EQ(schema.values_of(std::vector<std::string>{"Mary Ann Smith", ""})[1], "Mary Ann");
  EXPECT_EQ(schema.values_of(std::vector<std::string>{"Mary Ann Smith", ""})[2], "Smith");
  EXPECT_EQ(schema.values_of(std::vector<std::string>{"Smith, Mary Ann", ""})[2], "Smith");
  const std::vector<std::string> both{"full_name", "first_name", "surname"};
  EXPECT_THAT(kinds_of(infer_schema(both).value()),
              ElementsAre(Kind::given_name, Kind::family_name));
}

TEST(Schema, RefusesATableThatTellsOfNobody) {
  const std::vector<std::string> header{"a", "b", "c"};
  const auto schema = infer_schema(header);
  ASSERT_FALSE(schema.has_value());
  EXPECT_EQ(schema.error().code, ErrorCode::invalid_argument);
  EXPECT_THAT(schema.error().hint, HasSubstr("--config"));
}

TEST(Schema, TakesTheWordOfAConfiguration) {
  const std::vector<std::string> header{"k", "n1", "n2"};
  const std::vector<FieldChoice> choices{{"n2", Kind::family_name}, {"n1", Kind::given_name}};
  const auto schema = chosen_schema(header, choices, "k").value();
  EXPECT_THAT(schema.values_of(std::vector<std::string>{"1", "Ada", "Byron"}),
              ElementsAre("Byron", "Ada"));
  EXPECT_FALSE(chosen_schema(header, choices, "nothing").has_value());
}

TEST(Quality, CountsPairsAndBCubed) {
  // Persons {0,1,2} and {3,4}; found {0,1}, {2,3}, {4}.
  const std::vector<std::uint64_t> truth{1, 1, 1, 2, 2};
  const std::vector<std::uint64_t> found{7, 7, 8, 8, 9};
  const auto quality = quality_of(truth, found);
  EXPECT_EQ(quality.true_pairs, 4U);
  EXPECT_EQ(quality.found_pairs, 2U);
  EXPECT_EQ(quality.right_pairs, 1U);
  EXPECT_DOUBLE_EQ(quality.precision, 0.5);
  EXPECT_DOUBLE_EQ(quality.recall, 0.25);
  EXPECT_NEAR(quality.b3_precision, (1 + 1 + .5 + .5 + 1) / 5, 1e-12);
  EXPECT_NEAR(quality.b3_recall, (2. / 3 + 2. / 3 + 1. / 3 + .5 + .5) / 5, 1e-12);
}

}  // namespace
}  // namespace cdp::identity::match
