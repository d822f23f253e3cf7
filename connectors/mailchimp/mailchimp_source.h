// Mailchimp audience webhooks (form-encoded) -> observations.
//
// Authentication, by SourceConfig::auth: "signed" (also when empty): X-Mailchimp-Signature:
// t=<unix>,v1=<hex> over t + "." + raw body, HMAC-SHA-256, at most five minutes from the time of
// receipt; "secret_url", for webhooks made before signing existed: the query parameter `secret`,
// compared in constant time.
//
// Mailchimp sends no delivery id and repeats deliveries: the message id is a hash of type, list, id
// (or address) and fired_at. Persona: "member:<data[id]>" (upemail: new_id); `cleaned` carries no
// id, so its persona is "address:<lower-case address>", joined to the member by the address.
//
// Consent: subscribe grants, bound to the address, grade recorded (double opt-in cannot be seen in
// a webhook); unsubscribe withdraws, with reason abuse it objects; cleaned is deliverability
// (email_deliverable = false) unless its reason is abuse, which objects. upemail links two
// addresses and carries no consent from one to the other. profile says nothing about consent.
//
// Thread-safety: const and safe. Errors: unauthenticated; invalid_argument for a body that is not
// this form.
#pragma once

#include "cdp/core/crypto/secret.h"
#include "connectors/source.h"
#include "consent/policy.h"

namespace cdp::connectors::mailchimp {

class MailchimpSource final : public Source {
 public:
  // `secret`: the signing secret, or the one in the URL, as bytes of text. An empty one
  // authenticates nothing.
  MailchimpSource(consent::SourceConfig config, crypto::Secret secret);

  Result<void> authenticate(const Delivery& delivery) const override;
  Result<std::vector<Translated>> translate(const Delivery& delivery) const override;

 private:
  bool signature_valid(const Delivery& delivery) const;

  consent::SourceConfig config_;
  crypto::Secret secret_;
};

}  // namespace cdp::connectors::mailchimp
