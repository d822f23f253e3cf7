#include "consent/preference_centre/preference_reader.h"

#include <algorithm>

namespace cdp::consent {
namespace {

constexpr std::string_view kDots = "•••";

// The first character, whole: addresses may start with any letter there is.
std::string_view first_character(std::string_view text) {
  std::size_t size = std::min<std::size_t>(1, text.size());
  while (size < text.size() && (static_cast<unsigned char>(text[size]) & 0xC0U) == 0x80U) ++size;
  return text.substr(0, size);
}

}  // namespace

std::string PreferenceReader::masked(const event::Identifier& address) {
  const std::string& text = address.value.open(PiiAccess());
  if (address.type == "phone") {
    if (text.size() < 6) return std::string(kDots);
    return text.substr(0, 3) + " " + std::string(kDots) + " " + text.substr(text.size() - 2);
  }
  const std::size_t at = text.rfind('@');
  if (at == std::string::npos) return std::string(kDots);
  return std::string(first_character(text)) + std::string(kDots) + text.substr(at);
}

std::optional<event::Identifier> PreferenceReader::phone_of(const identity::Profile& profile,
                                                            const Token& proven) {
  const auto trusted = [](const identity::ProfileMember& member) {
    return !member.document.anonymous && member.document.trust != event::Trust::public_key;
  };
  const auto holds = [&](const identity::ProfileMember& member) {
    return trusted(member) &&
           std::ranges::any_of(member.document.identifiers,
                               [&](const auto& known) { return known.token == proven; });
  };
  for (const auto& holder : profile.members) {
    if (!holds(holder)) continue;
    for (const auto& member : profile.members) {
      if (!trusted(member) || member.proof_group != holder.proof_group) continue;
      for (const auto& known : member.document.identifiers) {
        if (known.type == "phone")
          return event::Identifier{known.type, Pii<std::string>(known.value.open(PiiAccess()))};
      }
    }
  }
  return std::nullopt;
}

}  // namespace cdp::consent
