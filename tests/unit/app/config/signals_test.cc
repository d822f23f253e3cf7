// [signals] of cdp.toml: what consent signals mean, and what they can never mean.
#include "cdp/app/config/signals.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cdp/app/config/config.h"

namespace cdp::app {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

ParsedPolicy parse(const std::string& lines) {
  return parse_policy(
      "pack = \"shop-eu@1\"\n"
      "controller = {name = \"E\", country = \"DE\", contact = \"p@shop.example\"}\n" +
      lines);
}

std::string problem(const std::string& lines) {
  const auto parsed = parse(lines);
  return parsed.problems.size() == 1 ? parsed.problems[0].what
                                     : describe(parsed.problems, "cdp.toml");
}

TEST(ConfigSignals, ThePacksSayWhatTheirPurposesNeed) {
  const auto signals = parse("").policy.signals;
  EXPECT_THAT(signals.tcf.at("personalize.content"), ElementsAre(5, 6));
  EXPECT_THAT(signals.consent_mode.at("analytics.reporting"), ElementsAre("analytics_storage"));
  EXPECT_THAT(signals.us_sale, ElementsAre("gpc"));
  EXPECT_TRUE(signals.groups.empty());  // groups have the names that a site gives them
}

TEST(ConfigSignals, TheFileRefinesItsPack) {
  const auto parsed = parse(
      "[destination]\n"
      "ads = {kind = \"profile_api\", purposes = [\"personalize.content\"], attributes = "
      "[\"city\"]}\n"
      "[signals]\ntcf_publisher = true\n"
      "[signals.tcf]\n\"personalize.content\" = [6]\n"
      "[signals.tcf_vendor]\nads = 755\n"
      "[signals.groups]\n\"analytics.reporting\" = [\"C0002\"]\n"
      "[signals.us]\nsensitive = [\"user.contact\", \"marketing\"]\n");
  ASSERT_TRUE(parsed.problems.empty()) << describe(parsed.problems, "cdp.toml");
  const auto& signals = parsed.policy.signals;
  EXPECT_TRUE(signals.tcf_publisher);
  EXPECT_THAT(signals.tcf.at("personalize.content"), ElementsAre(6));
  EXPECT_THAT(signals.tcf.at("analytics.reporting"), ElementsAre(8, 9));
  EXPECT_EQ(signals.tcf_vendors.at("ads"), 755U);
  EXPECT_THAT(signals.groups.at("analytics.reporting"), ElementsAre("C0002"));
  EXPECT_THAT(signals.us_sensitive, Contains("user.contact"));
}

TEST(ConfigSignals, NoSignalOfAPageOpensAChannel) {
  for (const char* table : {"tcf]\n\"marketing.communications.email\" = [3]\n",
                            "groups]\n\"marketing.communications.sms\" = [\"C1\"]\n",
                            "consent_mode]\n\"marketing.communications.email\" = "
                            "[\"ad_storage\"]\n"}) {
    EXPECT_THAT(problem(std::string("[signals.") + table),
                HasSubstr("a signal of a web page cannot open a channel"));
  }
}

TEST(ConfigSignals, NamesLeadSomewhere) {
  EXPECT_EQ(problem("[signals.tcf]\n\"no.such\" = [3]\n"),
            "a signal is about a purpose that is not configured");
  EXPECT_EQ(problem("[signals.tcf]\n\"personalize.content\" = [25]\n"),
            "a purpose needs what is no list of TCF purposes");
  EXPECT_EQ(problem("[signals.tcf_vendor]\nads = 755\n"),
            "a vendor's id is for a destination that is not configured");
  EXPECT_EQ(problem("[signals.consent_mode]\n\"personalize.content\" = [\"ad_stores\"]\n"),
            "Google Consent Mode has no type of this name");
  EXPECT_EQ(problem("[signals.us]\nsale = [\"no.such\"]\n"),
            "an opt-out reaches a purpose that is not configured");
  EXPECT_THAT(problem("[signals]\ntcff = 1\n"), HasSubstr("unknown key"));
  EXPECT_EQ(problem("[signals]\ntcf = 1\n"), "the value \"tcf\" is not a table");
}

}  // namespace
}  // namespace cdp::app
