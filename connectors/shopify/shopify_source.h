// Shopify webhooks -> observations and privacy orders.
//
// Signature: X-Shopify-Hmac-Sha256 = base64(HMAC-SHA256(app secret, raw body)). Judged as the
// official library does (@shopify/shopify-api 13.1): an empty body or a missing topic, shop domain,
// API version or webhook id is refused like a wrong signature.
//
// Persona: "customer:<id>"; a guest's order or checkout "order:<id>" or "checkout:<token>". Ids are
// exact beyond 2^53: the number in admin_graphql_api_id wins over the numeric id, which JavaScript
// tools round. Message id: X-Shopify-Webhook-Id. Time: X-Shopify-Triggered-At, else the payload's.
//
// Consent (DESIGN §7 rules 3 to 5): SUBSCRIBED grants, bound to the address in the same payload;
// confirmed_opt_in is double_opt_in, single_opt_in with a date is recorded, anything less is
// asserted. UNSUBSCRIBED withdraws. Every other state, and null, says nothing.
// buyer_accepts_marketing counts only on orders/create, only when the shop declares its box
// unticked, and only as a grant. Free-text notes, IP addresses, and links with tokens are not kept.
//
// Thread-safety: const and safe. Errors: unauthenticated; invalid_argument for a body that is no
// JSON object.
#pragma once

#include "cdp/core/crypto/secret.h"
#include "connectors/source.h"
#include "consent/policy.h"

namespace cdp::connectors::shopify {

class ShopifySource final : public Source {
 public:
  // `secret`: the app's client secret, as bytes of text. An empty one authenticates nothing.
  ShopifySource(consent::SourceConfig config, crypto::Secret secret);

  Result<void> authenticate(const Delivery& delivery) const override;
  Result<std::vector<Translated>> translate(const Delivery& delivery) const override;

 private:
  consent::SourceConfig config_;
  crypto::Secret secret_;
};

}  // namespace cdp::connectors::shopify
