// consent.table against the engine, and against the slow reference.
#include "tests/scenarios/consent_table.h"

#include "tests/support/reference_data.h"
#include "tests/support/slow_consent.h"

namespace cdp::consent {
namespace {

using testing::ConsentScenario;
using testing::ConsentTable;

struct Who {
  std::uint64_t persona;
  std::uint32_t proof_group;
  event::Trust trust;
};

// The cast, as the table's legend describes it.
const std::map<std::string, Who>& cast() {
  static const std::map<std::string, Who> people = {
      {"shop", {1, 1, event::Trust::vendor_signed}}, {"crm", {2, 1, event::Trust::server}},
      {"ours", {7, 6, event::Trust::server}},        {"newsletter", {3, 2, event::Trust::server}},
      {"browser", {4, 3, event::Trust::public_key}}, {"device", {5, 4, event::Trust::public_key}},
      {"stranger", {6, 5, event::Trust::server}}};
  return people;
}

void add_defaults(Policy* policy) {
  const auto row = [&](const char* place, const char* purpose, bool allowed) -> Default& {
    Default& cell = policy->defaults.emplace_back();
    cell.jurisdiction = place;
    cell.purpose = purpose;
    cell.allowed_without_statement = allowed;
    return cell;
  };
  row("US", "marketing.communications.email", true);
  row("US", "analytics", true);
  row("US", "functional.storage", true);
  row("US", "marketing.communications.sms", true);
  row("US-CA", "analytics", false);
  row("CA", "analytics", true).age_from = 18;
  row("CA", "analytics", false).category = "user.name";
  row("BR", "marketing.advertising.third_party", true);
}

// Notice 1 told of everything but "insights"; notice 2 changed the news and the club.
void add_notices(Policy* policy) {
  for (const char* version : {"1", "2", "3"}) {
    Notice& notice = policy->notices[version];
    notice.version = version;
    for (const auto& [key, purpose] : policy->purposes) {
      if (key == ConsentTable::purposes().at("insights") && notice.version == "1") continue;
      NoticeText text;
      text.version = version;
      text.purpose = key;
      text.language = "en";
      notice.texts.push_back(text);
    }
  }
  policy->notices["2"].material = {ConsentTable::purposes().at("news"),
                                   ConsentTable::purposes().at("club")};
  settle_notices(policy);
}

Policy table_policy() {
  Policy policy;
  const auto add = [&](const std::string& name, const std::string& channel) -> Purpose& {
    const std::string& key = ConsentTable::purposes().at(name);
    Purpose& purpose = policy.purposes[key];
    purpose.key = key;
    purpose.channel = channel;
    purpose.notice_version = "2";
    return purpose;
  };
  add("email", "email");
  add("sms", "sms");
  add("partner", "email").first_grant = event::Grade::double_opt_in;
  add("news", "email").material = true;
  add("similar", "email").basis = event::Basis::soft_opt_in;
  policy.purposes[ConsentTable::purposes().at("similar")].expires = Duration::days(730);
  add("club", "email").notice_version = "3";
  add("insights", "");
  add("loyalty", "").basis = event::Basis::contract;
  add("circular", "").basis = event::Basis::legitimate_interest;
  add("analytics", "").expires = Duration::days(365);
  add("personalise", "");
  add("ads", "").sale_or_share = true;
  add("storage", "");
  add("orders", "").basis = event::Basis::contract;
  add("tax", "").basis = event::Basis::legal_obligation;
  add("fraud", "").basis = event::Basis::legitimate_interest;
  add_defaults(&policy);
  add_notices(&policy);
  policy.ages.by_place = {{"FR", 15}, {"US", 13}};
  return policy;
}

Question question_of(const ConsentScenario& scenario, const Policy& policy) {
  const Who& who = cast().at(scenario.who);
  Question question;
  question.purpose = policy.purpose(scenario.purpose);
  question.vendor = scenario.vendor;
  question.sale_or_share = scenario.vendor == "ads";
  question.contact_point = scenario.address;
  question.proof_group = who.proof_group;
  question.asking = PersonaOrdinal(who.persona);
  question.anonymous_member = scenario.who == "device";
  question.public_member = who.trust == event::Trust::public_key;
  question.category = scenario.category;
  question.sensitive = scenario.sensitive;
  question.jurisdictions = scenario.places;
  question.born = scenario.born;
  return question;
}

std::vector<Evidence> evidence_of(const ConsentScenario& scenario) {
  std::vector<Evidence> evidence;
  for (const auto& said : scenario.said) {
    if (!scenario.only.empty() && !scenario.only.contains(said.who)) continue;
    const Who& who = cast().at(said.who);
    evidence.push_back({&said.statement, PersonaOrdinal(who.persona), who.proof_group, who.trust});
  }
  return evidence;
}

template <class Answer>
std::string in_words(const Answer& answer) {
  return std::string(answer.allowed ? "yes " : "no ") + std::string(to_string(answer.reason));
}

ConsentTable table() {
  return ConsentTable::read(testing::read_text("tests/scenarios/consent.table"));
}

TEST(ConsentTable, HasNoMistakesAndAtLeastHundredAndFiftyRows) {
  const auto read = table();
  EXPECT_THAT(read.mistakes(), ::testing::IsEmpty());
  EXPECT_GE(read.scenarios().size(), 150U);
  std::set<std::string> titles;
  for (const auto& scenario : read.scenarios()) {
    EXPECT_TRUE(titles.insert(scenario.title).second) << "twice: " << scenario.title;
  }
}

TEST(ConsentTable, EveryRowIsAnsweredAsItSays) {
  const Policy policy = table_policy();
  const auto read = table();
  for (const ConsentScenario& scenario : read.scenarios()) {
    const auto evidence = evidence_of(scenario);
    const Question question = question_of(scenario, policy);
    EXPECT_EQ(in_words(decide(question, evidence, policy, scenario.now)), scenario.answer)
        << "consent.table:" << scenario.line << ": " << scenario.title;
    EXPECT_EQ(in_words(testing::SlowConsent(question, evidence, policy, scenario.now).answer()),
              scenario.answer)
        << "the slow reference, consent.table:" << scenario.line << ": " << scenario.title;
  }
}

TEST(ConsentTable, TheOrderInWhichStatementsArriveDoesNotMatter) {
  const Policy policy = table_policy();
  const auto read = table();
  for (const ConsentScenario& scenario : read.scenarios()) {
    auto evidence = evidence_of(scenario);
    const Question question = question_of(scenario, policy);
    for (std::size_t i = 0; i < evidence.size(); ++i) {
      std::rotate(evidence.begin(), evidence.begin() + 1, evidence.end());
      EXPECT_EQ(in_words(decide(question, evidence, policy, scenario.now)), scenario.answer)
          << "consent.table:" << scenario.line << ": " << scenario.title;
    }
  }
}

TEST(ConsentTable, ASignalThatTheLegendDoesNotKnowIsAMistake) {
  for (const char* signal :
       {"smoke", "us sale 3", "us price 1", "usp nonsense", "tcf one", "categories Sport yes",
        "categories Taste perhaps", "tcf 1, 3 loudly", "gpc received", "consent-mode ad_storage"}) {
    const auto read =
        ConsentTable::read("A title\n  2026-01-10 device sends " + std::string(signal) +
                           "\n  ask ads with data of device\n  no no_statement\n");
    EXPECT_FALSE(read.mistakes().empty()) << signal;
  }
}

TEST(ConsentTable, AWordThatTheLegendDoesNotKnowIsAMistake) {
  const auto read = ConsentTable::read(
      "A title\n  2026-01-10 shop granted email loudly\n  ask email with data of nobody\n");
  EXPECT_EQ(read.mistakes().size(), 3U);  // the word, the person, the answer that is missing
}

}  // namespace
}  // namespace cdp::consent
