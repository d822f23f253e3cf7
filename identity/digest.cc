#include "identity/digest.h"

#include <openssl/evp.h>
#include <sodium.h>

#include <array>
#include <cstdlib>
#include <memory>

#include "cdp/core/base/bytes.h"

namespace cdp::identity {

std::string sha256_hex(std::string_view text) {
  std::array<std::uint8_t, crypto_hash_sha256_BYTES> digest{};
  crypto_hash_sha256(digest.data(), as_bytes(text).data(), text.size());
  return to_hex(digest);
}

std::string md5_hex(std::string_view text) {
  // Fetched once: OpenSSL 3 looks an algorithm up by name, which costs more than the digest.
  static const std::unique_ptr<EVP_MD, decltype(&EVP_MD_free)> kMd5(
      EVP_MD_fetch(nullptr, "MD5", nullptr), &EVP_MD_free);
  static thread_local const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> kContext(
      EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  std::array<std::uint8_t, 16> digest{};
  unsigned int size = 0;
  const bool done = kMd5 && kContext &&
                    EVP_DigestInit_ex(kContext.get(), kMd5.get(), nullptr) == 1 &&
                    EVP_DigestUpdate(kContext.get(), text.data(), text.size()) == 1 &&
                    EVP_DigestFinal_ex(kContext.get(), digest.data(), &size) == 1;
  // An OpenSSL without MD5 would join all addresses under one digest.
  if (!done || size != digest.size()) std::abort();
  return to_hex(digest);
}

std::string uid2_outside_form(std::string_view sha256_in_hex) {
  const auto raw = from_hex(sha256_in_hex);
  return raw && raw->size() == crypto_hash_sha256_BYTES ? to_base64(*raw) : std::string();
}

}  // namespace cdp::identity
