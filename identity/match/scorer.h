// Scorer: two records of a table -> a weight, by a model. w = log2(lambda / (1 - lambda)) + the sum
// of log2(m/u) over the fields; a missing value adds nothing. Exact agreement on a rare value
// counts more than on a frequent one: + log2(u_exact / share of the value).
//
// Names that changed places, and two fields of one kind that did (street lines, phones), stand at a
// level of their own once, and the second field is left out.
//
// Thread-safety: const and safe. Lifetime: table and model outlive the scorer.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
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

  // Fields whose values may change places.
  struct Exchange {
    std::uint8_t first, second;
  };
  const std::vector<Exchange>& exchanges() const { return exchanges_; }
  // One field, no exchange looked at.
  std::uint8_t level(std::size_t field, Row a, Row b) const;
  // Settles the exchanges between fields of `out` that have been compared.
  void settle(const Exchange& exchange, Row a, Row b, Levels* out) const;

 private:
  bool crossed(const Exchange& fields, Row a, Row b) const;

  const Table* table_;
  std::vector<Exchange> exchanges_;
};

class Scorer {
 public:
  Scorer(const Table& table, const Model& model);
  Weight score(Row a, Row b) const;
  // The same when it is at least `floor`; most pairs of strangers are told apart by a few fields.
  std::optional<Weight> score_at_least(Row a, Row b, Weight floor) const;
  Weight score(Row a, Row b, const Levels& levels) const;
  // The sum of what the fields that a household shares say, before the curve.
  Weight household(Row a, Row b) const;
  void levels(Row a, Row b, Levels* out) const { comparer_.levels(a, b, out); }
  Explanation explain(Row a, Row b) const;

 private:
  struct FieldWeights {
    std::array<Weight, kLevelsMax> level{};
    std::array<std::int32_t, kLevelsMax> share_percent{};
    Weight usual_rarity = 0;
    Weight unequal_max = 0;  // the most that values which are not equal can say
    bool shared = false;
  };
  // Fields that are compared together: those that may change places, else one.
  struct Unit {
    std::vector<std::uint8_t> fields;
    std::vector<Comparer::Exchange> exchanges;
  };
  struct Sums {
    Weight own = 0, shared = 0;
  };
  void make_units();
  Weight most(std::size_t field, Row a, Row b, bool exchangeable) const;
  Sums of_unit(const Unit& unit, Row a, Row b, Levels* levels) const;
  Weight together(const Sums& sums) const { return sums.own + household_.worth(sums.shared); }
  Weight adjustment(std::size_t field, std::uint8_t level, Row a, Row b) const;

  const Table* table_;
  const Model* model_;
  Comparer comparer_;
  Weight prior_;
  HouseholdCurve household_;
  std::vector<FieldWeights> weights_;
  std::vector<Unit> units_;  // the most telling first
};

}  // namespace cdp::identity::match
