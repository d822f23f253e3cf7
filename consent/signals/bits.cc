#include "consent/signals/bits.h"

#include <algorithm>

namespace cdp::consent::signals {
namespace {

// -1 outside the alphabet.
int letter_value(char letter) {
  if (letter >= 'A' && letter <= 'Z') return letter - 'A';
  if (letter >= 'a' && letter <= 'z') return letter - 'a' + 26;
  if (letter >= '0' && letter <= '9') return letter - '0' + 52;
  if (letter == '-') return 62;
  if (letter == '_') return 63;
  return -1;
}

constexpr unsigned kBitsPerLetter = 6;

// A code point below U+00C0 as UTF-8.
void append_code_point(std::string* out, unsigned code_point) {
  if (code_point < 0x80) return out->push_back(static_cast<char>(code_point));
  out->push_back(static_cast<char>(0xC0 | (code_point >> 6)));
  out->push_back(static_cast<char>(0x80 | (code_point & 0x3F)));
}

}  // namespace

Result<Bits> Bits::from_base64url(std::string_view text) {
  if (text.empty()) return cdp::fail(ErrorCode::invalid_argument, "a segment is empty");
  Bits bits;
  bits.bits_.reserve(text.size() * kBitsPerLetter);
  for (const char letter : text) {
    const int value = letter_value(letter);
    if (value < 0) {
      return cdp::fail(ErrorCode::invalid_argument, "a segment is not base64url",
                       "letters, digits, - and _ only, without padding");
    }
    for (int bit = kBitsPerLetter - 1; bit >= 0; --bit) {
      bits.bits_.push_back(static_cast<std::uint8_t>(value >> bit & 1));
    }
  }
  return bits;
}

void Bits::append(const Bits& other, std::size_t from, std::size_t to) {
  for (std::size_t i = from; i < to; ++i) bits_.push_back(other.bits_[i]);
}

std::uint64_t BitReader::integer(unsigned width) {
  if (!ok_ || bits_.size() - next_ < width) {
    ok_ = false;
    return 0;
  }
  std::uint64_t value = 0;
  for (unsigned i = 0; i < width; ++i) value = value << 1 | (bits_.at(next_++) ? 1U : 0U);
  return value;
}

std::uint64_t BitReader::fibonacci() {
  std::uint64_t value = 0;
  std::uint64_t weight = 1;
  std::uint64_t next_weight = 2;
  bool last = false;
  while (ok_) {
    const bool bit = flag();
    if (!ok_ || (bit && last)) break;
    if (bit) value = std::min(value + weight, kFibonacciMax);
    last = bit;
    const std::uint64_t sum = std::min(weight + next_weight, kFibonacciMax);
    weight = next_weight;
    next_weight = sum;
  }
  return ok_ ? value : 0;
}

std::string BitReader::letters(unsigned count) {
  std::string text;
  for (unsigned i = 0; i < count; ++i) {
    append_code_point(&text, 'A' + static_cast<unsigned>(integer(kBitsPerLetter)));
  }
  return text;
}

std::size_t fibonacci_bits(std::uint64_t value) {
  std::size_t digits = 1;
  std::uint64_t weight = 1;
  std::uint64_t next_weight = 2;
  while (next_weight <= value) {
    const std::uint64_t sum = weight + next_weight;
    weight = next_weight;
    next_weight = sum;
    ++digits;
  }
  return digits + 1;
}

}  // namespace cdp::consent::signals
