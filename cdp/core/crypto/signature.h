// Signatures and digests that the outside contract needs: Ed25519 (RFC 8032), HMAC-SHA-256 (RFC
// 2104), SHA-256.
//
// Thread-safety: pure functions.
#pragma once

#include <array>

#include "cdp/core/base/bytes.h"
#include "cdp/core/crypto/secret.h"

namespace cdp::crypto {

using Digest = std::array<std::uint8_t, 32>;

Digest sha256(ByteView data);
Digest hmac_sha256(ByteView key, ByteView data);

using Signature = std::array<std::uint8_t, 64>;
using PublicKey = std::array<std::uint8_t, 32>;

PublicKey ed25519_public(ByteView seed32);
Signature ed25519_sign(ByteView seed32, ByteView message);
bool ed25519_verify(const PublicKey& key, ByteView message, ByteView signature);

}  // namespace cdp::crypto
