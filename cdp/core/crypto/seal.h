// Sealing: XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03; libsodium), random 24-byte nonce, with
// associated data format version ‖ tenant ‖ persona ‖ record ‖ key version, so that a row moved to
// another place does not open.
//
//   sealed = version byte (1) ‖ nonce (24) ‖ ciphertext ‖ tag (16)
//
// Thread-safety: pure functions, but `random` must be safe for the caller's threads.
// Errors: open() answers corrupt for a wrong key, a changed byte, other associated data or a
// truncated body; it never answers wrong data.
#pragma once

#include <string_view>

#include "cdp/core/base/ids.h"
#include "cdp/core/base/random.h"
#include "cdp/core/crypto/secret.h"

namespace cdp::crypto {

inline constexpr std::size_t kSealOverhead = 1 + 24 + 16;

// Where a sealed body belongs.
struct SealContext {
  std::string_view tenant;
  Token persona{};           // PersonaId bytes; zero for records of no persona
  std::string_view kind;     // "fact", "document", "request", "wrap"
  std::uint64_t record = 0;  // position, ordinal, ...
  std::uint32_t key_version = 1;
};

Bytes seal(ByteView key32, const SealContext& context, ByteView plain, Random& random);
Result<Bytes> open(ByteView key32, const SealContext& context, ByteView sealed);

}  // namespace cdp::crypto
