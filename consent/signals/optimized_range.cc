#include "consent/signals/optimized_range.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace cdp::consent::signals {
namespace {

constexpr unsigned kCountBits = 12;
constexpr unsigned kIdBits = 16;
constexpr std::size_t kGroupsMax = (1U << kCountBits) - 1;
constexpr std::uint64_t kIdMax = (1U << kIdBits) - 1;

struct Group {
  std::uint32_t first = 0;
  std::uint32_t last = 0;
  bool is_range = false;  // as it was written
};

std::uint32_t checked_id(BitReader& read, std::uint64_t id) {
  if (id > kIdMax) read.fail();
  return static_cast<std::uint32_t>(id);
}

std::vector<Group> read_groups(BitReader& read, RangeCoding coding) {
  const bool fibonacci = coding == RangeCoding::fibonacci;
  std::vector<Group> groups;
  std::uint64_t offset = 0;
  const auto id = [&] {
    offset = fibonacci ? offset + read.fibonacci() : read.integer(kIdBits);
    return checked_id(read, offset);
  };
  const unsigned count = read.small(kCountBits);
  for (unsigned i = 0; i < count && read.ok(); ++i) {
    Group group;
    group.is_range = read.flag();
    group.first = id();
    group.last = group.is_range ? id() : group.first;
    groups.push_back(group);
  }
  return groups;
}

IdSet ids_of(const std::vector<Group>& groups) {
  std::vector<IdRange> ranges;
  for (const auto& group : groups) ranges.push_back({group.first, group.last});
  return IdSet(std::move(ranges));
}

// An encoder sorts, and writes neighbours as one range.
bool well_grouped(const std::vector<Group>& groups) {
  for (std::size_t i = 0; i < groups.size(); ++i) {
    if (groups[i].is_range != (groups[i].first < groups[i].last)) return false;
    if (groups[i].last < groups[i].first) return false;
    if (i == 0) continue;
    const std::uint32_t before = groups[i - 1].last;
    if (groups[i].first < before || groups[i].first == before + 1) return false;
  }
  return true;
}

std::size_t bits_of_ranges(const std::vector<IdRange>& ranges, RangeCoding coding) {
  std::size_t bits = kCountBits;
  std::uint64_t offset = 0;
  for (const auto& range : ranges) {
    const bool single = range.first == range.last;
    if (coding == RangeCoding::fixed) {
      bits += 1 + kIdBits + (single ? 0 : kIdBits);
      continue;
    }
    bits += 1 + fibonacci_bits(range.first - offset) +
            (single ? 0 : fibonacci_bits(range.last - range.first));
    offset = range.last;
  }
  return bits;
}

}  // namespace

OptimizedRange read_fixed_ranges(BitReader& read) {
  const auto groups = read_groups(read, RangeCoding::fixed);
  return {ids_of(groups), well_grouped(groups)};
}

OptimizedRange read_optimized_range(BitReader& read, RangeCoding coding) {
  const unsigned id_max = read.small(kIdBits);
  OptimizedRange range;
  std::uint32_t last = 0;
  const bool as_ranges = read.flag();
  if (as_ranges) {
    const auto groups = read_groups(read, coding);
    range.ids = ids_of(groups);
    range.canonical = well_grouped(groups);
    if (!groups.empty()) last = groups.back().last;
  } else {
    range.ids = read_bit_field(read, id_max);
    if (!range.ids.empty()) last = range.ids.ranges().back().last;
  }
  // An encoder takes ranges when they are no longer than the bits would be.
  const bool ranges_fit = range.ids.ranges().size() <= kGroupsMax;
  const bool prefers_ranges = bits_of_ranges(range.ids.ranges(), coding) <= last;
  range.canonical = range.canonical && ranges_fit && last == id_max && prefers_ranges == as_ranges;
  return range;
}

}  // namespace cdp::consent::signals
