#include "compliance/evidence/inclusion_prover.h"

#include <bit>

#include "cdp/core/audit/tile.h"
#include "cdp/core/event/json.h"
#include "compliance/evidence/log_reader.h"

namespace cdp::compliance {

namespace {

constexpr Duration kSlack = Duration::seconds(300);  // clocks step, queues wait

std::string field(const Bytes& entry, std::string_view key) {
  const auto document = json::Document::parse(as_text(entry));
  if (!document) return {};
  return std::string(document->root().text(key).value_or(""));
}

}  // namespace

Result<Time> InclusionProver::time_of(std::uint64_t index) const {
  Time at;
  CDP_CHECK(
      each_entry(ledger_, index, index + 1, [&](std::uint64_t, const Bytes& entry) -> Result<void> {
        CDP_TRY(at, from_rfc3339(field(entry, "at")));
        return {};
      }));
  return at;
}

Result<std::optional<FoundEntry>> InclusionProver::find(const std::string& commitment, Time at,
                                                        std::uint64_t size) const {
  std::uint64_t low = 0;
  std::uint64_t high = size;
  while (low < high) {
    const std::uint64_t middle = low + (high - low) / 2;
    CDP_TRY(const Time then, time_of(middle));
    if (then < at - kSlack) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  std::optional<FoundEntry> found;
  bool past = false;
  while (low < size && !found && !past) {
    const std::uint64_t to = std::min(low + audit::kTileWidth, size);
    CDP_CHECK(
        each_entry(ledger_, low, to, [&](std::uint64_t index, const Bytes& entry) -> Result<void> {
          // Most entries are no match: the text is looked at before it is parsed.
          if (!found && as_text(entry).find(commitment) != std::string_view::npos &&
              field(entry, "commitment") == commitment) {
            found = FoundEntry{index, entry};
          }
          return {};
        }));
    CDP_TRY(const Time last, time_of(to - 1));
    past = last > at + kSlack;
    low = to;
  }
  return found;
}

Result<std::vector<audit::Hash>> InclusionProver::leaves(std::uint64_t from,
                                                         std::uint64_t to) const {
  std::vector<audit::Hash> hashes;
  hashes.reserve(to - from);
  CDP_CHECK(each_entry(ledger_, from, to, [&](std::uint64_t, const Bytes& entry) -> Result<void> {
    hashes.push_back(audit::leaf_hash(entry));
    return {};
  }));
  return hashes;
}

Result<audit::Hash> InclusionProver::tile(std::uint64_t number) {
  if (tiles_.size() <= number) tiles_.resize(number + 1);
  if (!tiles_[number]) {
    const std::uint64_t from = number * audit::kTileWidth;
    CDP_TRY(const auto hashes, leaves(from, from + audit::kTileWidth));
    tiles_[number] = audit::root_of(hashes.size(), [&](std::uint64_t i) { return hashes[i]; });
  }
  return *tiles_[number];
}

// RFC 6962 §2.1, with full tiles as the leaves of what is wider than one. Ranges of a proof start
// at a multiple of their own power of two, so a wide one starts at a tile.
Result<audit::Hash> InclusionProver::subtree(std::uint64_t from, std::uint64_t to) {
  const std::uint64_t width = to - from;
  if (width > audit::kTileWidth) {
    const std::uint64_t left = std::bit_floor(width - 1);
    CDP_TRY(const auto a, subtree(from, from + left));
    CDP_TRY(const auto b, subtree(from + left, to));
    return audit::node_hash(a, b);
  }
  if (width == audit::kTileWidth && from % audit::kTileWidth == 0) {
    return tile(from / audit::kTileWidth);
  }
  CDP_TRY(const auto hashes, leaves(from, to));
  return audit::root_of(width, [&](std::uint64_t i) { return hashes[i]; });
}

Result<audit::Proof> InclusionProver::prove(std::uint64_t index, std::uint64_t size) {
  CDP_TRY(const auto ranges, audit::inclusion_ranges(index, size));
  const std::lock_guard lock(mutex_);
  audit::Proof proof;
  for (const auto& range : ranges) {
    CDP_TRY(const auto hash, subtree(range.from, range.to));
    proof.push_back(hash);
  }
  return proof;
}

}  // namespace cdp::compliance
