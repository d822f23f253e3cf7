// One Shopify webhook as the topic files read it, and what they share: exact ids, times, addresses.
//
// Thread-safety: pure. Lifetime: a Webhook points into its delivery and document.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cdp/core/event/json.h"
#include "connectors/draft.h"
#include "consent/policy.h"

namespace cdp::connectors::shopify {

struct Webhook {
  json::Value body;
  std::string_view id;  // X-Shopify-Webhook-Id
  Time triggered_at;    // X-Shopify-Triggered-At; 0 = not known
  Time received_at;
  const consent::SourceConfig& config;
};

inline constexpr std::string_view kCustomerId = "shopify.customer_id";
inline constexpr std::string_view kOrderId = "shopify.order_id";

// "gid://shopify/Customer/706405506930370084" -> "706405506930370084"; empty when there is no
// number.
std::string number_of_gid(std::string_view gid);
// The number of the gid member where there is one, else the exact numeric (or gid) member `key`;
// empty when neither is an id.
std::string exact_id(json::Value object, std::string_view key,
                     std::string_view gid_key = "admin_graphql_api_id");
// A member that is a RFC 3339 time; 0 = not known.
Time time_of(json::Value object, std::string_view key);
// When the webhook's event happened: triggered, else the first of the payload's own times.
Time occurred_at(const Webhook& webhook);
// A draft about a customer, with that identifier; rejected when `id` is empty.
Draft customer_draft(const Webhook& webhook, const std::string& id);
// email and phone members of `object` as identifiers.
void add_contacts(json::Value object, Draft* draft);

}  // namespace cdp::connectors::shopify
