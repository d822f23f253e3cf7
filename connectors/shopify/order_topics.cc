#include "connectors/shopify/order_topics.h"

#include <utility>

#include "connectors/json_object.h"
#include "connectors/shopify/customer_topics.h"
#include "connectors/shopify/marketing_consent.h"

namespace cdp::connectors::shopify {
namespace {

std::optional<std::string_view> first_text(json::Value object,
                                           std::initializer_list<std::string_view> keys) {
  for (const std::string_view key : keys) {
    if (const auto value = object.text(key)) return value;
  }
  return std::nullopt;
}

std::string products(json::Value order) {
  const auto lines = order.get("line_items");
  if (!lines || !lines->is_array()) return {};
  std::string out;
  lines->each([&](json::Value line) {
    auto product = JsonObject()
                       .text_if("product_id", line.id_text("product_id"))
                       .text_if("variant_id", line.id_text("variant_id"))
                       .copy("sku", line.get("sku"))
                       .copy("name", line.get("title"))
                       .copy("price", line.get("price"))
                       .copy("quantity", line.get("quantity"))
                       .take();
    if (product.empty()) return true;
    out.push_back(out.empty() ? '[' : ',');
    out.append(product);
    return true;
  });
  if (!out.empty()) out.push_back(']');
  return out;
}

std::string_view coupon(json::Value order) {
  const auto code = order.at("/discount_codes/0");
  return code ? code->text("code").value_or("") : "";
}

// Money stays the decimal string that Shopify sends, beside its currency. Addresses, notes and
// links are not part of what happened.
JsonObject money_and_products(json::Value order) {
  JsonObject out;
  out.copy("total", order.get("total_price"))
      .copy("subtotal", order.get("subtotal_price"))
      .copy("tax", order.get("total_tax"))
      .copy("discount", order.get("total_discounts"))
      .copy("currency", order.get("currency"))
      .text("coupon", coupon(order));
  if (const auto items = products(order); !items.empty()) out.raw("products", items);
  return out;
}

std::string order_properties(json::Value order, const std::string& id) {
  JsonObject out = money_and_products(order);
  return out.text("order_id", id)
      .copy("order_number", order.get("order_number"))
      .copy("financial_status", order.get("financial_status"))
      .copy("fulfillment_status", order.get("fulfillment_status"))
      .copy("cancelled_at", order.get("cancelled_at"))
      .copy("cancel_reason", order.get("cancel_reason"))
      .copy("source_name", order.get("source_name"))
      .copy("test", order.get("test"))
      .take();
}

// A guest: the addresses of the order itself, and the billing name (who pays is who buys; the
// parcel may go to somebody else).
void add_guest(json::Value order, Draft* draft) {
  const auto email = first_text(order, {"email", "contact_email"});
  const auto phone = order.text("phone");
  if (email) draft->identifier("email", std::string(*email));
  if (phone) draft->identifier("phone", std::string(*phone));
  draft->text_attribute("email", email.value_or(""));
  draft->text_attribute("phone", phone.value_or(""));
  const auto billing = order.get("billing_address");
  if (!billing || !billing->is_object()) return;
  draft->text_attribute("first_name", billing->text("first_name").value_or(""));
  draft->text_attribute("last_name", billing->text("last_name").value_or(""));
  draft->text_attribute("country", billing->text("country_code").value_or(""));
  draft->text_attribute("city", billing->text("city").value_or(""));
  draft->text_attribute("zip", billing->text("zip").value_or(""));
}

// A customer: his own addresses. An address typed into the order identifies him only when his
// record has none: it may be somebody else's.
void add_customer(json::Value order, json::Value customer, Draft* draft) {
  add_contacts(customer, draft);
  if (!customer.text("email")) {
    if (const auto email = first_text(order, {"email", "contact_email"})) {
      draft->identifier("email", std::string(*email));
    }
  }
  add_customer_attributes(customer, false, draft);
}

bool reachable(json::Value order) {
  return first_text(order, {"email", "contact_email", "phone"}).has_value();
}

// `guest_key` is the persona of a buyer without a customer record, `guest_order` the identifier
// that a later redaction names him by.
std::optional<Draft> buyer_draft(const Webhook& webhook, const std::string& guest_key,
                                 const std::string& guest_order) {
  const auto customer = webhook.body.get("customer");
  const std::string id = customer ? exact_id(*customer, "id") : std::string();
  if (!id.empty()) {
    Draft draft = customer_draft(webhook, id);
    add_customer(webhook.body, *customer, &draft);
    return draft;
  }
  if (!reachable(webhook.body)) return std::nullopt;
  Draft draft(std::string(webhook.id), guest_key, webhook.received_at);
  draft.occurred_at(occurred_at(webhook));
  draft.identifier(std::string(kOrderId), guest_order);
  add_guest(webhook.body, &draft);
  return draft;
}

Translated order(const Webhook& webhook, std::string_view event, bool created) {
  const std::string id = exact_id(webhook.body, "id");
  if (id.empty()) return Rejected{"malformed", "the order carries no id"};
  auto draft = buyer_draft(webhook, "order:" + id, id);
  if (!draft) return Ignored{"no_person"};
  draft->event(std::string(event), order_properties(webhook.body, id));
  if (created) {
    draft->new_act(true);
    add_checkout_box(webhook.body, first_text(webhook.body, {"email", "contact_email"}),
                     webhook.config, &*draft);
  }
  // The customer inside an order of 2024-10 carries consent: his state then, bound to his address.
  if (const auto customer = webhook.body.get("customer"); customer && customer->is_object()) {
    add_consent(customer->get("email_marketing_consent"), customer->text("email"),
                email_consent(webhook.config), true, &*draft);
    add_consent(customer->get("sms_marketing_consent"), customer->text("phone"),
                sms_consent(webhook.config), true, &*draft);
  }
  return std::move(*draft).finish();
}

}  // namespace

Translated order_created(const Webhook& webhook, std::string_view event) {
  return order(webhook, event, true);
}

Translated order_changed(const Webhook& webhook, std::string_view event) {
  return order(webhook, event, false);
}

Translated checkout(const Webhook& webhook, std::string_view event) {
  std::string token(webhook.body.text("token").value_or(""));
  if (token.empty()) token = exact_id(webhook.body, "id");
  if (token.empty()) return Rejected{"malformed", "the checkout carries no token"};
  auto draft = buyer_draft(webhook, "checkout:" + token, {});
  if (!draft) return Ignored{"no_person"};
  draft->event(std::string(event), money_and_products(webhook.body).take());
  return std::move(*draft).finish();
}

}  // namespace cdp::connectors::shopify
