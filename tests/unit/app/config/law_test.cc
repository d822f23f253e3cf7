// What the law forbids is refused for what a purpose is (its channel, its use, what the signals say
// of it), whatever it is called, by the articles that hold where the controller is.
#include "cdp/app/config/law.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cdp/app/config/config.h"

namespace cdp::app {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

ParsedPolicy parsed(const std::string& lines, const std::string& country = "DE") {
  return parse_policy("pack = \"shop-eu@1\"\ncontroller = {name = \"E\", country = \"" + country +
                      "\", contact = \"p@shop.example\"}\n" + lines);
}

std::string mistakes(const std::string& lines, const std::string& country = "DE") {
  return describe(parsed(lines, country).problems, "cdp.toml");
}

std::string purpose(const std::string& key, const std::string& basis,
                    const std::string& more = "") {
  return "[purpose.\"" + key + "\"]\nbasis = \"" + basis + "\"\n" + more;
}

constexpr const char* kEmail = "channel = \"email\"\n";
constexpr const char* kAssessed = "assessment = \"LIA-7\"\n";

TEST(Law, MarketingGoesByTheChannelAndNotByTheName) {
  const std::string contract = "marketing cannot rest on a contract";
  const std::string phone = "marketing to a phone cannot rest on anything but consent";
  EXPECT_THAT(mistakes(purpose("newsletter", "contract", kEmail)), HasSubstr(contract));
  EXPECT_THAT(mistakes(purpose("loyalty.messages", "contract", "channel = \"whatsapp\"\n")),
              HasSubstr(contract));
  EXPECT_THAT(mistakes(purpose("promotions", "legitimate_interest",
                               std::string("channel = \"sms\"\n") + kAssessed)),
              HasSubstr(phone));
  EXPECT_THAT(mistakes(purpose("loyalty.messages", "legitimate_interest",
                               std::string("channel = \"whatsapp\"\n") + kAssessed)),
              HasSubstr(phone));
  EXPECT_THAT(
      mistakes(purpose("newsletter", "legitimate_interest", std::string(kEmail) + kAssessed)),
      HasSubstr("e-mail marketing cannot rest on a legitimate interest"));
  EXPECT_THAT(mistakes(purpose("recall", "legal_obligation", kEmail)),
              HasSubstr("marketing cannot rest on a legal obligation"));
  EXPECT_EQ(mistakes(purpose("newsletter", "consent", kEmail)), "");
  EXPECT_EQ(mistakes(purpose("newsletter", "soft_opt_in",
                             std::string(kEmail) + "opt_out_offered = \"checkout\"\n")),
            "");
}

TEST(Law, WhatTheOrderNeedsIsNamedBelowEssential) {
  EXPECT_THAT(mistakes(purpose("newsletter", "contract", kEmail)),
              HasSubstr("\"essential.service.notifications.email\""));
  EXPECT_EQ(mistakes(purpose("essential.service.notifications.email", "contract", kEmail)), "");
  EXPECT_EQ(
      mistakes(purpose("essential.service.notifications.sms", "contract", "channel = \"sms\"\n")),
      "");
  EXPECT_EQ(mistakes(purpose("essential.legal_obligation.recall", "legal_obligation", kEmail)), "");
  EXPECT_EQ(mistakes(purpose("essential.fraud_detection", "legitimate_interest", kAssessed)), "");
}

TEST(Law, AContractIsNoBasisForWhatIsOnlyUseful) {
  EXPECT_THAT(mistakes(purpose("advertising.retargeting", "contract", kAssessed)),
              HasSubstr("marketing cannot rest on a contract"));
  for (const char* key : {"personalize.content", "analytics.reporting"}) {
    const auto told = mistakes(purpose(key, "contract", kAssessed));
    EXPECT_THAT(told, HasSubstr("statistics and training cannot rest on a contract")) << key;
    EXPECT_THAT(told, HasSubstr("EDPB Guidelines 2/2019")) << key;
    EXPECT_THAT(told, HasSubstr("C-252/21")) << key;
  }
  // Of a name that says nothing, somebody must have written down why it is necessary.
  EXPECT_THAT(mistakes(purpose("warranty", "contract")),
              HasSubstr("a contract as the basis does not say why the contract needs it"));
  EXPECT_EQ(mistakes(purpose("warranty", "contract", kAssessed)), "");
}

TEST(Law, WhatTheBannerCallsAdvertisingIsAdvertising) {
  const std::string shown = purpose("recommendations", "contract", kAssessed);
  EXPECT_EQ(mistakes(shown), "");
  EXPECT_EQ(mistakes(shown + "[signals.tcf]\nrecommendations = [5, 6]\n"), "");
  EXPECT_THAT(mistakes(shown + "[signals.tcf]\nrecommendations = [1, 4]\n"),
              HasSubstr("marketing cannot rest on a contract"));
  EXPECT_THAT(mistakes(shown + "[signals.consent_mode]\nrecommendations = [\"ad_user_data\"]\n"),
              HasSubstr("marketing cannot rest on a contract"));
}

TEST(Law, GivingDataAwayIsNobodysLegitimateInterest) {
  for (const char* key : {"third_party_sharing", "marketing.advertising.third_party.targeted"}) {
    for (const char* country : {"DE", "GB", "US"}) {
      EXPECT_THAT(mistakes(purpose(key, "legitimate_interest", kAssessed), country),
                  HasSubstr("cannot rest on a legitimate interest"))
          << key << " " << country;
    }
  }
  EXPECT_THAT(mistakes(purpose("partners", "legitimate_interest",
                               std::string(kAssessed) + "sale_or_share = true\n")),
              HasSubstr("cannot rest on a legitimate interest"));
  EXPECT_EQ(mistakes(purpose("marketing.advertising.first_party.targeted", "legitimate_interest",
                             kAssessed)),
            "");
}

TEST(Law, TheUnitedKingdomHasArticlesOfItsOwn) {
  const std::string lines =
      purpose("marketing.communications.sms", "legitimate_interest", kAssessed);
  EXPECT_THAT(mistakes(lines, "GB"), HasSubstr("PECR reg. 22"));
  EXPECT_THAT(mistakes(lines, "GB"), Not(HasSubstr("ePrivacy")));
  EXPECT_THAT(mistakes(lines, "DE"), HasSubstr("ePrivacy Directive Art. 13(1)"));
  EXPECT_THAT(mistakes(purpose("personalize.content", "contract"), "GB"),
              HasSubstr("UK GDPR Art. 6(1)(b)"));
  EXPECT_THAT(mistakes("[default.GB]\n\"analytics.reporting\" = \"opt-out\"\n", "GB"),
              HasSubstr("UK GDPR Art. 4(11), PECR reg. 6 and 22"));
}

TEST(Law, MailAsksFirstWhereTheLawOfThePlaceSaysSo) {
  const auto told = [](const std::string& place, const std::string& cell) {
    return mistakes("[default." + place + "]\n" + cell + "\n");
  };
  const std::string mail = "\"marketing.communications.email\" = \"opt-out\"";
  EXPECT_THAT(told("CA", mail), HasSubstr("S.C. 2010, c. 23, s. 6"));
  EXPECT_THAT(told("CA-QC", mail), HasSubstr("S.C. 2010, c. 23, s. 6"));
  for (const char* place : {"AU", "IL", "JP", "KR", "NZ", "TR", "ZA", "CH", "NO"}) {
    EXPECT_THAT(told(place, mail), HasSubstr("not lawful in this country")) << place;
  }
  EXPECT_EQ(told("US", mail), "");
  EXPECT_EQ(told("CA", "\"analytics.reporting\" = \"opt-out\""), "");
  EXPECT_THAT(told("DE", "\"analytics.reporting\" = \"opt-out\""),
              HasSubstr("not lawful in this country"));
  EXPECT_EQ(told("CA", "\"marketing.communications.email\" = \"opt-in\""), "");
}

TEST(Law, OfAPlaceThatIsNotKnownADoubtIsSaid) {
  const auto doubtful = parsed(
      "[default.BR]\n\"marketing.communications.email\" = \"opt-out\"\n"
      "[default.US]\n\"marketing.communications.email\" = \"opt-out\"\n");
  EXPECT_EQ(describe(doubtful.problems, "cdp.toml"), "");
  EXPECT_EQ(describe(doubtful.doubts, "cdp.toml"),
            "cdp.toml:4:1: an opt-out default stands for a place whose law is not known here\n"
            "  hint: ask a lawyer of that place; without the default consent comes first");
  EXPECT_THAT(parsed("").doubts, IsEmpty());
  EXPECT_THAT(parse_policy(std::string("pack = \"shop-us@1\"")).doubts, IsEmpty());
}

}  // namespace
}  // namespace cdp::app
