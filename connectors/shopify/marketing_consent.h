// Shopify's marketing consent objects -> statements (DESIGN §7 rules 3 to 5; the words are in
// shopify_source.h).
//
// Thread-safety: pure. Errors: none; an object that says nothing adds nothing.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "connectors/shopify/webhook.h"

namespace cdp::connectors::shopify {

struct ConsentKind {
  std::string purpose;
  std::string_view channel;       // "email", "sms", "whatsapp"
  std::string_view contact_type;  // identifier type of the address
  std::string_view date_key;      // "consent_updated_at"
};

ConsentKind email_consent(const consent::SourceConfig& config);
ConsentKind sms_consent(const consent::SourceConfig& config);
ConsentKind whatsapp_consent(const consent::SourceConfig& config);

// `consent` = {"state","opt_in_level",date}; `contact` = the address it is about; `is_state` for a
// full profile, which repeats what it said before.
void add_consent(const std::optional<json::Value>& consent,
                 const std::optional<std::string_view>& contact, const ConsentKind& kind,
                 bool is_state, Draft* draft);

// The grant in an order: the buyer ticked a box that was declared unticked. Nothing otherwise.
void add_checkout_box(json::Value order, const std::optional<std::string_view>& email,
                      const consent::SourceConfig& config, Draft* draft);

}  // namespace cdp::connectors::shopify
