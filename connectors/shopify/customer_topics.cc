#include "connectors/shopify/customer_topics.h"

#include <utility>

#include "connectors/json_object.h"
#include "connectors/shopify/marketing_consent.h"

namespace cdp::connectors::shopify {
namespace {

struct Member {
  std::string_view key;
  std::string_view attribute;
};

// The customer's note is free text of the merchant about a person: not taken.
constexpr Member kProfile[] = {{"email", "email"},
                               {"phone", "phone"},
                               {"first_name", "first_name"},
                               {"last_name", "last_name"}};
constexpr Member kAccount[] = {{"verified_email", "verified_email"},
                               {"state", "account_state"},
                               {"created_at", "created_at"},
                               {"orders_count", "orders_count"},
                               {"total_spent", "total_spent"}};
constexpr Member kAddress[] = {
    {"country_code", "country"}, {"province_code", "province"}, {"city", "city"}, {"zip", "zip"}};

void add_members(json::Value object, std::span<const Member> members, bool nulls_delete,
                 Draft* draft) {
  for (const auto& member : members) {
    const auto value = object.get(member.key);
    if (!value || (value->is_null() && !nulls_delete)) continue;
    draft->attribute(std::string(member.attribute), value->minified());
  }
}

// "red, blue" (2024-10) -> ["red","blue"]
std::string tag_array(std::string_view tags) {
  std::string out = "[";
  while (!tags.empty()) {
    const std::size_t comma = tags.find(',');
    std::string_view tag = tags.substr(0, comma);
    tags = comma == std::string_view::npos ? std::string_view() : tags.substr(comma + 1);
    while (tag.starts_with(' ')) tag.remove_prefix(1);
    if (tag.empty()) continue;
    if (out.size() > 1) out.push_back(',');
    out.append(json::quote(tag));
  }
  return out + "]";
}

event::Identifier identifier(std::string_view type, std::string value) {
  return {std::string(type), Pii<std::string>(std::move(value))};
}

Translated privacy_order(const Webhook& webhook, event::PrivacyOrder::Kind kind,
                         std::string_view orders_key) {
  event::PrivacyOrder order;
  order.kind = kind;
  order.vendor_request_id = std::string(webhook.id);
  if (const auto request = webhook.body.get("data_request")) {
    if (auto id = request->id_text("id")) order.vendor_request_id = std::move(*id);
  }
  if (const auto customer = webhook.body.get("customer")) {
    if (auto id = exact_id(*customer, "id"); !id.empty()) {
      order.identifiers.push_back(identifier(kCustomerId, std::move(id)));
    }
    for (const std::string_view type : {"email", "phone"}) {
      if (const auto value = customer->text(type)) {
        order.identifiers.push_back(identifier(type, std::string(*value)));
      }
    }
  }
  if (const auto orders = webhook.body.get(orders_key)) {
    orders->each([&](json::Value id) {
      if (const auto number = id.integer()) {
        order.identifiers.push_back(identifier(kOrderId, std::to_string(*number)));
      }
      return true;
    });
  }
  if (order.identifiers.empty()) {
    return Rejected{"missing_persona", "the privacy request names nobody"};
  }
  return order;
}

}  // namespace

void add_customer_attributes(json::Value customer, bool nulls_delete, Draft* draft) {
  add_members(customer, kProfile, nulls_delete, draft);
  add_members(customer, kAccount, false, draft);
  if (const auto address = customer.get("default_address")) {
    if (address->is_object()) {
      add_members(*address, kAddress, nulls_delete, draft);
    } else if (nulls_delete && address->is_null()) {
      for (const auto& member : kAddress) draft->attribute(std::string(member.attribute), "null");
    }
  }
  if (customer.get("total_spent")) {
    draft->text_attribute("total_spent_currency", customer.text("currency").value_or(""));
  }
  if (const auto tags = customer.get("tags"); tags && tags->is_string()) {
    draft->attribute("tags", tag_array(*tags->string()));
  }
}

Translated customer_profile(const Webhook& webhook, std::string_view event) {
  const json::Value customer = webhook.body;
  Draft draft = customer_draft(webhook, exact_id(customer, "id"));
  add_contacts(customer, &draft);
  add_customer_attributes(customer, true, &draft);
  // Until 2024-10 the profile carries consent; from 2025-01 it has topics of its own.
  add_consent(customer.get("email_marketing_consent"), customer.text("email"),
              email_consent(webhook.config), true, &draft);
  add_consent(customer.get("sms_marketing_consent"), customer.text("phone"),
              sms_consent(webhook.config), true, &draft);
  if (!event.empty()) draft.event(std::string(event), {});
  return std::move(draft).finish();
}

Translated customer_deleted(const Webhook& webhook, std::string_view event) {
  Draft draft = customer_draft(webhook, exact_id(webhook.body, "id"));
  draft.event(std::string(event), {});
  return std::move(draft).finish();
}

Translated customer_merge(const Webhook& webhook, std::string_view event) {
  const auto status = webhook.body.text("status").value_or("");
  if (status != "completed" && status != "success") return Ignored{"merge_not_completed"};
  const std::string kept = exact_id(webhook.body, "", "admin_graphql_api_customer_kept_id");
  std::string gone = exact_id(webhook.body, "", "admin_graphql_api_customer_deleted_id");
  Draft draft = customer_draft(webhook, kept);
  if (gone.empty()) draft.reject("missing_persona", "the merge names no deleted customer");
  draft.event(std::string(event), JsonObject().text("merged_customer_id", gone).take());
  draft.identifier(std::string(kCustomerId), std::move(gone));
  return std::move(draft).finish();
}

Translated email_consent_update(const Webhook& webhook, std::string_view) {
  Draft draft = customer_draft(webhook, exact_id(webhook.body, "customer_id"));
  const auto email = webhook.body.text("email_address");
  if (email) draft.identifier("email", std::string(*email));
  add_consent(webhook.body.get("email_marketing_consent"), email, email_consent(webhook.config),
              false, &draft);
  return std::move(draft).finish();
}

Translated sms_consent_update(const Webhook& webhook, std::string_view) {
  Draft draft = customer_draft(webhook, exact_id(webhook.body, "id"));
  const auto phone = webhook.body.text("phone");
  if (phone) draft.identifier("phone", std::string(*phone));
  add_consent(webhook.body.get("sms_marketing_consent"), phone, sms_consent(webhook.config), false,
              &draft);
  return std::move(draft).finish();
}

Translated whatsapp_consent_update(const Webhook& webhook, std::string_view) {
  Draft draft = customer_draft(webhook, exact_id(webhook.body, "customer_id"));
  const auto phone = webhook.body.text("phone_number");
  if (phone) draft.identifier("phone", std::string(*phone));
  add_consent(webhook.body.get("whats_app_marketing_consent"), phone,
              whatsapp_consent(webhook.config), false, &draft);
  return std::move(draft).finish();
}

Translated customer_tags(const Webhook& webhook, std::string_view event) {
  Draft draft = customer_draft(webhook, exact_id(webhook.body, "customerId"));
  draft.event(std::string(event), JsonObject().copy("tags", webhook.body.get("tags")).take());
  return std::move(draft).finish();
}

Translated customer_segment(const Webhook& webhook, std::string_view event) {
  Draft draft = customer_draft(webhook, exact_id(webhook.body, "customer_id"));
  draft.event(std::string(event),
              JsonObject().text("segment_id", exact_id(webhook.body, "segment_id")).take());
  return std::move(draft).finish();
}

Translated purchasing_summary(const Webhook& webhook, std::string_view) {
  Draft draft = customer_draft(webhook, exact_id(webhook.body, "customerId"));
  if (const auto orders = webhook.body.get("numberOfOrders"); orders && orders->integer()) {
    draft.attribute("orders_count", orders->minified());
  }
  if (const auto spent = webhook.body.get("amountSpent")) {
    draft.text_attribute("total_spent", spent->text("amount").value_or(""));
    draft.text_attribute("total_spent_currency", spent->text("currencyCode").value_or(""));
  }
  draft.text_attribute("last_order_id", exact_id(webhook.body, "lastOrderId"));
  return std::move(draft).finish();
}

Translated data_request(const Webhook& webhook, std::string_view) {
  return privacy_order(webhook, event::PrivacyOrder::Kind::data_request, "orders_requested");
}

Translated customer_redact(const Webhook& webhook, std::string_view) {
  return privacy_order(webhook, event::PrivacyOrder::Kind::redact, "orders_to_redact");
}

Translated shop_redact(const Webhook& webhook, std::string_view) {
  event::PrivacyOrder order;
  order.kind = event::PrivacyOrder::Kind::shop_redact;
  order.vendor_request_id = std::string(webhook.id);
  return order;
}

}  // namespace cdp::connectors::shopify
