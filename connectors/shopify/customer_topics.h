// Topics about one customer: profile, consent, tags, purchases, segments, merge, privacy requests.
//
// Thread-safety: pure. Errors: none; what cannot be used is a verdict.
#pragma once

#include <string_view>

#include "connectors/shopify/webhook.h"

namespace cdp::connectors::shopify {

// customers/create, update, enable, disable. `event` may be empty.
Translated customer_profile(const Webhook& webhook, std::string_view event);
// customers/delete: the record left the shop; erasure has topics of its own.
Translated customer_deleted(const Webhook& webhook, std::string_view event);
// customers/merge: two customers are one person. Only a finished merge counts.
Translated customer_merge(const Webhook& webhook, std::string_view event);
Translated email_consent_update(const Webhook& webhook, std::string_view event);
Translated sms_consent_update(const Webhook& webhook, std::string_view event);
Translated whatsapp_consent_update(const Webhook& webhook, std::string_view event);
// customer.tags_added, customer.tags_removed, customer.joined_segment, customer.left_segment
Translated customer_tags(const Webhook& webhook, std::string_view event);
Translated customer_segment(const Webhook& webhook, std::string_view event);
Translated purchasing_summary(const Webhook& webhook, std::string_view event);

// customers/data_request, customers/redact, shop/redact
Translated data_request(const Webhook& webhook, std::string_view event);
Translated customer_redact(const Webhook& webhook, std::string_view event);
Translated shop_redact(const Webhook& webhook, std::string_view event);

// The attributes of a customer object. `nulls_delete`: the object is the whole profile, so that
// null means "has none"; in an order it is a copy, where null means nothing.
void add_customer_attributes(json::Value customer, bool nulls_delete, Draft* draft);

}  // namespace cdp::connectors::shopify
