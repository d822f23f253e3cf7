// Keyed: the blind-index functions of one data directory, one per purpose, made once from the
// keyring (DESIGN §5).
//
// Thread-safety: const and safe. Lifetime: owns copies of the keys.
#pragma once

#include "cdp/core/crypto/blind_index.h"
#include "cdp/core/crypto/keyring.h"

namespace cdp::app {

struct Keyed {
  crypto::BlindIndex link;
  crypto::BlindIndex message;
  crypto::BlindIndex tombstone;
  crypto::BlindIndex pseudonym;
  crypto::BlindIndex do_not_contact;

  static Keyed from(const crypto::Keyring& keyring, const std::string& tenant);

  Token persona_token(std::string_view source, std::string_view persona_key) const {
    return link.token({"persona", source, persona_key});
  }
  // A tombstone is keyed from the link token, so that erasure needs no clear value.
  Token tombstone_of(const Token& link_token) const {
    return tombstone.token({as_text(link_token)});
  }
  // The entry of an address on the do-not-contact list of a channel ("email").
  Token do_not_contact_of(std::string_view channel, const Token& link_token) const {
    return do_not_contact.token({channel, as_text(link_token)});
  }
};

}  // namespace cdp::app
