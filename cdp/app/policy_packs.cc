#include "cdp/app/policy_packs.h"

#include <array>

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

const std::string& shop_opt_in() {
  static const std::string text = std::string(kShopPurposes) + std::string(kShopAttributes);
  return text;
}

const std::string& shop_us() {
  static const std::string text = shop_opt_in() + std::string(kUsDefaults);
  return text;
}

}  // namespace

std::string_view policy_pack(std::string_view name) {
  // The United Kingdom kept the same rules (UK GDPR, PECR reg. 6 and 22): consent comes first.
  if (name == "shop-eu@1" || name == "shop-uk@1") return shop_opt_in();
  if (name == "shop-us@1") return shop_us();
  return {};
}

std::vector<std::string> policy_pack_names() { return {"shop-eu@1", "shop-uk@1", "shop-us@1"}; }

}  // namespace cdp::app
