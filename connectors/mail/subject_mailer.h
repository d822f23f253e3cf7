// SubjectMailer: a message to the person, by the shop's SMTP relay or handed to the shop's own
// mailer by a signed webhook (Standard Webhooks v1, as connectors/signed_webhook):
//
//   {"type":"message.preference_link","to":"ada@home.example","language":"de","link":"https://...",
//    "subject":"...","text":"...","occurred_at":"..."}
//
// With "html" beside "text" where the words have that form (message.double_opt_in). The shop's
// mailer may use our words or its own; the link is single-use and expires.
//
// Thread-safety: safe. Lifetime: transport, relay, clock and random outlive it. Errors of make():
// unprocessable for a secret that is missing or not what its kind needs.
#pragma once

#include <memory>
#include <string>

#include "cdp/core/base/random.h"
#include "cdp/core/crypto/secret.h"
#include "connectors/transport/outbound_request.h"
#include "connectors/transport/smtp_relay.h"
#include "consent/preference_centre/config.h"
#include "consent/subject_message.h"

namespace cdp::connectors::mail {

struct Words {
  std::string subject;
  std::string text;    // LF
  std::string html{};  // LF; empty = text alone
  Token id{};          // the mail's; zero = a random one
};

class SubjectMailer {
 public:
  struct World {
    transport::Transport& webhooks;
    transport::LetterCarrier& relay;
    Clock& clock;
    Random& random;
  };
  // `secret` is null when the configuration names none. A null mailer = mail is not configured.
  static Result<std::unique_ptr<SubjectMailer>> make(const consent::MailConfig& config,
                                                     const crypto::Secret* secret, World world);

  // What names the mail with this id in the recipient's mailbox (SMTP) or in the webhook's headers:
  // for evidence.
  std::string message_id(const Token& id) const;
  // True when it was taken. Once: a person who gets nothing asks again.
  bool send(consent::SubjectMessage message, const Words& words) const;

 private:
  SubjectMailer(consent::MailConfig config, crypto::Secret secret, World world)
      : config_(std::move(config)), secret_(std::move(secret)), world_(world) {}
  bool send_letter(consent::SubjectMessage message, const Words& words) const;
  bool send_webhook(consent::SubjectMessage message, const Words& words) const;

  consent::MailConfig config_;
  crypto::Secret secret_;  // the password, or the decoded signing key
  World world_;
};

}  // namespace cdp::connectors::mail
