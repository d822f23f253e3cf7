// What likeness takes back of its own: links about somebody who refuses, and proposals that nothing
// supports any more. An officer's decision is none of its own.
#include "cdp/app/likeness/take_backs.h"

#include <gmock/gmock.h>

#include "identity/profile_reader.h"
#include "tests/support/likeness_world.h"

namespace cdp {
namespace {

using app::LinkDecision;
using event::Choice;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using testing::LikenessWorld;
using ::testing::Not;
using testing::PlatformWorld;
using testing::with_matching;

constexpr const char* kOff =
    "[source.till]\nkind = \"segment\"\ntrust = \"server\"\n"
    "[purpose.\"identity.linking\"]\nbasis = \"legitimate_interest\"\nassessment = \"LIA-7\"\n";

class TakeBacks : public LikenessWorld {
 protected:
  explicit TakeBacks(const std::string& lines) : LikenessWorld(lines) {}

  app::LikenessWatch& watch() { return world_.platform().likeness_watch(); }
  void start() {
    watch().start();
    settle();
  }
  void settle() {
    world_.settle();
    watch().drain();
    world_.settle();
  }
  // A record with every field.
  const Attributes& full_record() { return *std::ranges::find(records_, 6U, &Attributes::size); }
  std::string reload(const std::string& lines) {
    world_.configure(lines);
    const auto loaded = world_.platform().reload_policy();
    return loaded ? "" : loaded.error().what;
  }
  std::vector<LinkDecision> of_origin(LinkDecision::Origin origin) {
    auto all = decisions();
    std::erase_if(all, [&](const LinkDecision& one) { return one.origin != origin; });
    return all;
  }
  // The reviews of proposed matches that name the record.
  bool waits(const std::string& name) {
    const PersonaOrdinal persona = ordinal(name);
    return std::ranges::any_of(of_origin(LinkDecision::Origin::proposed), [&](const auto& one) {
      return one.first == persona || one.second == persona;
    });
  }
};

// Two records of one invented person, "one" and "two", that nothing joins but their likeness.
class Linked : public TakeBacks {
 protected:
  Linked() : TakeBacks("review = 4\nauto_link = 10\n") {}
  // Strangers to learn from, then the two; who needs to agree does.
  void link(bool agree = false) {
    imagine(80);
    const auto model_of = full_record();
    std::vector<event::Observation> all;
    for (std::size_t i = 0; i < records_.size(); ++i) {
      all.push_back(with_yes(row(name_of(i + 1), records_[i]), agree));
    }
    world_.send_all("till", std::move(all));
    world_.settle();
    train();
    auto looks = model_of;
    for (auto& [attribute, value] : looks) {
      if (attribute == "last_name") value = "Quixwood";
      if (attribute == "birthday") value = "1971-03-29";
    }
    for (const char* name : {"one", "two"}) {
      auto o = with_yes(row(name, looks), agree);
      PlatformWorld::attribute(o, "shoe_size", name);
      world_.send("till", std::move(o));
    }
    run();
    settle();
    ASSERT_EQ(world_.together("till_row", "one"), 2U);
  }
  static event::Observation with_yes(event::Observation o, bool agree) {
    if (!agree) return o;
    event::StatementDraft said;
    said.purpose = app::kLinkingPurpose;
    said.choice = Choice::granted;
    said.grade = event::Grade::double_opt_in;
    said.occurred_at = o.occurred_at;
    o.statements.push_back(said);
    return o;
  }
  void object(const std::string& name) {
    world_.clock().advance(Duration::seconds(60));
    refuse(name);
    settle();
  }
  void expect_parted() {
    EXPECT_EQ(world_.together("till_row", "one"), 1U);
    EXPECT_EQ(world_.together("till_row", "two"), 1U);
  }
};

TEST_F(Linked, WhoRefusesIsPartedFromWhomHeWasLinkedWithByLikeness) {
  link();
  start();
  ASSERT_EQ(world_.together("till_row", "one"), 2U);
  const std::size_t parts = world_.audited("part").size();
  object("one");
  expect_parted();
  EXPECT_THAT(world_.audited("match"),
              Contains(AllOf(HasSubstr(R"("outcome":"unlinked")"),
                             HasSubstr(R"("reason":"linking_refused")"), HasSubstr(R"("pairs":1)"),
                             Not(HasSubstr("Quixwood")))));
  EXPECT_EQ(world_.audited("part").size(), parts + 1) << "the subject is versioned";
  const auto told = world_.call("POST", "/v1/subjects/explain",
                                R"({"identifier":{"type":"till_row","value":"one"}})");
  EXPECT_THAT(told.body, HasSubstr("a match by likeness parted, linking_refused"));
  // Each is told by its own data alone.
  const auto one = world_.profile("till_row", "one");
  EXPECT_EQ(identity::ProfileReader::text(one->members.front().document, "shoe_size"), "one");
  // For good: after a restart, a look at everybody and a run.
  world_.reopen();
  expect_parted();
  start();
  run();
  expect_parted();
}

TEST_F(Linked, WhoIsNotRefusingStaysLinked) {
  link();
  start();
  object("row-1");
  EXPECT_EQ(world_.together("till_row", "one"), 2U);
}

TEST_F(Linked, ARefusalWhileMatchingIsOffIsHeard) {
  link();
  start();
  ASSERT_EQ(reload(kOff), "");
  settle();
  ASSERT_EQ(world_.together("till_row", "one"), 2U) << "to turn it off parts nobody";
  object("one");
  expect_parted();
  EXPECT_EQ(watch().size(), 0U) << "nobody is opened to be compared";
}

TEST_F(Linked, ARefusalWhileNothingRanIsHeardAtTheNextStart) {
  link();
  world_.configure(kOff);
  world_.reopen();
  object("one");
  EXPECT_EQ(world_.together("till_row", "one"), 2U) << "nobody looked";
  world_.reopen();
  start();
  expect_parted();
  const std::size_t unlinked = world_.audited("match").size();
  world_.reopen();
  start();
  EXPECT_EQ(world_.audited("match").size(), unlinked) << "once";
}

TEST_F(Linked, ARunPartsWhoRefusedMeanwhile) {
  link();
  object("two");
  const auto body = run();
  EXPECT_EQ(number(body, "unlinked"), 1) << body;
  expect_parted();
  EXPECT_EQ(number(run(), "unlinked"), 0);
}

TEST_F(Linked, ARestrictionFreezesWhatIs) {
  link();
  start();
  world_.clock().advance(Duration::seconds(60));
  say("one", "*", Choice::restricted);
  settle();
  EXPECT_EQ(world_.together("till_row", "one"), 2U);
}

TEST_F(Linked, WithoutThePurposeNobodyIsJudged) {
  link();
  start();
  ASSERT_EQ(reload("[source.till]\nkind = \"segment\"\ntrust = \"server\"\n"), "");
  settle();
  EXPECT_EQ(world_.together("till_row", "one"), 2U);
}

// Where the basis is consent a link stands on a yes of each.
class ByConsent : public Linked {
 protected:
  static std::string lines() {
    auto lines = with_matching("review = 4\nauto_link = 10\n");
    const std::string interest = "basis = \"legitimate_interest\"\nassessment = \"LIA-7\"\n";
    return lines.replace(lines.find(interest), interest.size(), "basis = \"consent\"\n");
  }
  ByConsent() {
    world_.configure(lines());
    world_.reopen();
  }
};

TEST_F(ByConsent, WhoTakesTheYesBackIsParted) {
  link(true);
  start();
  ASSERT_EQ(world_.together("till_row", "one"), 2U);
  world_.clock().advance(Duration::seconds(60));
  say("two", app::kLinkingPurpose, Choice::withdrawn);
  settle();
  expect_parted();
}

class Proposed : public TakeBacks {
 protected:
  Proposed() : TakeBacks("review = 4\n") {}

  // "one" waits for an officer, as the double of a record that stands in the store.
  void propose() {
    invent(80);
    train();
    send("one", full_record());
    run();
    settle();
    ASSERT_TRUE(waits("one"));
  }
  Attributes somebody_else() const {
    return {{"first_name", "Zebulon"}, {"last_name", "Quixwood"}, {"birthday", "1971-03-29"},
            {"postal_code", "99999"},  {"street", "Nowhere 1"},   {"city", "Elsewhere"}};
  }
  void decide_all(const std::string& how) {
    const auto listing = json::Document::parse(world_.call("GET", "/v1/reviews").body);
    listing->root().get("reviews")->each([&](json::Value review) {
      const auto done =
          world_.call("POST", "/v1/reviews/" + std::string(*review.text("id")) + "/" + how,
                      R"({"reason":"documents_seen"})");
      EXPECT_TRUE(done.status == 200 || done.status == 404) << done.body;
      return true;
    });
    world_.settle();
  }
};

TEST_F(Proposed, WhoLooksLikeSomebodyElseByNowIsNotAskedAboutAnyMore) {
  propose();
  start();
  ASSERT_TRUE(waits("one")) << "nothing changed";
  const auto others = of_origin(LinkDecision::Origin::proposed).size();
  send("one", somebody_else());
  settle();
  EXPECT_FALSE(waits("one"));
  EXPECT_GT(of_origin(LinkDecision::Origin::proposed).size(), 0U);
  EXPECT_LT(of_origin(LinkDecision::Origin::proposed).size(), others);
  EXPECT_THAT(world_.audited("match"), Contains(AllOf(HasSubstr(R"("outcome":"withdrawn")"),
                                                      HasSubstr(R"("reason":"no_longer_alike")"))));
  world_.reopen();
  EXPECT_FALSE(waits("one"));
  // It is no standing word: who looks alike again is proposed again.
  start();
  send("one", full_record());
  settle();
  EXPECT_TRUE(waits("one"));
}

TEST_F(Proposed, AChangeThatStillLooksAlikeLeavesTheQuestion) {
  propose();
  start();
  const auto before = decisions().size();
  auto moved = full_record();
  for (auto& [attribute, value] : moved) {
    if (attribute == "street") value = "Nowhere 1";
  }
  send("one", moved);
  settle();
  EXPECT_TRUE(waits("one"));
  EXPECT_EQ(decisions().size(), before);
}

TEST_F(Proposed, WhatChangedWhileNothingRanIsWithdrawnAtTheNextStart) {
  propose();
  send("one", somebody_else());
  ASSERT_TRUE(waits("one"));
  world_.reopen();
  start();
  EXPECT_FALSE(waits("one"));
}

TEST_F(Proposed, ARunWithdrawsWhatItWouldNotPropose) {
  propose();
  const auto others = of_origin(LinkDecision::Origin::proposed).size();
  EXPECT_EQ(number(run(), "withdrawn"), 0);
  send("one", somebody_else());
  EXPECT_GE(number(run(), "withdrawn"), 1);
  EXPECT_FALSE(waits("one"));
  EXPECT_LT(of_origin(LinkDecision::Origin::proposed).size(), others);
}

TEST_F(Proposed, WhatAnOfficerDecidedStands) {
  propose();
  start();
  decide_all("accept");
  const std::size_t together = world_.together("till_row", "one");
  ASSERT_GT(together, 1U);
  const auto accepted = of_origin(LinkDecision::Origin::accepted).size();
  send("one", somebody_else());
  settle();
  EXPECT_EQ(of_origin(LinkDecision::Origin::accepted).size(), accepted);
  EXPECT_EQ(world_.together("till_row", "one"), together);
  // Nor does a refusal undo it: the officer's word is another ground than likeness.
  refuse("one");
  settle();
  EXPECT_EQ(world_.together("till_row", "one"), together);
}

}  // namespace
}  // namespace cdp
