// When a vendor's no is the echo of our order: a table, and the property that it may be left out.
#include "consent/vendor_echo.h"

#include <gtest/gtest.h>

#include <limits>
#include <random>

#include "consent/effective.h"
#include "tests/support/household.h"

namespace cdp::consent {
namespace {

using event::Choice;
using event::Grade;
using event::Statement;
using testing::day;

constexpr const char* kEmail = "marketing.communications.email";
constexpr const char* kAnalytics = "analytics.reporting";
constexpr const char* kOrders = "essential.orders";

Policy policy() {
  Policy out;
  out.purposes[kEmail] = testing::make_purpose(kEmail, "email");
  out.purposes[kAnalytics] = testing::make_purpose(kAnalytics);
  out.purposes[kOrders] = testing::make_purpose(kOrders, "", event::Basis::contract);
  return out;
}

// A shop's record that said no on day 5, a vendor's record that the no was copied to, and the order
// that the vendor took at once.
class VendorEchoTest : public ::testing::Test {
 protected:
  VendorEchoTest() : index_(testing::index_for_tests(1)), house_(index_) {
    house_.member("shop", 1);
    house_.member("mailer", 2);
    no_ = &house_.statement(0, kAnalytics, Choice::withdrawn, day(5));
    copy(1, *no_);
    told_ = {no_->position, kAnalytics, day(5)};
    said_.source = "mailer";
    said_.purpose = kAnalytics;
    said_.choice = Choice::withdrawn;
    said_.method = "mailer_unsubscribe";
    said_.occurred_at = said_.received_at = day(5) + Duration::seconds(30);
  }
  void copy(std::size_t member, Statement statement) {
    statement.copied_from = statement.position;
    statement.position = Position(1'000 + member);
    house_.profile().members.at(member).document.statements.push_back(statement);
  }
  bool echo() const { return is_echo(said_, told_, house_.profile(), speaker_, policy_); }

  const Policy policy_ = policy();
  crypto::BlindIndex index_;
  testing::Household house_;
  Statement* no_ = nullptr;
  ToldNo told_;
  Statement said_;
  PersonaOrdinal speaker_{2};
};

TEST_F(VendorEchoTest, IsThePlainNoThatTheOrderCarried) {
  EXPECT_TRUE(echo());
  said_.choice = Choice::denied;
  EXPECT_TRUE(echo());
  said_.method = "state_pull";
  said_.channel = "email";
  EXPECT_TRUE(echo());
}

TEST_F(VendorEchoTest, SaysNoMore) {
  for (const Choice choice : {Choice::granted, Choice::objected, Choice::restricted}) {
    said_.choice = choice;
    EXPECT_FALSE(echo()) << event::to_string(choice);
  }
  said_.choice = Choice::withdrawn;
  for (const char* method : {"spam_complaint", "complaint", "abuse"}) {
    said_.method = method;
    EXPECT_FALSE(echo()) << method;
  }
}

TEST_F(VendorEchoTest, IsAboutThePurposeOfTheOrder) {
  for (const char* purpose : {kEmail, "analytics", "*", "", "gpc", "user.name"}) {
    said_.purpose = purpose;
    EXPECT_FALSE(echo()) << purpose;
  }
}

TEST_F(VendorEchoTest, ComesInItsTime) {
  const struct {
    Time at;
    bool echo;
  } table[] = {{day(5) + Duration::seconds(-121), false},
               {day(5) + Duration::seconds(-120), true},
               {day(5), true},
               {day(5) + kEchoSkew, true},
               {day(5) + kEchoSkew + Duration{1}, false},
               {day(65), false}};
  for (const auto& row : table) {
    said_.occurred_at = row.at;
    said_.received_at = day(50);
    EXPECT_EQ(echo(), row.echo) << to_rfc3339(row.at);
    said_.occurred_at = {};  // no date: its receipt counts
    said_.received_at = row.at;
    EXPECT_EQ(echo(), row.echo) << to_rfc3339(row.at);
  }
}

// A no without a date and a receipt is as late as can be; a vendor's date may be anything.
TEST_F(VendorEchoTest, CountsNoDateBeyondTheLast) {
  constexpr Time kLast{std::numeric_limits<std::int64_t>::max()};
  constexpr Time kFirst{std::numeric_limits<std::int64_t>::min()};
  for (auto& member : house_.profile().members) {
    for (auto& one : member.document.statements) one.occurred_at = one.received_at = {};
  }
  EXPECT_TRUE(echo());
  said_.occurred_at = kLast;
  EXPECT_TRUE(echo());
  said_.occurred_at = kFirst;
  EXPECT_FALSE(echo());
  told_.decided_at = kFirst;
  EXPECT_TRUE(echo());
}

// The vendor's date is the order's, and the no that it carried is older: a yes may lie in between.
TEST_F(VendorEchoTest, IsNotOfANoThatCameToUsLate) {
  told_.decided_at = day(9);
  said_.occurred_at = said_.received_at = day(9);
  EXPECT_FALSE(echo());
}

TEST_F(VendorEchoTest, IsAboutTheAddressOfTheNo) {
  const auto about = [&](std::optional<Token> address) {
    for (auto& member : house_.profile().members) {
      for (auto& one : member.document.statements) one.contact_point = address;
    }
  };
  const Token a = house_.token("email", "a@shop.example");
  about(a);
  EXPECT_TRUE(echo()) << "the vendor names no address: nobody else hears it";
  said_.contact_point = a;
  EXPECT_TRUE(echo());
  said_.contact_point = house_.token("email", "b@shop.example");
  EXPECT_FALSE(echo());
  about(std::nullopt);
  EXPECT_FALSE(echo()) << "whoever else has the address did not hear ours";
}

TEST_F(VendorEchoTest, IsForAPersonWhoseEveryRecordHoldsTheNo) {
  speaker_ = PersonaOrdinal(9);  // not of this person
  EXPECT_FALSE(echo());
  speaker_ = PersonaOrdinal(2);
  house_.member("web", 3);  // joined since
  EXPECT_FALSE(echo());
  copy(2, house_.profile().members.at(0).document.statements.front());
  EXPECT_TRUE(echo());
  told_.cause = Position(77);  // another no was told
  EXPECT_FALSE(echo());
}

TEST_F(VendorEchoTest, SaysNoMoreThanTheNoItRepeats) {
  for (auto& member : house_.profile().members) {
    for (auto& one : member.document.statements) one.vendor = "hook";
  }
  EXPECT_FALSE(echo());  // the vendor alone was refused; this speaks of all
  for (auto& member : house_.profile().members) {
    for (auto& one : member.document.statements) {
      one.vendor.clear();
      one.channel = "sms";
    }
  }
  EXPECT_FALSE(echo());
}

TEST_F(VendorEchoTest, IsNewsAfterAYes) {
  house_.statement(0, kEmail, Choice::granted, day(6));
  EXPECT_TRUE(echo());                                       // to something else
  house_.statement(0, kAnalytics, Choice::granted, day(1));  // heard of late
  EXPECT_FALSE(echo());
}

// A random person; whatever is taken for an echo changes nothing for the person, and for none of
// the records on its own, when it is recorded all the same; also not after a yes that comes late.
class Draw {
 public:
  explicit Draw(unsigned seed) : random_(seed) {}
  std::size_t below(std::size_t n) {
    return std::uniform_int_distribution<std::size_t>(0, n - 1)(random_);
  }
  template <class T>
  T one_of(std::initializer_list<T> all) {
    return *(all.begin() + below(all.size()));
  }

 private:
  std::mt19937 random_;
};

std::vector<bool> answers(const identity::Profile& person, const Policy& policy) {
  std::vector<bool> out;
  const auto ask = [&](const identity::Profile& of) {
    const PersonEvidence evidence(of, policy);
    for (const auto& [key, purpose] : policy.purposes) {
      for (const char* vendor : {"", "hook", "other"}) {
        out.push_back(best_decision(of, evidence, policy, purpose, vendor, day(300)).allowed);
      }
    }
  };
  ask(person);
  for (const auto& member : person.members) {
    identity::Profile alone = person;
    alone.members = {member};
    ask(alone);
  }
  return out;
}

Statement draw_statement(Draw& draw, std::uint64_t position) {
  Statement s;
  s.position = Position(position);
  s.source = "shop";
  s.purpose = draw.one_of<std::string>({kEmail, kAnalytics, kOrders});
  s.choice = draw.one_of({Choice::granted, Choice::denied, Choice::withdrawn, Choice::objected});
  s.grade = draw.one_of({Grade::recorded, Grade::double_opt_in, Grade::verified});
  s.received_at = day(static_cast<int>(position) * 3);
  s.occurred_at = s.received_at + Duration::days(-static_cast<std::int64_t>(draw.below(3)));
  if (draw.below(9) == 0) s.occurred_at = {};
  if (s.choice != Choice::granted) {
    s.purpose = draw.one_of<std::string>({s.purpose, s.purpose, "*", "", "marketing", "analytics"});
    if (draw.below(5) == 0) s.vendor = "hook";
    if (draw.below(5) == 0) s.channel = "email";
  }
  return s;
}

void record(identity::Profile& person, std::size_t speaker, const Statement& said) {
  for (std::size_t i = 0; i < person.members.size(); ++i) {
    Statement one = said;
    if (i != speaker) one.copied_from = said.position;
    person.members[i].document.statements.push_back(std::move(one));
  }
}

TEST(VendorEcho, MayBeLeftOutBecauseNothingIsDifferentWithIt) {
  const unsigned seed = 41'123;
  Draw draw(seed);
  const Policy rules = policy();
  const auto index = testing::index_for_tests(1);
  int echoes = 0;
  for (int round = 0; round < 20'000; ++round) {
    testing::Household house(index);
    const std::size_t members = 1 + draw.below(3);
    for (std::size_t i = 0; i < members; ++i)
      house.member("shop", static_cast<std::uint32_t>(i + draw.below(2)));
    auto& person = house.profile();
    std::vector<Statement> noes;
    for (std::uint64_t position = 1; position <= 1 + draw.below(5); ++position) {
      const Statement said = draw_statement(draw, position);
      if (said.choice == Choice::granted || draw.below(6) == 0) {
        person.members[draw.below(members)].document.statements.push_back(said);
      } else {
        record(person, draw.below(members), said);
      }
      if (said.choice != Choice::granted) noes.push_back(said);
    }
    if (noes.empty()) continue;
    const Statement& no = noes[draw.below(noes.size())];
    const ToldNo told{no.position, draw.one_of<std::string>({kEmail, kAnalytics, kOrders}),
                      no.received_at};
    Statement said = draw_statement(draw, 50);
    said.source = "mailer";
    said.purpose = draw.below(4) == 0 ? said.purpose : told.purpose;
    said.received_at =
        no.received_at + Duration::seconds(10 * static_cast<std::int64_t>(draw.below(15)));
    said.occurred_at = draw.below(2) == 0 ? Time{} : said.received_at;
    const std::size_t speaker = draw.below(members);
    if (!is_echo(said, told, person, person.members[speaker].persona, rules)) continue;
    ++echoes;
    identity::Profile with = person;
    record(with, speaker, said);
    ASSERT_EQ(answers(with, rules), answers(person, rules))
        << "seed " << seed << ", round " << round;
    // Nor does a yes change that which is heard of later, whatever its date.
    Statement yes = draw_statement(draw, 60);
    yes.purpose = told.purpose;
    yes.channel.clear();
    yes.vendor.clear();
    yes.choice = Choice::granted;
    yes.grade = Grade::double_opt_in;
    yes.occurred_at =
        no.received_at + Duration::hours(static_cast<std::int64_t>(draw.below(60)) - 30);
    const std::size_t whose = draw.below(members);
    for (auto* one : {&with, &person}) one->members[whose].document.statements.push_back(yes);
    ASSERT_EQ(answers(with, rules), answers(person, rules))
        << "seed " << seed << ", round " << round;
  }
  EXPECT_GT(echoes, 500);
}

}  // namespace
}  // namespace cdp::consent
