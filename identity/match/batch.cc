#include "identity/match/batch.h"

#include <algorithm>

namespace cdp::identity::match {
namespace {

constexpr Row kProgressEvery = 1'000;

}  // namespace

BatchResult run_batch(const Table& table, const Blocks& blocks, const Scorer& scorer,
                      Weight keep_from, Weight cut, bool link_files, const Progress& progress) {
  BatchResult result;
  Stamps stamps;
  const Weight floor = std::min(keep_from, cut);
  const auto rows = static_cast<Row>(table.rows());
  for (Row row = 0; row < rows; ++row) {
    if (progress && row % kProgressEvery == 0) progress("scoring", static_cast<double>(row) / rows);
    if (!table.alive(row)) continue;
    blocks.each_candidate(row, &stamps, [&](Row other) {
      if (other > row || (link_files && table.file(other) == table.file(row))) return;
      ++result.candidates;
      const auto weight = scorer.score_at_least(other, row, floor);
      if (weight) result.edges.push_back({other, row, *weight});
    });
  }
  const ScorePair score = [&](Row a, Row b) {
    return link_files && table.file(a) == table.file(b) ? kNever : scorer.score(a, b);
  };
  result.clusters = cluster(table, result.edges, score, cut);
  std::erase_if(result.edges, [&](const Edge& edge) { return edge.weight < keep_from; });
  std::ranges::sort(result.edges, {}, [](const Edge& e) { return std::pair(e.a, e.b); });
  return result;
}

}  // namespace cdp::identity::match
