// Policy: what cdp.toml says, checked: purposes, the data map, sources, destinations,
// jurisdictions. A plain value; parsing and error messages with file and line are cdp/app/config.
//
// Purposes and categories use fideslang keys where one fits ("marketing.communications.email",
// "user.contact.email"). Thread-safety: immutable after load. Lifetime: shared by pointer-to-const;
// a reload swaps the whole.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cdp/core/base/time.h"
#include "cdp/core/event/observation.h"
#include "cdp/core/event/statement.h"

namespace cdp::consent {

struct Purpose {
  std::string key;      // "marketing.communications.email"; a denial on a parent key covers it
  std::string channel;  // "email", "sms", "" (none): a channel purpose needs a grant bound to a
                        // contact point
  std::string notice_version;  // current; a grant recorded under an older or unknown one is stale
                               // only when `material`
  bool material = false;       // the current notice changed what the purpose does
  event::Basis basis = event::Basis::consent;
  event::Grade first_grant =
      event::Grade::recorded;       // least evidence for a first grant; never below recorded
  std::optional<Duration> expires;  // grants older than this are stale; denials never expire
  bool sale_or_share = false;       // GPC and objections to sale reach it
  std::string assessment;           // legitimate_interest: reference of the balancing test
};

struct AttributeRule {
  std::string name;                   // "email", "first_name", "properties.size" ...
  std::string category;               // fideslang data category, "user.contact.email"
  std::vector<std::string> purposes;  // what it may be used for; empty = every configured purpose
  bool sensitive = false;             // never by opt-out
  std::optional<Duration> retention;  // how long it is kept; empty = until erased
};

struct SourceConfig {
  std::string name;
  std::string kind;  // "segment", "shopify", "mailchimp", "csv"
  event::Trust trust = event::Trust::public_key;
  std::string secret;          // name in the keyring; empty where the kind needs none
  std::string auth;            // Mailchimp: "signed" (also when empty) or "secret_url"
  std::string default_region;  // for phone numbers
  bool checkout_box_unticked =
      false;  // Shopify: buyer_accepts_marketing is evidence only when declared unticked
  std::map<std::string, std::string> categories;  // Segment consent category -> purpose
  std::map<std::string, std::string>
      columns;  // CSV: column -> "email", "attribute:size", "consent:<purpose>", ...
  std::string purpose_email =
      "marketing.communications.email";  // what the vendor's e-mail consent means
  std::string purpose_sms = "marketing.communications.sms";
  std::string purpose_whatsapp = "marketing.communications.whatsapp";
  int line = 0;  // in cdp.toml
};

enum class DestinationRole : std::uint8_t { sale_or_share = 1, processor = 2 };

struct DestinationConfig {
  std::string name;
  std::string kind;    // "signed_webhook", "profile_api" (token only)
  std::string url;     // signed_webhook
  std::string secret;  // name in the keyring
  DestinationRole role = DestinationRole::sale_or_share;
  std::vector<std::string> purposes;
  std::vector<std::string> attributes;  // in the order given
  int line = 0;
};

// One cell of the default table (DESIGN §7 rule 4); blank = opt-in. May only open what the law lets
// open.
struct Default {
  std::string jurisdiction;                // "US-CA", "DE"
  std::string purpose;                     // key or parent
  bool allowed_without_statement = false;  // opt-out regime
};

struct Policy {
  std::string version;  // hex SHA-256 of the file: stored with disclosures and the configuration's
                        // audit entry
  std::string pack;     // "shop-eu@1"; empty = the file stands alone
  std::string controller_name;
  std::string controller_country;
  std::string controller_contact;
  std::map<std::string, Purpose> purposes;
  std::map<std::string, AttributeRule> attributes;
  std::map<std::string, SourceConfig> sources;
  std::map<std::string, DestinationConfig> destinations;
  std::vector<Default> defaults;
  std::string home_jurisdiction;  // the controller's country unless set
  std::int64_t dedup_window_hours = 24;
  bool audit_public = false;

  const Purpose* purpose(const std::string& key) const;
  const DestinationConfig* destination(const std::string& name) const;
  const SourceConfig* source(const std::string& name) const;
};

// `key` is `parent` or lies below it in the dotted hierarchy. An empty parent covers nothing.
bool covers(std::string_view parent, std::string_view key);

// What no default may ever open (DESIGN §7 rule 4): SMS and other messages to a phone, and storing
// or reading on the person's device ("functional.storage" in fideslang, "device_storage").
bool never_opt_out(const Purpose& purpose);

// The identifier type of a channel's contact points: "email" -> "email", "sms" -> "phone"; empty
// for a channel without one.
std::string_view contact_type_of(std::string_view channel);

// A statement with one of these as its purpose speaks of more than one purpose.
inline constexpr std::string_view kEveryPurpose = "*";  // so does the empty string; never a grant
inline constexpr std::string_view kGpcPurpose = "gpc";  // Global Privacy Control: sale and sharing

}  // namespace cdp::consent
