#include "connectors/shopify/webhook.h"

namespace cdp::connectors::shopify {
namespace {

bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace

std::string number_of_gid(std::string_view gid) {
  if (!gid.starts_with("gid://shopify/")) return {};
  gid = gid.substr(0, gid.find('?'));
  const std::string_view number = gid.substr(gid.rfind('/') + 1);
  return is_number(number) ? std::string(number) : std::string();
}

std::string exact_id(json::Value object, std::string_view key, std::string_view gid_key) {
  if (const auto gid = object.text(gid_key)) {
    if (auto number = number_of_gid(*gid); !number.empty()) return number;
  }
  const auto id = object.id_text(key);
  if (!id) return {};
  return is_number(*id) ? *id : number_of_gid(*id);
}

Time time_of(json::Value object, std::string_view key) {
  const auto text = object.text(key);
  if (!text) return {};
  const auto time = from_rfc3339(*text);
  return time ? *time : Time{};
}

Time occurred_at(const Webhook& webhook) {
  if (webhook.triggered_at.known()) return webhook.triggered_at;
  for (const std::string_view key : {"updated_at", "occurredAt", "created_at"}) {
    if (const Time time = time_of(webhook.body, key); time.known()) return time;
  }
  return {};
}

Draft customer_draft(const Webhook& webhook, const std::string& id) {
  Draft draft(std::string(webhook.id), "customer:" + id, webhook.received_at);
  if (id.empty()) draft.reject("missing_persona", "the payload names no customer id");
  draft.identifier(std::string(kCustomerId), id);
  draft.occurred_at(occurred_at(webhook));
  return draft;
}

void add_contacts(json::Value object, Draft* draft) {
  for (const std::string_view type : {"email", "phone"}) {
    if (const auto value = object.text(type)) {
      draft->identifier(std::string(type), std::string(*value));
    }
  }
}

}  // namespace cdp::connectors::shopify
