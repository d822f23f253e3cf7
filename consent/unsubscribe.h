// One-click unsubscribe (RFC 8058): the links that go into a mail's List-Unsubscribe header, minted
// into a destination's view as the attribute `list_unsubscribe`, and read back when somebody uses
// one.
//
// A link's text is sealed (XChaCha20-Poly1305) under a key of its own, derived from the
// pseudonym key: nothing of the person stands in it, nobody can make one, and it says the same each
// time it is minted for the same (person, address, purpose, destination), so that a repeated
// delivery is the same delivery. It lives as long as the key: mails are opened years later. It can
// do one thing: withdraw one purpose for one person. Whoever finds it learns nothing and can grant
// nothing.
//
// Thread-safety: const and safe. Lifetime: owns its key. Errors: none; a text that is no link of
// ours is nullopt.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cdp/core/crypto/blind_index.h"

namespace cdp::consent {

// The attribute of that name is not kept anywhere: the gate mints it.
inline constexpr std::string_view kListUnsubscribe = "list_unsubscribe";

struct UnsubscribeTicket {
  Token persona{};          // whose consent; blind index
  Token contact_point{};    // the address that the mail went to; blind index
  std::string purpose;      // what was mailed for
  std::string destination;  // by whom
  friend bool operator==(const UnsubscribeTicket&, const UnsubscribeTicket&) = default;
};

// The key of our own record of what was said through links made for this person's record.
std::string unsubscription_key(const Token& persona);

class UnsubscribeLinks {
 public:
  explicit UnsubscribeLinks(const crypto::BlindIndex& pseudonyms);

  std::string mint(const UnsubscribeTicket& ticket) const;  // base64url
  std::optional<UnsubscribeTicket> open(std::string_view text) const;

 private:
  crypto::Secret key_;
  const crypto::BlindIndex& pseudonyms_;
};

// {"List-Unsubscribe":"<https://.../unsubscribe/...>","List-Unsubscribe-Post":"..."}: the two
// header values as they go into the mail. Both must be covered by its DKIM signature (RFC 8058 §4).
// `base_url` without a path.
std::string list_unsubscribe_json(std::string_view base_url, std::string_view link);

}  // namespace cdp::consent
