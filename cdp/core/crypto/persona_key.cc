#include "cdp/core/crypto/persona_key.h"

#include <sodium.h>

#include <cstdlib>

namespace cdp::crypto {
namespace {

// crypto_kdf's context: eight bytes that keep these subkeys apart from any other use.
constexpr char kContext[] = "cdp-pers";
static_assert(sizeof kContext == crypto_kdf_CONTEXTBYTES + 1);

constexpr std::uint64_t kEncrypt = 1;
constexpr std::uint64_t kCheck = 2;
constexpr std::uint64_t kAudit = 3;
constexpr std::size_t kCheckBytes = 16;

void derive(std::span<std::uint8_t> out, std::uint64_t id, ByteView master) {
  crypto_kdf_derive_from_key(out.data(), out.size(), id, kContext, master.data());
}

}  // namespace

PersonaSubkeys::~PersonaSubkeys() {
  sodium_memzero(encrypt_.data(), encrypt_.size());
  sodium_memzero(audit_.data(), audit_.size());
}

PersonaKey::PersonaKey(ByteView master) {
  std::copy(master.begin(), master.end(), master_.begin());
  derive(subkeys_.encrypt_, kEncrypt, master_);
  derive(subkeys_.audit_, kAudit, master_);
}

PersonaKey::~PersonaKey() { sodium_memzero(master_.data(), master_.size()); }

PersonaKey PersonaKey::generate(Random& random) {
  std::array<std::uint8_t, 32> master{};
  random.fill(master);
  PersonaKey key{ByteView(master)};
  sodium_memzero(master.data(), master.size());
  return key;
}

Bytes PersonaKey::wrap(ByteView epoch_key, const SealContext& context, Random& random) const {
  return seal(epoch_key, context, master_, random);
}

Result<PersonaKey> PersonaKey::unwrap(ByteView epoch_key, const SealContext& context,
                                      ByteView wrapped, ByteView check) {
  CDP_TRY(Bytes master, open(epoch_key, context, wrapped));
  if (master.size() != 32) return fail(ErrorCode::corrupt, "a persona key is not 32 bytes");
  PersonaKey key{ByteView(master)};
  sodium_memzero(master.data(), master.size());
  if (!equal_constant_time(key.check_value(), check)) {
    return fail(ErrorCode::corrupt, "a persona key does not match its check value");
  }
  return key;
}

Bytes PersonaKey::check_value() const {
  Bytes check(kCheckBytes);
  derive(check, kCheck, master_);
  return check;
}

}  // namespace cdp::crypto
