#include "connectors/signed_webhook/signed_webhook.h"

#include <algorithm>

#include "cdp/core/base/limits.h"
#include "cdp/core/crypto/signature.h"
#include "cdp/core/crypto/wipe.h"
#include "connectors/json_object.h"

namespace cdp::connectors::signed_webhook {
namespace {

constexpr std::size_t kKeyBytesMin = 24;  // Standard Webhooks: 24 to 64 bytes
constexpr std::size_t kKeyBytesMax = 64;

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() <= ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() <= ' ') text.remove_suffix(1);
  return text;
}

std::string attributes_of(const consent::ConsentedView& view) {
  std::string out = "{";
  for (const auto& attribute : view.attributes()) {
    if (out.size() > 1) out += ',';
    out += json::quote(attribute.name) + ":" + attribute.json;
  }
  return out + "}";
}

std::string names_of(const std::vector<std::string>& names) {
  std::string out = "[";
  for (const auto& name : names) {
    if (out.size() > 1) out += ',';
    out += json::quote(name);
  }
  return out + "]";
}

JsonObject body_of(const consent::ChoiceOrder& order) {
  JsonObject body;
  if (order.kind() == consent::ChoiceOrder::Kind::correct) {
    body.text("type", "profile.corrected")
        .text("subject", order.vendor_id())
        .text("purpose", order.purpose())
        .raw("refetch", "true")
        .text("occurred_at", to_rfc3339(order.decided_at()));
    return body;
  }
  const std::string choice(event::to_string(order.choice()));
  body.text("type", "consent." + choice).text("subject", order.vendor_id());
  if (order.category().empty()) {
    body.text("purpose", order.purpose());
  } else {
    body.text("category", order.category()).raw("attributes", names_of(order.attributes()));
  }
  body.text("choice", choice).text("occurred_at", to_rfc3339(order.decided_at()));
  return body;
}

// Is there a chance that the same request is taken later? A wrong key or address is mended by
// people within hours; a body that was understood and refused stays refused.
bool may_pass_later(int status) {
  switch (status) {
    case 401:
    case 403:
    case 404:
    case 408:
    case 425:
    case 429:
      return true;
    default:
      return status < 200 || status >= 500;
  }
}

}  // namespace

std::string sign(ByteView key, std::string_view id, std::int64_t timestamp_s,
                 std::string_view body) {
  std::string signed_text(id);
  signed_text.append(".").append(std::to_string(timestamp_s)).append(".").append(body);
  return "v1," + to_base64(crypto::hmac_sha256(key, as_bytes(signed_text)));
}

Result<crypto::Secret> signing_key(const crypto::Secret& secret, const std::string& who,
                                   const std::string& name) {
  std::string_view text = trimmed(as_text(secret.view()));
  constexpr std::string_view kPrefix = "whsec_";
  if (text.starts_with(kPrefix)) text.remove_prefix(kPrefix.size());
  auto decoded = from_base64(text);
  const crypto::Wiped<Bytes> key(decoded ? std::move(*decoded) : Bytes());
  if (key.value.size() < kKeyBytesMin || key.value.size() > kKeyBytesMax) {
    return fail(ErrorCode::unprocessable,
                "the secret of " + who + " is not whsec_ and the base64 of 24 to 64 bytes",
                "store one with: cdp secret set " + name);
  }
  return crypto::Secret::copy_of(key.value);
}

transport::OutboundRequest::Parts signed_parts(ByteView key, std::string url, std::string body,
                                               const std::string& delivery_id, Time now) {
  const std::int64_t timestamp_s = now.us / 1'000'000;
  transport::OutboundRequest::Parts parts;
  parts.url = std::move(url);
  parts.headers = {{"content-type", "application/json"},
                   {"user-agent", "cdp"},
                   {"webhook-id", delivery_id},
                   {"webhook-timestamp", std::to_string(timestamp_s)},
                   {"webhook-signature", sign(key, delivery_id, timestamp_s, body)}};
  parts.body = std::move(body);
  return parts;
}

Result<std::unique_ptr<Destination>> SignedWebhook::make(const consent::DestinationConfig& config,
                                                         const crypto::Secret& secret) {
  if (config.url.empty()) {
    return fail(ErrorCode::invalid_argument, "destination " + config.name + " has no url",
                "url = \"https://tool.example/hook\"");
  }
  CDP_TRY(auto key, signing_key(secret, "destination " + config.name, config.secret));
  return std::unique_ptr<Destination>(new SignedWebhook(config.url, std::move(key)));
}

Result<transport::OutboundRequest> SignedWebhook::cut(consent::ConsentedView view,
                                                      const std::string& delivery_id,
                                                      Time now) const {
  JsonObject body;
  body.text("type", "profile.updated")
      .text("subject", view.subject())
      .text("purpose", view.purpose())
      .raw("attributes", attributes_of(view))
      .raw("withheld", names_of(view.withheld()))
      .text("occurred_at", to_rfc3339(view.minted_at()));
  auto made = parts(body.take(), delivery_id, now);
  return transport::OutboundRequest(std::move(view), std::move(made));
}

Result<transport::OutboundRequest> SignedWebhook::cut(consent::ChoiceOrder order,
                                                      const std::string& delivery_id,
                                                      Time now) const {
  JsonObject body = body_of(order);
  auto made = parts(body.take(), delivery_id, now);
  return transport::OutboundRequest(std::move(order), std::move(made));
}

Result<transport::OutboundRequest> SignedWebhook::cut(ErasureOrder order,
                                                      const std::string& delivery_id,
                                                      Time now) const {
  JsonObject body;
  body.text("type", "profile.erased")
      .text("subject", order.vendor_id())
      .text("request", order.request().to_string())
      .text("occurred_at", to_rfc3339(order.ordered_at()));
  auto made = parts(body.take(), delivery_id, now);
  return transport::OutboundRequest(std::move(order), std::move(made));
}

Outcome SignedWebhook::read(const transport::Answer& answer) const {
  using Kind = transport::Answer::Kind;
  switch (answer.kind) {
    case Kind::answered:
      break;
    case Kind::timeout:
      return {Outcome::Kind::try_again, "timeout", {}};
    case Kind::refused_connection:
      return {Outcome::Kind::try_again, "refused_connection", {}};
    case Kind::tls:
      return {Outcome::Kind::try_again, "tls", {}};
    case Kind::blocked_address:
      return {Outcome::Kind::try_again, "blocked_address", {}};
    case Kind::broken:
      return {Outcome::Kind::try_again, "broken", {}};
  }
  const std::string code = "http_" + std::to_string(answer.status);
  if (answer.status >= 200 && answer.status < 300) return {Outcome::Kind::delivered, code, {}};
  if (!may_pass_later(answer.status)) return {Outcome::Kind::refused, code, {}};
  return {Outcome::Kind::try_again, code,
          std::min(answer.retry_after, Duration::millis(limits::kDeliveryBackoffMaxMs))};
}

}  // namespace cdp::connectors::signed_webhook
