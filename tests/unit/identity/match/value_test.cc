#include "identity/match/value.h"

namespace cdp::identity::match {
namespace {

std::string read(Kind kind, const std::string& raw, DateOrder dates = DateOrder::day_first) {
  Config config;
  config.region = "GB";
  config.dates = dates;
  return ValueReader(config).read(kind, raw).text;
}

TEST(Value, NamesAreFoldedToLatinWithoutTitles) {
  EXPECT_EQ(read(Kind::given_name, "  Dr. José "), "jose");
  EXPECT_EQ(read(Kind::family_name, "GROẞMANN"), "grossmann");
  EXPECT_EQ(read(Kind::family_name, "Иванов"), "ivanov");
  EXPECT_EQ(read(Kind::family_name, "O’Neill"), "oneill");
  EXPECT_EQ(read(Kind::family_name, "van der  Berg"), "van der berg");
  EXPECT_EQ(read(Kind::family_name, "Lord"), "lord") << "a name may be a title";
}

TEST(Value, DatesComeInManySpellings) {
  for (const char* raw : {"1990-03-04", "19900304", "04/03/1990", "4.3.1990", "4 Mar 1990",
                          "March 4, 1990", "1990-03-04T00:00:00Z", "04031990"}) {
    EXPECT_EQ(read(Kind::date_of_birth, raw), "19900304") << raw;
  }
  EXPECT_EQ(read(Kind::date_of_birth, "03/04/1990", DateOrder::month_first), "19900304");
  EXPECT_EQ(read(Kind::date_of_birth, "03/24/1990"), "19900324") << "it tells itself";
  EXPECT_EQ(read(Kind::date_of_birth, "1861"), "1861");
  EXPECT_EQ(read(Kind::date_of_birth, "1934-13-41"), "19341341") << "mistyped, still comparable";
}

TEST(Value, WhatMeansNothingIsMissing) {
  for (const char* raw : {"", "  ", "NA", "NULL", "n/a", "NaN", "None", "-", "unknown",
                          "not provided", "TBD", "k.A.", "?"}) {
    EXPECT_EQ(read(Kind::family_name, raw), "") << raw;
  }
  // Days that programs write for none.
  for (const char* raw : {"1900-01-01", "1970-01-01", "0000-00-00", "9999-12-31"}) {
    EXPECT_EQ(read(Kind::date_of_birth, raw), "") << raw;
  }
  EXPECT_EQ(read(Kind::email, "?"), "");
  EXPECT_EQ(read(Kind::family_name, "Na"), "na") << "a name in Korea";
  EXPECT_EQ(read(Kind::given_name, "Nan"), "nan");
}

TEST(Value, ContactPointsAreNormalisedAsIdentifiersAre) {
  EXPECT_EQ(read(Kind::email, " Jo@Mail.Example "), "jo@mail.example");
  EXPECT_EQ(read(Kind::email, "jo at mail"), "jo at mail") << "kept as typed, still comparable";
  EXPECT_EQ(read(Kind::phone, "020 7946 0958"), "442079460958");
  EXPECT_EQ(read(Kind::phone, "ask at the door"), "");
}

}  // namespace
}  // namespace cdp::identity::match
