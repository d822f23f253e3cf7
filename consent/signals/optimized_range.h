// The GPP's OptimizedRange: a greatest id of 16 bits, then either a bit for each id or ranges, in
// Fibonacci coded offsets or, as the reference once wrote them, in fixed 16 bit numbers. Used by
// tcf_canada.cc.
#pragma once

#include "consent/signals/bits.h"
#include "consent/signals/id_set.h"

namespace cdp::consent::signals {

enum class RangeCoding : std::uint8_t { fibonacci, fixed };

struct OptimizedRange {
  IdSet ids;
  bool canonical = true;  // an encoder would have written exactly these bits
};

// Fails the reader on what is cut off and on ids above 65535.
OptimizedRange read_optimized_range(BitReader& read, RangeCoding coding);

// Without the greatest id: only the ranges, as older restrictions have them.
OptimizedRange read_fixed_ranges(BitReader& read);

}  // namespace cdp::consent::signals
