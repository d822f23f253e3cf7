// The blind index: keyed BLAKE2b (RFC 7693) over length-prefixed fields, cut to 128 bits (DESIGN
// §5).
//
// One key per purpose (link, message, tombstone, pseudonym): equal values under different purposes
// are unlinkable. Leaks equality to whoever holds the database but not the key; inside SQLCipher it
// is a second layer.
//
// Thread-safety: const and safe. Non-errors: an empty field is a field.
#pragma once

#include <initializer_list>
#include <string_view>

#include "cdp/core/base/ids.h"
#include "cdp/core/crypto/secret.h"

namespace cdp::crypto {

class BlindIndex {
 public:
  // `key` is 32 bytes; `tenant` and `key_version` become part of every input.
  BlindIndex(Secret key, std::string_view tenant, std::uint32_t key_version);
  Token token(std::initializer_list<std::string_view> fields) const;

 private:
  Secret key_;
  std::string prefix_;
};

}  // namespace cdp::crypto
