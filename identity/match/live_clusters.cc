#include "identity/match/live_clusters.h"

#include <algorithm>
#include <limits>

namespace cdp::identity::match {
namespace {

constexpr Weight kUnknown = std::numeric_limits<Weight>::min();

// Place of (i, j) in a triangle of pairs; in either order.
std::size_t in_triangle(std::size_t i, std::size_t j) {
  const auto high = std::max(i, j);
  return high * (high - 1) / 2 + std::min(i, j);
}

}  // namespace

LiveClusters::LiveClusters(const Table& table, ScorePair score, Weight cut,
                           std::size_t component_max)
    : table_(&table), score_(std::move(score)), cut_(cut), component_max_(component_max) {}

void LiveClusters::make_room(Row row) {
  if (row < neighbours_.size()) return;
  const std::size_t rows = std::max<std::size_t>(row + std::size_t{1}, table_->rows());
  neighbours_.resize(rows);
  group_of_.resize(rows, kNone);
  place_.resize(rows);
  labels_.resize(rows);
  marks_.resize(rows);
}

std::span<const LiveClusters::Neighbour> LiveClusters::neighbours(Row row) const {
  return row < neighbours_.size() ? std::span<const Neighbour>(neighbours_[row])
                                  : std::span<const Neighbour>();
}

bool LiveClusters::connected(Row a, Row b) const {
  return std::ranges::find(neighbours(a), b, &Neighbour::row) != neighbours(a).end();
}

void LiveClusters::connect(Row a, Row b, Weight weight) {
  make_room(std::max(a, b));
  neighbours_[a].push_back({b, weight});
  neighbours_[b].push_back({a, weight});
  for (const Row row : {a, b}) {
    if (is_current(row) && weight >= groups_[group_of_[row]].floor) let_go(row);
  }
}

void LiveClusters::erase_neighbour(Row of, Row row) {
  std::erase_if(neighbours_[of], [&](const Neighbour& n) { return n.row == row; });
}

void LiveClusters::disconnect(std::span<const std::pair<Row, Row>> pairs) {
  std::vector<Row> ends;
  for (const auto& [a, b] : pairs) {
    erase_neighbour(a, b);
    erase_neighbour(b, a);
    ends.push_back(a);
    ends.push_back(b);
  }
  let_go_around(std::move(ends));
}

std::vector<Row> LiveClusters::remove(Row row) {
  make_room(row);
  std::vector<Row> ends;
  for (const Neighbour& n : neighbours_[row]) {
    erase_neighbour(n.row, row);
    ends.push_back(n.row);
  }
  neighbours_[row] = {};
  let_go(row);
  leave_group(row);
  let_go_around(ends);
  return ends;
}

void LiveClusters::begin_search() {
  constexpr std::uint32_t kMany = 0xF0000000;  // far from the end of the numbers
  if (search_ < kMany) return;
  std::ranges::fill(marks_, 0);
  search_ = 0;
}

// Everybody reached from `from` by pairs of at least `floor`; nobody when they are too many.
// `level_begin`: the first search by this floor; whom an earlier one met is one of too many.
std::vector<Row> LiveClusters::component(Row from, Weight floor, std::uint32_t level_begin) {
  const auto mine = ++search_;
  std::vector<Row> rows{from};
  marks_[from] = mine;
  for (std::size_t at = 0; at < rows.size(); ++at) {
    for (const Neighbour& n : neighbours_[rows[at]]) {
      ++work_.visited;
      if (n.weight < floor || marks_[n.row] == mine) continue;
      if (marks_[n.row] >= level_begin || rows.size() == component_max_) return {};
      marks_[n.row] = mine;
      rows.push_back(n.row);
    }
  }
  return rows;
}

// `ends` lost pairs: the groups that they were in go, and those within the group that each is in.
void LiveClusters::let_go_around(std::vector<Row> ends) {
  begin_search();
  for (const Row end : ends) let_go(end);
  for (Weight floor = cut_; !ends.empty(); floor += kFloorRise) {
    const auto begin = search_ + 1;
    std::vector<bool> small;  // by search
    std::erase_if(ends, [&](Row end) {
      if (marks_[end] >= begin) return static_cast<bool>(small[marks_[end] - begin]);
      const auto rows = component(end, floor, begin);
      for (const Row row : rows) let_go(row);
      small.push_back(!rows.empty());
      return !rows.empty();
    });
  }
}

// Finds and clusters the group of a row, unless that is known. A row alone has none.
void LiveClusters::settle(Row row) {
  make_room(row);
  if (is_current(row)) return;
  begin_search();
  Weight floor = cut_;
  auto rows = component(row, floor, search_ + 1);
  while (rows.empty()) {
    floor += kFloorRise;
    rows = component(row, floor, search_ + 1);
  }
  if (rows.size() > 1) make_group(std::move(rows), floor);
}

std::uint32_t LiveClusters::new_group() {
  if (free_groups_.empty()) {
    groups_.emplace_back();
    return static_cast<std::uint32_t>(groups_.size() - 1);
  }
  const auto number = free_groups_.back();
  free_groups_.pop_back();
  return number;
}

void LiveClusters::leave_group(Row row) {
  const auto number = std::exchange(group_of_[row], kNone);
  if (number == kNone) return;
  Group& group = groups_[number];
  if (--group.users == 0) {
    group = Group();
    free_groups_.push_back(number);
  } else if (group.users < group.rows.size() / 2) {
    group.weights = {};
    group.rows = {};
  }
}

void LiveClusters::make_group(std::vector<Row> rows, Weight floor) {
  Group made;
  made.floor = floor;
  made.users = static_cast<std::uint32_t>(rows.size());
  made.current = true;
  made.weights.assign(rows.size() * (rows.size() - 1) / 2, kUnknown);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto number = group_of_[rows[i]];
    if (number == kNone || groups_[number].weights.empty()) continue;
    for (std::size_t j = 0; j < i; ++j) {
      if (group_of_[rows[j]] != number) continue;
      made.weights[in_triangle(i, j)] =
          groups_[number].weights[in_triangle(place_[rows[i]], place_[rows[j]])];
    }
  }
  for (const Row row : rows) leave_group(row);
  const auto number = new_group();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    group_of_[rows[i]] = number;
    place_[rows[i]] = static_cast<std::uint32_t>(i);
  }
  made.rows = std::move(rows);
  weigh(&made, number);
  const ScorePair weight = [&](Row a, Row b) {
    ++work_.clustered;
    return made.weights[in_triangle(place_[a], place_[b])];
  };
  for (const auto& cluster : cluster_component(*table_, made.rows, weight, cut_)) {
    for (const Row row : cluster) labels_[row] = cluster.front();
  }
  groups_[number] = std::move(made);
}

// What earlier groups did not know: pairs that are connected, and the rest.
void LiveClusters::weigh(Group* group, std::uint32_t number) {
  for (std::size_t i = 0; i < group->rows.size(); ++i) {
    for (const Neighbour& n : neighbours_[group->rows[i]]) {
      if (group_of_[n.row] == number) group->weights[in_triangle(i, place_[n.row])] = n.weight;
    }
    for (std::size_t j = 0; j < i; ++j) {
      Weight& weight = group->weights[in_triangle(i, j)];
      if (weight != kUnknown) continue;
      ++work_.scored;
      weight = score_(group->rows[j], group->rows[i]);
    }
  }
}

std::vector<Row> LiveClusters::cluster_of(Row row) {
  settle(row);
  if (!is_current(row)) return {row};
  std::vector<Row> rows;
  for (const Row other : groups_[group_of_[row]].rows) {
    if (labels_[other] == labels_[row]) rows.push_back(other);
  }
  std::ranges::sort(rows);
  return rows;
}

bool LiveClusters::together(Row a, Row b) {
  settle(a);
  make_room(b);
  return a == b || (is_current(a) && group_of_[a] == group_of_[b] && labels_[a] == labels_[b]);
}

}  // namespace cdp::identity::match
