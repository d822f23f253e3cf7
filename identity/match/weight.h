// Weight: log2 of odds as a fixed-point number, so that sums do not depend on their order.
//
// Thread-safety: values.
#pragma once

#include <cmath>
#include <cstdint>

namespace cdp::identity::match {

using Weight = std::int32_t;  // 1/1024 bit

inline constexpr Weight kBit = 1024;

inline Weight weight_of(double bits) { return static_cast<Weight>(std::lround(bits * kBit)); }
inline double bits_of(Weight weight) { return static_cast<double>(weight) / kBit; }

}  // namespace cdp::identity::match
