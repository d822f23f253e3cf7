#include "identity/match/batch.h"

#include <algorithm>

#include "identity/match/parts.h"

namespace cdp::identity::match {
namespace {

struct Scored {
  std::uint64_t candidates = 0;
  std::vector<Edge> edges;
};

}  // namespace

BatchResult run_batch(const Table& table, const Blocks& blocks, const Scorer& scorer,
                      Weight keep_from, Weight cut, bool link_files, const Progress& progress,
                      std::size_t threads) {
  const Weight floor = std::min(keep_from, cut);
  const auto score_rows = [&] {
    return [&, stamps = Stamps()](std::size_t from, std::size_t to) mutable {
      Scored scored;
      for (auto row = static_cast<Row>(from); row < to; ++row) {
        if (!table.alive(row)) continue;
        blocks.each_candidate(row, &stamps, [&](Row other) {
          if (other > row || (link_files && table.file(other) == table.file(row))) return;
          ++scored.candidates;
          const auto weight = scorer.score_at_least(other, row, floor);
          if (weight) scored.edges.push_back({other, row, *weight});
        });
      }
      return scored;
    };
  };
  const auto tell = [&](double done) {
    if (progress) progress("scoring", done);
  };
  BatchResult result;
  for (const Scored& part : in_parts<Scored>(table.rows(), threads, score_rows, tell)) {
    result.candidates += part.candidates;
    result.edges.insert(result.edges.end(), part.edges.begin(), part.edges.end());
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
