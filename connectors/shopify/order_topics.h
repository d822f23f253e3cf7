// Orders and checkouts: events of a customer, or of a guest known by the address given.
//
// Thread-safety: pure. Errors: none; what cannot be used is a verdict.
#pragma once

#include <string_view>

#include "connectors/shopify/webhook.h"

namespace cdp::connectors::shopify {

// orders/create alone is a new act of a present person and may carry the checkout box.
Translated order_created(const Webhook& webhook, std::string_view event);
Translated order_changed(const Webhook& webhook, std::string_view event);
Translated checkout(const Webhook& webhook, std::string_view event);

}  // namespace cdp::connectors::shopify
