// Our double opt-in before anybody is written to: whom a form may make us write to, what waits and
// under which key, and what both steps become.
#include "consent/opt_in.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cdp/core/event/json.h"
#include "consent/message_desk.h"
#include "consent/opt_in_links.h"
#include "consent/statements.h"
#include "tests/support/household.h"
#include "tests/support/pii_for_tests.h"

namespace cdp::consent {
namespace {

using event::Choice;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

constexpr const char* kNews = "marketing.communications.email";
constexpr Time kNow{1'767'225'600'000'000};
const Token kAddress{7};

Policy policy_with_news() {
  Policy policy;
  Purpose news;
  news.key = kNews;
  news.channel = "email";
  news.notice_version = "2026-01";
  policy.purposes[kNews] = news;
  Purpose partner = news;
  partner.key = "marketing.communications.partner";
  partner.first_grant = event::Grade::double_opt_in;
  policy.purposes[partner.key] = partner;
  Notice notice;
  notice.version = "2026-01";
  for (const auto& [key, purpose] : policy.purposes) {
    notice.texts.push_back({"2026-01", key, "en", "", "News", "c", "w", "r", "i", {}});
    notice.texts.push_back({"2026-01", key, "de", "", "Neues", "c", "w", "r", "i", {}});
  }
  policy.notices["2026-01"] = notice;
  settle_notices(&policy);
  policy.preference_centre.base_url = "https://privacy.shop.example";
  policy.mail.kind = MailConfig::Kind::smtp;
  return policy;
}

// One person with one record that holds the address.
identity::Profile person(std::vector<event::Statement> statements = {}) {
  identity::Profile profile;
  identity::ProfileMember member;
  member.persona = PersonaOrdinal(1);
  member.document.trust = event::Trust::server;
  event::FactIdentifier known;
  known.type = "email";
  known.token = kAddress;
  member.document.identifiers.push_back(known);
  member.document.statements = std::move(statements);
  profile.members.push_back(std::move(member));
  return profile;
}

event::Statement said(Choice choice, const std::string& method = "save") {
  event::Statement statement;
  statement.position = Position(1);
  statement.source = "shop";
  statement.purpose = kNews;
  statement.channel = "email";
  statement.choice = choice;
  statement.grade = event::Grade::recorded;
  statement.method = method;
  statement.occurred_at = statement.received_at = kNow - Duration::days(3);
  if (choice == Choice::granted) {
    statement.contact_type = "email";
    statement.contact_point = kAddress;
    statement.notice_version = "2026-01";
  }
  return statement;
}

OptInVerdict verdict_for(std::vector<identity::Profile> people, bool erased = false,
                         bool do_not_contact = false) {
  const Policy policy = policy_with_news();
  return judge_opt_in({people, kAddress, erased, do_not_contact}, policy.purposes.at(kNews), policy,
                      kNow);
}

TEST(OptInVerdicts, AskWhoeverIsNotKnownOrHasNotRefused) {
  EXPECT_EQ(verdict_for({}), OptInVerdict::ask);
  EXPECT_EQ(verdict_for({person()}), OptInVerdict::ask);
  EXPECT_EQ(verdict_for({person({said(Choice::denied)})}), OptInVerdict::ask);
  EXPECT_EQ(verdict_for({person({said(Choice::withdrawn)})}), OptInVerdict::ask)
      << "who unsubscribed subscribes again by typing the address again";
}

TEST(OptInVerdicts, WriteToNobodyWhoMustNotBeWrittenTo) {
  EXPECT_EQ(verdict_for({person({said(Choice::objected)})}), OptInVerdict::refused);
  EXPECT_EQ(verdict_for({person({said(Choice::withdrawn, "spam_complaint")})}),
            OptInVerdict::refused);
  auto restricted = said(Choice::restricted);
  restricted.purpose = kEveryPurpose;
  EXPECT_EQ(verdict_for({person({restricted})}), OptInVerdict::refused);
  EXPECT_EQ(verdict_for({}, true), OptInVerdict::erased);
  EXPECT_EQ(verdict_for({}, false, true), OptInVerdict::do_not_contact);
  EXPECT_EQ(verdict_for({person()}, true, true), OptInVerdict::do_not_contact);
}

TEST(OptInVerdicts, AskAgainWhoCameBackAfterAnErasure) {
  EXPECT_EQ(verdict_for({person()}, true), OptInVerdict::ask);
}

TEST(OptInVerdicts, WriteToNobodyWhoIsSubscribedAlreadyAtThatAddress) {
  EXPECT_EQ(verdict_for({person({said(Choice::granted)})}), OptInVerdict::subscribed);
  auto elsewhere = said(Choice::granted);
  elsewhere.contact_point = Token{8};
  EXPECT_EQ(verdict_for({person({elsewhere})}), OptInVerdict::ask);
}

// Ada has two mailboxes, one account each, and holds a yes of her own for the second.
identity::Profile of_two_mailboxes(std::vector<event::Statement> first) {
  auto profile = person(std::move(first));
  auto second = profile.members.front();
  profile.members.front().persona = PersonaOrdinal(2);
  second.proof_group = 1;
  second.document.identifiers.front().token = Token{8};
  auto yes = said(Choice::granted, "double_opt_in");
  yes.contact_point = Token{8};
  yes.grade = event::Grade::verified;
  yes.occurred_at = yes.received_at = kNow - Duration::days(1);
  second.document.statements = {yes};
  profile.members.insert(profile.members.begin(), std::move(second));
  return profile;
}

TEST(OptInVerdicts, SpeakOfTheAddressNotOfAnotherMailboxOfThePerson) {
  EXPECT_EQ(verdict_for({of_two_mailboxes({})}), OptInVerdict::ask);
  EXPECT_EQ(verdict_for({of_two_mailboxes({said(Choice::objected)})}), OptInVerdict::refused)
      << "a yes for the other mailbox takes nothing back at this one";
  EXPECT_EQ(verdict_for({of_two_mailboxes({said(Choice::granted)})}), OptInVerdict::subscribed)
      << "whichever mailbox she said yes for first";
}

TEST(OptInVerdicts, LetTheStrictestOfThoseWhoShareAnAddressDecide) {
  EXPECT_EQ(verdict_for({person({said(Choice::granted)}), person({said(Choice::objected)})}),
            OptInVerdict::refused);
  EXPECT_EQ(verdict_for({person({said(Choice::granted)}), person()}), OptInVerdict::ask);
}

TEST(OptInVerdicts, AskNoChild) {
  Policy policy = policy_with_news();
  policy.attributes["birthday"] =
      testing::make_attribute("birthday", "user.demographic.date_of_birth");
  auto child = person();
  child.members.front().document.attributes["birthday"] = {Pii<std::string>("\"2015-06-01\""),
                                                           kNow - Duration::days(9), Position(1)};
  const std::vector<identity::Profile> people = {child};
  EXPECT_EQ(judge_opt_in({people, kAddress, false, false}, policy.purposes.at(kNews), policy, kNow),
            OptInVerdict::child);
}

TEST(OptInMessages, GoOnlyOnTheVerdictToAsk) {
  const event::Identifier address{"email", Pii<std::string>("Ada@Home.example")};
  for (const auto verdict : {OptInVerdict::subscribed, OptInVerdict::refused, OptInVerdict::child,
                             OptInVerdict::erased, OptInVerdict::do_not_contact}) {
    EXPECT_FALSE(MessageDesk::mint(verdict, address, "de", "link")) << to_string(verdict);
  }
  const auto message = MessageDesk::mint(OptInVerdict::ask, address, "de", "link");
  ASSERT_TRUE(message.has_value());
  EXPECT_EQ(message->address(), "ada@home.example");
  EXPECT_EQ(message->kind(), SubjectMessage::Kind::double_opt_in);
  EXPECT_FALSE(MessageDesk::mint(OptInVerdict::ask, {"email", Pii<std::string>("no address")}, "de",
                                 "link"));
  EXPECT_FALSE(MessageDesk::mint(OptInVerdict::ask, {"phone", Pii<std::string>("+4930123456")},
                                 "de", "link"));
}

OptInRequest request() {
  OptInRequest out;
  out.address = {"email", Pii<std::string>("ada@home.example")};
  out.purpose = kNews;
  out.language = "de";
  out.place = "footer";
  out.origin = "https://shop.example";
  out.jurisdiction = "DE";
  out.peer = "00ff";
  out.notice_version = "2026-01";
  out.notice_language = "de";
  out.notice_hash = "aa11";
  out.requested_at = kNow;
  out.message_id = "m@shop.example";
  out.message_hash = "bb22";
  return out;
}

TEST(OptInRequests, ComeBackAsTheyWereSealed) {
  const OptInLinks links(Bytes(32, 1));
  SeededRandom random(4);
  const auto link = links.make(random);
  const auto read = links.read(link.text);
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->id, link.id);
  const Bytes sealed = OptInLinks::seal(link, request(), random);
  EXPECT_THAT(std::string(as_text(sealed)), Not(HasSubstr("ada")));
  const auto back = OptInLinks::open(*read, sealed);
  ASSERT_TRUE(back.has_value());
  EXPECT_EQ(encode_opt_in(*back), encode_opt_in(request()));
  EXPECT_EQ(back->purpose, kNews);
  EXPECT_EQ(back->requested_at, kNow);
}

TEST(OptInRequests, OpenByTheirOwnLinkAlone) {
  const OptInLinks links(Bytes(32, 1));
  SeededRandom random(4);
  const auto link = links.make(random);
  auto other = links.make(random);
  const Bytes sealed = OptInLinks::seal(link, request(), random);
  EXPECT_FALSE(OptInLinks::open(other, sealed).has_value());
  other.id = link.id;
  EXPECT_FALSE(OptInLinks::open(other, sealed).has_value()) << "the id is no key";
}

TEST(OptInLinkTexts, CannotBeMadeOrChangedByOthers) {
  const OptInLinks links(Bytes(32, 1));
  SeededRandom random(4);
  const std::string text = links.make(random).text;
  EXPECT_EQ(text.size(), 43U);
  EXPECT_FALSE(OptInLinks(Bytes(32, 2)).read(text).has_value());
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    std::string changed = text;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(links.read(changed).has_value()) << i;
  }
  for (const std::string& other : {std::string(), std::string("x"), text + "AAAA", text.substr(1)})
    EXPECT_FALSE(links.read(other).has_value()) << other;
}

TEST(OptInGrants, CarryTheEvidenceOfBothSteps) {
  const Policy policy = policy_with_news();
  const std::vector<std::string> german = {"de"};
  const auto* shown = notice_text(policy, kNews, german);
  ASSERT_NE(shown, nullptr);
  const auto choice =
      opt_in_choice(request(), *shown, {"link-id", "peer-2", kNow + Duration::hours(5)});
  const auto draft = own_draft(policy, choice);
  ASSERT_TRUE(draft.has_value()) << draft.error().what;
  EXPECT_EQ(draft->choice, Choice::granted);
  EXPECT_EQ(draft->grade, event::Grade::verified);
  EXPECT_EQ(draft->method, event::method::kDoubleOptIn);
  EXPECT_EQ(draft->place, "footer");
  EXPECT_EQ(draft->jurisdiction, "") << "a text for everybody says nothing of where they live";
  EXPECT_EQ(draft->notice_version, "2026-01");
  EXPECT_EQ(draft->occurred_at, kNow + Duration::hours(5)) << "the click, not the typing";
  const auto evidence = json::Document::parse(testing::reveal(draft->evidence));
  ASSERT_TRUE(evidence.has_value());
  const auto at = [&](std::string_view pointer) {
    const auto value = evidence->root().at(pointer);
    return value ? std::string(value->string().value_or("")) : std::string();
  };
  EXPECT_EQ(at("/double_opt_in/requested/at"), to_rfc3339(kNow));
  EXPECT_EQ(at("/double_opt_in/requested/origin"), "https://shop.example");
  EXPECT_EQ(at("/double_opt_in/requested/form"), "footer");
  EXPECT_EQ(at("/double_opt_in/requested/peer_hash"), "00ff");
  EXPECT_EQ(at("/double_opt_in/requested/notice_hash"), "aa11");
  EXPECT_EQ(at("/double_opt_in/mail/message_id"), "m@shop.example");
  EXPECT_EQ(at("/double_opt_in/mail/text_sha256"), "bb22");
  EXPECT_EQ(at("/double_opt_in/confirmed/at"), to_rfc3339(kNow + Duration::hours(5)));
  EXPECT_EQ(at("/double_opt_in/confirmed/link_hash"), "link-id");
  EXPECT_EQ(at("/double_opt_in/confirmed/peer_hash"), "peer-2");
  EXPECT_EQ(at("/double_opt_in/confirmed/notice_hash"), to_hex(shown->hash));
}

// ADR 14: the place only chose the words; as evidence it would open that place's defaults.
TEST(OptInGrants, SayNothingOfWhereThePersonLives) {
  Policy policy = policy_with_news();
  policy.notices.at("2026-01").texts.push_back(
      {"2026-01", kNews, "en", "US", "Mail", "c", "w", "r", "i", {}});
  settle_notices(&policy);
  const std::vector<std::string> english = {"en"}, american = {"US"};
  const auto* shown = notice_text(policy, kNews, english, american);
  ASSERT_NE(shown, nullptr);
  ASSERT_EQ(shown->jurisdiction, "US");
  auto asked = request();
  asked.jurisdiction = "US";
  const auto draft = own_draft(policy, opt_in_choice(asked, *shown, {"link-id", "peer-2", kNow}));
  ASSERT_TRUE(draft.has_value()) << draft.error().what;
  EXPECT_EQ(draft->jurisdiction, "");
  EXPECT_EQ(draft->notice_hash, shown->hash) << "which text it was, the hash tells";
}

TEST(OptInPurposes, AreThoseThatTheConfigurationNamesOrThatAskForNoLess) {
  Policy policy = policy_with_news();
  EXPECT_THAT(opt_in_purposes(policy), UnorderedElementsAre("marketing.communications.partner"));
  policy.double_opt_in.purposes = {kNews, "no.such.purpose"};
  EXPECT_THAT(opt_in_purposes(policy), UnorderedElementsAre(kNews));
  policy.purposes[kNews].basis = event::Basis::soft_opt_in;
  EXPECT_THAT(opt_in_purposes(policy), IsEmpty()) << "there is no consent to ask for";
  policy.purposes[kNews].basis = event::Basis::consent;
  Policy untold = policy;
  untold.notices.clear();
  EXPECT_THAT(opt_in_purposes(untold), IsEmpty()) << "nobody can agree to what was not told";
  Policy children = policy;
  children.ages.unknown_is_child = true;
  EXPECT_THAT(opt_in_purposes(children), IsEmpty());
  policy.mail.kind = MailConfig::Kind::none;
  EXPECT_THAT(opt_in_purposes(policy), IsEmpty()) << "nobody could be written to";
}

}  // namespace
}  // namespace cdp::consent
