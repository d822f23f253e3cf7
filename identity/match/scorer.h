// Scorer: two records of a table -> a weight, by a model. w = log2(lambda / (1 - lambda)) + the sum
// of log2(m/u) over the fields; a missing value adds nothing. Exact agreement on a rare value
// counts more than on a frequent one: + log2(u_exact / share of the value).
//
// Names that changed places, and two fields of one kind that did (street lines, phones), stand at a
// level of their own once, and the second field is left out.
//
// Thread-safety: const and safe. Lifetime: table and model outlive the scorer.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "identity/match/explanation.h"
#include "identity/match/model.h"
#include "identity/match/table.h"
#include "identity/match/weight.h"

namespace cdp::identity::match {

using Levels = std::array<std::uint8_t, kFieldsMax>;

// Fields of two records -> levels; needs no model.
class Comparer {
 public:
  explicit Comparer(const Table& table);
  void levels(Row a, Row b, Levels* out) const;

 private:
  struct Exchange {
    std::uint8_t first, second;
  };
  bool crossed(const Exchange& fields, Row a, Row b) const;

  const Table* table_;
  std::vector<Exchange> exchanges_;
};

class Scorer {
 public:
  Scorer(const Table& table, const Model& model);
  Weight score(Row a, Row b) const;
  Weight score(Row a, Row b, const Levels& levels) const;
  // What the fields that a household shares say, before the cap.
  Weight household(Row a, Row b, const Levels& levels) const;
  void levels(Row a, Row b, Levels* out) const { comparer_.levels(a, b, out); }
  Explanation explain(Row a, Row b) const;

 private:
  struct FieldWeights {
    std::array<Weight, kLevelsMax> level{};
    std::array<std::int32_t, kLevelsMax> share_percent{};
    Weight usual_rarity = 0;
    bool shared = false;
  };
  Weight adjustment(std::size_t field, std::uint8_t level, Row a, Row b) const;

  const Table* table_;
  const Model* model_;
  Comparer comparer_;
  Weight prior_, household_max_;
  std::vector<FieldWeights> weights_;
};

}  // namespace cdp::identity::match
