// What signals mean: DESIGN §7 rules 3, 4, 7 and 8 at the point where a signal becomes a statement.
#include "consent/signals/signal_reading.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "consent/signals/consent_mode.h"

namespace cdp::consent::signals {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr const char* kAds = "marketing.advertising.third_party.targeted";
constexpr const char* kContent = "personalize.content";
constexpr const char* kCounting = "analytics.reporting";
// Purposes 1 to 3 consented, 4 and up not; written on 2020-02-20.
constexpr const char* kPurposesOneToThree = "COvFyGBOvFyGBAbAAAENAPCAAOAAAAAAAAAAAEEUACCKAAA";

SignalMap shop() {
  SignalMap map;
  map.tcf = {{kAds, {1, 3, 4}}, {"functional.storage", {1}}, {"unmapped", {}}};
  map.consent_mode = {{kAds, {"ad_storage", "ad_user_data"}}, {kCounting, {"analytics_storage"}}};
  map.groups = {{kCounting, {"C0002"}}, {kAds, {"C0004"}}};
  map.us_sale = {"gpc"};
  map.us_targeted_advertising = {"marketing.advertising"};
  map.us_sensitive = {"user.health_and_medical"};
  return map;
}

Time at(std::string_view text) { return *from_rfc3339(text); }
const Time kNow = at("2026-11-22T15:00:00Z");

// "purpose[@vendor] choice method", as statements.
template <class F>
std::vector<std::string> said(const SignalMap& map, F&& speak, std::set<std::string>* unread = {}) {
  SignalReading reading(map, kNow);
  speak(reading);
  if (unread != nullptr) *unread = reading.unreadable();
  std::vector<std::string> out;
  for (const auto& draft : std::move(reading).statements(true)) {
    out.push_back(draft.purpose + (draft.vendor.empty() ? "" : "@" + draft.vendor) + " " +
                  std::string(event::to_string(draft.choice)) + " " + draft.method);
    EXPECT_LE(draft.grade, event::Grade::recorded);
    EXPECT_TRUE(draft.is_state);
    EXPECT_TRUE(draft.channel.empty());
    EXPECT_FALSE(draft.contact_point);
  }
  return out;
}

TEST(SignalReading, GrantsAPurposeWhenAllThatItNeedsIsThere) {
  const auto map = shop();
  EXPECT_THAT(said(map, [](auto& r) { r.tc_string(kPurposesOneToThree); }),
              ElementsAre("functional.storage granted tcf", std::string(kAds) + " denied tcf"));
}

TEST(SignalReading, DatesANoWithTheMessageAndAYesWithTheString) {
  const auto map = shop();
  SignalReading reading(map, kNow);
  reading.tc_string(kPurposesOneToThree);
  const auto drafts = std::move(reading).statements(true);
  ASSERT_EQ(drafts.size(), 2U);
  EXPECT_EQ(drafts[0].occurred_at, at("2020-02-20T23:57:39.3Z"));  // granted
  EXPECT_EQ(drafts[0].notice_language, "en");
  EXPECT_EQ(drafts[1].occurred_at, kNow);  // denied
}

// 1 is the no. Read the other way round, everybody who opted out would be sold.
TEST(SignalReading, TakesOneForOptedOutAndTwoForNothing) {
  const auto map = shop();
  EXPECT_THAT(said(map, [](auto& r) { r.gpp_string("DBABBg~BUUAAAAA.QA"); }),
              ElementsAre("gpc objected gpp.usca"));
  // The first kind of sensitive data refused, too.
  EXPECT_THAT(said(map, [](auto& r) { r.gpp_string("DBABBg~BUVAAAAA.QA"); }),
              ElementsAre("gpc objected gpp.usca", "user.health_and_medical denied gpp.usca"));
  EXPECT_THAT(said(map, [](auto& r) { r.gpp_string("DBABBg~BUoAAAAA.QA"); }), IsEmpty());
  EXPECT_THAT(said(map, [](auto& r) { r.gpp_string("DBABBg~BAAAAAAA.QA"); }), IsEmpty());
}

// KnownChildSensitiveDataConsents and PersonalDataConsents: 1 is "no consent".
TEST(SignalReading, TakesAChildForWhomNobodyConsentedForANo) {
  const auto map = shop();
  EXPECT_THAT(said(map, [](auto& r) { r.gpp_string("DBABBg~BVoAABQA.QA"); }),
              ElementsAre("gpc objected gpp.usca", "marketing.advertising objected gpp.usca",
                          "user.health_and_medical denied gpp.usca"));
  EXPECT_THAT(said(map, [](auto& r) { r.gpp_string("DBABBg~BVoAAAEA.QA"); }),
              ElementsAre("gpc objected gpp.usca", "marketing.advertising objected gpp.usca"));
  // 2 is a consent, and grants nothing here: it names no purpose.
  EXPECT_THAT(said(map, [](auto& r) { r.gpp_string("DBABBg~BVoAACgA.QA"); }), IsEmpty());
}

TEST(SignalReading, TakesGpcFromAStringAsFromAHeader) {
  const auto map = shop();
  EXPECT_THAT(said(map, [](auto& r) { r.gpp_string("DBABBg~BAAAAAAA.YA"); }),
              ElementsAre("gpc objected gpp.usca"));
  EXPECT_THAT(said(map, [](auto& r) { r.global_privacy_control(); }),
              ElementsAre("gpc objected gpc"));
}

TEST(SignalReading, TakesTheUsPrivacyStringsOptOutAndNothingElseOfIt) {
  const auto map = shop();
  EXPECT_THAT(said(map, [](auto& r) { r.us_privacy_string("1YYN"); }),
              ElementsAre("gpc objected us_privacy"));
  EXPECT_THAT(said(map, [](auto& r) { r.us_privacy_string("1YNN"); }), IsEmpty());
  EXPECT_THAT(said(map, [](auto& r) { r.us_privacy_string("1---"); }), IsEmpty());
}

TEST(SignalReading, HoldsMissingForNothing) {
  const auto map = shop();
  EXPECT_THAT(said(map, [](auto& r) { r.consent_mode({{"ad_storage", "granted"}}); }), IsEmpty());
  EXPECT_THAT(said(map, [](auto& r) { r.consent_mode({{"ad_storage", "maybe"}}); }), IsEmpty());
  EXPECT_THAT(said(map,
                   [](auto& r) {
                     r.consent_mode({{"ad_user_data", "denied"}});
                   }),
              ElementsAre(std::string(kAds) + " denied google_consent_mode"));
  EXPECT_THAT(said(map, [](auto& r) { r.groups({"C0001"}, {}); }), IsEmpty());
  EXPECT_THAT(said(map, [](auto& r) { r.groups({"C0002"}, {"C0004"}); }),
              ElementsAre("analytics.reporting granted consent_management",
                          std::string(kAds) + " denied consent_management"));
}

TEST(SignalReading, ReadsActiveGroupsAsOneTrustWritesThem) {
  const auto map = shop();
  for (const char* groups : {",C0001,C0002,", "C0001:1,C0002:1,C0004:0"}) {
    EXPECT_THAT(said(map, [&](auto& r) { r.active_groups(groups, {}); }),
                ElementsAre("analytics.reporting granted active_groups",
                            std::string(kAds) + " denied active_groups"));
  }
}

TEST(SignalReading, LetsTheNoOfOneSignalWinOverTheYesOfAnother) {
  const auto map = shop();
  const auto yes_then_no = [](auto& r) {
    r.say(kCounting, true, "one");
    r.consent_mode({{"analytics_storage", "denied"}});
  };
  const auto no_then_yes = [](auto& r) {
    r.consent_mode({{"analytics_storage", "denied"}});
    r.say(kCounting, true, "one");
  };
  EXPECT_THAT(said(map, yes_then_no),
              ElementsAre("analytics.reporting denied google_consent_mode"));
  EXPECT_EQ(said(map, yes_then_no), said(map, no_then_yes));
}

TEST(SignalReading, NamesWhatItCouldNotReadAndKeepsTheRest) {
  const auto map = shop();
  std::set<std::string> unread;
  EXPECT_THAT(said(
                  map, [](auto& r) { r.gpp_string("DBACNYA~broken~1YYN"); }, &unread),
              ElementsAre("gpc objected us_privacy"));
  EXPECT_THAT(unread, ElementsAre("unreadable_gpp_tcfeuv2"));
  said(
      map,
      [](auto& r) {
        r.tc_string("x");
        r.gpp_string("y");
      },
      &unread);
  EXPECT_THAT(unread, ElementsAre("unreadable_gpp", "unreadable_tcf"));
}

TEST(SignalReading, KeepsVendorsThatWereNotChosenOut) {
  auto map = shop();
  map.tcf = {{"functional.storage", {1}}};
  map.tcf_vendors = {{"ads", 6}, {"mail", 7}};  // vendors 2, 6 and 8 have consent
  EXPECT_THAT(said(map, [](auto& r) { r.tc_string(kPurposesOneToThree); }),
              ElementsAre("functional.storage granted tcf", "functional.storage@ads granted tcf",
                          "functional.storage@mail denied tcf"));
  // Nobody was disclosed: TCF 2.3 leaves no vendor a basis.
  EXPECT_THAT(said(map, [](auto& r) { r.tc_string(std::string(kPurposesOneToThree) + ".IAAA"); }),
              ElementsAre("functional.storage granted tcf", "functional.storage@ads denied tcf",
                          "functional.storage@mail denied tcf"));
}

TEST(SignalReading, ReadsThePublishersOwnPurposesOnlyWhenToldTo) {
  auto map = shop();
  map.tcf = {{"functional.storage", {1}}};
  map.tcf_publisher = true;
  EXPECT_THAT(said(map, [](auto& r) { r.tc_string(kPurposesOneToThree); }), IsEmpty());
  // Segment 3, purpose 1 consented: 011 1000...
  EXPECT_THAT(
      said(map, [](auto& r) { r.tc_string(std::string(kPurposesOneToThree) + ".cAAAAAAAAAA"); }),
      ElementsAre("functional.storage granted tcf"));
}

TEST(ConsentMode, ShowsATypeGrantedWhenAllItsPurposesAre) {
  const auto map = shop();
  const auto everything = [](const std::string&) { return true; };
  EXPECT_EQ(consent_mode_json(map, everything),
            R"({"ad_personalization":"denied","ad_storage":"granted","ad_user_data":"granted",)"
            R"("analytics_storage":"granted"})");
  auto shared = map;
  shared.consent_mode[kContent] = {"ad_storage"};
  const auto all_but_content = [](const std::string& purpose) { return purpose != kContent; };
  EXPECT_FALSE(consent_mode(shared, all_but_content)["ad_storage"]);
  EXPECT_TRUE(consent_mode(shared, all_but_content)["ad_user_data"]);
}

TEST(ConsentMode, DeniesAllWhenNothingIsMapped) {
  EXPECT_EQ(consent_mode_json({}, [](const std::string&) { return true; }),
            R"({"ad_personalization":"denied","ad_storage":"denied","ad_user_data":"denied",)"
            R"("analytics_storage":"denied"})");
}

}  // namespace
}  // namespace cdp::consent::signals
