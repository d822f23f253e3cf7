// Taking single assertions back, over the routes: what comes apart, what stays, what is said again,
// and who may.
#include "cdp/app/officer/retractions.h"

#include <gmock/gmock.h>

#include "identity/digest.h"
#include "tests/support/pii_for_tests.h"
#include "tests/support/platform_world.h"

namespace cdp {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::PlatformWorld;
using ::testing::SizeIs;

constexpr const char* kConfig = R"([source.web]
kind = "segment"
trust = "server"
[source.list]
kind = "csv"
columns = {"E-mail" = "email"}
[source.till]
kind = "segment"
trust = "server"
)";
constexpr const char* kAda = "ada@mail.example";

class RetractionsApi : public ::testing::Test {
 protected:
  void login(const std::string& user, const std::string& email, const std::string& message = "") {
    auto o = world_.observation("user:" + user, user + email + message);
    PlatformWorld::identify(o, "user_id", user);
    if (!email.empty()) PlatformWorld::identify(o, "email", email);
    PlatformWorld::attribute(o, "first_name", user);
    world_.send("web", std::move(o));
  }
  void listed(const std::string& row, const std::string& email, const std::string& message = "") {
    auto o = world_.observation(row, row + message);
    PlatformWorld::identify(o, "email", email);
    PlatformWorld::identify(o, "list.row", row);
    PlatformWorld::attribute(o, "city", "Town of " + row);
    world_.send("list", std::move(o));
  }
  json::Document get(const http::Response& response) {
    EXPECT_EQ(response.status, 200) << response.body;
    auto parsed = json::Document::parse(response.body);
    EXPECT_TRUE(parsed.has_value()) << response.body;
    return std::move(*parsed);
  }
  static std::string asked(const std::string& type, const std::string& value,
                           const std::string& more = "") {
    return R"({"identifier":{"type":")" + type + R"(","value":")" + value + R"("})" + more + "}";
  }
  http::Response explain(const std::string& type, const std::string& value) {
    return world_.call("POST", "/v1/subjects/explain", asked(type, value));
  }
  // The ids of what joins the person's records and is of the source's record (or, without a source,
  // a decision).
  std::vector<std::string> assertions(const std::string& source, const std::string& type,
                                      const std::string& value) {
    const auto told = get(explain(type, value));
    std::string persona;
    told.root().get("merge")->get("members")->each([&](json::Value member) {
      if (member.text("source") == source) persona = *member.text("persona");
      return true;
    });
    std::vector<std::string> out;
    told.root().get("assertions")->each([&](json::Value one) {
      const bool decision = !one.text("other").value_or("").empty();
      if (source.empty() ? decision : !decision && one.text("persona") == persona) {
        out.emplace_back(*one.text("id"));
      }
      return true;
    });
    return out;
  }
  http::Response retract(const std::string& assertion, const std::string& type,
                         const std::string& value, const std::string& bearer = "") {
    const std::string subject = world_.profile(type, value)->subject.to_string();
    return world_.call(
        "POST", "/v1/subjects/" + subject + "/split",
        asked(type, value, R"(,"retract":[")" + assertion + R"("],"reason":"shared_contact")"),
        bearer);
  }
  std::vector<std::string> retracted() {
    std::vector<std::string> out;
    const auto listing = get(world_.call("GET", "/v1/retractions"));
    listing.root().get("retractions")->each([&](json::Value row) {
      out.emplace_back(*row.get("assertion")->text("id"));
      return true;
    });
    return out;
  }

  PlatformWorld world_{kConfig};
};

TEST_F(RetractionsApi, ARecordStandsAsIfItHadNeverNamedTheAddress) {
  login("ada", kAda);
  listed("row-1", kAda);
  ASSERT_EQ(world_.together("user_id", "ada"), 2U);
  const auto found = assertions("list", "email", kAda);
  ASSERT_THAT(found, SizeIs(1)) << "the address, with its hashes";
  const auto done = retract(found[0], "email", kAda);
  EXPECT_EQ(done.status, 200) << done.body;
  EXPECT_THAT(done.body, HasSubstr(R"("from_members":2)"));
  EXPECT_THAT(done.body, HasSubstr(R"("retracted":["asr_)"));
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(world_.together("user_id", "ada"), 1U);
    EXPECT_EQ(world_.profile("email", kAda)->members.front().document.source, "web");
    const auto row = world_.profile("list.row", "row-1");
    ASSERT_TRUE(row.has_value());
    ASSERT_THAT(row->members, SizeIs(1));
    EXPECT_EQ(testing::reveal(row->members[0].document.attributes.at("city").json),
              R"("Town of row-1")");
    EXPECT_THAT(row->members[0].document.identifiers, SizeIs(1)) << "nobody is shown the address";
    world_.settle();
    world_.reopen();
  }
  const auto told = explain("list.row", "row-1");
  EXPECT_THAT(told.body, HasSubstr("an officer's decision: an assertion is taken back"));
  EXPECT_THAT(told.body, Not(HasSubstr("mail.example")));
  const auto audited = world_.audited("assertion_retracted");
  ASSERT_THAT(audited, SizeIs(1));
  EXPECT_THAT(audited[0], HasSubstr(R"("type":"email")"));
  EXPECT_THAT(audited[0], HasSubstr("shared_contact"));
  EXPECT_THAT(audited[0], Not(HasSubstr("mail.example")));
}

TEST_F(RetractionsApi, TheSameAssertionAgainDoesNotCountUntilAnOfficerRestoresIt) {
  login("ada", kAda);
  listed("row-1", kAda);
  const auto found = assertions("list", "email", kAda);
  ASSERT_EQ(retract(found.at(0), "email", kAda).status, 200);
  listed("row-1", kAda, "again");
  EXPECT_EQ(world_.together("user_id", "ada"), 1U);
  EXPECT_THAT(retracted(), ElementsAre(found[0]));
  world_.reopen();
  EXPECT_EQ(world_.together("user_id", "ada"), 1U);
  EXPECT_THAT(retracted(), ElementsAre(found[0]));
  const std::string path = "/v1/retractions/" + found[0] + "/restore";
  EXPECT_EQ(world_.call("POST", path, R"({"reason":"data_error"})").status, 200);
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(world_.together("user_id", "ada"), 2U);
    EXPECT_THAT(retracted(), IsEmpty());
    world_.reopen();
  }
  EXPECT_THAT(world_.audited("assertion_restored"), SizeIs(1));
  EXPECT_EQ(world_.call("POST", path, R"({"reason":"data_error"})").status, 404) << "twice";
}

TEST_F(RetractionsApi, AnAddressGoesWithWhatIsMadeFromIt) {
  login("ada", kAda);
  auto hashed = world_.observation("till-1", "till-1");
  PlatformWorld::identify(hashed, "email_sha256",
                          to_hex(crypto::sha256(as_bytes(std::string_view(kAda)))));
  world_.send("till", std::move(hashed));
  ASSERT_EQ(world_.together("user_id", "ada"), 2U);
  const auto found = assertions("web", "user_id", "ada");
  ASSERT_THAT(found, SizeIs(1));
  ASSERT_EQ(retract(found[0], "user_id", "ada").status, 200);
  EXPECT_EQ(world_.together("user_id", "ada"), 1U);
}

// A platform that sends nothing but hashes: each of them would link again by itself.
TEST_F(RetractionsApi, TheHashesOfOneAddressGoTogether) {
  login("ada", kAda);
  login("ada", "lovelace@mail.example");
  const auto hashed = [&](const std::string& message) {
    auto o = world_.observation("till-1", message);
    PlatformWorld::identify(o, "email_md5", identity::md5_hex(kAda));
    PlatformWorld::identify(o, "email_sha256", identity::sha256_hex(kAda));
    PlatformWorld::identify(o, "email_uid2", identity::sha256_hex(kAda));
    PlatformWorld::identify(o, "email_sha256", identity::sha256_hex("lovelace@mail.example"));
    world_.send("till", std::move(o));
  };
  hashed("till-1");
  ASSERT_EQ(world_.together("user_id", "ada"), 2U);
  const auto found = assertions("till", "user_id", "ada");
  ASSERT_THAT(found, SizeIs(2)) << "one for each address";
  const auto told = explain("user_id", "ada").body;
  EXPECT_THAT(told, HasSubstr("with other forms of the same address (declared) of per_"));
  for (const auto& assertion : found) {
    ASSERT_EQ(retract(assertion, "user_id", "ada").status, 200);
  }
  hashed("till-2");
  EXPECT_EQ(world_.together("user_id", "ada"), 1U);
  EXPECT_THAT(retracted(), ::testing::UnorderedElementsAreArray(found));
  for (const auto& assertion : found) {
    EXPECT_EQ(
        world_
            .call("POST", "/v1/retractions/" + assertion + "/restore", R"({"reason":"data_error"})")
            .status,
        200);
  }
  EXPECT_EQ(world_.together("user_id", "ada"), 2U);
  EXPECT_THAT(world_.platform().pipeline().live().retractions(), IsEmpty());
}

// A raw digest without Gmail's dots is found as a plain one, too: of other providers it is one.
TEST_F(RetractionsApi, ADigestGoesUnderEveryNameThatItHas) {
  for (const std::string address : {"a.b@gmail.com", "ab@mail.example"}) {
    login(address, address);
    auto o = world_.observation("till:" + address, address);
    PlatformWorld::identify(
        o, "email_gmaildot",
        identity::sha256_hex(address == "a.b@gmail.com" ? "ab@gmail.com" : address));
    world_.send("till", std::move(o));
    ASSERT_EQ(world_.together("user_id", address), 2U) << address;
    const auto found = assertions("till", "user_id", address);
    ASSERT_THAT(found, SizeIs(1)) << address;
    ASSERT_EQ(retract(found[0], "user_id", address).status, 200);
    EXPECT_EQ(world_.together("user_id", address), 1U) << address;
  }
}

TEST_F(RetractionsApi, AnAddressGoesWithTheDigestOfItThatStandsBesideIt) {
  const std::string digest = identity::sha256_hex(kAda);
  for (const std::string till : {"till-1", "till-2"}) {
    auto o = world_.observation(till, till);
    if (till == "till-1") PlatformWorld::identify(o, "email", kAda);
    PlatformWorld::identify(o, "email_gmaildot", digest);
    PlatformWorld::identify(o, "till.row", till);
    world_.send("till", std::move(o));
  }
  login("ada", kAda);
  ASSERT_EQ(world_.together("till.row", "till-1"), 3U);
  const auto story = get(explain("till.row", "till-1"));
  std::string address;
  story.root().get("assertions")->each([&](json::Value one) {
    const auto key = world_.profile("till.row", "till-1")->members.front().persona;
    const auto open = world_.platform().pipeline().persona_keys().open(key);
    if (one.text("type") == "email" && one.text("persona") == open->persona.to_string()) {
      address = *one.text("id");
    }
    return true;
  });
  ASSERT_EQ(retract(address, "till.row", "till-1").status, 200);
  EXPECT_EQ(world_.together("till.row", "till-1"), 1U);
}

// Both make the same address without dots: which of the two was taken back first says nothing about
// what stands in the end.
TEST_F(RetractionsApi, OfTwoAddressesTheOneThatIsGivenBackStandsWithAllThatItMakes) {
  auto both = world_.observation("user:u1", "m1");
  PlatformWorld::identify(both, "user_id", "u1");
  PlatformWorld::identify(both, "email", "a.b@gmail.com");
  PlatformWorld::identify(both, "email", "ab@gmail.com");
  world_.send("web", std::move(both));
  listed("1", "a.b@gmail.com");
  listed("2", "ab@gmail.com");
  const auto down = [&] {
    std::set<Token> out;
    for (const auto& row : world_.platform().pipeline().live().retractions()) {
      out.insert(row.link.identifier);
    }
    return out;
  };
  const auto take_back_all = [&] {
    for (auto ids = assertions("web", "user_id", "u1"); !ids.empty();
         ids = assertions("web", "user_id", "u1")) {
      ASSERT_EQ(retract(ids.front(), "user_id", "u1").status, 200);
    }
  };
  const auto first = assertions("web", "user_id", "u1").at(0);
  const auto other = assertions("web", "user_id", "u1").at(1);
  ASSERT_EQ(retract(other, "user_id", "u1").status, 200);
  const auto the_other_alone = down();
  take_back_all();
  EXPECT_GT(down().size(), the_other_alone.size() + 1);
  ASSERT_EQ(
      world_.call("POST", "/v1/retractions/" + first + "/restore", R"({"reason":"data_error"})")
          .status,
      200);
  EXPECT_EQ(down(), the_other_alone);
}

TEST_F(RetractionsApi, WhatElseJoinsThemGoesOnJoiningThem) {
  login("ada", kAda);
  auto o = world_.observation("till-1", "till-1");
  PlatformWorld::identify(o, "email", kAda);
  PlatformWorld::identify(o, "user_id", "ada");
  world_.send("till", std::move(o));
  const auto found = assertions("till", "email", kAda);
  ASSERT_THAT(found, SizeIs(2));
  ASSERT_EQ(retract(found[0], "email", kAda).status, 200);
  EXPECT_EQ(world_.together("user_id", "ada"), 2U);
}

TEST_F(RetractionsApi, ADecisionThatJoinedIsTakenBackAndTheReviewWaitsAgain) {
  login("ada", "family@mail.example");
  login("bob", "family@mail.example");
  std::string review;
  get(world_.call("GET", "/v1/reviews")).root().get("reviews")->each([&](json::Value row) {
    if (row.text("why") == "unique") review = *row.text("id");
    return true;
  });
  const std::string accept = "/v1/reviews/" + review + "/accept";
  constexpr const char* kReason = R"({"reason":"same_person_confirmed"})";
  ASSERT_EQ(world_.call("POST", accept, kReason).status, 200);
  ASSERT_EQ(world_.together("user_id", "ada"), 2U);
  const auto found = assertions("", "user_id", "ada");
  ASSERT_THAT(found, SizeIs(1));
  ASSERT_EQ(retract(found[0], "user_id", "ada").status, 200);
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(world_.together("user_id", "ada"), 1U);
    EXPECT_THAT(retracted(), ElementsAre(found[0]));
    world_.reopen();
  }
  // Decided anew, it is not taken back any more.
  const auto again = world_.call("POST", accept, kReason);
  EXPECT_THAT(again.body, HasSubstr(R"("decided_before":false)"));
  EXPECT_EQ(world_.together("user_id", "ada"), 2U);
  EXPECT_THAT(retracted(), IsEmpty());
}

TEST_F(RetractionsApi, ADecisionThatWasTakenBackIsRestored) {
  login("ada", "family@mail.example");
  login("bob", "family@mail.example");
  std::string review;
  get(world_.call("GET", "/v1/reviews")).root().get("reviews")->each([&](json::Value row) {
    if (row.text("why") == "unique") review = *row.text("id");
    return true;
  });
  ASSERT_EQ(world_
                .call("POST", "/v1/reviews/" + review + "/accept",
                      R"({"reason":"same_person_confirmed"})")
                .status,
            200);
  const auto found = assertions("", "user_id", "ada");
  ASSERT_EQ(retract(found.at(0), "user_id", "ada").status, 200);
  EXPECT_EQ(
      world_.call("POST", "/v1/retractions/" + found[0] + "/restore", R"({"reason":"data_error"})")
          .status,
      200);
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(world_.together("user_id", "ada"), 2U);
    EXPECT_THAT(retracted(), IsEmpty());
    world_.reopen();
  }
}

TEST_F(RetractionsApi, RefusesWhatCannotBeAndLetsNobodyElseIn) {
  login("ada", kAda);
  listed("row-1", kAda);
  const auto found = assertions("list", "email", kAda);
  ASSERT_THAT(found, SizeIs(1));
  const std::string nothing = "asr_00000000000000000000000000";
  EXPECT_EQ(retract(nothing, "email", kAda).status, 404);
  EXPECT_EQ(retract("per_00000000000000000000000000", "email", kAda).status, 400);
  const std::string subject = world_.profile("email", kAda)->subject.to_string();
  const auto split = [&](const std::string& more) {
    return world_.call("POST", "/v1/subjects/" + subject + "/split", asked("email", kAda, more))
        .status;
  };
  const std::string one = R"(,"retract":[")" + found[0] + R"("])";
  EXPECT_EQ(split(R"(,"reason":"data_error")"), 400) << "neither";
  EXPECT_EQ(split(one + R"(,"personas":["per_00000000000000000000000000"],"reason":"data_error")"),
            400)
      << "both";
  EXPECT_EQ(split(one + R"(,"reason":"she called")"), 400);
  const std::string marketer = world_.token("marketer");
  EXPECT_EQ(retract(found[0], "email", kAda, marketer).status, 403);
  EXPECT_EQ(world_.call("GET", "/v1/retractions", "", marketer).status, 403);
  const std::string restore = "/v1/retractions/" + nothing + "/restore";
  EXPECT_EQ(world_.call("POST", restore, R"({"reason":"data_error"})", marketer).status, 403);
  EXPECT_EQ(world_.call("POST", restore, R"({"reason":"data_error"})").status, 404);
  EXPECT_EQ(
      world_.call("POST", "/v1/retractions/asr_nonsense/restore", R"({"reason":"data_error"})")
          .status,
      404);
  EXPECT_EQ(world_.together("email", kAda), 2U);
  EXPECT_EQ(retract(found[0], "email", kAda, world_.token("officer")).status, 200);
  EXPECT_EQ(world_.together("user_id", "ada"), 1U);
}

}  // namespace
}  // namespace cdp
