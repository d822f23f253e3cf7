// Persona keys: 32 random bytes each, wrapped under an epoch wrap key, with a key-check value
// because the AEAD does not commit to its key. Destroying the wrapped key is how a person is
// forgotten (DESIGN §5, §8).
//
// Subkeys by crypto_kdf (BLAKE2b): 1 = encrypt, 2 = key check, 3 = audit secret. Erasable keys are
// random, never derived.
//
// Thread-safety: PersonaKey and PersonaSubkeys are values, wiped when destroyed. KeyCache is safe
// for concurrent use.
#pragma once

#include <array>
#include <memory>
#include <optional>

#include "cdp/core/crypto/seal.h"

namespace cdp::crypto {

// What sealing and auditing need of a persona key; the key itself is needed to wrap it only.
class PersonaSubkeys {
 public:
  ~PersonaSubkeys();
  PersonaSubkeys(const PersonaSubkeys&) = default;
  PersonaSubkeys& operator=(const PersonaSubkeys&) = default;

  ByteView encryption_key() const { return encrypt_; }  // 32 bytes
  ByteView audit_secret() const { return audit_; }      // 32 bytes

 private:
  friend class KeyCache;
  friend class PersonaKey;
  PersonaSubkeys() = default;
  std::array<std::uint8_t, 32> encrypt_{};
  std::array<std::uint8_t, 32> audit_{};
};

class PersonaKey {
 public:
  static PersonaKey generate(Random& random);
  ~PersonaKey();
  PersonaKey(const PersonaKey&) = default;
  PersonaKey& operator=(const PersonaKey&) = default;

  // Wraps under `epoch_key`; the context's persona and key_version (= epoch) are bound. 73 bytes.
  Bytes wrap(ByteView epoch_key, const SealContext& context, Random& random) const;
  // Errors: corrupt for a wrong epoch key or a swapped row, or when `check` is not this key's check
  // value.
  static Result<PersonaKey> unwrap(ByteView epoch_key, const SealContext& context, ByteView wrapped,
                                   ByteView check);

  const PersonaSubkeys& subkeys() const { return subkeys_; }
  Bytes check_value() const;  // 16 bytes, safe to store beside the wrapped key

 private:
  explicit PersonaKey(ByteView master);
  std::array<std::uint8_t, 32> master_{};
  PersonaSubkeys subkeys_;
};

// Personas with their unwrapped keys in one locked, guarded arena (sodium_malloc once: a page group
// per key would cost 16 KiB and four system calls each). Fixed capacity, second-chance eviction.
// Entries hold no reference: get() copies out. Found by ordinal in an array, four bytes for every
// ordinal up to the highest seen: one miss of the processor's cache instead of three.
class KeyCache {
 public:
  struct Entry {
    PersonaId persona;
    PersonaSubkeys keys;
  };
  explicit KeyCache(std::size_t capacity);  // 80 bytes a key; 131,072 keys = 10 MiB
  ~KeyCache();
  std::optional<Entry> get(PersonaOrdinal ordinal);
  void put(PersonaOrdinal ordinal, const PersonaId& persona, const PersonaSubkeys& keys);
  void erase(PersonaOrdinal ordinal);  // wipes the slot

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cdp::crypto
