// What officers may do about merges over HTTP: look, split, and decide what is held.
#include "cdp/app/api/subject_api.h"

#include <gmock/gmock.h>

#include "cdp/app/officer/decisions.h"
#include "cdp/app/officer/reviews.h"
#include "tests/support/pii_for_tests.h"
#include "tests/support/platform_world.h"

namespace cdp {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using testing::PlatformWorld;

constexpr const char* kConfig = R"([source.web]
kind = "segment"
trust = "server"
[source.list]
kind = "csv"
columns = {"E-mail" = "email"}
)";

class SubjectApi : public ::testing::Test {
 protected:
  void login(const std::string& user, const std::string& email, const std::string& message = "") {
    auto o = world_.observation("user:" + user, user + email + message);
    PlatformWorld::identify(o, "user_id", user);
    if (!email.empty()) PlatformWorld::identify(o, "email", email);
    PlatformWorld::attribute(o, "first_name", user);
    world_.send("web", std::move(o));
  }
  void listed(const std::string& row, const std::string& email) {
    auto o = world_.observation(row, row);
    PlatformWorld::identify(o, "email", email);
    PlatformWorld::attribute(o, "city", "Town of " + row);
    world_.send("list", std::move(o));
  }
  json::Document get(const http::Response& response) {
    auto parsed = json::Document::parse(response.body);
    EXPECT_TRUE(parsed.has_value()) << response.body;
    return std::move(*parsed);
  }
  static std::string asked(const std::string& type, const std::string& value,
                           const std::string& more = "") {
    return R"({"identifier":{"type":")" + type + R"(","value":")" + value + R"("})" + more + "}";
  }
  // The persona of the source, as explain names it.
  std::string persona_of(const std::string& source, const std::string& email) {
    std::string found;
    const auto told = get(world_.call("POST", "/v1/subjects/explain", asked("email", email)));
    told.root().get("merge")->get("members")->each([&](json::Value member) {
      if (member.text("source") == source) found = *member.text("persona");
      return true;
    });
    return found;
  }
  std::string subject_of(const std::string& type, const std::string& value) {
    return world_.profile(type, value)->subject.to_string();
  }
  std::vector<std::string> reviews(const std::string& why) {
    std::vector<std::string> out;
    const auto listing = get(world_.call("GET", "/v1/reviews"));
    listing.root().get("reviews")->each([&](json::Value row) {
      if (row.text("why") == why) out.emplace_back(*row.text("id"));
      return true;
    });
    return out;
  }

  PlatformWorld world_{kConfig};
};

constexpr const char* kReason = R"({"reason":"same_person_confirmed"})";

TEST_F(SubjectApi, TellsAMergeWithItsHistoryAndWithoutPersonalData) {
  login("ada", "ada@mail.example");
  listed("row-1", "ada@mail.example");
  world_.settle();
  const auto told = world_.call("POST", "/v1/subjects/explain", asked("email", "ada@mail.example"));
  EXPECT_EQ(told.status, 200) << told.body;
  EXPECT_THAT(told.body, HasSubstr("2 records are one person"));
  EXPECT_THAT(told.body, HasSubstr("merged into 2 records by what list asserted (record 2)"));
  EXPECT_THAT(told.body, HasSubstr(R"("cause":2)"));
  EXPECT_THAT(told.body, HasSubstr(world_.platform().identity_rules().version()));
  EXPECT_THAT(told.body, Not(HasSubstr("mail.example")));
  EXPECT_THAT(told.body, Not(HasSubstr("Town")));
  EXPECT_EQ(world_.audited("officer_read").size(), 1U);
}

TEST_F(SubjectApi, SplitsAndRestoresAndSaysWhatBecameOfIt) {
  login("ada", "ada@mail.example");
  listed("row-1", "ada@mail.example");
  listed("row-2", "ada@mail.example");
  const std::string subject = subject_of("email", "ada@mail.example");
  const std::string web = persona_of("web", "ada@mail.example");
  const std::string body = asked("email", "ada@mail.example",
                                 R"(,"personas":[")" + web + R"("],"reason":"shared_contact")");
  const auto done = world_.call("POST", "/v1/subjects/" + subject + "/split", body);
  EXPECT_EQ(done.status, 200) << done.body;
  EXPECT_THAT(done.body, HasSubstr(R"("from_members":3)"));
  EXPECT_EQ(world_.together("user_id", "ada"), 1U);
  const auto alone = world_.profile("user_id", "ada");
  EXPECT_EQ(testing::reveal(alone->members[0].document.attributes.at("first_name").json),
            R"("ada")");
  EXPECT_FALSE(alone->members[0].document.attributes.contains("city"));
  EXPECT_THAT(world_.audited("unmerge").at(0), HasSubstr("shared_contact"));
  world_.settle();
  world_.reopen();
  EXPECT_EQ(world_.together("user_id", "ada"), 1U);
  const auto told = world_.call("POST", "/v1/subjects/explain", asked("user_id", "ada"));
  EXPECT_THAT(told.body, HasSubstr("an officer's decision: two people, shared_contact"));
}

TEST_F(SubjectApi, RefusesASplitThatCannotBe) {
  login("ada", "ada@mail.example");
  listed("row-1", "ada@mail.example");
  const std::string subject = subject_of("email", "ada@mail.example");
  const std::string web = persona_of("web", "ada@mail.example");
  const std::string list = persona_of("list", "ada@mail.example");
  const auto split = [&](const std::string& id, const std::string& personas,
                         const std::string& reason = "data_error") {
    return world_
        .call("POST", "/v1/subjects/" + id + "/split",
              asked("email", "ada@mail.example",
                    R"(,"personas":[)" + personas + R"(],"reason":")" + reason + "\""))
        .status;
  };
  EXPECT_EQ(split("sub_00000000000000000000000000", "\"" + web + "\""), 409);
  EXPECT_EQ(split(subject, "\"" + web + "\",\"" + list + "\""), 422);
  EXPECT_EQ(split(subject, ""), 400);
  EXPECT_EQ(split(subject, "\"per_00000000000000000000000000\""), 404);
  EXPECT_EQ(split(subject, "\"" + web + "\"", "because I say so"), 400);
  EXPECT_EQ(world_.together("email", "ada@mail.example"), 2U);
}

TEST_F(SubjectApi, ListsWhatIsHeldAndAnAcceptedOneIsOnePerson) {
  login("ada", "family@mail.example");
  login("bob", "family@mail.example");
  EXPECT_EQ(world_.together("user_id", "ada"), 1U);
  const auto waiting = reviews("unique");
  ASSERT_EQ(waiting.size(), 1U);
  const auto listing = world_.call("GET", "/v1/reviews");
  EXPECT_THAT(listing.body, HasSubstr("they share an e-mail address (declared)"));
  EXPECT_THAT(listing.body, Not(HasSubstr("mail.example")));
  EXPECT_THAT(listing.body, Not(HasSubstr("ada")));
  const std::string path = "/v1/reviews/" + waiting[0];
  const auto accepted = world_.call("POST", path + "/accept", kReason);
  EXPECT_EQ(accepted.status, 200) << accepted.body;
  EXPECT_THAT(accepted.body, HasSubstr(R"("decided_before":false)"));
  EXPECT_EQ(world_.together("user_id", "ada"), 2U);
  EXPECT_TRUE(reviews("unique").empty());
  const auto records = world_.platform().stores().ledger().last_position().value();
  world_.settle();
  const auto again = world_.call("POST", path + "/accept", kReason);
  EXPECT_THAT(again.body, HasSubstr(R"("decided_before":true)"));
  EXPECT_EQ(world_.audited("review").size(), 1U);
  EXPECT_LE(world_.platform().stores().ledger().last_position().value().value(),
            records.value() + 1)
      << "at most the version of the subject";
  world_.reopen();
  EXPECT_EQ(world_.together("user_id", "ada"), 2U);
  EXPECT_THAT(world_.call("POST", "/v1/subjects/explain", asked("user_id", "ada")).body,
              HasSubstr("an officer's decision: one person, same_person_confirmed"));
}

TEST_F(SubjectApi, ARejectedOneStaysTwoAndIsNotAskedAgain) {
  login("ada", "family@mail.example");
  login("bob", "family@mail.example");
  const auto waiting = reviews("unique");
  ASSERT_EQ(waiting.size(), 1U);
  const std::string path = "/v1/reviews/" + waiting[0];
  EXPECT_EQ(world_.call("POST", path + "/reject", R"({"reason":"family_or_household"})").status,
            200);
  EXPECT_TRUE(reviews("unique").empty());
  EXPECT_THAT(world_.audited("review").at(0), HasSubstr(R"("outcome":"rejected")"));
  login("ada", "family@mail.example", "again");
  EXPECT_TRUE(reviews("unique").empty());
  world_.reopen();
  EXPECT_TRUE(reviews("unique").empty());
  // Decided otherwise, the earlier decision is taken back.
  EXPECT_EQ(world_.call("POST", path + "/accept", kReason).status, 200);
  EXPECT_EQ(world_.together("user_id", "ada"), 2U);
  EXPECT_EQ(world_.call("POST", path + "/reject", kReason).status, 200);
  EXPECT_EQ(world_.together("user_id", "ada"), 1U);
}

// Both looked at the same open question. Once the later word silently took the earlier one back.
TEST_F(SubjectApi, OfTwoWhoDecideAtTheSameMomentTheSecondIsTold) {
  login("ada", "family@mail.example");
  login("bob", "family@mail.example");
  const auto id = app::ReviewId::parse(reviews("unique").at(0)).value();
  app::Reviews desk(world_.platform().pipeline());
  const auto first = desk.look(id).value();
  const auto second = desk.look(id).value();
  const auto third = desk.look(id).value();
  EXPECT_FALSE(desk.decide(first, true, "same_person_confirmed").value());
  const auto late = desk.decide(second, false, "family_or_household");
  ASSERT_FALSE(late.has_value());
  EXPECT_EQ(late.error().code, ErrorCode::conflict);
  EXPECT_EQ(world_.together("user_id", "ada"), 2U);
  EXPECT_TRUE(desk.decide(third, true, "documents_seen").value()) << "they agree";
  EXPECT_EQ(world_.audited("review").size(), 1U);
  // Whoever looks again may decide otherwise.
  EXPECT_FALSE(desk.decide(id, false, "family_or_household").value());
  EXPECT_EQ(world_.together("user_id", "ada"), 1U);
}

TEST_F(SubjectApi, AQuestionThatASplitAnsweredMeanwhileIsAConflict) {
  login("ada", "ada@mail.example");
  listed("row-1", "ada@mail.example");
  login("bob", "ada@mail.example");
  const auto waiting = reviews("unique");
  ASSERT_EQ(waiting.size(), 1U);
  const auto id = app::ReviewId::parse(waiting[0]).value();
  app::Reviews desk(world_.platform().pipeline());
  const auto seen = desk.look(id).value();
  ASSERT_TRUE(app::commit_decisions(world_.platform().pipeline(),
                                    [&](app::DecisionWriter& writer) -> Result<void> {
                                      app::LinkDecision decision;
                                      decision.kind = app::LinkDecision::Kind::apart;
                                      decision.first = seen.first;
                                      decision.second = seen.second;
                                      writer.add(decision);
                                      return {};
                                    }));
  EXPECT_EQ(desk.decide(seen, true, "same_person_confirmed").error().code, ErrorCode::conflict);
}

TEST_F(SubjectApi, LetsOfficersInAndNobodyElse) {
  login("ada", "family@mail.example");
  login("bob", "family@mail.example");
  const auto waiting = reviews("unique");
  ASSERT_EQ(waiting.size(), 1U);
  const std::string accept = "/v1/reviews/" + waiting[0] + "/accept";
  const std::string marketer = world_.token("marketer");
  const std::string officer = world_.token("officer");
  EXPECT_EQ(world_.call("GET", "/v1/reviews", "", marketer).status, 403);
  EXPECT_EQ(world_.call("GET", "/v1/reviews", "", "nobody's").status, 401);
  EXPECT_EQ(world_.call("POST", accept, kReason, marketer).status, 403);
  EXPECT_EQ(world_.call("POST", "/v1/subjects/explain", asked("user_id", "ada"), marketer).status,
            403);
  EXPECT_EQ(world_.together("user_id", "ada"), 1U);
  EXPECT_EQ(world_.call("GET", "/v1/reviews", "", officer).status, 200);
  EXPECT_EQ(world_.call("POST", accept, R"({"reason":"she called"})", officer).status, 400);
  EXPECT_EQ(world_.call("POST", "/v1/reviews/rev_nonsense/accept", kReason, officer).status, 404);
  EXPECT_EQ(
      world_.call("POST", "/v1/reviews/rev_00000000000000000000000000/accept", kReason, officer)
          .status,
      404);
  EXPECT_EQ(world_.call("POST", accept, kReason, officer).status, 200);
}

}  // namespace
}  // namespace cdp
