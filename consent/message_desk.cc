#include "consent/message_desk.h"

#include "identity/identifier.h"

namespace cdp::consent {

std::string_view to_string(SubjectMessage::Kind kind) {
  switch (kind) {
    case SubjectMessage::Kind::double_opt_in:
      return "double_opt_in";
    case SubjectMessage::Kind::preference_link:
      return "preference_link";
    case SubjectMessage::Kind::notice:
      return "notice";
    case SubjectMessage::Kind::phone_code:
      return "phone_code";
  }
  return "notice";
}

std::optional<SubjectMessage> MessageDesk::mint(const identity::Profile* profile, Wish wish) {
  if (profile == nullptr) return std::nullopt;
  const bool by_sms = wish.kind == SubjectMessage::Kind::phone_code;
  const std::string_view type = by_sms ? "phone" : "email";
  for (const auto& member : profile->members) {
    if (member.document.anonymous || member.document.trust == event::Trust::public_key) continue;
    for (const auto& known : member.document.identifiers) {
      if (known.type != type || known.token != wish.address) continue;
      const auto address = identity::Normaliser::normalise(known.type, known.value, "");
      const auto* text = std::get_if<std::string>(&address);
      if (text == nullptr) continue;
      SubjectMessage message;
      message.kind_ = wish.kind;
      message.channel_ = by_sms ? "sms" : known.type;
      message.address_ = *text;
      message.language_ = std::move(wish.language);
      message.link_ = std::move(wish.link);
      message.code_ = std::move(wish.code);
      return message;
    }
  }
  return std::nullopt;
}

std::optional<SubjectMessage> MessageDesk::mint(OptInVerdict verdict,
                                                const event::Identifier& address,
                                                std::string language, std::string link) {
  if (verdict != OptInVerdict::ask || address.type != "email") return std::nullopt;
  const auto normalised = identity::Normaliser::normalise(address.type, address.value, "");
  const auto* text = std::get_if<std::string>(&normalised);
  if (text == nullptr) return std::nullopt;
  SubjectMessage message;
  message.kind_ = SubjectMessage::Kind::double_opt_in;
  message.channel_ = address.type;
  message.address_ = *text;
  message.language_ = std::move(language);
  message.link_ = std::move(link);
  return message;
}

}  // namespace cdp::consent
