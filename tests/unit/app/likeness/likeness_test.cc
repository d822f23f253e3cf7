// Matching by likeness over the store: it proposes, policy decides, and who refused is left alone.
#include "cdp/app/likeness/likeness.h"

#include <gmock/gmock.h>

#include <set>

#include "tests/support/likeness_world.h"

namespace cdp {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using testing::PlatformWorld;
using testing::with_matching;

class Likeness : public testing::LikenessWorld {};

TEST_F(Likeness, ProposesAndJoinsNobodyUntilAnOfficerSaysSo) {
  invent(150);
  const std::size_t before = subjects();
  const auto body = run();
  EXPECT_GT(number(body, "proposed"), 20) << body;
  EXPECT_EQ(number(body, "linked"), 0);
  EXPECT_EQ(subjects(), before);
  const auto listing = world_.call("GET", "/v1/reviews").body;
  EXPECT_THAT(listing, HasSubstr(R"("why":"match")"));
  EXPECT_THAT(listing, HasSubstr("they look alike"));
  EXPECT_THAT(listing, Not(HasSubstr("row-")));
  // Again: what waits is not asked twice.
  EXPECT_EQ(number(run(), "proposed"), 0);
  EXPECT_EQ(world_.audited("match_run").size(), 2U);
  const auto parsed = json::Document::parse(listing);
  std::vector<std::string> ids;
  parsed->root().get("reviews")->each([&](json::Value row) {
    if (row.text("why") == "match") ids.emplace_back(*row.text("id"));
    return true;
  });
  const std::string reason = R"({"reason":"same_person_confirmed"})";
  EXPECT_EQ(world_.call("POST", "/v1/reviews/" + ids.at(0) + "/accept", reason).status, 200);
  EXPECT_EQ(subjects(), before - 1);
  EXPECT_EQ(world_.call("POST", "/v1/reviews/" + ids.at(1) + "/reject", reason).status, 200);
  world_.reopen();
  EXPECT_EQ(subjects(), before - 1);
  EXPECT_EQ(number(run(), "proposed"), 0) << "neither the accepted nor the rejected comes again";
}

TEST_F(Likeness, LinksAboveItsThresholdWithModelAndWeightAndMostlyRightly) {
  world_.configure(with_matching("review = 4\nauto_link = 10\n"));
  world_.reopen();
  invent(150);
  const std::size_t before = subjects();
  const auto body = run();
  EXPECT_GT(number(body, "linked"), 20) << body;
  EXPECT_LT(subjects(), before);
  std::size_t right = 0, wrong = 0;
  for (const auto& row : world_.platform().pipeline().live().joins()) {
    if (static_cast<app::LinkDecision::Origin>(row.origin) != app::LinkDecision::Origin::matched)
      continue;
    const auto record = world_.platform().stores().ledger().get(row.record);
    const auto decision = app::LinkDecision::decode(record.value()->body);
    EXPECT_THAT(decision->model, HasSubstr("fellegi-sunter-"));
    EXPECT_GE(decision->millibits, 10'000);
    const bool same =
        truth_.at(decision->first.value() - 1) == truth_.at(decision->second.value() - 1);
    ++(same ? right : wrong);
  }
  EXPECT_GT(right, 20U);
  EXPECT_LE(wrong * 20, right);
  // A matched link is no proof.
  const auto first = pairs().front().first;
  const auto profile = world_.platform().pipeline().live().profile_of(first).value();
  std::set<std::uint32_t> groups;
  for (const auto& member : profile->members) groups.insert(member.proof_group);
  EXPECT_EQ(groups.size(), profile->members.size());
}

TEST_F(Likeness, SaysWhyAnOfficerIsAskedWithoutAValue) {
  invent(80);
  EXPECT_EQ(world_.call("POST", "/admin/match/model", "{}").status, 404);
  run();
  EXPECT_THAT(world_.call("POST", "/admin/match/model", "{}").body, HasSubstr("cdp-match-model"));
  const auto listing = json::Document::parse(world_.call("GET", "/v1/reviews").body);
  const std::string id(*listing->root().at("/reviews/0/id")->string());
  const auto told = world_.call("POST", "/admin/match/explain", R"({"review":")" + id + "\"}");
  EXPECT_EQ(told.status, 200) << told.body;
  EXPECT_THAT(told.body, HasSubstr(R"("field":"birthday")"));
  EXPECT_THAT(told.body, HasSubstr("two records at random"));
  EXPECT_THAT(world_.audited("officer_read"), ::testing::Contains(HasSubstr("match_explain")));
  for (const auto& record : records_) {
    for (const auto& [attribute, value] : record) {
      if (value.size() <= 5) continue;  // a short one is part of other words
      EXPECT_THAT(told.body, Not(HasSubstr(value)));
    }
  }
}

TEST_F(Likeness, WhoRefusedEntersNoPair) {
  invent(120);
  for (std::size_t i = 1; i <= truth_.size(); i += 2) refuse("row-" + std::to_string(i));
  const auto body = run();
  EXPECT_EQ(number(body, "refused"), static_cast<std::int64_t>((truth_.size() + 1) / 2)) << body;
  for (const auto& [a, b] : pairs()) {
    EXPECT_EQ(a.value() % 2, 0U) << "refused, and opened all the same";
    EXPECT_EQ(b.value() % 2, 0U);
  }
}

// A family's mailbox: two records at one address, and no proof that they are one person's.
class Mailbox : public Likeness {
 protected:
  // Records of a name, at one address.
  void at_one_address(const Attributes& attributes) {
    for (const char* name : {"ann", "bea"}) {
      auto o = row(name, attributes);
      PlatformWorld::identify(o, "email", "family@home.example");
      PlatformWorld::attribute(o, "mail", "Family@Home.example");
      world_.send("till", std::move(o));
    }
    world_.settle();
    ASSERT_EQ(world_.together("till_row", "ann"), 2U);
    ann_ = PersonaOrdinal(records_.size() + 1);
    bea_ = PersonaOrdinal(records_.size() + 2);
  }
  // Later than whatever was said before, and with evidence enough to take back a no.
  void says(const std::string& name, event::Choice choice) {
    world_.clock().advance(Duration::seconds(60));
    auto o = row(name, {});
    event::StatementDraft said;
    said.purpose = app::kLinkingPurpose;
    said.choice = choice;
    said.grade = event::Grade::double_opt_in;
    said.occurred_at = world_.clock().now();
    o.statements.push_back(said);
    world_.send("till", std::move(o));
    world_.settle();
  }
  std::shared_ptr<const app::ActivePolicy> active() { return world_.platform().policy().active(); }
  std::set<PersonaOrdinal> compared() {
    return app::may_be_matched(*world_.profile("till_row", "ann"), active()->policy,
                               world_.clock().now());
  }
  // What the person may be asked for as a whole.
  bool some_record_may() {
    const auto person = world_.profile("till_row", "ann");
    const auto& policy = active()->policy;
    return consent::decide_cohort(std::span(&*person, 1), policy,
                                  *policy.purpose(app::kLinkingPurpose), "", world_.clock().now())
        .front()
        .allowed;
  }
  std::vector<app::OpenedRecord> opened() {
    const auto fields = app::match_config_of(active()->policy.matching)->fields;
    const auto person = world_.profile("till_row", "bea");
    return app::open_records(*person, {ann_, bea_}, active()->policy,
                             world_.platform().pipeline().keyed().link, fields);
  }
  // As an officer does: bea's record does not carry what joins it to ann's.
  void take_the_address_back_from_bea() {
    const auto id = world_.platform().pipeline().persona_keys().open(bea_)->persona.to_string();
    const std::string about = R"({"identifier":{"type":"till_row","value":"bea"})";
    const auto told =
        json::Document::parse(world_.call("POST", "/v1/subjects/explain", about + "}").body);
    std::string assertion;
    told->root().get("assertions")->each([&](json::Value one) {
      if (one.text("persona") == id) assertion = *one.text("id");
      return true;
    });
    const auto subject = world_.profile("till_row", "bea")->subject.to_string();
    const auto done =
        world_.call("POST", "/v1/subjects/" + subject + "/split",
                    about + R"(,"retract":[")" + assertion + R"("],"reason":"shared_contact"})");
    ASSERT_EQ(done.status, 200) << done.body;
    world_.settle();
  }

  PersonaOrdinal ann_, bea_;
};

TEST_F(Mailbox, AYesOfAnotherRecordOpensNoneThatRefused) {
  invent(80);
  const auto full = std::ranges::find(records_, 6U, &Attributes::size);
  ASSERT_NE(full, records_.end());
  at_one_address(*full);
  says("ann", event::Choice::withdrawn);
  says("bea", event::Choice::granted);
  ASSERT_TRUE(some_record_may());
  EXPECT_EQ(compared(), std::set{bea_});
  EXPECT_EQ(number(run(), "refused"), 1);
  EXPECT_FALSE(is_in_a_pair(ann_));
  EXPECT_TRUE(is_in_a_pair(bea_));
  // What waits about the one who changes her mind is withdrawn, and nothing else.
  says("bea", event::Choice::withdrawn);
  EXPECT_EQ(number(run(), "refused"), 2);
  EXPECT_FALSE(is_in_a_pair(bea_));
}

TEST_F(Mailbox, AYesOfAnotherRecordIsNoConsentOfThisOne) {
  auto lines = with_matching("review = 4\n");
  const std::string interest = "basis = \"legitimate_interest\"\nassessment = \"LIA-7\"\n";
  lines.replace(lines.find(interest), interest.size(), "basis = \"consent\"\n");
  world_.configure(lines);
  world_.reopen();
  at_one_address({{"first_name", "Kim"}});
  EXPECT_EQ(compared(), std::set<PersonaOrdinal>());
  says("bea", event::Choice::granted);
  ASSERT_TRUE(some_record_may());
  EXPECT_EQ(compared(), std::set{bea_});
}

// An officer parted the two: what was taken back must not join them by likeness.
TEST_F(Mailbox, AnAddressThatWasTakenBackIsNotCompared) {
  auto lines = with_matching("review = 4\nauto_link = 5\n");
  lines.replace(lines.find("fields = {"), 10, "fields = {mail = \"email\", ");
  world_.configure(lines);
  world_.reopen();
  invent(80);
  at_one_address({{"last_name", "Lindqvist"}});
  const auto addresses = [&] {
    std::size_t given = 0;
    for (const auto& record : opened()) {
      given += static_cast<std::size_t>(
          std::ranges::count(record.values, std::string("Family@Home.example")));
    }
    return given;
  };
  ASSERT_EQ(addresses(), 2U);
  take_the_address_back_from_bea();
  ASSERT_EQ(world_.together("till_row", "bea"), 1U);
  EXPECT_EQ(addresses(), 0U);
  run();
  EXPECT_EQ(world_.together("till_row", "bea"), 1U);
}

TEST_F(Likeness, IsOffUnlessConfiguredAndNeedsAPurposeToRefuse) {
  world_.configure("[source.till]\nkind = \"segment\"\ntrust = \"server\"\n");
  world_.reopen();
  invent(10);
  EXPECT_EQ(world_.call("POST", "/admin/match/run", "{}").status, 422);
  const auto parsed = app::parse_policy(
      "pack = \"shop-eu@1\"\n"
      "controller = {name = \"E\", country = \"DE\", contact = \"p@shop.example\"}\n"
      "[identity.matching]\nenabled = true\nreview = 9\nauto_link = 5\n"
      "fields = {first_name = \"given_name\", mood = \"weather\"}\n");
  const auto said = app::describe(parsed.problems, "cdp.toml");
  EXPECT_THAT(said, HasSubstr("cdp.toml:3:"));
  EXPECT_THAT(said, HasSubstr("matching has no purpose that people could refuse"));
  EXPECT_THAT(said, HasSubstr("what needs no person is less sure than what needs one"));
  EXPECT_THAT(said, HasSubstr("a field means nothing that can be compared"));
}

}  // namespace
}  // namespace cdp
