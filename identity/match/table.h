// Table: the opened records in memory. Each distinct value of a field is kept once and known by a
// small number, so that equal values compare without looking at them.
//
// Memory (measured): docs/guide/matching.md. Thread-safety: const members may run together.
// Lifetime: a Value reference holds until the next add, remove or set_terms.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "identity/graph/flat_index.h"
#include "identity/match/config.h"
#include "identity/match/model.h"
#include "identity/match/value.h"
#include "identity/match/weight.h"

namespace cdp::identity::match {

using Row = std::uint32_t;
using ValueId = std::uint32_t;  // 0: missing

struct Rarity {
  Weight bits = 0;
  bool frequent = false;  // the terms name the value
};

class Table {
 public:
  explicit Table(const Config& config);
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;
  ~Table();  // wipes every value

  // `key` tells records of equal content apart. `file`: records of one file are never compared
  // when files are linked (Scorer).
  Row add(std::uint64_t key, std::span<const std::string> raw, std::uint8_t file = 0);
  // The row may be given to another record afterwards; values that nobody has any more are wiped.
  void remove(Row row);

  // Rows that are out of the way for a while: not alive, as if removed, but they keep their values.
  void set_aside(const std::vector<bool>& rows, bool aside);

  // Rarity of values comes from these terms; until then none is known.
  void set_terms(const std::vector<Terms>& terms);
  // By persons: records of one cluster (a number per row, 0: alone; or none for all) count once.
  std::vector<Terms> count_terms(const std::vector<std::uint32_t>& cluster_of) const;

  const std::vector<Field>& fields() const { return fields_; }
  std::size_t rows() const { return keys_.size(); }  // removed ones, too
  std::size_t size() const { return keys_.size() - free_rows_.size(); }
  bool alive(Row row) const { return alive_[row]; }
  // Whether these values, as they came, fold to what the row has.
  bool holds(Row row, std::span<const std::string> raw) const;
  std::uint64_t key(Row row) const { return keys_[row]; }
  std::uint8_t file(Row row) const { return files_[row]; }
  // An order of records by their content, then their key: of ties and samples, whoever came first.
  bool before(Row a, Row b) const {
    return fingerprints_[a] != fingerprints_[b] ? fingerprints_[a] < fingerprints_[b]
                                                : keys_[a] < keys_[b];
  }

  ValueId value_id(Row row, std::size_t field) const {
    return cells_[row * fields_.size() + field];
  }
  const Value& value(std::size_t field, ValueId id) const {
    return pools_[field].entries[id].value;
  }
  const Value& value_of(Row row, std::size_t field) const {
    return value(field, value_id(row, field));
  }
  // Asks for the record's memory ahead of its use.
  void prefetch(Row row) const { __builtin_prefetch(&cells_[row * fields_.size()]); }
  Rarity rarity(std::size_t field, ValueId id) const { return pools_[field].entries[id].rarity; }

 private:
  struct Entry {
    Value value;
    Rarity rarity;
    std::uint32_t uses = 0;
  };
  struct Pool {
    std::vector<Entry> entries;  // the first stands for missing
    std::vector<ValueId> free;
    FlatIndex index;
  };

  ValueId intern(std::size_t field, Value value);
  void release(std::size_t field, ValueId id);

  std::vector<Field> fields_;
  ValueReader reader_;
  std::vector<Pool> pools_;
  std::vector<Terms> terms_;
  std::vector<ValueId> cells_;
  std::vector<std::uint64_t> keys_, fingerprints_;
  std::vector<std::uint8_t> files_;
  std::vector<bool> alive_;
  std::vector<Row> free_rows_;
};

}  // namespace cdp::identity::match
