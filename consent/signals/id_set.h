// IdSet: a set of purpose or vendor ids as sorted, disjoint, non-adjacent ranges, so that a string
// that names every vendor costs no more than one that names none. Ids have 16 bits.
//
// Thread-safety: a value.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "consent/signals/bits.h"

namespace cdp::consent::signals {

struct IdRange {
  std::uint32_t first = 0;
  std::uint32_t last = 0;  // >= first
  friend bool operator==(const IdRange&, const IdRange&) = default;
};

class IdSet {
 public:
  IdSet() = default;
  // In any order, overlapping or not; a range with last < first is empty.
  explicit IdSet(std::vector<IdRange> ranges);

  bool contains(std::uint32_t id) const;
  bool empty() const { return ranges_.empty(); }
  std::size_t size() const;
  const std::vector<IdRange>& ranges() const { return ranges_; }

  // [1,[3,9],12]: an id, or the first and the last of a range of two or more.
  std::string json() const;

  friend bool operator==(const IdSet&, const IdSet&) = default;

 private:
  std::vector<IdRange> ranges_;
};

// `width` bits, one for each id from 1.
IdSet read_bit_field(BitReader& read, std::size_t width);

}  // namespace cdp::consent::signals
