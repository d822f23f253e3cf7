// Blocks: which records are worth comparing. A rule is a conjunction of atoms ("sound of the family
// name and year of birth"); records whose atoms are equal stand in one block of that rule. Two
// records are candidates when any block that is not too large holds both.
//
// A block over the cap opens no pairs, for anybody, so that the set of candidates depends on the
// set of records alone and never on who came first. Keys are keyed hashes (BLAKE2b): what a block
// is about cannot be read from it.
//
// Memory: 8 bytes a record and rule, and about 24 a block. Thread-safety: const members may run
// together. Lifetime: the table outlives the blocks.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "cdp/core/crypto/blind_index.h"
#include "identity/graph/flat_index.h"
#include "identity/match/table.h"

namespace cdp::identity::match {

struct Atom {
  enum class Part : std::uint8_t { whole, sound, head, year, month_day, local, last_seven };
  std::uint8_t field = 0;
  Part part = Part::whole;
  friend bool operator==(const Atom&, const Atom&) = default;
};
using BlockRule = std::vector<Atom>;

// Every rule that these fields allow.
std::vector<BlockRule> block_rules(std::span<const Field> fields);
// The atom of a value; empty when it has none.
std::string text_of(const Atom& atom, const Value& value);
// American Soundex (Russell 1918, as the US National Archives write it): "robert" -> "r163".
std::string soundex(std::string_view folded);

// Which rows a visit has been to already; reused from visit to visit.
class Stamps {
 public:
  std::vector<Row>& found() { return found_; }
  void begin(std::size_t rows) {
    found_.clear();
    if (stamps_.size() < rows) stamps_.resize(rows);
    if (++now_ == 0) {
      stamps_.assign(stamps_.size(), 0);
      now_ = 1;
    }
  }
  // True the first time.
  bool take(Row row) {
    if (stamps_[row] == now_) return false;
    stamps_[row] = now_;
    return true;
  }

 private:
  std::vector<Row> found_;
  std::vector<std::uint32_t> stamps_;
  std::uint32_t now_ = 0;
};

class Blocks {
 public:
  // `blind_index` outlives the blocks.
  Blocks(const Table& table, std::vector<BlockRule> rules, const crypto::BlindIndex& blind_index,
         std::size_t records_max);

  // `row` is in the table.
  void add(Row row);
  void remove(Row row);
  // Takes many out at once: those of which `rows`, by row, says so.
  void leave_out(const std::vector<bool>& rows);

  // Every candidate once, in no order. `row` may be any row that was added.
  template <class Visit>
  void each_candidate(Row row, Stamps* stamps, Visit visit) const {
    constexpr std::size_t kAhead = 6;
    auto& found = stamps->found();
    collect(row, stamps);
    for (std::size_t i = 0; i < found.size(); ++i) {
      if (i + kAhead < found.size()) table_->prefetch(found[i + kAhead]);
      visit(found[i]);
    }
  }
  bool are_candidates(Row a, Row b) const;
  // It shares blocks with others, and all that it shares are full: it is compared with nobody.
  bool only_in_full_blocks(Row row) const;

  const std::vector<BlockRule>& rules() const { return rules_; }
  std::size_t records_max() const { return records_max_; }
  // kNoSlot when the record lacks an atom of the rule.
  std::uint32_t block_of(Row row, std::size_t rule) const { return link(row, rule).block; }
  std::size_t size_of(std::uint32_t block) const { return blocks_[block].size; }
  template <class Visit>
  void each_member(std::uint32_t block, std::size_t rule, Visit visit) const {
    for (auto row = blocks_[block].head; row != kNoSlot; row = link(row, rule).next) visit(row);
  }

 private:
  struct Link {
    std::uint32_t block = kNoSlot;
    Row next = kNoSlot;
  };
  struct Block {
    std::uint64_t key = 0;
    Row head = kNoSlot;
    std::uint32_t size = 0;
  };
  void collect(Row row, Stamps* stamps) const;
  const Link& link(Row row, std::size_t rule) const { return links_[row * rules_.size() + rule]; }
  std::uint64_t key_of(Row row, std::size_t rule) const;  // 0: none
  std::uint32_t find_or_make(std::uint64_t key);

  const Table* table_;
  std::vector<BlockRule> rules_;
  const crypto::BlindIndex* blind_index_;
  std::size_t records_max_;
  std::vector<Link> links_;
  std::vector<Block> blocks_;
  std::vector<std::uint32_t> free_blocks_;
  FlatIndex index_;
};

}  // namespace cdp::identity::match
