#include "consent/unsubscribe.h"

#include <gmock/gmock.h>

#include "consent/gate.h"
#include "tests/support/household.h"
#include "tests/support/pii_for_tests.h"

namespace cdp::consent {
namespace {

using event::Choice;
using testing::day;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::Household;
using ::testing::Not;

constexpr const char* kEmail = "marketing.communications.email";
constexpr const char* kCounting = "analytics.reporting";

Token token_of(std::uint8_t fill) {
  Token token{};
  token.fill(fill);
  return token;
}

class UnsubscribeLinksTest : public ::testing::Test {
 protected:
  UnsubscribeLinksTest() { EXPECT_TRUE(crypto::initialise().has_value()); }

  crypto::BlindIndex index_ = testing::index_for_tests(2);
  UnsubscribeLinks links_{index_};
  UnsubscribeTicket ticket_{token_of(1), token_of(2), kEmail, "mail"};
};

TEST_F(UnsubscribeLinksTest, SayBackWhatTheyWereMadeFor) {
  EXPECT_EQ(links_.open(links_.mint(ticket_)), ticket_);
}

TEST_F(UnsubscribeLinksTest, AreTheSameEachTimeAndDifferentForEverythingElse) {
  const std::string link = links_.mint(ticket_);
  EXPECT_EQ(links_.mint(ticket_), link);
  for (auto other : {UnsubscribeTicket{token_of(9), token_of(2), kEmail, "mail"},
                     UnsubscribeTicket{token_of(1), token_of(9), kEmail, "mail"},
                     UnsubscribeTicket{token_of(1), token_of(2), kCounting, "mail"},
                     UnsubscribeTicket{token_of(1), token_of(2), kEmail, "crm"}}) {
    EXPECT_NE(links_.mint(other), link);
  }
}

TEST_F(UnsubscribeLinksTest, DoNotTellThePurposeByTheirLength) {
  UnsubscribeTicket other = ticket_;
  other.purpose = "marketing.communications.mails";
  EXPECT_EQ(links_.mint(other).size(), links_.mint(ticket_).size());
}

TEST_F(UnsubscribeLinksTest, CannotBeMadeOrChangedWithoutTheKey) {
  std::string link = links_.mint(ticket_);
  for (std::size_t i = 0; i < link.size(); ++i) {
    std::string changed = link;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(links_.open(changed)) << i;
  }
  EXPECT_FALSE(links_.open(""));
  EXPECT_FALSE(links_.open(link.substr(1)));
  EXPECT_FALSE(links_.open(std::string(10'000, 'A')));
  const crypto::BlindIndex others = testing::index_for_tests(3);
  EXPECT_FALSE(UnsubscribeLinks(others).open(link));
}

class ListUnsubscribeTest : public ::testing::Test {
 protected:
  ListUnsubscribeTest() {
    EXPECT_TRUE(crypto::initialise().has_value());
    house_.member("shop", 1, event::Trust::vendor_signed);
    house_.attribute(0, "email", R"("a@shop.example")", day(1));
    house_.identifier(0, "email", "a@shop.example");
  }

  static Policy make_policy() {
    Policy policy;
    policy.preference_centre.base_url = "https://privacy.shop.example";
    policy.purposes[kEmail] = testing::make_purpose(kEmail, "email");
    policy.purposes[kCounting] = testing::make_purpose(kCounting);
    for (const auto& rule : {testing::make_attribute("email", "user.contact.email"),
                             testing::make_attribute("list_unsubscribe", "system.operations")}) {
      policy.attributes[rule.name] = rule;
    }
    DestinationConfig mail;
    mail.name = "mail";
    mail.role = DestinationRole::processor;
    mail.purposes = {kEmail, kCounting};
    mail.attributes = {"list_unsubscribe", "email"};
    policy.destinations["mail"] = mail;
    return policy;
  }

  // The attributes of the view; empty when it was refused.
  std::map<std::string, std::string> view(const std::string& purpose = kEmail) {
    const Gate gate(policy_, pseudonyms_, link_);
    auto verdict = gate.admit({"mail", purpose, {}}, &house_.profile(), day(100));
    EXPECT_TRUE(verdict.has_value());
    std::map<std::string, std::string> attributes;
    if (const auto* view = std::get_if<ConsentedView>(&*verdict)) {
      for (const auto& attribute : view->attributes()) attributes[attribute.name] = attribute.json;
      withheld_ = view->withheld();
    }
    return attributes;
  }

  Policy policy_ = make_policy();
  crypto::BlindIndex link_ = testing::index_for_tests(1);
  crypto::BlindIndex pseudonyms_ = testing::index_for_tests(2);
  Household house_{link_};
  std::vector<std::string> withheld_;
};

TEST_F(ListUnsubscribeTest, GoesWithTheAddressThatMayBeWrittenTo) {
  house_.statement(0, kEmail, Choice::granted, day(2), "a@shop.example");
  const auto attributes = view();
  ASSERT_TRUE(attributes.contains("list_unsubscribe"));
  const std::string& headers = attributes.at("list_unsubscribe");
  EXPECT_THAT(headers,
              HasSubstr(R"("List-Unsubscribe":"<https://privacy.shop.example/unsubscribe/)"));
  EXPECT_THAT(headers, HasSubstr(R"("List-Unsubscribe-Post":"List-Unsubscribe=One-Click")"));
  EXPECT_THAT(headers, Not(HasSubstr("a@shop")));
  const auto from = headers.find("/unsubscribe/") + 13;
  const auto ticket =
      UnsubscribeLinks(pseudonyms_).open(headers.substr(from, headers.find('>') - from));
  ASSERT_TRUE(ticket);
  EXPECT_EQ(ticket->purpose, kEmail);
  EXPECT_EQ(ticket->destination, "mail");
  EXPECT_EQ(view(), attributes);  // a repeated delivery is the same delivery
}

TEST_F(ListUnsubscribeTest, IsNoReasonToShowAPersonAtAll) {
  EXPECT_THAT(view(), ::testing::IsEmpty());  // nobody agreed
  house_.statement(0, kEmail, Choice::granted, day(2), "a@shop.example");
  house_.statement(0, kEmail, Choice::withdrawn, day(3));
  EXPECT_THAT(view(), ::testing::IsEmpty());
}

TEST_F(ListUnsubscribeTest, IsWithheldWhereThereIsNothingToUnsubscribeFrom) {
  house_.statement(0, kEmail, Choice::granted, day(2), "a@shop.example");
  house_.statement(0, kCounting, Choice::granted, day(2));
  EXPECT_FALSE(view(kCounting).contains("list_unsubscribe"));
  EXPECT_THAT(withheld_, ElementsAre("list_unsubscribe"));
  policy_.preference_centre.base_url.clear();  // a link would lead nowhere
  EXPECT_FALSE(view().contains("list_unsubscribe"));
  EXPECT_THAT(withheld_, ElementsAre("list_unsubscribe"));
}

}  // namespace
}  // namespace cdp::consent
