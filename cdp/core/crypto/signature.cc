#include "cdp/core/crypto/signature.h"

#include <openssl/evp.h>
#include <sodium.h>

#include <cstdlib>
#include <memory>

namespace cdp::crypto {
namespace {

struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
struct FreeDigest {
  void operator()(EVP_MD* digest) const { EVP_MD_free(digest); }
};
using Context = std::unique_ptr<EVP_MD_CTX, FreeContext>;

// Fetched once: EVP_sha256() looks the implementation up again at every use (OpenSSL 3,
// "performance" in crypto(7)).
const EVP_MD* digest() {
  static const std::unique_ptr<EVP_MD, FreeDigest> fetched(
      EVP_MD_fetch(nullptr, "SHA256", nullptr));
  return fetched.get();
}

// Only a broken OpenSSL fails here, and a wrong digest must not pass for one.
void require(bool ok) {
  if (!ok) std::abort();
}

// libsodium's Ed25519 secret key is the seed followed by the public key.
struct KeyPair {
  explicit KeyPair(ByteView seed32) {
    if (seed32.size() != crypto_sign_ed25519_SEEDBYTES) std::abort();  // a bug of ours
    crypto_sign_ed25519_seed_keypair(public_key.data(), secret_key.data(), seed32.data());
  }
  KeyPair(const KeyPair&) = delete;
  KeyPair& operator=(const KeyPair&) = delete;
  ~KeyPair() { sodium_memzero(secret_key.data(), secret_key.size()); }

  PublicKey public_key{};
  std::array<std::uint8_t, crypto_sign_ed25519_SECRETKEYBYTES> secret_key{};
};

}  // namespace

Digest sha256(ByteView data) {
  thread_local const Context context(EVP_MD_CTX_new());
  Digest out{};
  unsigned size = 0;
  require(context != nullptr && EVP_DigestInit_ex2(context.get(), digest(), nullptr) == 1 &&
          EVP_DigestUpdate(context.get(), data.data(), data.size()) == 1 &&
          EVP_DigestFinal_ex(context.get(), out.data(), &size) == 1 && size == out.size());
  return out;
}

// libsodium's, which allocates nothing; OpenSSL 3 fetches and allocates at each HMAC().
Digest hmac_sha256(ByteView key, ByteView data) {
  crypto_auth_hmacsha256_state state;
  Digest out{};
  crypto_auth_hmacsha256_init(&state, key.data(), key.size());
  crypto_auth_hmacsha256_update(&state, data.data(), data.size());
  crypto_auth_hmacsha256_final(&state, out.data());
  sodium_memzero(&state, sizeof state);
  return out;
}

PublicKey ed25519_public(ByteView seed32) { return KeyPair(seed32).public_key; }

Signature ed25519_sign(ByteView seed32, ByteView message) {
  const KeyPair pair(seed32);
  Signature signature{};
  crypto_sign_ed25519_detached(signature.data(), nullptr, message.data(), message.size(),
                               pair.secret_key.data());
  return signature;
}

bool ed25519_verify(const PublicKey& key, ByteView message, ByteView signature) {
  if (signature.size() != crypto_sign_ed25519_BYTES) return false;
  return crypto_sign_ed25519_verify_detached(signature.data(), message.data(), message.size(),
                                             key.data()) == 0;
}

}  // namespace cdp::crypto
