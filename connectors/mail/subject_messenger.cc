#include "connectors/mail/subject_messenger.h"

#include "connectors/json_object.h"
#include "connectors/signed_webhook/signed_webhook.h"

namespace cdp::connectors::mail {

Result<std::unique_ptr<SubjectMessenger>> SubjectMessenger::make(
    const consent::MessengerConfig& config, const crypto::Secret* secret, World world) {
  if (config.url.empty()) return std::unique_ptr<SubjectMessenger>();
  if (secret == nullptr) {
    return fail(ErrorCode::unprocessable, "the secret of [messenger] is not in the keyring",
                "store one with: cdp secret set " + config.secret);
  }
  CDP_TRY(auto key, signed_webhook::signing_key(*secret, "[messenger]", config.secret));
  return std::unique_ptr<SubjectMessenger>(new SubjectMessenger(config.url, std::move(key), world));
}

bool SubjectMessenger::send(consent::SubjectMessage message, const std::string& text) const {
  const Time now = world_.clock.now();
  JsonObject body;
  body.text("type", "message." + std::string(consent::to_string(message.kind())))
      .text("channel", message.channel())
      .text("to", message.address())
      .text("language", message.language())
      .text("code", message.code())
      .text("text", text)
      .text("occurred_at", to_rfc3339(now));
  auto parts = signed_webhook::signed_parts(key_.view(), url_, body.take(),
                                            "msg_" + to_crockford(world_.random.next_token()), now);
  const auto answer = world_.webhooks.send({std::move(message), std::move(parts)});
  return answer.kind == transport::Answer::Kind::answered && answer.status >= 200 &&
         answer.status < 300;
}

}  // namespace cdp::connectors::mail
