#include "consent/signals/id_set.h"

#include <algorithm>
#include <utility>

namespace cdp::consent::signals {

IdSet::IdSet(std::vector<IdRange> ranges) {
  std::erase_if(ranges, [](const IdRange& range) { return range.last < range.first; });
  std::sort(ranges.begin(), ranges.end(),
            [](const IdRange& a, const IdRange& b) { return a.first < b.first; });
  for (const auto& range : ranges) {
    if (!ranges_.empty() && range.first <= ranges_.back().last + 1) {
      ranges_.back().last = std::max(ranges_.back().last, range.last);
    } else {
      ranges_.push_back(range);
    }
  }
}

bool IdSet::contains(std::uint32_t id) const {
  const auto after = std::upper_bound(
      ranges_.begin(), ranges_.end(), id,
      [](std::uint32_t wanted, const IdRange& range) { return wanted < range.first; });
  return after != ranges_.begin() && id <= std::prev(after)->last;
}

std::size_t IdSet::size() const {
  std::size_t count = 0;
  for (const auto& range : ranges_) count += range.last - range.first + 1;
  return count;
}

std::string IdSet::json() const {
  std::string out = "[";
  for (const auto& range : ranges_) {
    if (out.size() > 1) out += ',';
    if (range.first == range.last) {
      out += std::to_string(range.first);
    } else {
      out += '[' + std::to_string(range.first) + ',' + std::to_string(range.last) + ']';
    }
  }
  return out + ']';
}

IdSet read_bit_field(BitReader& read, std::size_t width) {
  std::vector<IdRange> ranges;
  for (std::uint32_t id = 1; id <= width && read.ok(); ++id) {
    if (!read.flag()) continue;
    if (!ranges.empty() && ranges.back().last + 1 == id) {
      ranges.back().last = id;
    } else {
      ranges.push_back({id, id});
    }
  }
  return IdSet(std::move(ranges));
}

}  // namespace cdp::consent::signals
