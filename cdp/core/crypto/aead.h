// XChaCha20-Poly1305 alone (draft-irtf-cfrg-xchacha-03): seal.h without its framing. For this
// folder and its Wycheproof test; everything else seals with a context.
//
// Thread-safety: pure functions. Errors: decrypt answers false for a wrong key, nonce, associated
// data, a changed or short cipher text, or sizes that are not the algorithm's; `plain` is then
// zero.
#pragma once

#include <span>

#include "cdp/core/base/bytes.h"

namespace cdp::crypto::aead {

inline constexpr std::size_t kKeyBytes = 32;
inline constexpr std::size_t kNonceBytes = 24;
inline constexpr std::size_t kTagBytes = 16;

// `out` is plain.size() + kTagBytes long. Other sizes abort: sealing must not go on.
void encrypt(ByteView key, ByteView nonce, ByteView associated, ByteView plain,
             std::span<std::uint8_t> out);
// `plain` is cipher.size() - kTagBytes long.
bool decrypt(ByteView key, ByteView nonce, ByteView associated, ByteView cipher,
             std::span<std::uint8_t> plain);

}  // namespace cdp::crypto::aead
