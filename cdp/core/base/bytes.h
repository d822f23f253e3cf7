// Byte strings and their text forms: hex, base64 (RFC 4648), Crockford base32.
//
// Decoders are strict: wrong length, wrong alphabet, non-zero trailing bits are errors.
// Thread-safety: values and pure functions.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cdp/core/base/result.h"

namespace cdp {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;

inline ByteView as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
inline std::string_view as_text(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string to_hex(ByteView bytes);
Result<Bytes> from_hex(std::string_view text);

// Standard alphabet, padded.
std::string to_base64(ByteView bytes);
Result<Bytes> from_base64(std::string_view text);
// URL alphabet, unpadded.
std::string to_base64url(ByteView bytes);
Result<Bytes> from_base64url(std::string_view text);

// 26 lower-case characters for 16 bytes; decoding accepts either case and Crockford's look-alikes
// (o, i, l).
std::string to_crockford(std::span<const std::uint8_t, 16> bytes);
Result<std::array<std::uint8_t, 16>> from_crockford(std::string_view text);

// Equality in time that depends only on the lengths.
bool equal_constant_time(ByteView a, ByteView b);

}  // namespace cdp
