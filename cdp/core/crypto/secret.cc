#include "cdp/core/crypto/secret.h"

#include <sodium.h>

#include <cstdlib>
#include <cstring>

namespace cdp::crypto {
namespace {

// No secret may fall back to ordinary memory: when the guarded pages cannot be had, nothing is
// safe.
std::uint8_t* allocate(std::size_t size) {
  if (sodium_init() < 0) std::abort();
  auto* memory = static_cast<std::uint8_t*>(sodium_malloc(size));
  if (memory == nullptr) std::abort();
  return memory;
}

}  // namespace

void Secret::Free::operator()(std::uint8_t* p) const { sodium_free(p); }

Secret Secret::copy_of(ByteView bytes) {
  Secret secret;
  if (bytes.empty()) return secret;
  secret.data_.reset(allocate(bytes.size()));
  secret.size_ = bytes.size();
  std::memcpy(secret.data_.get(), bytes.data(), bytes.size());
  sodium_mprotect_readonly(secret.data_.get());
  return secret;
}

Secret Secret::random(Random& random, std::size_t size) {
  Secret secret;
  if (size == 0) return secret;
  secret.data_.reset(allocate(size));
  secret.size_ = size;
  random.fill({secret.data_.get(), size});
  sodium_mprotect_readonly(secret.data_.get());
  return secret;
}

Result<void> initialise() {
  if (sodium_init() < 0) return fail(ErrorCode::internal, "libsodium cannot start");
  return {};
}

}  // namespace cdp::crypto
