// Matching by likeness over the store: it proposes, policy decides, and who refused is left alone.
#include "cdp/app/likeness.h"

#include <gmock/gmock.h>

#include <set>

#include "tests/support/likeness_world.h"

namespace cdp {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
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
