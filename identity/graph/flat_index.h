// FlatIndex: an open-addressing hash index from keys that live elsewhere to dense slots. Four bytes
// a cell, at most three quarters full, so that an index costs 6 to 11 bytes an entry.
//
// The index stores slots only; the caller hands in the hash of a key and says whether a slot
// carries it. Erasing shifts back instead of leaving tombstones, so that long-lived indexes do not
// rot.
//
// Thread-safety: none needed; the graph's owner guards it.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

namespace cdp::identity {

inline constexpr std::uint32_t kNoSlot = std::numeric_limits<std::uint32_t>::max();

// The finaliser of MurmurHash3: spreads keys that differ in few bits.
inline std::uint64_t mix_hash(std::uint64_t value) {
  value ^= value >> 33;
  value *= 0xff51afd7ed558ccdULL;
  value ^= value >> 33;
  value *= 0xc4ceb9fe1a85ec53ULL;
  value ^= value >> 33;
  return value;
}

class FlatIndex {
 public:
  // The slot for which `matches(slot)` holds, or kNoSlot.
  template <class Matches>
  std::uint32_t find(std::uint64_t hash, Matches matches) const {
    if (cells_.empty()) return kNoSlot;
    for (std::size_t at = hash & mask();; at = (at + 1) & mask()) {
      if (cells_[at] == kEmpty) return kNoSlot;
      if (matches(cells_[at])) return cells_[at];
    }
  }

  // `slot` must not be present. `hash_of(slot)` gives the hash of any slot already inside.
  template <class HashOf>
  void insert(std::uint32_t slot, HashOf hash_of) {
    if ((size_ + 1) * 4 > cells_.size() * 3) grow(hash_of);
    place(slot, hash_of(slot));
    ++size_;
  }

  // `slot` must be present.
  template <class HashOf>
  void erase(std::uint32_t slot, HashOf hash_of) {
    std::size_t hole = hash_of(slot) & mask();
    while (cells_[hole] != slot) hole = (hole + 1) & mask();
    for (std::size_t at = (hole + 1) & mask(); cells_[at] != kEmpty; at = (at + 1) & mask()) {
      const std::size_t home = hash_of(cells_[at]) & mask();
      // May the entry move into the hole without leaving its probe sequence?
      if (((at - home) & mask()) < ((at - hole) & mask())) continue;
      cells_[hole] = cells_[at];
      hole = at;
    }
    cells_[hole] = kEmpty;
    --size_;
  }

  std::size_t size() const { return size_; }

 private:
  static constexpr std::uint32_t kEmpty = kNoSlot;

  std::size_t mask() const { return cells_.size() - 1; }

  void place(std::uint32_t slot, std::uint64_t hash) {
    std::size_t at = hash & mask();
    while (cells_[at] != kEmpty) at = (at + 1) & mask();
    cells_[at] = slot;
  }

  template <class HashOf>
  void grow(HashOf hash_of) {
    std::vector<std::uint32_t> old(cells_.empty() ? 16 : cells_.size() * 2, kEmpty);
    old.swap(cells_);
    for (const std::uint32_t slot : old) {
      if (slot != kEmpty) place(slot, hash_of(slot));
    }
  }

  std::vector<std::uint32_t> cells_;
  std::size_t size_ = 0;
};

}  // namespace cdp::identity
