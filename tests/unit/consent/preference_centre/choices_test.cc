// What a form means: which statements a tick makes, and which none.
#include "consent/preference_centre/choices.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "consent/preference_centre/preference_reader.h"
#include "tests/support/pii_for_tests.h"

namespace cdp::consent::preference_centre {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr Time kNow{1'767'225'600'000'000};
const std::string kEmail = "marketing.communications.email";
const std::string kSms = "marketing.communications.sms";
const std::string kTaste = "personalize.content";
const std::string kShare = "third_party_sharing";
const std::string kOrder = "essential.service.operations";
const std::string kFit = "marketing.advertising.first_party";

class Choices : public ::testing::Test {
 protected:
  Choices() {
    add(kEmail, "email", event::Basis::consent);
    add(kSms, "sms", event::Basis::consent);
    add(kTaste, "", event::Basis::consent);
    add(kShare, "", event::Basis::consent).sale_or_share = true;
    add(kOrder, "", event::Basis::contract);
    add(kFit, "", event::Basis::legitimate_interest);
    for (const auto& [key, purpose] : policy_.purposes) {
      policy_.notices["2026-01"].texts.push_back(
          {"2026-01", key, "en", "", "Title of " + key, "what", "why", "who", "gain", {}});
    }
    policy_.notices["2026-01"].version = "2026-01";
    settle_notices(&policy_);
    person_.email = {"email", Pii<std::string>("ada@shop.example")};
    person_.email_token = Token{1};
    person_.language = "en";
    const std::vector<std::string> languages = {"en"};
    for (const auto& [key, purpose] : policy_.purposes) {
      ConsentRow row;
      row.purpose = key;
      row.channel = purpose.channel;
      row.basis = purpose.basis;
      row.notice = std::make_shared<const NoticeText>(*notice_text(policy_, key, languages));
      state_.rows.push_back(row);
    }
    row(kOrder).allowed = row(kFit).allowed = true;
    row(kOrder).reason = row(kFit).reason = Reason::allowed_by_basis;
  }

  Purpose& add(const std::string& key, const std::string& channel, event::Basis basis) {
    Purpose& purpose = policy_.purposes[key];
    purpose.key = key;
    purpose.channel = channel;
    purpose.basis = basis;
    purpose.notice_version = "2026-01";
    return purpose;
  }
  ConsentRow& row(const std::string& key) {
    return *std::find_if(state_.rows.begin(), state_.rows.end(),
                         [&](const auto& one) { return one.purpose == key; });
  }
  void stands(const std::string& key, Reason reason) {
    ConsentRow& one = row(key);
    one.reason = reason;
    one.allowed = reason == Reason::granted || reason == Reason::allowed_by_default ||
                  reason == Reason::allowed_by_basis;
  }
  // "purpose choice", for each statement; "purpose ?" for what waits for its second step.
  // On a page that shows today's texts, unless `shown` says otherwise.
  Meant meaning(Action action, const Answers& answers, std::optional<Shown> shown = {}) {
    if (!shown) {
      shown.emplace();
      for (const auto& one : choices_page(policy_, state_, person_).purposes)
        (*shown)[one.key] = one.notice;
    }
    return meant_by({action, answers, *shown}, policy_, state_, person_, kNow);
  }
  std::vector<std::string> meant(Action action, const Answers& answers = {},
                                 std::optional<Shown> shown = {}) {
    const auto found = meaning(action, answers, std::move(shown));
    std::vector<std::string> out;
    for (const auto& choice : found.choices)
      out.push_back(choice.purpose + " " + std::string(event::to_string(choice.choice)));
    for (const auto& purpose : found.to_confirm) out.push_back(purpose + " ?");
    for (const auto& purpose : found.unread) out.push_back(purpose + " unread");
    return out;
  }
  PurposeView view(const std::string& key) {
    for (const auto& one : choices_page(policy_, state_, person_).purposes) {
      if (one.key == key) return one;
    }
    ADD_FAILURE() << key << " is not shown";
    return {};
  }

  Policy policy_;
  ConsentState state_;
  Person person_;
};

TEST_F(Choices, MakeNoStatementOfWhatWasLeftOpen) {
  EXPECT_THAT(meant(Action::save), IsEmpty());
  EXPECT_THAT(meant(Action::save, {{kTaste, Answer::none}}), IsEmpty());
}

TEST_F(Choices, MakeAStatementOfWhatChanged) {
  EXPECT_THAT(meant(Action::save, {{kEmail, Answer::yes}, {kTaste, Answer::no}}),
              ElementsAre(kEmail + " granted", kTaste + " denied"));
  stands(kTaste, Reason::granted);
  EXPECT_THAT(meant(Action::save, {{kTaste, Answer::no}}), ElementsAre(kTaste + " withdrawn"));
  stands(kTaste, Reason::withdrawn);
  EXPECT_THAT(meant(Action::save, {{kTaste, Answer::no}}), IsEmpty());
  EXPECT_THAT(meant(Action::save, {{kTaste, Answer::yes}}), ElementsAre(kTaste + " granted"));
}

TEST_F(Choices, RenewAYesThatHoldsNoMore) {
  for (const Reason reason : {Reason::expired, Reason::stale_notice, Reason::weak_evidence,
                              Reason::other_contact_point, Reason::anonymous_grant}) {
    stands(kTaste, reason);
    EXPECT_EQ(view(kTaste).answer, Answer::none) << to_string(reason);
    EXPECT_THAT(meant(Action::save, {{kTaste, Answer::yes}}), ElementsAre(kTaste + " granted"))
        << to_string(reason);
  }
}

TEST_F(Choices, ObjectToAnInterestAndLeaveTheContractAlone) {
  EXPECT_EQ(view(kFit).answer, Answer::yes);
  EXPECT_THAT(meant(Action::save, {{kFit, Answer::no}, {kOrder, Answer::no}}),
              ElementsAre(kFit + " objected"));
  EXPECT_EQ(view(kOrder).group, Group::needed);
}

TEST_F(Choices, WithdrawEverythingInOneStatement) {
  EXPECT_THAT(meant(Action::withdraw_all, {{kTaste, Answer::yes}}), ElementsAre("* withdrawn"));
}

// Anybody can write a number into a shop account: a mailbox proves no telephone.
TEST_F(Choices, AllowEverythingThatCanBeAllowedAndNoMessagesToANumber) {
  for (const bool known : {false, true}) {
    if (known) person_.phone = event::Identifier{"phone", Pii<std::string>("+491701234567")};
    EXPECT_THAT(meant(Action::accept),
                ElementsAre(kEmail + " granted", kTaste + " granted", kShare + " granted"));
    EXPECT_THAT(meant(Action::save, {{kSms, Answer::yes}}), IsEmpty());
    EXPECT_TRUE(view(kSms).needs_address);
  }
}

TEST_F(Choices, AllowMessagesToANumberOnceItIsProven) {
  person_.can_text = true;
  EXPECT_FALSE(view(kSms).can_prove) << "no number, nothing to prove";
  person_.phone = event::Identifier{"phone", Pii<std::string>("+491701234567")};
  EXPECT_TRUE(view(kSms).can_prove);
  EXPECT_TRUE(view(kSms).needs_address);
  person_.phone_proven = true;
  EXPECT_FALSE(view(kSms).can_prove);
  EXPECT_FALSE(view(kSms).needs_address);
  EXPECT_THAT(meant(Action::save, {{kSms, Answer::yes}}), ElementsAre(kSms + " granted"));
  const auto found = meaning(Action::save, {{kSms, Answer::yes}});
  ASSERT_EQ(found.choices.size(), 1U);
  EXPECT_EQ(found.choices.front().contact_point->type, "phone");
}

TEST_F(Choices, OpenSaleInTwoStepsAfterANo) {
  EXPECT_THAT(meant(Action::save, {{kShare, Answer::yes}}), ElementsAre(kShare + " granted"));
  stands(kShare, Reason::denied);
  EXPECT_THAT(meant(Action::save, {{kShare, Answer::yes}}), ElementsAre(kShare + " ?"));
  stands(kShare, Reason::no_statement);
  person_.privacy_control = true;
  EXPECT_THAT(meant(Action::accept),
              ElementsAre(kEmail + " granted", kTaste + " granted", kShare + " ?"));
  const Shown shown = {{kShare, view(kShare).notice}};
  EXPECT_EQ(confirmed({kShare}, shown, policy_, state_, person_, kNow).choices.size(), 1U);
  EXPECT_THAT(confirmed({"made.up"}, shown, policy_, state_, person_, kNow).choices, IsEmpty());
  const auto unread = confirmed({kShare}, {}, policy_, state_, person_, kNow);
  EXPECT_THAT(unread.choices, IsEmpty());
  EXPECT_THAT(unread.unread, ElementsAre(kShare));
}

// The page was loaded, then the text changed, then the form was sent.
TEST_F(Choices, AgreeToTheTextThatWasShownAndToNoOther) {
  Shown shown = {{kTaste, view(kTaste).notice}, {kEmail, std::string(64, '0')}};
  EXPECT_THAT(meant(Action::save, {{kTaste, Answer::yes}, {kEmail, Answer::yes}}, shown),
              ElementsAre(kTaste + " granted", kEmail + " unread"));
  EXPECT_THAT(meant(Action::accept, {}, shown),
              ElementsAre(kTaste + " granted", kEmail + " unread", kShare + " unread"));
  EXPECT_THAT(meant(Action::save, {{kEmail, Answer::yes}}, Shown{}),
              ElementsAre(kEmail + " unread"));
  // A no needs no text, and what holds already is not said anew.
  EXPECT_THAT(meant(Action::save, {{kTaste, Answer::no}, {kEmail, Answer::no}}, Shown{}),
              ElementsAre(kEmail + " denied", kTaste + " denied"));
  EXPECT_THAT(meant(Action::withdraw_all, {}, Shown{}), ElementsAre("* withdrawn"));
  stands(kEmail, Reason::granted);
  EXPECT_THAT(meant(Action::save, {{kEmail, Answer::yes}}, shown), IsEmpty());
}

TEST_F(Choices, CarryTheNoticeThatWasShownAndTheAddressThatWasProven) {
  const auto found = meaning(Action::save, {{kEmail, Answer::yes}});
  ASSERT_EQ(found.choices.size(), 1U);
  for (const auto& choice : found.choices) {
    EXPECT_EQ(choice.notice_version, "2026-01");
    EXPECT_EQ(choice.notice_language, "en");
    EXPECT_EQ(choice.method, event::method::kSave);
    EXPECT_EQ(choice.actor, event::Actor::person);
    EXPECT_EQ(choice.occurred_at, kNow);
    EXPECT_TRUE(own_draft(policy_, choice).has_value());
  }
  EXPECT_EQ(cdp::testing::reveal(found.choices[0].contact_point->value), "ada@shop.example");
}

TEST_F(Choices, NamePurposesThatDoNotExistInVain) {
  EXPECT_THAT(meant(Action::save, {{"made.up", Answer::yes}, {"*", Answer::no}}), IsEmpty());
}

TEST_F(Choices, AskNothingThatHasNoText) {
  row(kTaste).notice = nullptr;
  EXPECT_THAT(meant(Action::save, {{kTaste, Answer::yes}}), IsEmpty());
  // What is open all the same can be closed.
  stands(kTaste, Reason::granted);
  EXPECT_THAT(meant(Action::save, {{kTaste, Answer::no}}), ElementsAre(kTaste + " withdrawn"));
}

TEST_F(Choices, ShowAYesForAnotherAddressAsNoneForThisOne) {
  stands(kEmail, Reason::granted);
  ToldStatement told;
  told.statement.choice = event::Choice::granted;
  told.statement.contact_point = Token{1};
  row(kEmail).deciding = told;
  EXPECT_EQ(view(kEmail).standing, Standing::granted);
  row(kEmail).deciding->statement.contact_point = Token{2};
  EXPECT_EQ(view(kEmail).standing, Standing::other_address);
  EXPECT_THAT(meant(Action::save, {{kEmail, Answer::yes}}), ElementsAre(kEmail + " granted"));
}

TEST_F(Choices, SayWhereSaleStands) {
  const auto sale = [&] { return choices_page(policy_, state_, person_).sale; };
  EXPECT_EQ(sale(), SaleStatus::never);
  stands(kShare, Reason::allowed_by_default);
  EXPECT_EQ(sale(), SaleStatus::by_default);
  stands(kShare, Reason::objected);
  EXPECT_EQ(sale(), SaleStatus::opted_out);
  state_.privacy_control = true;
  EXPECT_EQ(sale(), SaleStatus::signal_before);
  person_.privacy_control = true;
  EXPECT_EQ(sale(), SaleStatus::signal_now);
  stands(kShare, Reason::granted);
  EXPECT_EQ(sale(), SaleStatus::allowed);
}

// A child's yes is recorded and opens nothing; so it is with a restriction, and an unproven number.
TEST_F(Choices, SayOfWhatAYesOpensNothing) {
  stands(kEmail, Reason::needs_parent);
  stands(kTaste, Reason::restricted);
  stands(kFit, Reason::granted);
  EXPECT_EQ(view(kEmail).standing, Standing::needs_parent);
  EXPECT_EQ(view(kEmail).answer, Answer::none);
  const auto page = choices_page(policy_, state_, person_);
  EXPECT_THAT(meaning(Action::save, {{kEmail, Answer::yes}, {kShare, Answer::no}}).allowed,
              ElementsAre(kEmail));
  EXPECT_THAT(
      closed_among(page, meaning(Action::accept, {}).allowed),
      ElementsAre(view(kEmail).title, view(kSms).title, view(kTaste).title, view(kShare).title));
  EXPECT_THAT(closed_among(page, {kFit}), IsEmpty());
}

// ePrivacy Directive Art. 13(2): the first order opens it, without a yes.
TEST_F(Choices, SayThatASoftOptInOpensWithTheFirstOrder) {
  row(kEmail).basis = policy_.purposes.at(kEmail).basis = event::Basis::soft_opt_in;
  for (const Reason reason : {Reason::no_sale, Reason::weak_evidence, Reason::expired,
                              Reason::outgrown, Reason::stale_notice, Reason::anonymous_grant}) {
    stands(kEmail, reason);
    EXPECT_EQ(view(kEmail).standing, Standing::until_sale) << to_string(reason);
    EXPECT_THAT(meant(Action::save, {{kEmail, Answer::no}}), ElementsAre(kEmail + " objected"));
  }
  stands(kEmail, Reason::objected);
  EXPECT_EQ(view(kEmail).standing, Standing::refused);
  stands(kEmail, Reason::restricted);
  EXPECT_EQ(view(kEmail).standing, Standing::restricted);
}

// Two accounts behind one mailbox are held apart: the state is that of what was said here.
TEST_F(Choices, PromiseNothingForAccountsThatShareAnAddress) {
  person_.shares_address = true;
  EXPECT_TRUE(choices_page(policy_, state_, person_).shared);
  EXPECT_TRUE(history_page(policy_, state_, person_).shared);
  EXPECT_EQ(choices_page(policy_, state_, person_).sale, SaleStatus::per_account);
  EXPECT_EQ(view(kTaste).standing, Standing::per_account);
  EXPECT_EQ(view(kFit).standing, Standing::per_account) << "an account may have objected";
  EXPECT_EQ(view(kOrder).standing, Standing::needed);
  stands(kTaste, Reason::granted);
  EXPECT_EQ(view(kTaste).standing, Standing::per_account_yes);
  EXPECT_EQ(view(kTaste).answer, Answer::yes) << "said here";
  stands(kTaste, Reason::withdrawn);
  EXPECT_EQ(view(kTaste).standing, Standing::per_account_no);
  // An account may have allowed it since: no second no is swallowed.
  EXPECT_THAT(meant(Action::save, {{kTaste, Answer::no}}), ElementsAre(kTaste + " denied"));
  EXPECT_THAT(meant(Action::save, {{kEmail, Answer::no}}), ElementsAre(kEmail + " denied"));
  EXPECT_THAT(meant(Action::withdraw_all), ElementsAre("* withdrawn"));
}

TEST_F(Choices, NameTheWayInWhichEachWasSaid) {
  const auto told = [&](std::string_view source, std::string_view method, event::Actor actor,
                        bool anonymous = false) {
    ToldStatement one;
    one.statement.purpose = kTaste;
    one.statement.source = source;
    one.statement.method = method;
    one.statement.actor = actor;
    one.statement.anonymous = anonymous;
    state_.history = {one};
    return history_page(policy_, state_, person_).lines.at(0);
  };
  using event::Actor;
  policy_.controller_name = "Example";
  EXPECT_EQ(told(kOwnSource, "save", Actor::person).how, How::here);
  EXPECT_EQ(told(kOwnSource, "gpc", Actor::person).how, How::signal);
  EXPECT_EQ(told("web", "gpc", Actor::person, true).how, How::signal);
  EXPECT_EQ(told(kOwnSource, "double_opt_in", Actor::person).how, How::opt_in);
  EXPECT_EQ(told(kOwnSource, "unsubscribe", Actor::person).how, How::unsubscribe);
  EXPECT_EQ(told(kOwnSource, "save", Actor::officer).how, How::source);
  EXPECT_EQ(told("consent-api:tok_1", "api", Actor::parent).how, How::parent);
  EXPECT_EQ(told("consent-api:tok_1", "api", Actor::agent).how, How::agent);
  EXPECT_EQ(told("web", "", Actor::person, true).how, How::device);
  EXPECT_EQ(told("shop", "", Actor::vendor).how, How::source);
  const auto service = told("consent-api:tok_1", "api", Actor::person);
  EXPECT_EQ(service.how, How::service);
  EXPECT_EQ(service.source, "Example") << "never the id of a token";
}

TEST(MaskedAddresses, ShowEnoughToRecogniseAndNoMore) {
  const auto masked = [](const char* type, const char* value) {
    return PreferenceReader::masked({type, Pii<std::string>(value)});
  };
  EXPECT_EQ(masked("email", "ada@shop.example"), "a•••@shop.example");
  EXPECT_EQ(masked("email", "ä@shop.example"), "ä•••@shop.example");
  EXPECT_EQ(masked("email", "nonsense"), "•••");
  EXPECT_EQ(masked("phone", "+491701234567"), "+49 ••• 67");
  EXPECT_EQ(masked("phone", "+1"), "•••");
}

}  // namespace
}  // namespace cdp::consent::preference_centre
