#include "identity/match/copies.h"

#include <algorithm>

namespace cdp::identity::match {

Copies::Copies(const Table& table, const Scorer& scorer, Weight link)
    : first_of_(table.rows()), counts_(table.rows()), left_out_(table.rows()) {
  const auto fields = table.fields().size();
  std::vector<Row> rows;
  for (Row row = 0; row < table.rows(); ++row) {
    first_of_[row] = row;
    if (table.alive(row)) rows.push_back(row);
  }
  const auto order = [&](Row a, Row b) {
    for (std::size_t field = 0; field < fields; ++field) {
      const auto x = table.value_id(a, field), y = table.value_id(b, field);
      if (x != y) return x < y ? -1 : 1;
    }
    return 0;
  };
  std::ranges::sort(rows, [&](Row a, Row b) {
    const int content = order(a, b);
    return content != 0 ? content < 0 : a < b;
  });
  for (std::size_t at = 0, first = 0; at < rows.size(); ++at) {
    if (order(rows[first], rows[at]) != 0) first = at;
    if (first == at || scorer.score(rows[first], rows[at]) < link) continue;
    first_of_[rows[at]] = rows[first];
    left_out_[rows[at]] = true;
    ++counts_[rows[first]];
    ++copies_;
  }
}

void Copies::give_back(BatchResult* result) const {
  if (copies_ == 0) return;
  auto& clusters = result->clusters;
  constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  std::vector<std::size_t> cluster_of(first_of_.size(), kNone);
  for (std::size_t i = 0; i < clusters.size(); ++i) {
    for (const Row row : clusters[i]) cluster_of[row] = i;
  }
  for (Row row = 0; row < first_of_.size(); ++row) {
    if (!left_out_[row]) continue;
    auto& cluster = cluster_of[first_of_[row]];
    if (cluster == kNone) {
      cluster = clusters.size();
      clusters.push_back({first_of_[row]});
    }
    clusters[cluster].push_back(row);
  }
  for (auto& cluster : clusters) std::ranges::sort(cluster);
  std::ranges::sort(clusters);
}

}  // namespace cdp::identity::match
