// Copies: rows of a crowd that is equal in every compared field, but for its first. They would fill
// every block that they stand in, so that none of them met anybody (blocks.h). So one row stands
// for all of them, and they get what it gets. A few equal rows are no crowd: they are compared like
// all others, and what they agree on is learnt.
//
//   const Copies copies(table, scorer, link_weight, block_records_max / 2);
//   blocks.leave_out(copies.rows());
//   auto result = run_batch(...);
//   copies.give_back(&result);
//
// Only where equal fields alone are enough to link two records by the model's own weights: of
// people known by a frequent name alone, no two are copies.
//
// Thread-safety: const members may run together. Not for files that are linked to each other: no
// two rows of one are one person.
#pragma once

#include <cstddef>
#include <vector>

#include "identity/match/batch.h"
#include "identity/match/scorer.h"
#include "identity/match/table.h"

namespace cdp::identity::match {

// By row: all but the first of more than `count` rows that are equal and hold what one person has
// (a birthday, an address of mail, a phone, a number). Left in, they would teach a model that many
// people share that by chance.
std::vector<bool> crowds_in(const Table& table, std::size_t count);

class Copies {
 public:
  Copies() = default;  // none
  // Of more than `count` equal rows; `link`: what two of them weigh at least.
  Copies(const Table& table, const Scorer& scorer, Weight link, std::size_t count);

  std::size_t size() const { return copies_; }  // firsts not counted
  bool is_copy(Row row) const { return row < left_out_.size() && left_out_[row]; }
  // The row that a copy is one of; of any other row itself.
  Row first_of(Row row) const { return row < first_of_.size() ? first_of_[row] : row; }
  bool has_copies(Row first) const { return first < counts_.size() && counts_[first] > 0; }
  const std::vector<bool>& rows() const { return left_out_; }  // by row: whether it is a copy

  // Copies join their first in its cluster, or make one with it. Edges stay those of the firsts.
  void give_back(BatchResult* result) const;

 private:
  std::size_t copies_ = 0;
  std::vector<Row> first_of_;
  std::vector<std::uint32_t> counts_;  // of a first
  std::vector<bool> left_out_;
};

}  // namespace cdp::identity::match
