// SubjectMessenger: a short message to the person's telephone, handed to the shop's own messenger
// by a signed webhook (Standard Webhooks v1, as connectors/signed_webhook):
//
//   {"type":"message.phone_code","channel":"sms","to":"+491701234567","language":"de",
//    "code":"012345","text":"...","occurred_at":"..."}
//
// The shop's messenger sends our words or its own with `code`.
//
// Thread-safety: safe. Lifetime: transport, clock and random outlive it. Errors of make():
// unprocessable for a secret that is missing or no signing key.
#pragma once

#include <memory>
#include <string>

#include "cdp/core/base/random.h"
#include "cdp/core/crypto/secret.h"
#include "connectors/transport/outbound_request.h"
#include "consent/preference_centre/config.h"
#include "consent/subject_message.h"

namespace cdp::connectors::mail {

class SubjectMessenger {
 public:
  struct World {
    transport::Transport& webhooks;
    Clock& clock;
    Random& random;
  };
  // A null messenger = none is configured. `secret` is null when the keyring has none.
  static Result<std::unique_ptr<SubjectMessenger>> make(const consent::MessengerConfig& config,
                                                        const crypto::Secret* secret, World world);

  // True when it was taken. Once: a person who gets nothing asks again.
  bool send(consent::SubjectMessage message, const std::string& text) const;

 private:
  SubjectMessenger(std::string url, crypto::Secret key, World world)
      : url_(std::move(url)), key_(std::move(key)), world_(world) {}

  std::string url_;
  crypto::Secret key_;  // decoded
  World world_;
};

}  // namespace cdp::connectors::mail
