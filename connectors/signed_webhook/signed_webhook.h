// SignedWebhook: a destination that takes JSON by POST, signed after Standard Webhooks v1
// (https://www.standardwebhooks.com, spec/standard-webhooks.md): HMAC-SHA-256 over
// "id.timestamp.body" in the headers webhook-id, webhook-timestamp and webhook-signature.
//
//   {"type":"profile.updated","subject":"dsb_...","purpose":"...","attributes":{...},
//    "withheld":["..."],"occurred_at":"..."}
//   {"type":"consent.withdrawn","subject":"dsb_...","purpose":"...","choice":"withdrawn",
//    "occurred_at":"..."}
//   {"type":"consent.denied","subject":"dsb_...","category":"user.name","attributes":["first_name"],
//    "choice":"denied","occurred_at":"..."}
//   {"type":"profile.corrected","subject":"dsb_...","purpose":"...","refetch":true,
//    "occurred_at":"..."}
//   {"type":"profile.erased","subject":"dsb_...","request":"req_...","occurred_at":"..."}
//
// The id stays the same over the retries of a delivery, the timestamp does not.
//
// Thread-safety: const and safe. Errors of make(): invalid_argument without a URL, unprocessable
// for a secret that the standard refuses.
#pragma once

#include <memory>
#include <string>

#include "cdp/core/crypto/secret.h"
#include "connectors/destination.h"
#include "consent/policy.h"

namespace cdp::connectors::signed_webhook {

// `secret` decoded. Errors: unprocessable, naming `who` and how to store `name`.
Result<crypto::Secret> signing_key(const crypto::Secret& secret, const std::string& who,
                                   const std::string& name);
// A signed POST of a JSON body to `url`.
transport::OutboundRequest::Parts signed_parts(ByteView key, std::string url, std::string body,
                                               const std::string& delivery_id, Time now);

class SignedWebhook final : public Destination {
 public:
  // `secret`: "whsec_" + base64 of 24 to 64 bytes, as stored by `cdp secret set`; the prefix may be
  // missing, blanks around it are ignored.
  static Result<std::unique_ptr<Destination>> make(const consent::DestinationConfig& config,
                                                   const crypto::Secret& secret);

  Result<transport::OutboundRequest> cut(consent::ConsentedView view,
                                         const std::string& delivery_id, Time now) const override;
  Result<transport::OutboundRequest> cut(consent::ChoiceOrder order, const std::string& delivery_id,
                                         Time now) const override;
  Result<transport::OutboundRequest> cut(ErasureOrder order, const std::string& delivery_id,
                                         Time now) const override;
  Outcome read(const transport::Answer& answer) const override;

 private:
  SignedWebhook(std::string url, crypto::Secret key) : url_(std::move(url)), key_(std::move(key)) {}
  transport::OutboundRequest::Parts parts(std::string body, const std::string& delivery_id,
                                          Time now) const {
    return signed_parts(key_.view(), url_, std::move(body), delivery_id, now);
  }

  std::string url_;
  crypto::Secret key_;  // decoded
};

// The value of webhook-signature: "v1," + base64.
std::string sign(ByteView key, std::string_view id, std::int64_t timestamp_s,
                 std::string_view body);

}  // namespace cdp::connectors::signed_webhook
