#include "cdp/app/config/policy_packs.h"

#include <initializer_list>

#include "cdp/app/config/policy_notices.h"

namespace cdp::app {

namespace {

// Keys are fideslang's uses and categories where one fits. Three years for marketing follows the
// French regulator's yardstick for prospects; thirteen months for the rest, its one for trackers.
constexpr std::string_view kShopPurposes = R"toml(
[purpose]
"marketing.communications.email" = {channel = "email", notice = "2026-01", expires = "3y"}
"marketing.communications.sms" = {channel = "sms", notice = "2026-01", expires = "3y"}
"marketing.communications.whatsapp" = {channel = "whatsapp", notice = "2026-01", expires = "3y"}
"marketing.advertising.first_party.targeted" = {notice = "2026-01", expires = "395d"}
"marketing.advertising.third_party.targeted" = {notice = "2026-01", expires = "395d", sale_or_share = true}
"third_party_sharing" = {notice = "2026-01", expires = "395d", sale_or_share = true}
"personalize.content" = {notice = "2026-01", expires = "395d"}
"analytics.reporting" = {notice = "2026-01", expires = "395d"}
"functional.storage" = {notice = "2026-01", expires = "395d"}
"essential.service.operations" = {basis = "contract"}
"essential.legal_obligation" = {basis = "legal_obligation"}
)toml";

constexpr std::string_view kShopAttributes = R"toml(
[attribute]
email = {category = "user.contact.email", purposes = ["marketing", "third_party_sharing", "essential"], retention = "3y"}
list_unsubscribe = {category = "system.operations", purposes = ["marketing.communications.email"], retention = "3y"}
phone = {category = "user.contact.phone_number", purposes = ["marketing", "third_party_sharing", "essential"], retention = "3y"}
first_name = {category = "user.name.first", purposes = ["marketing", "personalize", "essential"], retention = "3y"}
last_name = {category = "user.name.last", purposes = ["marketing", "personalize", "essential"], retention = "3y"}
name = {category = "user.name", purposes = ["marketing", "personalize", "essential"], retention = "3y"}
company = {category = "user.workplace", purposes = ["marketing", "personalize", "essential"], retention = "3y"}
language = {category = "user.demographic.language", purposes = ["marketing", "personalize", "analytics", "essential"], retention = "3y"}
birthday = {category = "user.demographic.date_of_birth", purposes = ["marketing.communications", "personalize"], retention = "3y"}
gender = {category = "user.demographic.gender", purposes = ["marketing.communications", "personalize"], retention = "3y"}
address1 = {category = "user.contact.address.street", purposes = ["essential"], retention = "3y"}
address2 = {category = "user.contact.address.street", purposes = ["essential"], retention = "3y"}
city = {category = "user.contact.address.city", purposes = ["marketing", "personalize", "analytics", "essential"], retention = "3y"}
zip = {category = "user.contact.address.postal_code", purposes = ["marketing", "personalize", "analytics", "essential"], retention = "3y"}
postal_code = {category = "user.contact.address.postal_code", purposes = ["marketing", "personalize", "analytics", "essential"], retention = "3y"}
region = {category = "user.contact.address.state", purposes = ["marketing", "personalize", "analytics", "essential"], retention = "3y"}
country = {category = "user.contact.address.country", purposes = ["marketing", "personalize", "analytics", "essential"], retention = "3y"}
created_at = {category = "user.account", purposes = ["marketing", "personalize", "analytics", "essential"], retention = "3y"}
currency = {category = "user.behavior.purchase_history", purposes = ["marketing", "personalize", "analytics", "essential"], retention = "3y"}
total_spent = {category = "user.behavior.purchase_history", purposes = ["marketing", "personalize", "analytics"], retention = "3y"}
orders_count = {category = "user.behavior.purchase_history", purposes = ["marketing", "personalize", "analytics"], retention = "3y"}
last_order = {category = "user.behavior.purchase_history", purposes = ["marketing", "personalize", "analytics"], retention = "3y"}
last_order_at = {category = "user.behavior.purchase_history", purposes = ["marketing", "personalize", "analytics"], retention = "3y"}
tags = {category = "user.behavior", purposes = ["marketing", "personalize", "analytics"], retention = "3y"}
size = {category = "user.behavior", purposes = ["marketing", "personalize", "analytics"], retention = "3y"}
favourite_colour = {category = "user.behavior", purposes = ["marketing", "personalize", "analytics"], retention = "3y"}
interests = {category = "user.behavior", purposes = ["marketing", "personalize", "analytics"], retention = "3y"}
)toml";

// What a shop in the United States may do until told no (CAN-SPAM Act, state privacy laws); an
// opt-out by Global Privacy Control reaches the sale and sharing rows.
constexpr std::string_view kUsDefaults = R"toml(
[default.US]
"marketing.communications.email" = "opt-out"
"marketing.advertising" = "opt-out"
"third_party_sharing" = "opt-out"
"personalize.content" = "opt-out"
"analytics.reporting" = "opt-out"
)toml";

// From which age a child's own consent counts (GDPR Art. 8(1) and the national laws; COPPA for the
// United States). What has no row is sixteen. Where a source was in doubt, the stricter age.
constexpr std::string_view kShopAges = R"toml(
[age]
consent_from = 16
[age.places]
AT = 14
BE = 13
BG = 14
CY = 14
CZ = 15
DK = 15
EE = 13
ES = 14
FI = 13
FR = 15
GB = 13
GR = 15
IS = 13
IT = 14
LT = 14
LV = 13
MT = 13
NO = 15
PT = 13
SE = 13
SI = 15
US = 13
)toml";

// What consent signals mean for these purposes. TCF: 1 storage on a device, 3 and 4 profiles for
// advertising, 5 and 6 for content, 8 and 9 measurement and statistics (IAB Europe TCF Policies,
// Appendix A). Consent Mode: what Google names its types for. An opt-out of sale or sharing by a
// section of the United States reaches what Global Privacy Control does.
constexpr std::string_view kShopSignals = R"toml(
[signals.tcf]
"functional.storage" = [1]
"marketing.advertising.first_party.targeted" = [3, 4]
"marketing.advertising.third_party.targeted" = [1, 3, 4]
"personalize.content" = [5, 6]
"analytics.reporting" = [8, 9]
[signals.consent_mode]
"functional.storage" = ["functionality_storage"]
"marketing.advertising.first_party.targeted" = ["ad_personalization"]
"marketing.advertising.third_party.targeted" = ["ad_storage", "ad_user_data", "ad_personalization"]
"personalize.content" = ["personalization_storage"]
"analytics.reporting" = ["analytics_storage"]
[signals.us]
sale = ["gpc"]
targeted_advertising = ["marketing.advertising"]
)toml";

std::string shop(std::initializer_list<std::string_view> more) {
  std::string text;
  for (const std::string_view part :
       {kShopPurposes, kShopAttributes, kShopAges, kShopSignals, shop_notices()}) {
    text += part;
  }
  for (const std::string_view part : more) text += part;
  return text;
}

}  // namespace

std::string_view policy_pack(std::string_view name) {
  static const std::string opt_in = shop({});
  static const std::string american = shop({kUsDefaults, shop_notices_us()});
  // The United Kingdom kept the same rules (UK GDPR, PECR reg. 6 and 22): consent comes first.
  if (name == "shop-eu@1" || name == "shop-uk@1") return opt_in;
  if (name == "shop-us@1") return american;
  return {};
}

std::vector<std::string> policy_pack_names() { return {"shop-eu@1", "shop-uk@1", "shop-us@1"}; }

}  // namespace cdp::app
