// PersonaKeys: opens and makes persona keys: the cache in front, the key store behind, the
// keyring's epoch keys around.
//
// Thread-safety: safe for concurrent use. Errors: corrupt for a key that does not unwrap; not_found
// for a persona without a key (erased).
#pragma once

#include <string>

#include "cdp/core/crypto/keyring.h"
#include "cdp/core/crypto/persona_key.h"
#include "cdp/core/store/key_store.h"

namespace cdp::app {

// A persona with its keys, as the writer and the readers of sealed bodies need them together.
struct OpenKey {
  PersonaId persona;
  crypto::PersonaSubkeys key;
};

class PersonaKeys {
 public:
  PersonaKeys(store::KeyStore& store, const crypto::Keyring& keyring, std::string tenant,
              std::size_t cache_keys);

  Result<OpenKey> open(PersonaOrdinal ordinal);
  // A fresh key for a new persona, wrapped and ready for put_if_absent.
  struct Made {
    store::KeyRow row;
    crypto::PersonaKey key;
  };
  Made make(const Token& persona_token, Random& random) const;
  // `stored` won its place: whoever opens it next need not read and unwrap it again. Another's row
  // is left alone.
  void remember(const store::KeyRow& stored, const PersonaId& made, const crypto::PersonaKey& key);
  void forget(PersonaOrdinal ordinal);

 private:
  crypto::SealContext context(const PersonaId& persona, std::uint32_t epoch) const;

  store::KeyStore& store_;
  const crypto::Keyring& keyring_;
  std::string tenant_;
  crypto::KeyCache cache_;
};

}  // namespace cdp::app
