// The widget's two routes on a platform of their own: what a site asks, which answers are taken,
// and what the site is told that holds.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cdp/app/api/preference_api.h"
#include "tests/support/platform_world.h"

namespace cdp::app {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kTaste = "personalize.content";
constexpr const char* kCount = "analytics.reporting";
constexpr const char* kShare = "third_party_sharing";
constexpr const char* kSources =
    "[source]\nweb = {kind = \"segment\", trust = \"public\"}\n"
    "shop = {kind = \"segment\", trust = \"server\"}\n";

std::string words(const std::string& title) {
  return "{title = \"" + title +
         R"(", collected = "c", why = "w", recipients = "r", in_return = "i"}
)";
}
// A text of the shop's own; material: a yes to the one before is stale.
std::string notice(const std::string& version, const std::string& title) {
  return "[notice.\"" + version + "\"]\nmaterial = [\"" + kTaste + "\"]\n[notice.\"" + version +
         "\".text.\"" + kTaste + "\"]\nen = " + words(title);
}
std::string current(const std::string& version) {
  return std::string("[purpose.\"") + kTaste + "\"]\nnotice = \"" + version + "\"\n";
}

class WidgetApi : public ::testing::Test {
 protected:
  WidgetApi() : world_(kSources) { key_ = world_.token("source", "web"); }

  http::Response call(const std::string& method, const std::string& body = "") {
    http::Request request;
    request.method = method;
    request.path = "/v1/widget/" + key_;
    request.body = body;
    if (gpc_) request.headers.emplace_back("sec-gpc", "1");
    return world_.platform().router().handle(std::move(request));
  }
  // The hash of the text that the site shows for a purpose now.
  std::string shown(const std::string& purpose) {
    const auto body = call("GET").body;
    const auto document = json::Document::parse(body);
    std::string hash;
    document->root().get("purposes")->each([&](json::Value one) {
      if (one.text("purpose") == purpose) hash = std::string(one.text("notice_hash").value_or(""));
      return true;
    });
    return hash;
  }
  // Answers as the widget does: each yes with the text that was shown.
  std::string say(const std::string& choices, const std::string& notices = "{}",
                  const std::string& more = "") {
    const auto answer =
        call("POST", R"({"anonymousId":"device-1","messageId":"m)" + std::to_string(++messages_) +
                         R"(","language":"en","choices":)" + choices + R"(,"notices":)" + notices +
                         more + "}");
    EXPECT_EQ(answer.status, 200) << answer.body;
    world_.clock().advance(Duration::seconds(1));
    return answer.body;
  }
  std::string yes(const std::string& purpose) {
    return say("{\"" + purpose + "\":true}", "{\"" + purpose + "\":\"" + shown(purpose) + "\"}");
  }
  static std::string holds(const std::string& purpose, bool allowed, const std::string& reason) {
    return "{\"purpose\":\"" + purpose + "\",\"allowed\":" + (allowed ? "true" : "false") +
           ",\"reason\":\"" + reason + "\"}";
  }
  std::size_t statements() {
    const auto profile = world_.profile("anonymous_id", "device-1");
    return profile ? profile->members.front().document.statements.size() : 0;
  }

  testing::PlatformWorld world_;
  std::string key_;
  bool gpc_ = false;
  int messages_ = 0;
};

TEST_F(WidgetApi, AnswersWithWhatHolds) {
  const auto answer = yes(kTaste);
  EXPECT_THAT(answer, HasSubstr(holds(kTaste, true, "granted")));
  EXPECT_THAT(answer, HasSubstr(holds(kCount, false, "no_statement")));
  EXPECT_THAT(answer, HasSubstr(R"("left_out":[])"));
  EXPECT_THAT(answer, HasSubstr(R"("ad_storage":"denied")"));
  EXPECT_THAT(answer, HasSubstr(R"("personalization_storage":"granted")"));
  EXPECT_THAT(answer, Not(HasSubstr("marketing.communications"))) << "no channel on a site";
  // The decision API gives a tag the same.
  const auto told = world_.call("POST", "/v1/consents/lookup",
                                R"({"identifier":{"type":"anonymous_id","value":"device-1"}})");
  const auto tags = answer.substr(answer.find(R"("consent_mode":)"));
  EXPECT_THAT(told.body, HasSubstr(tags)) << tags;
}

TEST_F(WidgetApi, SaysThatAClickDoesNotUndoANo) {
  say(R"({"personalize.content":false})");
  const auto answer = yes(kTaste);
  EXPECT_THAT(answer, HasSubstr(holds(kTaste, false, "superseded_by_denial")));
  EXPECT_THAT(answer, HasSubstr(R"("personalization_storage":"denied")"));
}

TEST_F(WidgetApi, TakesWhatItKnowsAndSaysWhatItLeftOut) {
  const auto answer = say(R"({"left.the.configuration":false,"analytics.reporting":false,)"
                          R"("marketing.communications.email":true})");
  EXPECT_THAT(answer, HasSubstr(holds(kCount, false, "denied")));
  EXPECT_THAT(answer,
              HasSubstr(R"({"purpose":"left.the.configuration","reason":"unknown_purpose"})"));
  EXPECT_THAT(
      answer,
      HasSubstr(R"({"purpose":"marketing.communications.email","reason":"not_asked_here"})"));
  EXPECT_EQ(statements(), 1U);
  EXPECT_THAT(say(R"({"left.the.configuration":false})"), HasSubstr("unknown_purpose"));
  EXPECT_EQ(statements(), 1U);
}

TEST_F(WidgetApi, HearsOfTheSignalFromTheScriptAndFromTheBrowser) {
  EXPECT_THAT(yes(kShare), HasSubstr(holds(kShare, true, "granted")));
  EXPECT_THAT(say("{}", "{}", R"(,"globalPrivacyControl":true)"),
              HasSubstr(holds(kShare, false, "objected")));
  EXPECT_EQ(statements(), 2U);
  gpc_ = true;
  say("{}");
  EXPECT_EQ(statements(), 2U) << "written when it changes";
}

// The page was loaded, then a text came into force, then the answer was sent.
TEST_F(WidgetApi, RecordsNoYesToATextThatWasNotShown) {
  const std::string before = shown(kTaste);
  const std::string old_notices = "{\"personalize.content\":\"" + before + "\"}";
  yes(kTaste);
  world_.configure(kSources + current("2027-01") + notice("2027-01", "Another text"));
  ASSERT_TRUE(world_.platform().reload_policy().has_value());
  EXPECT_THAT(call("GET").body, HasSubstr(R"("holds_since":"2027-01")"));
  const std::size_t had = statements();
  for (const auto& notices : {old_notices, std::string("{}")}) {
    const auto answer = say(R"({"personalize.content":true})", notices);
    EXPECT_THAT(answer,
                HasSubstr(R"({"purpose":"personalize.content","reason":"notice_not_shown"})"));
    EXPECT_THAT(answer, HasSubstr(holds(kTaste, false, "stale_notice")));
  }
  EXPECT_EQ(statements(), had);
  EXPECT_THAT(yes(kTaste), HasSubstr(holds(kTaste, true, "granted")));
  // A no counts whatever was shown.
  EXPECT_THAT(say(R"({"personalize.content":false})", old_notices),
              HasSubstr(holds(kTaste, false, "denied")));
}

}  // namespace
}  // namespace cdp::app
