// Policy: what cdp.toml says, checked: purposes, the data map, sources, destinations,
// jurisdictions. A plain value; parsing and error messages with file and line are
// cdp/app/config/config.
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
#include "cdp/core/http/forwarded.h"
#include "consent/notice.h"
#include "consent/preference_centre/config.h"
#include "consent/signals/signal_map.h"
#include "identity/identifier_policy.h"

namespace cdp::consent {

struct Purpose {
  std::string key;      // "marketing.communications.email"; a denial on a parent key covers it
  std::string channel;  // "email", "sms", "" (none): a channel purpose needs a grant bound to a
                        // contact point
  std::string notice_version;  // current; a grant recorded under an older or unknown one is stale
                               // only when `material`
  bool material = false;       // the current notice changed what the purpose does
  // What settle_notices() works out of all notices: whether grants under other than the current
  // version can be stale, and the older versions under which they still hold.
  bool notice_bound = false;
  std::vector<std::string> notices_that_hold;
  event::Basis basis = event::Basis::consent;
  event::Grade first_grant =
      event::Grade::recorded;       // least evidence for a first grant; never below recorded
  std::optional<Duration> expires;  // grants older than this are stale; denials never expire
  bool sale_or_share = false;       // GPC and objections to sale reach it
  std::string assessment;           // legitimate_interest: reference of the balancing test
  std::string opt_out_offered;  // soft_opt_in: where the customer can refuse when the address is
                                // taken (ePrivacy Directive Art. 13(2))
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
  // The source through which the same vendor speaks to us: its own "no" is not sent back to it.
  std::string source;
  DestinationRole role = DestinationRole::sale_or_share;
  std::vector<std::string> purposes;
  std::vector<std::string> attributes;  // in the order given
  int line = 0;
};

// One cell of the default table jurisdiction × purpose × channel × category × age (DESIGN §7 rule
// 4); blank = opt-in. May only open what the law lets open.
struct Default {
  std::string jurisdiction;                // "US-CA", "DE"
  std::string purpose;                     // key or parent
  bool allowed_without_statement = false;  // opt-out regime
  std::string channel;                     // "email"; empty = any
  std::string category;                    // data category or a parent of one; empty = any
  int age_from = 0;                        // years; a person of unknown age has none
  int age_below = 0;                       // 0 = no end
};

// From which age a child's own consent counts (GDPR Art. 8: 16, member states down to 13; COPPA
// 13). Below it a grant needs a parent.
struct AgeRules {
  int consent_from = 16;                // where no row says another
  std::map<std::string, int> by_place;  // "FR" -> 15, "US" -> 13
  bool unknown_is_child = false;        // a service that is meant for children
  // Sale and sharing are opt-in below this age everywhere (Cal. Civ. Code 1798.120(c)).
  static constexpr int kSaleOptInBelow = 16;

  // The highest of all places evidenced, the most specific row of each.
  int consent_age(std::span<const std::string> places) const;
};

// Matching of records by likeness (cdp.toml [identity.matching]). Weights in bits: log2 of the
// odds.
struct MatchingConfig {
  bool enabled = false;
  std::optional<std::int64_t> auto_link;  // absent = nothing links without a person
  std::int64_t review = 4;
  std::int64_t records_max = 1'000'000;  // held in memory for it; what comes above is left out
  std::vector<std::pair<std::string, std::string>> fields;  // attribute -> what it means
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
  AgeRules ages;
  Notices notices;
  // Where the controller is established, its country unless set: its law holds wherever the person
  // lives (GDPR Art. 3(1)), beside the law of the person's places.
  std::string home_jurisdiction;
  PreferenceCentreConfig preference_centre;
  signals::SignalMap signals;  // what consent management platforms say, in our purposes
  MailConfig mail;
  MessengerConfig messenger;
  DoubleOptInConfig double_opt_in;
  std::int64_t dedup_window_hours = 24;
  bool audit_public = false;
  // How identifiers link (cdp.toml [identity.TYPE]), and what ingest blocks of it: tiers are judged
  // when state is folded, so that a changed rule holds for what was said before it.
  identity::IdentifierPolicy identifiers;
  identity::IdentifierPolicy identifiers_at_ingest;
  MatchingConfig matching;
  std::string identifier_version;  // what the rules themselves do not tell: the blocked values
  // [server]: whose word of a request's origin is taken (cdp/core/http/forwarded.h).
  std::vector<http::AddressRange> trusted_proxies;

  const Purpose* purpose(const std::string& key) const;
  const DestinationConfig* destination(const std::string& name) const;
  const SourceConfig* source(const std::string& name) const;
};

// `key` is `parent` or lies below it in the dotted hierarchy. An empty parent covers nothing.
bool covers(std::string_view parent, std::string_view key);

// Advertising in the widest sense, and giving data away: sale, whatever lies below "marketing",
// "advertising" or "third_party_sharing", and every message to a person but those below
// "essential", fideslang's word for what a service that was asked for needs
// ("essential.service.notifications").
bool is_marketing(const Purpose& purpose);

// A data category of fideslang ("user.name") and not a purpose: a no may name either.
bool is_data_category(std::string_view key);

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
