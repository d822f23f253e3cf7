#include "connectors/shopify/shopify_source.h"

#include <algorithm>
#include <utility>

#include "cdp/core/crypto/signature.h"
#include "connectors/shopify/customer_topics.h"
#include "connectors/shopify/order_topics.h"

namespace cdp::connectors::shopify {
namespace {

using Translate = Translated (*)(const Webhook&, std::string_view event);

struct Topic {
  std::string_view name;
  Translate translate;
  std::string_view event;
};

constexpr Topic kTopics[] = {
    {"customers/create", customer_profile, "Customer Created"},
    {"customers/update", customer_profile, ""},
    {"customers/enable", customer_profile, "Account Enabled"},
    {"customers/disable", customer_profile, "Account Disabled"},
    {"customers/delete", customer_deleted, "Customer Deleted"},
    {"customers/merge", customer_merge, "Customers Merged"},
    {"customers/purchasing_summary", purchasing_summary, ""},
    {"customers/data_request", data_request, ""},
    {"customers/redact", customer_redact, ""},
    {"shop/redact", shop_redact, ""},
    {"customers_email_marketing_consent/update", email_consent_update, ""},
    {"customers_marketing_consent/update", sms_consent_update, ""},
    {"customers_whats_app_marketing_consent/update", whatsapp_consent_update, ""},
    {"customer.tags_added", customer_tags, "Tags Added"},
    {"customer.tags_removed", customer_tags, "Tags Removed"},
    {"customer.joined_segment", customer_segment, "Segment Joined"},
    {"customer.left_segment", customer_segment, "Segment Left"},
    {"orders/create", order_created, "Order Completed"},
    {"orders/updated", order_changed, "Order Updated"},
    {"orders/paid", order_changed, "Order Paid"},
    {"orders/cancelled", order_changed, "Order Cancelled"},
    {"orders/fulfilled", order_changed, "Order Fulfilled"},
    {"orders/partially_fulfilled", order_changed, "Order Partially Fulfilled"},
    {"checkouts/create", checkout, "Checkout Started"},
    {"checkouts/update", checkout, "Checkout Updated"},
};

// Payloads that name an order or a cart and nobody: the person is in the topics above.
constexpr std::string_view kNoPerson[] = {"orders/",
                                          "checkouts/",
                                          "carts/",
                                          "refunds/",
                                          "returns/",
                                          "fulfillments/",
                                          "fulfillment_orders/",
                                          "order_transactions/",
                                          "tender_transactions/",
                                          "disputes/",
                                          "draft_orders/"};

constexpr std::string_view kNotPersonal[] = {"app/",
                                             "app_",
                                             "audit_events/",
                                             "bulk_operations/",
                                             "channels/",
                                             "collection",
                                             "companies/",
                                             "company_",
                                             "customer_account_settings/",
                                             "discounts/",
                                             "domains/",
                                             "fulfillment_",
                                             "inventory_",
                                             "locales/",
                                             "locations/",
                                             "markets/",
                                             "metafield_definitions/",
                                             "metaobjects/",
                                             "payment_",
                                             "product",
                                             "profiles/",
                                             "scheduled_product_listings/",
                                             "segments/",
                                             "selling_plan_groups/",
                                             "shop/",
                                             "shop_",
                                             "tax_",
                                             "themes/",
                                             "variants/"};

bool starts_with_any(std::string_view topic, std::span<const std::string_view> prefixes) {
  return std::any_of(prefixes.begin(), prefixes.end(),
                     [&](std::string_view prefix) { return topic.starts_with(prefix); });
}

Translated translate_topic(std::string_view topic, const Webhook& webhook) {
  for (const auto& known : kTopics) {
    if (known.name == topic) return known.translate(webhook, known.event);
  }
  if (starts_with_any(topic, kNoPerson)) return Ignored{"no_person"};
  if (starts_with_any(topic, kNotPersonal)) return Ignored{"not_personal"};
  return Rejected{"unknown_topic", "remove the subscription to this topic in Shopify"};
}

}  // namespace

ShopifySource::ShopifySource(consent::SourceConfig config, crypto::Secret secret)
    : config_(std::move(config)), secret_(std::move(secret)) {}

Result<void> ShopifySource::authenticate(const Delivery& delivery) const {
  const std::string_view given = delivery.header("x-shopify-hmac-sha256");
  const bool complete = !secret_.empty() && !delivery.body.empty() && !given.empty() &&
                        !delivery.header("x-shopify-topic").empty() &&
                        !delivery.header("x-shopify-webhook-id").empty() &&
                        !delivery.header("x-shopify-shop-domain").empty() &&
                        !delivery.header("x-shopify-api-version").empty();
  // Compared as text, as the official library does: no second spelling of the same bytes passes.
  if (complete && equal_constant_time(as_bytes(to_base64(crypto::hmac_sha256(
                                          secret_.view(), as_bytes(delivery.body)))),
                                      as_bytes(given))) {
    return {};
  }
  return fail(ErrorCode::unauthenticated, "the webhook's signature is not valid",
              "check the app's client secret");
}

Result<std::vector<Translated>> ShopifySource::translate(const Delivery& delivery) const {
  CDP_TRY(const auto document, json::Document::parse(delivery.body));
  if (!document.root().is_object()) {
    return fail(ErrorCode::invalid_argument, "the webhook's body is not a JSON object",
                "send Shopify's payload unchanged");
  }
  const auto triggered = from_rfc3339(delivery.header("x-shopify-triggered-at"));
  const Webhook webhook{document.root(), delivery.header("x-shopify-webhook-id"),
                        triggered ? *triggered : Time{}, delivery.received_at, config_};
  std::vector<Translated> verdicts;
  verdicts.push_back(translate_topic(delivery.header("x-shopify-topic"), webhook));
  return verdicts;
}

}  // namespace cdp::connectors::shopify
