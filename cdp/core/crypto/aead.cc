#include "cdp/core/crypto/aead.h"

#include <sodium.h>

#include <cstdlib>

namespace cdp::crypto::aead {

static_assert(kKeyBytes == crypto_aead_xchacha20poly1305_ietf_KEYBYTES);
static_assert(kNonceBytes == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES);
static_assert(kTagBytes == crypto_aead_xchacha20poly1305_ietf_ABYTES);

void encrypt(ByteView key, ByteView nonce, ByteView associated, ByteView plain,
             std::span<std::uint8_t> out) {
  if (key.size() != kKeyBytes || nonce.size() != kNonceBytes ||
      out.size() != plain.size() + kTagBytes) {
    std::abort();
  }
  crypto_aead_xchacha20poly1305_ietf_encrypt(out.data(), nullptr, plain.data(), plain.size(),
                                             associated.data(), associated.size(), nullptr,
                                             nonce.data(), key.data());
}

bool decrypt(ByteView key, ByteView nonce, ByteView associated, ByteView cipher,
             std::span<std::uint8_t> plain) {
  if (key.size() != kKeyBytes || nonce.size() != kNonceBytes || cipher.size() < kTagBytes ||
      plain.size() != cipher.size() - kTagBytes) {
    return false;
  }
  return crypto_aead_xchacha20poly1305_ietf_decrypt(
             plain.data(), nullptr, nullptr, cipher.data(), cipher.size(), associated.data(),
             associated.size(), nonce.data(), key.data()) == 0;
}

}  // namespace cdp::crypto::aead
