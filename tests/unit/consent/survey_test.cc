// What the rules mean for everybody, counted by hand here.
#include "consent/survey.h"

#include "tests/support/household.h"

namespace cdp::consent {
namespace {

using event::Choice;
using testing::day;
using testing::Household;

constexpr const char* kEmail = "marketing.communications.email";
constexpr const char* kPersonal = "personalize.content";

class Surveys : public ::testing::Test {
 protected:
  Surveys() {
    EXPECT_TRUE(crypto::initialise().has_value());
    policy_.purposes[kEmail] = testing::make_purpose(kEmail, "email");
    policy_.purposes[kPersonal] = testing::make_purpose(kPersonal);
    policy_.purposes[kPersonal].expires = Duration::days(50);
  }

  // A person of one record, with an address unless `address` is empty.
  Household& person(const std::string& address = "a@shop.example") {
    houses_.push_back(std::make_unique<Household>(link_));
    Household& house = *houses_.back();
    house.member("shop", 1);
    house.profile().subject = SubjectId(Token{static_cast<std::uint8_t>(houses_.size())});
    if (!address.empty()) house.identifier(0, "email", address);
    return house;
  }
  const SurveyRow& row(const Survey& survey, const std::string& purpose) {
    for (const auto& row : survey.rows()) {
      if (row.purpose == purpose) return row;
    }
    return survey.rows().front();
  }

  Policy policy_;
  crypto::BlindIndex link_ = testing::index_for_tests(1);
  std::vector<std::unique_ptr<Household>> houses_;
};

TEST_F(Surveys, CountWhoCanBeReachedAndWhyNot) {
  person().statement(0, kEmail, Choice::granted, day(1), "a@shop.example");
  person().statement(0, kEmail, Choice::granted, {}, "a@shop.example").received_at = day(2);
  Household& both = person();
  both.statement(0, kEmail, Choice::granted, day(1), "a@shop.example");
  both.statement(0, kEmail, Choice::withdrawn, day(2));
  person();
  person("");  // nobody to write to
  person().statement(0, kPersonal, Choice::granted, day(1));

  Survey survey(policy_, day(100));
  for (const auto& house : houses_) survey.add(house->profile());
  EXPECT_EQ(survey.persons(), 6U);
  const SurveyRow& email = row(survey, kEmail);
  EXPECT_EQ(email.contacts, 5U);
  EXPECT_EQ(email.reachable, 2U);
  EXPECT_EQ(email.undated, 1U);
  EXPECT_EQ(email.conflicting, 1U);
  EXPECT_EQ(email.stale, 0U);
  EXPECT_EQ(email.by_reason,
            (std::map<Reason, std::uint64_t>{
                {Reason::granted, 2}, {Reason::withdrawn, 1}, {Reason::no_statement, 2}}));
  const SurveyRow& personal = row(survey, kPersonal);
  EXPECT_EQ(personal.contacts, 6U);
  EXPECT_EQ(personal.stale, 1U);
  EXPECT_EQ(personal.reachable, 0U);
}

TEST_F(Surveys, ComparingAPolicyWithItselfChangesNothing) {
  person().statement(0, kEmail, Choice::granted, day(1), "a@shop.example");
  Comparison compared(policy_, policy_, day(100));
  compared.add(houses_[0]->profile());
  EXPECT_TRUE(compared.rows().empty());
  EXPECT_EQ(compared.persons(), 1U);
}

TEST_F(Surveys, ComparingTellsWhoGainsAndLosesWhat) {
  for (int i = 0; i < 7; ++i) {
    person().statement(0, kEmail, Choice::granted, day(1), "a@shop.example");
  }
  person().statement(0, kPersonal, Choice::granted, day(1));
  Policy next = policy_;
  next.purposes[kEmail].first_grant = event::Grade::double_opt_in;
  next.purposes[kPersonal].expires.reset();
  DestinationConfig mail;
  mail.name = "mail";
  mail.role = DestinationRole::processor;
  mail.purposes = {kPersonal};
  next.destinations["mail"] = mail;

  Comparison compared(policy_, next, day(100));
  for (const auto& house : houses_) compared.add(house->profile());
  const auto rows = compared.rows();
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[0].purpose, kEmail);
  EXPECT_EQ(rows[0].lost, 7U);
  EXPECT_EQ(rows[0].gained, 0U);
  EXPECT_EQ(rows[0].lost_examples.size(), Comparison::kExamplesMax);
  EXPECT_EQ((rows[0].reasons.at({Reason::granted, Reason::weak_evidence})), 7U);
  EXPECT_EQ(rows[1].purpose, kPersonal);
  EXPECT_EQ(rows[1].gained, 1U);
  EXPECT_EQ((rows[1].reasons.at({Reason::expired, Reason::granted})), 1U);
  EXPECT_EQ(rows[2].vendor, "mail");
  EXPECT_EQ(rows[2].gained, 1U);
  EXPECT_EQ(rows[2].reason_only, 7U);  // no still, but no longer for want of a destination
}

}  // namespace
}  // namespace cdp::consent
