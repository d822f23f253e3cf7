#include "cdp/app/config/law.h"

#include <algorithm>
#include <array>

namespace cdp::app {

namespace {

constexpr Articles kUnion = {
    "GDPR Art. 4(11)",
    "GDPR Art. 6(1)(b); EDPB Guidelines 2/2019, para. 26-30 and 51-57; CJEU C-252/21, para. 98-104",
    "GDPR Art. 6(1)(c)",
    "GDPR Art. 6(1)(f)",
    "ePrivacy Directive Art. 13(1)",
    "ePrivacy Directive Art. 13(2)",
    "ePrivacy Directive Art. 5(3)",
    "GDPR Art. 9(1), 10"};
constexpr Articles kUnitedKingdom = {
    "UK GDPR Art. 4(11)", "UK GDPR Art. 6(1)(b)", "UK GDPR Art. 6(1)(c)", "UK GDPR Art. 6(1)(f)",
    "PECR reg. 22",       "PECR reg. 22(3)",      "PECR reg. 6",          "UK GDPR Art. 9(1), 10"};

// The Union and the other states of the European Economic Area.
// With what has a code of its own and is part of it: TFEU Art. 355(1).
constexpr std::array<std::string_view, 37> kEconomicArea = {
    "AT", "AX", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GF",
    "GP", "GR", "HR", "HU", "IE", "IS", "IT", "LI", "LT", "LU", "LV", "MF", "MQ",
    "MT", "NL", "NO", "PL", "PT", "RE", "RO", "SE", "SI", "SK", "YT"};

struct National {
  std::string_view country;
  std::string_view law;
};
constexpr std::array<National, 8> kMessagesAskFirst = {{
    {"AU", "Spam Act 2003 s. 16"},
    {"CA", "Canada's Anti-Spam Legislation, S.C. 2010, c. 23, s. 6"},
    {"IL", "Communications (Telecommunications and Broadcasting) Law s. 30A"},
    {"JP", "Act on Regulation of Transmission of Specified Electronic Mail Art. 3"},
    {"KR", "Network Act Art. 50(1)"},
    {"NZ", "Unsolicited Electronic Messages Act 2007 s. 9"},
    {"TR", "Law No. 6563 on Electronic Commerce Art. 6"},
    {"ZA", "Protection of Personal Information Act s. 69"},
}};

std::string_view country_of(std::string_view jurisdiction) { return jurisdiction.substr(0, 2); }

}  // namespace

const Articles& articles_of(std::string_view jurisdiction) {
  return country_of(jurisdiction) == "GB" ? kUnitedKingdom : kUnion;
}

bool is_advertising(const consent::Policy& policy, const consent::Purpose& purpose) {
  if (consent::is_marketing(purpose)) return true;
  if (const auto tcf = policy.signals.tcf.find(purpose.key); tcf != policy.signals.tcf.end()) {
    static constexpr std::array<std::uint32_t, 4> kAdvertising = {2, 3, 4, 7};
    const auto& needs = tcf->second;
    const auto found =
        std::find_first_of(needs.begin(), needs.end(), kAdvertising.begin(), kAdvertising.end());
    if (found != needs.end()) return true;
  }
  const auto mode = policy.signals.consent_mode.find(purpose.key);
  return mode != policy.signals.consent_mode.end() &&
         std::any_of(mode->second.begin(), mode->second.end(),
                     [](const std::string& type) { return type.starts_with("ad_"); });
}

bool is_given_away(const consent::Purpose& purpose) {
  return purpose.sale_or_share || consent::covers("third_party_sharing", purpose.key) ||
         consent::covers("marketing.advertising.third_party", purpose.key);
}

AsksFirst asks_first(std::string_view jurisdiction) {
  using Reach = AsksFirst::Reach;
  const std::string_view country = country_of(jurisdiction);
  if (country == "US") return {Reach::nothing, {}};
  if (country == "GB") return {Reach::everything, "UK GDPR Art. 4(11), PECR reg. 6 and 22"};
  if (country == "CH") {
    return {Reach::everything,
            "Unfair Competition Act Art. 3(1)(o), Telecommunications Act Art. 45c"};
  }
  if (std::find(kEconomicArea.begin(), kEconomicArea.end(), country) != kEconomicArea.end()) {
    return {Reach::everything, "GDPR Art. 4(11), ePrivacy Directive Art. 13"};
  }
  const auto national = std::find_if(kMessagesAskFirst.begin(), kMessagesAskFirst.end(),
                                     [&](const auto& one) { return one.country == country; });
  if (national == kMessagesAskFirst.end()) return {};
  return {Reach::messages, national->law};
}

}  // namespace cdp::app
