// A changed rule, end to end: cdp.toml is edited, cdp starts again, and what was said before means
// what the new rule says (DESIGN §4: state.db is folded again and swapped).
#include <gmock/gmock.h>

#include "tests/support/platform_world.h"

namespace cdp {
namespace {

using ::testing::HasSubstr;
using testing::PlatformWorld;

constexpr const char* kSources = R"([source.web]
kind = "segment"
trust = "server"
)";

class IdentityRules : public ::testing::Test {
 protected:
  // Devices of one room: nobody logs in.
  void device(const std::string& name, const std::string& phone) {
    auto o = world_.observation("anon:" + name, name + phone);
    o.anonymous = true;
    PlatformWorld::identify(o, "anonymous_id", name);
    if (!phone.empty()) PlatformWorld::identify(o, "phone", phone);
    world_.send("web", std::move(o));
  }

  // The id under which the one identifier over its cap stands in the review queue.
  std::string notice() {
    std::string found;
    const auto listing = json::Document::parse(world_.call("GET", "/v1/reviews").body);
    listing->root().get("reviews")->each([&](json::Value row) {
      if (row.text("why") == "over_cap") found = *row.text("id");
      return true;
    });
    return found;
  }

  PlatformWorld world_{kSources};
};

TEST_F(IdentityRules, ALowerCapPartsWhatTheHigherOneJoined) {
  for (const char* name : {"d1", "d2", "d3", "d4"}) device(name, "+4915112345678");
  EXPECT_EQ(world_.together("anonymous_id", "d1"), 4U);
  const auto policy_entries = world_.audited("configuration").size();
  world_.configure(std::string(kSources) + "[identity.phone]\ncap = 3\n");
  world_.reopen();
  EXPECT_EQ(world_.together("anonymous_id", "d1"), 1U);
  EXPECT_EQ(world_.audited("configuration").size(), policy_entries + 1);
  // A fold that only repeats causes no effect: the latch comes at the start, and once.
  EXPECT_EQ(world_.audited("identifier_over_cap").size(), 1U);
  EXPECT_THAT(world_.metrics().render(),
              HasSubstr(R"(cdp_identifiers_over_cap_total{type="phone"} 1)"));
  world_.reopen();
  EXPECT_EQ(world_.audited("identifier_over_cap").size(), 1U);
  EXPECT_THAT(world_.metrics().render(),
              HasSubstr(R"(cdp_identifiers_over_cap_total{type="phone"} 1)"));
  // Latched until it is lifted: the old cap alone does not let it link again.
  world_.configure(kSources);
  world_.reopen();
  EXPECT_EQ(world_.together("anonymous_id", "d1"), 1U);
}

// A latch outlives its carriers: then only the value is left to name it by.
TEST_F(IdentityRules, WhoHasTheValueLiftsALatchThatNobodyCarries) {
  const std::string tight = std::string(kSources) + "[identity.email]\ncap = 2\n";
  world_.configure(tight);
  world_.reopen();
  constexpr const char* kTill = "till@shop.example";
  const auto customer = [&](const std::string& id) {
    auto o = world_.observation("user:" + id, id + std::to_string(world_.clock().now().us));
    PlatformWorld::identify(o, "user_id", id);
    PlatformWorld::identify(o, "email", kTill);
    o.new_act = true;
    world_.send("web", std::move(o));
  };
  const auto newsletter = [&](const std::string& row) {
    auto o = world_.observation(row, row);
    PlatformWorld::identify(o, "list.row", row);
    PlatformWorld::identify(o, "email", kTill);
    o.new_act = true;
    world_.send("web", std::move(o));
  };
  for (const char* id : {"u1", "u2", "u3"}) customer(id);
  world_.settle();
  const auto lift = [&](const std::string& value, const std::string& reason = "staff_or_test",
                        const std::string& bearer = "") {
    return world_.call(
        "POST", "/v1/latches/lift",
        R"({"identifier":{"type":"email","value":")" + value + R"("},"reason":")" + reason + "\"}",
        bearer);
  };
  const auto refused = lift(kTill);
  EXPECT_EQ(refused.status, 422);
  EXPECT_THAT(refused.body, HasSubstr("3 records carry it, and its type allows 2"));
  for (const char* id : {"u1", "u2", "u3"}) {
    const auto erased =
        world_.call("POST", "/v1/requests",
                    R"({"kind":"erasure","confirm":true,"identifier":{"type":"user_id","value":")" +
                        std::string(id) + R"("}})");
    ASSERT_EQ(erased.status, 202) << erased.body;
  }
  ASSERT_EQ(notice(), "");
  world_.clock().advance(Duration::hours(1));
  EXPECT_EQ(lift(kTill, "staff_or_test", world_.token("marketer")).status, 403);
  EXPECT_EQ(lift(kTill, "because").status, 400);
  EXPECT_EQ(lift("nobody@shop.example").status, 404);
  EXPECT_EQ(world_.call("POST", "/v1/latches/lift", R"({"reason":"data_error"})").status, 400);
  const auto before = world_.audited("latch_lifted").size();
  const auto done = lift("Till@Shop.Example ");
  EXPECT_EQ(done.status, 200) << done.body;
  EXPECT_THAT(done.body, HasSubstr(R"("email","email_sha256")"));
  const auto audited = world_.audited("latch_lifted");
  EXPECT_GT(audited.size(), before + 1) << "one for each name of the value";
  EXPECT_THAT(audited.back(), ::testing::Not(HasSubstr("till@")));
  EXPECT_EQ(lift(kTill).status, 404) << "twice";
  newsletter("row-1");
  newsletter("row-2");
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(world_.together("list.row", "row-1"), 2U) << "the address links again";
    world_.settle();
    world_.reopen();
  }
}

// One crowded address is four or five latches: its hashes link, too. By the notice of one all are
// lifted, or a hash-only record would stay apart without anybody knowing why.
TEST_F(IdentityRules, ANoticeLiftsAnAddressWithItsHashes) {
  world_.configure(std::string(kSources) + "[identity.email]\ncap = 2\n");
  world_.reopen();
  for (const char* name : {"r1", "r2", "r3"}) {
    auto o = world_.observation(name, name);
    PlatformWorld::identify(o, "list.row", name);
    PlatformWorld::identify(o, "email", "till@home.example");
    world_.send("web", std::move(o));
  }
  world_.settle();
  ASSERT_EQ(world_.together("list.row", "r1"), 1U);
  ASSERT_GT(world_.platform().pipeline().live().latches().size(), 1U);
  world_.configure(kSources);
  world_.reopen();
  const auto done =
      world_.call("POST", "/v1/reviews/" + notice() + "/lift", R"({"reason":"staff_or_test"})");
  EXPECT_EQ(done.status, 200) << done.body;
  for (const auto& row : world_.platform().pipeline().live().latches()) EXPECT_TRUE(row.lifted);
  EXPECT_EQ(notice(), "");
}

TEST_F(IdentityRules, AnOfficerLiftsALatchOnceItsCapAllowsWhoCarryIt) {
  const std::string tight = std::string(kSources) + "[identity.phone]\ncap = 3\n";
  world_.configure(tight);
  world_.reopen();
  for (const char* name : {"d1", "d2", "d3", "d4"}) device(name, "+4915112345678");
  world_.settle();
  ASSERT_EQ(world_.together("anonymous_id", "d1"), 1U);
  const auto lift = [&](const std::string& reason = "staff_or_test",
                        const std::string& bearer = "") {
    return world_.call("POST", "/v1/reviews/" + notice() + "/lift",
                       R"({"reason":")" + reason + "\"}", bearer);
  };
  const auto refused = lift();
  EXPECT_EQ(refused.status, 422);
  EXPECT_THAT(refused.body, HasSubstr("4 records carry it, and its type allows 3"));
  world_.configure(kSources);
  world_.reopen();
  EXPECT_EQ(lift("staff_or_test", world_.token("marketer")).status, 403);
  EXPECT_EQ(lift("because").status, 400);
  EXPECT_EQ(world_.together("anonymous_id", "d1"), 1U);
  const auto done = lift("staff_or_test", world_.token("officer"));
  EXPECT_EQ(done.status, 200) << done.body;
  EXPECT_EQ(world_.together("anonymous_id", "d1"), 4U);
  ASSERT_EQ(world_.audited("latch_lifted").size(), 1U);
  EXPECT_THAT(world_.audited("latch_lifted")[0], HasSubstr(R"("type":"phone")"));
  world_.settle();
  EXPECT_THAT(world_
                  .call("POST", "/v1/subjects/explain",
                        R"({"identifier":{"type":"anonymous_id","value":"d1"}})")
                  .body,
              HasSubstr("an identifier links again, staff_or_test"));
  world_.reopen();
  EXPECT_EQ(world_.together("anonymous_id", "d1"), 4U);
  EXPECT_EQ(world_
                .call("POST", "/v1/reviews/rev_00000000000000000000000000/lift",
                      R"({"reason":"data_error"})")
                .status,
            404);
  // Over the cap again, it is latched again: after a changed rule, and as data arrives.
  world_.configure(tight);
  world_.reopen();
  EXPECT_EQ(world_.together("anonymous_id", "d1"), 1U);
  EXPECT_EQ(world_.audited("identifier_over_cap").size(), 2U);
  world_.reopen();
  EXPECT_EQ(world_.audited("identifier_over_cap").size(), 2U);
}

TEST_F(IdentityRules, AConfiguredTypeIsCountedUnderItsName) {
  world_.configure(std::string(kSources) +
                   "[identity.\"loyalty.card\"]\ntier = \"declared\"\ncap = 2\n");
  world_.reopen();
  for (const char* name : {"d1", "d2", "d3"}) {
    auto o = world_.observation("anon:" + std::string(name), name);
    PlatformWorld::identify(o, "loyalty.card", "card-1");
    world_.send("web", std::move(o));
  }
  world_.settle();
  EXPECT_THAT(world_.metrics().render(),
              HasSubstr(R"(cdp_identifiers_over_cap_total{type="loyalty.card"} 1)"));
  EXPECT_THAT(world_.audited("identifier_over_cap").at(0), HasSubstr(R"("type":"loyalty.card")"));
  // Types are numbered in the order of their names: another one before it moves it.
  world_.configure(std::string(kSources) + "[identity.\"a.badge\"]\ncap = 3\n" +
                   "[identity.\"loyalty.card\"]\ntier = \"declared\"\ncap = 2\n");
  world_.reopen();
  EXPECT_THAT(world_.metrics().render(),
              HasSubstr(R"(cdp_identifiers_over_cap_total{type="loyalty.card"} 1)"));
}

TEST_F(IdentityRules, AJoinIsToldUnderTheNameOfAConfiguredType) {
  world_.configure(std::string(kSources) + "[identity.\"loyalty.card\"]\ntier = \"declared\"\n");
  world_.reopen();
  for (const char* name : {"d1", "d2"}) {
    auto o = world_.observation("anon:" + std::string(name), name);
    PlatformWorld::identify(o, "anonymous_id", name);
    PlatformWorld::identify(o, "loyalty.card", "card-1");
    world_.send("web", std::move(o));
  }
  world_.settle();
  const auto told = world_.call("POST", "/v1/subjects/explain",
                                R"({"identifier":{"type":"anonymous_id","value":"d1"}})");
  EXPECT_EQ(told.status, 200) << told.body;
  EXPECT_THAT(told.body, HasSubstr("share a loyalty.card (declared)"));
  EXPECT_THAT(told.body, HasSubstr(R"("identifier":"loyalty.card")"));
}

TEST_F(IdentityRules, ATierThatIsTakenAwayAndGivenBackHoldsForWhatWasSaidBefore) {
  for (const char* name : {"d1", "d2"}) device(name, "+4915112345678");
  world_.configure(std::string(kSources) + "[identity.phone]\ntier = \"none\"\n");
  world_.reopen();
  EXPECT_EQ(world_.together("anonymous_id", "d1"), 1U);
  device("d3", "+4915112345678");
  EXPECT_EQ(world_.together("anonymous_id", "d3"), 1U);
  world_.configure(kSources);
  world_.reopen();
  EXPECT_EQ(world_.together("anonymous_id", "d3"), 3U);
}

TEST_F(IdentityRules, ARuleThatChangesWhileServingWaitsForTheNextStart) {
  for (const char* name : {"d1", "d2", "d3"}) device(name, "+4915112345678");
  world_.configure(std::string(kSources) + "[identity.phone]\ncap = 2\n");
  ASSERT_TRUE(world_.platform().reload_policy());
  EXPECT_EQ(world_.together("anonymous_id", "d1"), 3U);
  world_.reopen();
  EXPECT_EQ(world_.together("anonymous_id", "d1"), 1U);
}

TEST_F(IdentityRules, ABlockedValueIsKeptAsAnAttributeAndLinksNobody) {
  world_.configure(std::string(kSources) + "[identity.phone]\nblocked = [\"+4930*\"]\n");
  world_.reopen();
  for (const char* name : {"d1", "d2"}) device(name, "+493012345678");
  EXPECT_EQ(world_.together("anonymous_id", "d1"), 1U);
  EXPECT_TRUE(
      world_.profile("anonymous_id", "d1")->members.front().document.attributes.contains("phone"));
}

}  // namespace
}  // namespace cdp
