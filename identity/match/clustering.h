// Clustering: scored pairs -> groups that are one person each, by greedy average linkage: the two
// clusters with the highest mean weight between their members are joined, as long as that mean is
// at least the cut. Unlike connected components, one false pair cannot chain two families.
//
// Records that no pair of at least the cut connects cannot come together, so each component is
// clustered alone, with the weight of all its pairs, scored now. Weights are clamped, so that no
// single pair outvotes a group. Sums are exact (weight.h) and ties fall by content (Table::before):
// the result depends on the set of records only.
//
// A component of more than kComponentRecordsMax records takes only heavier pairs, step by step,
// until it falls apart.
//
// Thread-safety: pure functions.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "identity/match/table.h"
#include "identity/match/weight.h"

namespace cdp::identity::match {

inline constexpr std::size_t kComponentRecordsMax = 250;
inline constexpr Weight kFloorRise = 2 * kBit;  // each step
inline constexpr Weight kClampLow = -8 * kBit;
inline constexpr Weight kClampHigh = 15 * kBit;
// A pair that must not come together, whatever others say.
inline constexpr Weight kNever = -8192 * kBit;

struct Edge {
  Row a = 0;
  Row b = 0;
  Weight weight = 0;
};

using ScorePair = std::function<Weight(Row, Row)>;

// One component -> clusters, each sorted, in order of their first row. `weights` is asked for every
// pair once.
std::vector<std::vector<Row>> cluster_component(const Table& table, std::vector<Row> rows,
                                                const ScorePair& weights, Weight cut);

// Edges of at least `cut` -> clusters of two and more, in order of their first row.
std::vector<std::vector<Row>> cluster(const Table& table, std::vector<Edge> edges,
                                      const ScorePair& weights, Weight cut,
                                      std::size_t component_max = kComponentRecordsMax);

}  // namespace cdp::identity::match
