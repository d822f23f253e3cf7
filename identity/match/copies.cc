#include "identity/match/copies.h"

#include <algorithm>

namespace cdp::identity::match {

namespace {

// Rows of equal fields, each group in order of its rows.
std::vector<std::vector<Row>> equal_rows(const Table& table) {
  std::vector<Row> rows;
  for (Row row = 0; row < table.rows(); ++row) {
    if (table.alive(row)) rows.push_back(row);
  }
  const auto order = [&](Row a, Row b) {
    for (std::size_t field = 0; field < table.fields().size(); ++field) {
      const auto x = table.value_id(a, field), y = table.value_id(b, field);
      if (x != y) return x < y ? -1 : 1;
    }
    return 0;
  };
  std::ranges::sort(rows, [&](Row a, Row b) {
    const int content = order(a, b);
    return content != 0 ? content < 0 : a < b;
  });
  std::vector<std::vector<Row>> groups;
  for (std::size_t at = 1, first = 0; at < rows.size(); ++at) {
    if (order(rows[first], rows[at]) != 0) {
      first = at;
      continue;
    }
    if (at == first + 1) groups.push_back({rows[first]});
    groups.back().push_back(rows[at]);
  }
  return groups;
}

bool is_of_one_person(Kind kind) {
  switch (kind) {
    case Kind::date_of_birth:
    case Kind::email:
    case Kind::phone:
    case Kind::identifier:
      return true;
    case Kind::given_name:
    case Kind::family_name:
    case Kind::postcode:
    case Kind::street:
    case Kind::street_number:
    case Kind::place:
    case Kind::text:
      return false;
  }
  return false;
}

}  // namespace

std::vector<bool> crowds_in(const Table& table, std::size_t count) {
  std::vector<bool> crowds(table.rows());
  for (const auto& group : equal_rows(table)) {
    bool telling = false;
    for (std::size_t field = 0; field < table.fields().size(); ++field) {
      telling = telling || (is_of_one_person(table.fields()[field].kind) &&
                            table.value_id(group.front(), field) != 0);
    }
    if (group.size() <= count || !telling) continue;
    for (const Row row : group) crowds[row] = row != group.front();
  }
  return crowds;
}

Copies::Copies(const Table& table, const Scorer& scorer, Weight link, std::size_t count)
    : first_of_(table.rows()), counts_(table.rows()), left_out_(table.rows()) {
  for (Row row = 0; row < table.rows(); ++row) first_of_[row] = row;
  for (const auto& group : equal_rows(table)) {
    const Row first = group.front();
    if (group.size() <= count || scorer.score(first, group[1]) < link) continue;
    for (const Row row : group) {
      if (row == first) continue;
      first_of_[row] = first;
      left_out_[row] = true;
      ++counts_[first];
      ++copies_;
    }
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
