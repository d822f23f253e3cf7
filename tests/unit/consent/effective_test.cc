// What decisions read of a whole person: places, ages, and whose records a proven address opens.
#include "consent/effective.h"

#include "consent/consent_state.h"
#include "tests/support/household.h"

namespace cdp::consent {
namespace {

using event::Choice;
using event::Grade;
using testing::day;

Time at(const std::string& date) { return from_rfc3339(date + "T00:00:00Z").value(); }

constexpr const char* kEmail = "marketing.communications.email";
constexpr const char* kPersonal = "personalize.content";

class Effective : public ::testing::Test {
 protected:
  Effective() {
    EXPECT_TRUE(crypto::initialise().has_value());
    policy_.purposes[kEmail] = testing::make_purpose(kEmail, "email");
    policy_.purposes[kPersonal] = testing::make_purpose(kPersonal);
    policy_.attributes["birthday"] =
        testing::make_attribute("birthday", "user.demographic.date_of_birth");
    DestinationConfig ads;
    ads.name = "ads";
    ads.purposes = {kPersonal};
    policy_.destinations["ads"] = ads;
    house_.member("shop", 1, event::Trust::vendor_signed);
    house_.member("cdp-preferences", 2);
    house_.identifier(1, "email", "a@shop.example");
  }

  // What the person said on our own page, having proved a@shop.example.
  event::Statement& said(const std::string& purpose, Choice choice, int on) {
    auto& s = house_.statement(1, purpose, choice, day(on), "a@shop.example");
    s.grade = Grade::verified;
    return s;
  }
  // May the shop's record be used?
  std::string shops(const std::string& purpose) {
    const PersonEvidence evidence(house_.profile(), policy_);
    Question question;
    question.purpose = policy_.purpose(purpose);
    question.proof_group = 1;
    question.asking = PersonaOrdinal(1);
    question.contact_point = house_.token("email", "a@shop.example");
    return std::string(to_string(decide(question, evidence.statements, policy_, day(100)).reason));
  }
  void lived(std::size_t i, const std::string& attribute, const std::string& json) {
    house_.profile().members.at(i).document.places.push_back({attribute, Pii<std::string>(json)});
  }
  std::vector<std::string> places() { return jurisdictions_of(house_.profile(), policy_); }

  Policy policy_;
  crypto::BlindIndex link_ = testing::index_for_tests(1);
  crypto::BlindIndex pseudonyms_ = testing::index_for_tests(2);
  testing::Household house_{link_};
};

TEST_F(Effective, WhoProvedTheOnlyAddressOfARecordSpeaksForIt) {
  house_.identifier(0, "email", "a@shop.example");
  said(kPersonal, Choice::granted, 5);
  said(kEmail, Choice::granted, 5);
  EXPECT_EQ(shops(kPersonal), "granted");
  EXPECT_EQ(shops(kEmail), "granted");
}

TEST_F(Effective, ButNotForARecordWithAnotherAddressBesides) {
  house_.identifier(0, "email", "a@shop.example");
  house_.identifier(0, "email", "buyer@shop.example");
  said(kPersonal, Choice::granted, 5);
  EXPECT_EQ(shops(kPersonal), "unlinked_grant");
}

TEST_F(Effective, NorForARecordWithoutAnAddress) {
  said(kPersonal, Choice::granted, 5);
  EXPECT_EQ(shops(kPersonal), "unlinked_grant");
}

TEST_F(Effective, NorForWhatOnlyABrowserClaims) {
  house_.identifier(0, "email", "a@shop.example");
  house_.profile().members.at(0).document.trust = event::Trust::public_key;
  said(kPersonal, Choice::granted, 5);
  EXPECT_EQ(shops(kPersonal), "unlinked_grant");
}

TEST_F(Effective, NorWhenSomebodyElseVerifiedIt) {
  house_.identifier(0, "email", "a@shop.example");
  said(kPersonal, Choice::granted, 5).grade = Grade::double_opt_in;
  EXPECT_EQ(shops(kPersonal), "unlinked_grant");
}

TEST_F(Effective, MovingForgetsNoPlace) {
  EXPECT_TRUE(places().empty());
  house_.attribute(0, "country", R"("US")", day(9));
  lived(0, "country", R"("DE")");
  lived(0, "country", R"("US")");
  EXPECT_EQ(places(), (std::vector<std::string>{"DE", "US"}));
  lived(0, "region", R"("CA")");
  lived(0, "region", R"("TX")");
  EXPECT_EQ(places(), (std::vector<std::string>{"DE-CA", "DE-TX", "US-CA", "US-TX"}));
}

TEST_F(Effective, APlaceThatAStatementNamesCounts) {
  said(kPersonal, Choice::denied, 5).jurisdiction = "FR";
  EXPECT_EQ(places(), (std::vector<std::string>{"FR"}));
}

TEST_F(Effective, TheControllersOwnLawHoldsBesideThePersons) {
  policy_.home_jurisdiction = "DE";
  EXPECT_TRUE(places().empty());  // nothing known of the person stays nothing known
  house_.attribute(0, "country", R"("US")", day(9));
  EXPECT_EQ(places(), (std::vector<std::string>{"DE", "US"}));
}

TEST_F(Effective, TooManyPlacesAreOneThatCannotBeRead) {
  house_.profile().members.at(0).document.places_overflowed = true;
  EXPECT_EQ(places(), (std::vector<std::string>{"?"}));
}

TEST_F(Effective, TheYoungestBirthDateCounts) {
  EXPECT_FALSE(age_of(house_.profile(), policy_).born.has_value());
  house_.attribute(0, "birthday", R"("1980-02-03")", day(1));
  house_.attribute(1, "birthday", R"("2012-02-03")", day(1));
  EXPECT_EQ(age_of(house_.profile(), policy_).born, (BirthDate{2012, 2, 3}));
}

TEST_F(Effective, ABirthdayWithoutAYearTellsNoAge) {
  house_.attribute(0, "birthday", R"("02-03")", day(1));
  const auto age = age_of(house_.profile(), policy_);
  EXPECT_FALSE(age.born.has_value());
  EXPECT_FALSE(age.unreadable);
}

TEST_F(Effective, AnAgeIsReadHoweverItIsGiven) {
  house_.attribute(0, "age", "12", at("2026-03-01"));
  EXPECT_EQ(age_of(house_.profile(), policy_).born, (BirthDate{2013, 3, 2}));
  house_.attribute(1, "birthday", "1388534400", at("2026-03-01"));  // a number: Unix time
  EXPECT_EQ(age_of(house_.profile(), policy_).born, (BirthDate{2014, 1, 1}));
  EXPECT_FALSE(age_of(house_.profile(), policy_).unreadable);
}

TEST_F(Effective, AnAgeThatNobodyCanReadIsNoGrownUps) {
  for (const char* json : {R"("unknown")", R"({"year":2014})", R"("2014-13-41")", "true"}) {
    house_.attribute(0, "birthday", json, day(1));
    EXPECT_TRUE(age_of(house_.profile(), policy_).unreadable) << json;
  }
  for (const char* json : {"null", R"("")"}) {
    house_.attribute(0, "birthday", json, day(2));
    EXPECT_FALSE(age_of(house_.profile(), policy_).unreadable) << json;
  }
}

TEST_F(Effective, AStateTellsEachPurposeWithWhatDecidedIt) {
  house_.identifier(0, "email", "a@shop.example");
  house_.statement(0, kPersonal, Choice::denied, day(2));
  said(kPersonal, Choice::granted, 5);
  said("gpc", Choice::objected, 6);
  StateQuestion question;
  question.by_vendor = true;
  const auto state = consent_state(house_.profile(), policy_, pseudonyms_, question, day(100));
  ASSERT_EQ(state.rows.size(), 3U);
  EXPECT_EQ(state.rows[0].purpose, kEmail);
  EXPECT_EQ(to_string(state.rows[0].reason), "no_statement");
  EXPECT_EQ(state.rows[1].vendor, "");
  EXPECT_TRUE(state.rows[1].allowed);
  ASSERT_TRUE(state.rows[1].deciding.has_value());
  EXPECT_EQ(state.rows[1].deciding->statement.grade, Grade::verified);
  EXPECT_EQ(state.rows[2].vendor, "ads");  // no processor: the privacy signal stands against it
  EXPECT_EQ(to_string(state.rows[2].reason), "objected");
  EXPECT_TRUE(state.privacy_control);
  ASSERT_EQ(state.history.size(), 3U);  // newest first, each with its own id
  EXPECT_EQ(state.history[0].statement.purpose, "gpc");
  EXPECT_NE(state.history[0].id, state.history[1].id);
  EXPECT_EQ(state.rows[1].deciding->id, state.history[1].id);
}

TEST_F(Effective, ACopyIsToldAsWhatItIsACopyOf) {
  const auto original = house_.statement(0, kPersonal, Choice::denied, day(2));
  event::Statement copy = original;
  copy.copied_from = original.position;
  copy.position = Position(77);
  EXPECT_EQ(statement_id(copy, pseudonyms_), statement_id(original, pseudonyms_));
  house_.profile().members.at(1).document.statements.push_back(copy);
  EXPECT_EQ(consent_state(house_.profile(), policy_, pseudonyms_, {}, day(100)).history.size(), 1U);
}

TEST(BirthDates, AreReadInEveryUsualSpelling) {
  const Time now = at("2026-11-23");
  const std::vector<std::pair<const char*, BirthDate>> spellings{
      {"2012-02-29", {2012, 2, 29}},
      {"2012-02-29T00:00:00Z", {2012, 2, 29}},
      {"2012-02-29 00:00:00", {2012, 2, 29}},
      {"2012-2-9", {2012, 2, 9}},
      {"2012/02/29", {2012, 2, 29}},
      {"20120229", {2012, 2, 29}},
      {"31.5.2012", {2012, 5, 31}},
      {"5/31/2012", {2012, 5, 31}},
      {"5/31/12", {2012, 5, 31}},
      {"1330473600", {2012, 2, 29}},
      {"1330473600000", {2012, 2, 29}},
      {"63072000000", {1972, 1, 1}},  // milliseconds, soon after 1970
      {"-86400000", {1967, 4, 7}},    // before 1970
  };
  for (const auto& [text, date] : spellings) EXPECT_EQ(BirthDate::parse(text, now), date) << text;
}

// Who can be read as a child is one: a wrong guess upwards would sell a child's data.
TEST(BirthDates, OfSeveralReadingsTheYoungestCounts) {
  const Time now = at("2026-11-23");
  EXPECT_EQ(BirthDate::parse("01/02/2014", now), (BirthDate{2014, 2, 1}));
  EXPECT_EQ(BirthDate::parse("2014", now), (BirthDate{2014, 12, 31}));
  EXPECT_EQ(BirthDate::parse("2014-02", now), (BirthDate{2014, 2, 28}));
  EXPECT_EQ(BirthDate::parse("02/2014", now), (BirthDate{2014, 2, 28}));
  EXPECT_EQ(BirthDate::parse("2026", now), (BirthDate{2026, 11, 23}));
  EXPECT_EQ(BirthDate::parse("05/06/30", now), (BirthDate{2005, 6, 30}));
  EXPECT_EQ(BirthDate::parse("11/12/99", now), (BirthDate{1999, 12, 11}));
}

TEST(BirthDates, WhatIsNoneTellsNone) {
  const Time now = at("2026-11-23");
  for (const char* wrong : {"2013-02-29", "2012-13-41", "2012-02-291", "", "0000-01-01", "soon",
                            "2027-01-01", "12", "-", "--", "1.2.3.4", "99999999999999999999"}) {
    EXPECT_FALSE(BirthDate::parse(wrong, now).has_value()) << wrong;
  }
  EXPECT_TRUE(BirthDate::is_without_year("02-03"));
  EXPECT_TRUE(BirthDate::is_without_year("--02-03"));
  EXPECT_FALSE(BirthDate::is_without_year("2014-03"));
}

TEST(BirthDates, AnAgeIsThatOfTheDayItWasSaid) {
  EXPECT_EQ(BirthDate::of_age("12", at("2026-11-23")), (BirthDate{2013, 11, 24}));
  EXPECT_EQ(BirthDate::of_age("0", at("2024-02-29")), (BirthDate{2023, 3, 1}));
  for (const char* wrong : {"", "-1", "twelve", "131", "12.5"}) {
    EXPECT_FALSE(BirthDate::of_age(wrong, at("2026-11-23")).has_value()) << wrong;
  }
}

TEST(BirthDates, CountFullYears) {
  const auto at = [](const char* text) { return *from_rfc3339(text); };
  const BirthDate leap{2012, 2, 29};
  EXPECT_EQ(leap.age_at(at("2025-02-28T23:59:59Z")), 12);
  EXPECT_EQ(leap.age_at(at("2025-03-01T00:00:00Z")), 13);
  EXPECT_EQ(leap.age_at(at("2028-02-29T00:00:00Z")), 16);
  EXPECT_EQ((BirthDate{1950, 6, 1}.age_at(at("1970-01-02T00:00:00Z"))), 19);
}

}  // namespace
}  // namespace cdp::consent
