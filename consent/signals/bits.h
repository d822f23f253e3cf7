// Bits: a consent string's segment as the IAB frameworks write it: base64url (RFC 4648 §5) without
// padding, six bits a letter, so its length need not be a whole number of bytes; and a reader over
// it with the numbers that the frameworks use.
//
//   CDP_TRY(const auto bits, Bits::from_base64url("DBABM"));
//   BitReader read(bits);
//   const auto type = read.integer(6);       // 0 after the end
//   if (!read.ok()) return fail(...);        // once, after the fields
//
// Formats: IAB Tech Lab, Consent String Specification of the Global Privacy Platform, "Data types"
// and "Fibonacci encoding". Thread-safety: Bits is a value; a reader belongs to one thread and must
// not outlive its Bits. Errors: invalid_argument; texts never quote the input.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cdp/core/base/result.h"

namespace cdp::consent::signals {

class Bits {
 public:
  // Letters outside the alphabet are refused, and so is an empty text.
  static Result<Bits> from_base64url(std::string_view text);

  std::size_t size() const { return bits_.size(); }
  bool at(std::size_t index) const { return bits_[index] != 0; }
  // `[from, to)`; both within the size.
  void append(const Bits& other, std::size_t from, std::size_t to);
  void append_zeros(std::size_t count) { bits_.insert(bits_.end(), count, 0); }

 private:
  std::vector<std::uint8_t> bits_;  // a byte a bit: read far more often than kept
};

// Sticky: once something was not there, everything reads 0 and ok() is false.
class BitReader {
 public:
  explicit BitReader(const Bits& bits) : bits_(bits) {}

  std::uint64_t integer(unsigned width);  // most significant bit first, width <= 64
  unsigned small(unsigned width) { return static_cast<unsigned>(integer(width)); }
  bool flag() { return integer(1) == 1; }
  // A Fibonacci coded integer >= 1, up to and with the first "11". What is above kFibonacciMax
  // reads as kFibonacciMax: no field holds as much.
  std::uint64_t fibonacci();
  // `letters` of six bits, A = 0.
  std::string letters(unsigned count);

  bool ok() const { return ok_; }
  void fail() { ok_ = false; }
  std::size_t left() const { return ok_ ? bits_.size() - next_ : 0; }

  static constexpr std::uint64_t kFibonacciMax = 1'000'000'000;

 private:
  const Bits& bits_;
  std::size_t next_ = 0;
  bool ok_ = true;
};

// The length of `value`'s Fibonacci code, in bits. `value` >= 1.
std::size_t fibonacci_bits(std::uint64_t value);

}  // namespace cdp::consent::signals
