#include "connectors/mail/subject_mailer.h"

#include "cdp/core/crypto/wipe.h"
#include "connectors/json_object.h"
#include "connectors/mail/letter.h"
#include "connectors/signed_webhook/signed_webhook.h"

namespace cdp::connectors::mail {
namespace {

using consent::MailConfig;

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() <= ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() <= ' ') text.remove_suffix(1);
  return text;
}

tl::unexpected<Error> no_secret(const MailConfig& config, const char* what) {
  return fail(ErrorCode::unprocessable, std::string("the secret of [mail] is ") + what,
              "store one with: cdp secret set " + config.secret);
}

}  // namespace

Result<std::unique_ptr<SubjectMailer>> SubjectMailer::make(const MailConfig& config,
                                                           const crypto::Secret* secret,
                                                           World world) {
  if (config.kind == MailConfig::Kind::none) return std::unique_ptr<SubjectMailer>();
  if (!config.secret.empty() && secret == nullptr) return no_secret(config, "not in the keyring");
  crypto::Secret own;
  if (config.kind == MailConfig::Kind::webhook) {
    CDP_TRY(own, signed_webhook::signing_key(*secret, "[mail]", config.secret));
  } else if (secret != nullptr) {
    own = crypto::Secret::copy_of(as_bytes(trimmed(as_text(secret->view()))));
  }
  return std::unique_ptr<SubjectMailer>(new SubjectMailer(config, std::move(own), world));
}

std::string SubjectMailer::message_id(const Token& id) const {
  return config_.kind == MailConfig::Kind::smtp ? message_id_of(id, config_.from)
                                                : "msg_" + to_crockford(id);
}

bool SubjectMailer::send(consent::SubjectMessage message, const Words& words) const {
  return config_.kind == MailConfig::Kind::smtp ? send_letter(std::move(message), words)
                                                : send_webhook(std::move(message), words);
}

bool SubjectMailer::send_letter(consent::SubjectMessage message, const Words& words) const {
  const Letter letter{config_.from, message.address(), words.subject,
                      words.text,   words.html,        words.id};
  const auto text = letter.render(world_.clock.now(), world_.random);
  if (!text) return false;
  transport::OutboundLetter::Parts parts;
  parts.relay = config_.url;
  parts.user = config_.user;
  parts.password = as_text(secret_.view());
  parts.from = mailbox_of(config_.from);
  parts.to = message.address();
  parts.text = *text;
  const auto answer = world_.relay.send({std::move(message), std::move(parts)});
  return answer.kind == transport::Answer::Kind::answered && answer.status < 400;
}

bool SubjectMailer::send_webhook(consent::SubjectMessage message, const Words& words) const {
  const Time now = world_.clock.now();
  JsonObject body;
  body.text("type", "message." + std::string(consent::to_string(message.kind())))
      .text("to", message.address())
      .text("language", message.language())
      .text("link", message.link())
      .text("subject", words.subject)
      .text("text", words.text)
      .text("html", words.html)
      .text("occurred_at", to_rfc3339(now));
  auto parts = signed_webhook::signed_parts(
      secret_.view(), config_.url, body.take(),
      message_id(words.id == Token{} ? world_.random.next_token() : words.id), now);
  const auto answer = world_.webhooks.send({std::move(message), std::move(parts)});
  return answer.kind == transport::Answer::Kind::answered && answer.status >= 200 &&
         answer.status < 300;
}

}  // namespace cdp::connectors::mail
