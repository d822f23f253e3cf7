// Numbers as people read them in reports: the same in every locale.
//
// Thread-safety: safe.
#pragma once

#include <array>
#include <charconv>
#include <string>

namespace cdp::identity::match {

// `value` with `places` digits after the point.
inline std::string fixed(double value, int places) {
  std::array<char, 400> buffer{};  // the longest finite double has 309 digits before the point
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                 std::chars_format::fixed, places)
                       .ptr;
  return {buffer.data(), end};
}

// A weight: always with its sign.
inline std::string signed_bits(double bits) { return (bits < 0 ? "" : "+") + fixed(bits, 2); }

}  // namespace cdp::identity::match
