#include "consent/statements.h"

#include "tests/support/household.h"
#include "tests/support/pii_for_tests.h"

namespace cdp::consent {
namespace {

using event::Choice;
using event::Grade;
using testing::day;

constexpr const char* kEmail = "marketing.communications.email";

Policy make_policy() {
  Policy policy;
  policy.purposes[kEmail] = testing::make_purpose(kEmail, "email");
  policy.purposes["analytics"] = testing::make_purpose("analytics");
  policy.attributes["city"] = testing::make_attribute("city", "user.contact.address.city");
  return policy;
}

event::StatementDraft grant(const std::string& purpose) {
  event::StatementDraft draft;
  draft.purpose = purpose;
  draft.choice = Choice::granted;
  draft.grade = Grade::recorded;
  draft.method = "form";
  draft.occurred_at = day(1);
  return draft;
}

class Statements : public ::testing::Test {
 protected:
  // The reason of a refusal, or "taken".
  std::string verdict(const event::StatementDraft& draft) {
    const auto bound = bind_statement(draft, context_, std::nullopt);
    const auto* refusal = std::get_if<StatementRefusal>(&bound);
    return refusal != nullptr ? refusal->reason : "taken";
  }
  event::Statement taken(const event::StatementDraft& draft,
                         const std::optional<Token>& contact = std::nullopt) {
    const auto bound = bind_statement(draft, context_, contact);
    EXPECT_TRUE(std::holds_alternative<event::Statement>(bound));
    return std::get<event::Statement>(bound);
  }

  const Policy policy_ = make_policy();
  StatementContext context_{&policy_, "shop", false, Grade::double_opt_in, day(10)};
};

TEST_F(Statements, AGrantBindsToItsChannelAndAddress) {
  auto draft = grant(kEmail);
  draft.contact_point = event::Identifier{"email", Pii<std::string>("a@shop.example")};
  const auto statement = taken(draft, Token{5});
  EXPECT_EQ(statement.channel, "email");
  EXPECT_EQ(statement.contact_type, "email");
  EXPECT_EQ(statement.contact_point, Token{5});
  EXPECT_EQ(statement.source, "shop");
  EXPECT_EQ(statement.received_at, day(10));
}

TEST_F(Statements, UnknownPurposesAreAVerdictAndNeverDropped) {
  EXPECT_EQ(verdict(grant("nothing")), "unknown_purpose");
  EXPECT_EQ(verdict(grant("marketing")), "unknown_purpose");  // a grant names one purpose
  EXPECT_EQ(verdict(grant("*")), "unknown_purpose");
  EXPECT_EQ(verdict(grant("analytics")), "taken");
}

TEST_F(Statements, ANoMayNameAParentACategoryGpcOrEverything) {
  for (const char* purpose : {"marketing", "*", "", "gpc", "user.contact", "analytics"}) {
    auto draft = grant(purpose);
    draft.choice = Choice::objected;
    EXPECT_EQ(verdict(draft), "taken") << purpose;
    EXPECT_EQ(taken(draft).channel, "") << purpose;
  }
  auto draft = grant("market");
  draft.choice = Choice::denied;
  EXPECT_EQ(verdict(draft), "unknown_purpose");
}

TEST_F(Statements, AGrantOnAnotherChannelOrAddressTypeIsRefused) {
  auto draft = grant(kEmail);
  draft.channel = "sms";
  EXPECT_EQ(verdict(draft), "channel_mismatch");
  draft.channel = "email";
  draft.contact_point = event::Identifier{"phone", Pii<std::string>("+49151")};
  EXPECT_EQ(verdict(draft), "contact_type_mismatch");
}

TEST_F(Statements, ANoOfAFeedOnNoChannelOfItsPurposesHoldsForEveryChannel) {
  auto draft = grant(kEmail);
  draft.choice = Choice::withdrawn;
  for (const char* channel : {"Email", "sms"}) {
    draft.channel = channel;
    EXPECT_EQ(taken(draft).channel, "") << channel;
  }
  draft.channel = "email";
  EXPECT_EQ(taken(draft).channel, "email");
  for (const char* purpose : {"marketing", "*", "user.contact"}) {
    draft.purpose = purpose;
    EXPECT_EQ(taken(draft).channel, "email") << purpose;
  }
  draft.purpose = "analytics";
  EXPECT_EQ(taken(draft).channel, "");
}

TEST_F(Statements, ANoOfAFeedToAVendorThatIsNoDestinationHoldsForEveryVendor) {
  auto draft = grant("analytics");
  draft.vendor = "tool";
  EXPECT_EQ(taken(draft).vendor, "tool");  // a yes to nobody opens nothing
  draft.choice = Choice::denied;
  EXPECT_EQ(taken(draft).vendor, "");
  Policy policy = make_policy();
  policy.destinations["tool"].name = "tool";
  context_.policy = &policy;
  EXPECT_EQ(taken(draft).vendor, "tool");
}

TEST_F(Statements, WhoeverIsAnsweredIsRefusedWhatCouldNeverApply) {
  context_.answered = true;
  auto draft = grant("analytics");
  draft.vendor = "tool";
  EXPECT_EQ(verdict(draft), "unknown_vendor");
  draft.choice = Choice::denied;
  EXPECT_EQ(verdict(draft), "unknown_vendor");
  draft.vendor.clear();
  draft.channel = "sms";
  EXPECT_EQ(verdict(draft), "unknown_channel");
  draft.channel = "email";
  EXPECT_EQ(verdict(draft), "channel_mismatch");
  draft.purpose = "*";
  EXPECT_EQ(verdict(draft), "taken");
  EXPECT_EQ(verdict(grant(kEmail)), "missing_contact_point");
}

TEST_F(Statements, DatesOfTheFutureAreClampedToReceipt) {
  auto draft = grant("analytics");
  draft.occurred_at = day(500);
  EXPECT_EQ(taken(draft).occurred_at, day(10));
  draft.occurred_at = {};
  EXPECT_FALSE(taken(draft).occurred_at.known());
}

TEST_F(Statements, NobodyVouchesForMoreThanTheyMay) {
  auto draft = grant("analytics");
  draft.grade = Grade::verified;
  EXPECT_EQ(taken(draft).grade, Grade::double_opt_in);
  context_.grade_max = grade_max_of(event::Trust::public_key);
  EXPECT_EQ(taken(draft).grade, Grade::recorded);
  EXPECT_EQ(grade_max_of(event::Trust::vendor_signed), Grade::double_opt_in);
}

TEST_F(Statements, RecordedWithoutDateOrMethodIsOnlyAsserted) {
  auto draft = grant("analytics");
  EXPECT_EQ(taken(draft).grade, Grade::recorded);
  draft.method.clear();
  EXPECT_EQ(taken(draft).grade, Grade::asserted);
  draft.method = "form";
  draft.occurred_at = {};
  EXPECT_EQ(taken(draft).grade, Grade::asserted);
}

TEST_F(Statements, AnOfficersWordIsAssertedAndAnAgentsRecordedAtMost) {
  auto draft = grant("analytics");
  draft.grade = Grade::double_opt_in;
  draft.actor = event::Actor::officer;
  EXPECT_EQ(taken(draft).grade, Grade::asserted);
  draft.actor = event::Actor::agent;
  EXPECT_EQ(taken(draft).grade, Grade::recorded);
  draft.actor = event::Actor::parent;
  EXPECT_EQ(taken(draft).grade, Grade::double_opt_in);
}

TEST_F(Statements, TheTextThatWasShownIsKnownByItsHash) {
  Policy policy = make_policy();
  NoticeText text;
  text.version = "2026-01";
  text.purpose = "analytics";
  text.language = "de";
  text.title = "Statistik";
  policy.notices["2026-01"] = {"2026-01", {}, {text}};
  settle_notices(&policy);
  context_.policy = &policy;
  const auto hash = policy.notices.at("2026-01").texts.front().hash;
  auto draft = grant("analytics");
  draft.notice_version = "2026-01";
  EXPECT_FALSE(taken(draft).notice_hash.has_value());  // in which language is not known
  draft.notice_language = "de-AT";
  EXPECT_EQ(taken(draft).notice_hash, hash);
  draft.notice_language = "fr";
  EXPECT_FALSE(taken(draft).notice_hash.has_value());
  draft.notice_hash = crypto::Digest{1};
  EXPECT_EQ(verdict(draft), "notice_mismatch");
  draft.notice_hash = hash;
  EXPECT_EQ(verdict(draft), "taken");
  draft.notice_version = "1999-01";  // none of ours: whatever they showed, they say
  EXPECT_EQ(verdict(draft), "taken");
  // By its hash alone the text is known, with version and language.
  draft.notice_version.clear();
  draft.notice_language.clear();
  EXPECT_EQ(taken(draft).notice_version, "2026-01");
  EXPECT_EQ(taken(draft).notice_language, "de");
  draft.notice_hash = crypto::Digest{1};
  EXPECT_EQ(taken(draft).notice_version, "");
}

TEST_F(Statements, WhoeverIsAnsweredBringsForeignNoticesOnlyAsAnImport) {
  Policy policy = make_policy();
  policy.notices["2026-01"] = {"2026-01", {}, {}};
  policy.purposes["analytics"].notice_version = "2026-01";
  context_.policy = &policy;
  context_.answered = true;
  auto foreign = grant("analytics");
  foreign.notice_version = "1999-01";
  auto unnamed = grant("analytics");
  unnamed.notice_hash = crypto::Digest{1};
  EXPECT_EQ(verdict(foreign), "unknown_notice");
  EXPECT_EQ(verdict(unnamed), "notice_mismatch");
  foreign.choice = Choice::withdrawn;  // a no needs no notice
  EXPECT_EQ(verdict(foreign), "taken");
  foreign.choice = Choice::granted;
  context_.elsewhere = true;
  EXPECT_EQ(taken(foreign).notice_version, "1999-01");
  EXPECT_EQ(taken(unnamed).notice_hash, crypto::Digest{1});
}

TEST_F(Statements, WhoWhereAndWhatShowsItAreKept) {
  auto draft = grant("analytics");
  draft.actor = event::Actor::parent;
  draft.place = "checkout";
  draft.jurisdiction = "FR";
  draft.evidence = Pii<std::string>(R"({"form":"7"})");
  const auto statement = taken(draft);
  EXPECT_EQ(statement.actor, event::Actor::parent);
  EXPECT_EQ(statement.place, "checkout");
  EXPECT_EQ(statement.jurisdiction, "FR");
  EXPECT_EQ(testing::reveal(statement.evidence), R"({"form":"7"})");
}

std::vector<std::string> parsed(std::string_view body) {
  const auto document = json::Document::parse(body);
  EXPECT_TRUE(document.has_value());
  const auto items = parse_consents(document->root());
  if (!items) return {std::string(to_string(items.error().code))};
  std::vector<std::string> out;
  for (const auto& item : *items) {
    const auto* refusal = std::get_if<StatementRefusal>(&item);
    out.push_back(refusal != nullptr ? refusal->reason : "taken");
  }
  return out;
}

TEST(ConsentRequests, OneStatementIsReadWithEveryField) {
  const auto document = json::Document::parse(
      R"({"identifier":{"type":"email","value":"a@shop.example"},"purpose":"p","channel":"email",
          "vendor":"mail","choice":"granted","basis":"soft_opt_in","occurred_at":"2026-01-02T03:04:05Z",
          "method":"form","notice_version":"2","contact_point":{"type":"email","value":"b@shop.example"},
          "message_id":"m1"})");
  ASSERT_TRUE(document.has_value());
  const auto items = parse_consents(document->root());
  ASSERT_TRUE(items.has_value());
  ASSERT_EQ(items->size(), 1U);
  const auto& request = std::get<ConsentRequest>(items->at(0));
  EXPECT_EQ(request.identifier.type, "email");
  EXPECT_EQ(testing::reveal(request.identifier.value), "a@shop.example");
  EXPECT_EQ(request.message_id, "m1");
  EXPECT_EQ(request.draft.purpose, "p");
  EXPECT_EQ(request.draft.channel, "email");
  EXPECT_EQ(request.draft.vendor, "mail");
  EXPECT_EQ(request.draft.choice, Choice::granted);
  EXPECT_EQ(request.draft.basis, event::Basis::soft_opt_in);
  EXPECT_EQ(to_rfc3339(request.draft.occurred_at), "2026-01-02T03:04:05Z");
  EXPECT_EQ(request.draft.method, "form");
  EXPECT_EQ(request.draft.notice_version, "2");
  EXPECT_EQ(testing::reveal(request.draft.contact_point->value), "b@shop.example");
  EXPECT_EQ(request.draft.grade, Grade::recorded);
}

TEST(ConsentRequests, ABadStatementLosesNoNeighbour) {
  EXPECT_EQ(
      parsed(R"([{"identifier":{"type":"email","value":"a"},"purpose":"p","choice":"denied"},
                 {"identifier":{"type":"email","value":"a"},"purpose":"p","choice":"yes"},
                 {"identifier":{"type":"email"},"purpose":"p","choice":"denied"},
                 {"identifier":{"type":"email","value":"a"},"choice":"denied"},
                 {"identifier":{"type":"email","value":"a"},"purpose":"p","choice":"denied",
                  "occurred_at":"yesterday"},
                 {"identifier":{"type":"email","value":"a"},"purpose":"p","choice":"denied",
                  "occured_at":"2026-01-01T00:00:00Z"},
                 {"identifier":{"type":"email","value":"a"},"purpose":"p","choice":"denied",
                  "basis":"because"},
                 {"identifier":{"type":"email","value":"a"},"purpose":"p","choice":"denied",
                  "contact_point":"a"},
                 {"identifier":{"type":"email","value":"a"},"purpose":"p","choice":"denied",
                  "channel":5},
                 7])"),
      (std::vector<std::string>{"taken", "unknown_choice", "missing_identifier", "missing_purpose",
                                "malformed_date", "unknown_field", "unknown_basis",
                                "malformed_contact_point", "malformed", "malformed"}));
}

TEST(ConsentRequests, AListMayStandInAnEnvelope) {
  EXPECT_EQ(parsed(R"({"statements":[{"identifier":{"type":"user_id","value":9007199254740993},
                       "purpose":"*","choice":"withdrawn"}]})"),
            std::vector<std::string>{"taken"});
  EXPECT_EQ(parsed("[]"), std::vector<std::string>{"invalid_argument"});
  EXPECT_EQ(parsed("5"), std::vector<std::string>{"invalid_argument"});
  EXPECT_EQ(parsed(R"({"statements":5})"), std::vector<std::string>{"invalid_argument"});
}

TEST(ConsentRequests, CircumstancesAreReadOrRefused) {
  const std::string head =
      R"({"identifier":{"type":"email","value":"a@shop.example"},"purpose":"p","choice":"denied",)";
  const std::string hash(64, 'a');
  const auto verdict = [&](const std::string& rest) { return parsed(head + rest + "}").at(0); };
  EXPECT_EQ(
      verdict(R"("actor":"parent","place":"checkout","jurisdiction":"US-CA","notice_language":)"
              R"("en","notice_hash":")" +
              hash + R"(","evidence":{"form":"7"})"),
      "taken");
  EXPECT_EQ(verdict(R"("actor":"uncle")"), "unknown_actor");
  EXPECT_EQ(verdict(R"("notice_hash":"abc")"), "malformed_notice_hash");
  EXPECT_EQ(verdict(R"("jurisdiction":"Bavaria")"), "malformed_jurisdiction");
  EXPECT_EQ(verdict(R"("evidence":"a text")"), "malformed_evidence");
  EXPECT_EQ(verdict(R"("evidence":{"x":")" + std::string(9'000, 'x') + R"("})"),
            "malformed_evidence");
  EXPECT_EQ(verdict(R"("place":")" + std::string(300, 'x') + "\""), "malformed");
}

}  // namespace
}  // namespace cdp::consent
