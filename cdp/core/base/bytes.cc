#include "cdp/core/base/bytes.h"

namespace cdp {
namespace {

constexpr char kHex[] = "0123456789abcdef";
constexpr char kBase64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr char kBase64Url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr char kCrockford[] = "0123456789abcdefghjkmnpqrstvwxyz";

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string encode64(ByteView bytes, const char* alphabet, bool pad) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  std::uint32_t buffer = 0;
  int bits = 0;
  for (std::uint8_t byte : bytes) {
    buffer = (buffer << 8) | byte;
    bits += 8;
    while (bits >= 6) {
      bits -= 6;
      out.push_back(alphabet[(buffer >> bits) & 63U]);
    }
  }
  if (bits > 0) out.push_back(alphabet[(buffer << (6 - bits)) & 63U]);
  while (pad && out.size() % 4 != 0) out.push_back('=');
  return out;
}

int digit64(char c, bool url) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == (url ? '-' : '+')) return 62;
  if (c == (url ? '_' : '/')) return 63;
  return -1;
}

Result<Bytes> decode64(std::string_view text, bool url) {
  Bytes out;
  out.reserve(text.size() * 3 / 4);
  std::uint32_t buffer = 0;
  int bits = 0;
  for (char c : text) {
    const int digit = digit64(c, url);
    if (digit < 0) return fail(ErrorCode::invalid_argument, "not base64");
    buffer = (buffer << 6) | static_cast<std::uint32_t>(digit);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out.push_back(static_cast<std::uint8_t>((buffer >> bits) & 255U));
    }
  }
  if (bits == 6 || (buffer & ((1U << bits) - 1U)) != 0) {
    return fail(ErrorCode::invalid_argument, "base64 ends in the middle of a byte");
  }
  return out;
}

int crockford_digit(char c) {
  if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  if (c == 'o') return 0;
  if (c == 'i' || c == 'l') return 1;
  for (int i = 0; i < 32; ++i) {
    if (kCrockford[i] == c) return i;
  }
  return -1;
}

}  // namespace

std::string to_hex(ByteView bytes) {
  std::string out;
  out.reserve(bytes.size() * 2);
  for (std::uint8_t byte : bytes) {
    out.push_back(kHex[byte >> 4]);
    out.push_back(kHex[byte & 15]);
  }
  return out;
}

Result<Bytes> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return fail(ErrorCode::invalid_argument, "hex of odd length");
  Bytes out;
  out.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = hex_digit(text[i]);
    const int low = hex_digit(text[i + 1]);
    if (high < 0 || low < 0) return fail(ErrorCode::invalid_argument, "not hex");
    out.push_back(static_cast<std::uint8_t>(high * 16 + low));
  }
  return out;
}

std::string to_base64(ByteView bytes) { return encode64(bytes, kBase64, true); }
std::string to_base64url(ByteView bytes) { return encode64(bytes, kBase64Url, false); }

Result<Bytes> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return fail(ErrorCode::invalid_argument, "base64 without its padding");
  for (int i = 0; i < 2 && text.ends_with('='); ++i) text.remove_suffix(1);
  return decode64(text, false);
}

Result<Bytes> from_base64url(std::string_view text) { return decode64(text, true); }

std::string to_crockford(std::span<const std::uint8_t, 16> bytes) {
  std::string out(26, '0');
  for (std::size_t i = 0; i < 26; ++i) {
    unsigned digit = 0;
    for (std::size_t b = 0; b < 5; ++b) {
      const std::size_t bit = i * 5 + b;  // 130 bits: two leading zeros, then 128
      const unsigned byte = bit < 2 ? 0U : bytes[(bit - 2) / 8];
      const unsigned value = bit < 2 ? 0U : (byte >> (7 - (bit - 2) % 8)) & 1U;
      digit = digit * 2 + value;
    }
    out[i] = kCrockford[digit];
  }
  return out;
}

Result<std::array<std::uint8_t, 16>> from_crockford(std::string_view text) {
  if (text.size() != 26) return fail(ErrorCode::invalid_argument, "an id has 26 characters");
  std::array<std::uint8_t, 16> out{};
  for (std::size_t i = 0; i < 26; ++i) {
    const int digit = crockford_digit(text[i]);
    if (digit < 0 || (i == 0 && digit > 7)) {
      return fail(ErrorCode::invalid_argument, "not a Crockford base32 id");
    }
    for (std::size_t b = 0; b < 5; ++b) {
      const std::size_t bit = i * 5 + b;
      if (bit < 2) continue;
      const unsigned value = (static_cast<unsigned>(digit) >> (4 - b)) & 1U;
      auto& byte = out[(bit - 2) / 8];
      byte = static_cast<std::uint8_t>(byte | (value << (7 - (bit - 2) % 8)));
    }
  }
  return out;
}

bool equal_constant_time(ByteView a, ByteView b) {
  if (a.size() != b.size()) return false;
  volatile std::uint8_t difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    difference = static_cast<std::uint8_t>(difference | (a[i] ^ b[i]));
  }
  return difference == 0;
}

}  // namespace cdp
