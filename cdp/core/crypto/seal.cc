#include "cdp/core/crypto/seal.h"

#include <algorithm>
#include <cstdlib>

#include "cdp/core/crypto/aead.h"

namespace cdp::crypto {
namespace {

constexpr std::uint8_t kFormatVersion = 1;
using aead::kKeyBytes;
using aead::kNonceBytes;
using aead::kTagBytes;
static_assert(kSealOverhead == 1 + kNonceBytes + kTagBytes);

// The associated data: fixed-width numbers first, then the two texts behind their lengths. On the
// stack for every tenant and kind in use.
class AssociatedData {
 public:
  explicit AssociatedData(const SealContext& context) {
    const std::size_t size = 1 + 4 + 8 + 16 + 4 + context.tenant.size() + 4 + context.kind.size();
    if (size > small_.size()) large_.resize(size);
    at_ = large_.empty() ? small_.data() : large_.data();
    begin_ = at_;
    put_number(kFormatVersion, 1);
    put_number(context.key_version, 4);
    put_number(context.record, 8);
    put(context.persona);
    put_number(context.tenant.size(), 4);
    put(as_bytes(context.tenant));
    put_number(context.kind.size(), 4);
    put(as_bytes(context.kind));
  }
  AssociatedData(const AssociatedData&) = delete;
  AssociatedData& operator=(const AssociatedData&) = delete;

  ByteView view() const { return {begin_, at_}; }

 private:
  void put_number(std::uint64_t value, std::size_t bytes) {
    for (std::size_t i = 0; i < bytes; ++i) *at_++ = static_cast<std::uint8_t>(value >> (8 * i));
  }
  void put(ByteView bytes) { at_ = std::copy(bytes.begin(), bytes.end(), at_); }

  std::array<std::uint8_t, 160> small_;
  Bytes large_;
  std::uint8_t* begin_ = nullptr;
  std::uint8_t* at_ = nullptr;
};

}  // namespace

Bytes seal(ByteView key32, const SealContext& context, ByteView plain, Random& random) {
  if (key32.size() != kKeyBytes) std::abort();  // a bug of ours; sealing must not go on
  const AssociatedData associated(context);
  Bytes out(plain.size() + kSealOverhead);
  out[0] = kFormatVersion;
  const std::span<std::uint8_t> rest(out.begin() + 1, out.end());
  random.fill(rest.first(kNonceBytes));
  aead::encrypt(key32, rest.first(kNonceBytes), associated.view(), plain,
                rest.subspan(kNonceBytes));
  return out;
}

Result<Bytes> open(ByteView key32, const SealContext& context, ByteView sealed) {
  if (key32.size() != kKeyBytes) return fail(ErrorCode::internal, "a sealing key is not 32 bytes");
  if (sealed.size() < kSealOverhead) return fail(ErrorCode::corrupt, "a sealed body is cut short");
  if (sealed[0] != kFormatVersion) {
    return fail(ErrorCode::corrupt, "a sealed body of an unknown format version");
  }
  const AssociatedData associated(context);
  const ByteView nonce = sealed.subspan(1, kNonceBytes);
  const ByteView cipher = sealed.subspan(1 + kNonceBytes);
  Bytes plain(cipher.size() - kTagBytes);
  if (!aead::decrypt(key32, nonce, associated.view(), cipher, plain)) {
    return fail(ErrorCode::corrupt, "a sealed body does not open",
                "it was changed, moved, or sealed under another key");
  }
  return plain;
}

}  // namespace cdp::crypto
