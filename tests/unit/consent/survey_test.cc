// What the rules mean for everybody, counted by hand here.
#include "consent/survey.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "cdp/core/base/random.h"
#include "cdp/core/event/json.h"
#include "consent/gate.h"
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
    policy_.attributes["email"] = testing::make_attribute("email", "user.contact.email", {kEmail});
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

  Survey survey(policy_, link_, day(100));
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

TEST_F(Surveys, CountAPersonWithTwoAddressesAtTheOneThatWasAllowed) {
  person("a@shop.example").identifier(0, "email", "b@shop.example");
  houses_.back()->statement(0, kEmail, Choice::granted, day(1), "a@shop.example");
  Survey survey(policy_, link_, day(100));
  survey.add(houses_.back()->profile());
  const SurveyRow& email = row(survey, kEmail);
  EXPECT_EQ(email.contacts, 1U);
  EXPECT_EQ(email.reachable, 1U);
  EXPECT_EQ(email.addresses, 2U);
  EXPECT_EQ(email.addresses_reachable, 1U);
  EXPECT_EQ(row(survey, kPersonal).addresses, 0U);
}

// A yes that the statements would give is none where the gate has nothing to write to: the data map
// gives the address to another purpose, or to nobody.
TEST_F(Surveys, CountNobodyAsReachableWhoseAddressMayNotBeUsed) {
  for (const bool mapped : {true, false}) {
    policy_.attributes.clear();
    if (mapped) {
      policy_.attributes["email"] =
          testing::make_attribute("email", "user.contact.email", {"essential"});
    }
    person().statement(0, kEmail, Choice::granted, day(1), "a@shop.example");
    Survey survey(policy_, link_, day(100));
    survey.add(houses_.back()->profile());
    const SurveyRow& email = row(survey, kEmail);
    EXPECT_EQ(email.contacts, 1U);
    EXPECT_EQ(email.reachable, 0U) << mapped;
    EXPECT_EQ(email.addresses_reachable, 0U) << mapped;
  }
}

// One random person: records of several trusts and proofs, some of them devices; addresses shared
// and not, asserted and merely named; statements of every kind.
class Crowd {
 public:
  explicit Crowd(std::uint64_t seed) : random_(seed) {}

  void fill(Household& house) {
    const std::size_t members = 1 + random_.below(3);
    for (std::size_t i = 0; i < members; ++i) {
      auto& member = house.member(
          "s" + std::to_string(i), static_cast<std::uint32_t>(random_.below(2)),
          one_of({event::Trust::server, event::Trust::public_key, event::Trust::vendor_signed}));
      member.document.anonymous = random_.below(5) == 0;
    }
    for (std::size_t i = 0; i < members; ++i) {
      for (std::uint64_t n = random_.below(3); n > 0; --n) {
        house.identifier(i, "email", address());
        if (random_.below(6) == 0) {
          house.profile().members[i].document.identifiers.back().tier = event::Tier::none;
        }
      }
      if (random_.below(3) == 0) house.attribute(i, "email", json::quote(address()), date());
      if (random_.below(2) == 0) house.attribute(i, "first_name", R"("Ada")", date());
      if (random_.below(9) == 0) house.attribute(i, "email", "null", date());
    }
    for (std::uint64_t n = random_.below(6); n > 0; --n) add_statement(house, members);
  }

 private:
  template <class T>
  T one_of(std::initializer_list<T> all) {
    return *(all.begin() + random_.below(all.size()));
  }
  std::string address() { return one_of<std::string>({"a", "b", "c"}) + "@shop.example"; }
  Time date() { return day(static_cast<int>(random_.below(90))); }
  void add_statement(Household& house, std::size_t members) {
    const bool yes = random_.below(3) != 0;
    auto& said = house.statement(
        random_.below(members), one_of<std::string>({kEmail, kEmail, kPersonal}),
        yes ? Choice::granted : one_of({Choice::denied, Choice::withdrawn, Choice::objected}),
        date(), random_.below(4) == 0 ? "" : address());
    said.grade = one_of({event::Grade::asserted, event::Grade::recorded,
                         event::Grade::double_opt_in, event::Grade::verified});
    if (said.purpose == kEmail && yes) said.channel = "email";
    if (!yes && random_.below(4) == 0) said.purpose = "*";
    if (!yes && random_.below(6) == 0) said.purpose = "user.contact";
    if (!yes && random_.below(5) == 0) said.vendor = "ads";
    if (random_.below(8) == 0) said.occurred_at = {};
  }

  SeededRandom random_;
};

// The gate asked for each person in turn, by a destination that may have everything.
class SurveysAndGate : public Surveys {
 protected:
  SurveysAndGate() {
    policy_.attributes["first_name"] = testing::make_attribute("first_name", "user.name");
    DestinationConfig anybody;
    anybody.name = "anybody";
    anybody.role = DestinationRole::processor;
    anybody.purposes = {kEmail, kPersonal};
    anybody.attributes = {"email", "first_name"};
    policy_.destinations[anybody.name] = anybody;
  }
  // The first value of the view; empty when none is cut. Over a channel of the address alone.
  std::string shown(const identity::Profile& profile, const std::string& purpose) const {
    std::vector<std::string> asked;
    if (purpose == kEmail) asked.emplace_back("email");
    const auto verdict = gate_.admit({"anybody", purpose, asked}, &profile, day(100));
    EXPECT_TRUE(verdict.has_value());
    const auto* cut = std::get_if<ConsentedView>(&*verdict);
    return cut == nullptr ? std::string() : cut->attributes().front().json;
  }

  crypto::BlindIndex pseudonyms_ = testing::index_for_tests(2);
  const Gate gate_{policy_, pseudonyms_, link_};
};

TEST_F(SurveysAndGate, AgreeOnEachPersonAndEachAddress) {
  std::uint64_t several = 0;
  std::uint64_t reached = 0;
  for (std::uint64_t seed = 1; seed <= 5'000; ++seed) {
    Household house(link_);
    Crowd(seed).fill(house);
    const auto& profile = house.profile();
    Survey survey(policy_, link_, day(100));
    survey.add(profile);
    const SurveyRow& email = row(survey, kEmail);
    const std::string written_to = shown(profile, kEmail);
    ASSERT_EQ(email.reachable, written_to.empty() ? 0U : 1U) << "seed " << seed;
    ASSERT_EQ(email.addresses_reachable > 0, !written_to.empty()) << "seed " << seed;
    // The address that is written to is one of those that may be.
    const auto addresses =
        standing_of(profile, policy_, link_, policy_.purposes.at(kEmail), nullptr, day(100))
            .addresses;
    ASSERT_EQ(email.addresses, addresses.size()) << "seed " << seed;
    for (const char* name : {"a", "b", "c"}) {
      const std::string address = std::string(name) + "@shop.example";
      if (written_to != json::quote(address)) continue;
      ASSERT_TRUE(addresses.at(house.token("email", address)).allowed) << "seed " << seed;
    }
    const bool has_value = std::ranges::any_of(profile.members, [](const auto& member) {
      return member.document.attributes.contains("first_name");
    });
    const std::uint64_t used = shown(profile, kPersonal).empty() ? 0 : 1;
    if (has_value) {
      ASSERT_EQ(row(survey, kPersonal).reachable, used) << "seed " << seed;
    }
    several += email.addresses_reachable > 1 ? 1U : 0U;
    reached += email.reachable;
  }
  EXPECT_GT(reached, 200U);
  EXPECT_GT(several, 10U);
}

// Who gains by a destination that is new is who is shown to it.
TEST_F(SurveysAndGate, AgreeOnWhoGainsByADestination) {
  Policy before = policy_;
  before.destinations.clear();
  for (std::uint64_t seed = 1; seed <= 2'000; ++seed) {
    Household house(link_);
    Crowd(seed).fill(house);
    Comparison compared(before, policy_, link_, day(100));
    compared.add(house.profile());
    for (const auto& changed : compared.rows()) {
      ASSERT_EQ(changed.vendor, "anybody");
      ASSERT_EQ(changed.gained, shown(house.profile(), changed.purpose).empty() ? 0U : 1U)
          << "seed " << seed << ", " << changed.purpose;
    }
  }
}

TEST_F(Surveys, ComparingAPolicyWithItselfChangesNothing) {
  person().statement(0, kEmail, Choice::granted, day(1), "a@shop.example");
  Comparison compared(policy_, policy_, link_, day(100));
  compared.add(houses_[0]->profile());
  EXPECT_TRUE(compared.rows().empty());
  EXPECT_EQ(compared.persons(), 1U);
}

TEST_F(Surveys, ComparingTellsWhoGainsAndLosesWhat) {
  for (int i = 0; i < 7; ++i) {
    person().statement(0, kEmail, Choice::granted, day(1), "a@shop.example");
  }
  person().statement(0, kPersonal, Choice::granted, day(1));
  houses_.back()->attribute(0, "first_name", R"("Ada")", day(1));
  Policy next = policy_;
  next.purposes[kEmail].first_grant = event::Grade::double_opt_in;
  next.purposes[kPersonal].expires.reset();
  next.attributes["first_name"] = testing::make_attribute("first_name", "user.name");
  DestinationConfig mail;
  mail.attributes = {"first_name"};
  mail.name = "mail";
  mail.role = DestinationRole::processor;
  mail.purposes = {kPersonal};
  next.destinations["mail"] = mail;

  Comparison compared(policy_, next, link_, day(100));
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
