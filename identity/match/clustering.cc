#include "identity/match/clustering.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace cdp::identity::match {
namespace {

// Clusters under way, as a matrix of summed weights between them. The matrix is in order of
// content, so that the first of equals is the same whoever came first.
class Linkage {
 public:
  Linkage(const std::vector<Row>& rows, const ScorePair& weights)
      : count_(rows.size()), sums_(count_ * count_), sizes_(count_, 1), members_(count_) {
    for (std::size_t i = 0; i < count_; ++i) members_[i] = {rows[i]};
    for (std::size_t i = 0; i < count_; ++i) {
      for (std::size_t j = i + 1; j < count_; ++j) {
        Weight weight = weights(members_[i].front(), members_[j].front());
        if (weight != kNever) weight = std::clamp(weight, kClampLow, kClampHigh);
        sums_[i * count_ + j] = sums_[j * count_ + i] = weight;
      }
    }
    for (std::size_t i = 0; i < count_; ++i) alive_.push_back(i);
    best_.resize(count_);
    for (std::size_t i = 0; i < count_; ++i) find_best(i);
  }

  std::vector<std::vector<Row>> run(Weight cut) {
    while (alive_.size() > 1) {
      std::size_t first = alive_.front();
      for (const auto i : alive_) {
        if (heavier(i, best_[i], first, best_[first])) first = i;
      }
      const std::size_t second = best_[first];
      if (sum(first, second) < static_cast<std::int64_t>(cut) * pairs(first, second)) break;
      join(std::min(first, second), std::max(first, second));
    }
    std::vector<std::vector<Row>> groups;
    for (const auto i : alive_) groups.push_back(std::move(members_[i]));
    return groups;
  }

 private:
  std::int64_t sum(std::size_t i, std::size_t j) const { return sums_[i * count_ + j]; }
  std::int64_t pairs(std::size_t i, std::size_t j) const { return sizes_[i] * sizes_[j]; }
  // Mean of (a, b) over mean of (c, d), exactly.
  bool heavier(std::size_t a, std::size_t b, std::size_t c, std::size_t d) const {
    return sum(a, b) * pairs(c, d) > sum(c, d) * pairs(a, b);
  }

  void find_best(std::size_t i) {
    std::size_t best = i;
    for (const auto j : alive_) {
      if (j != i && (best == i || heavier(i, j, i, best))) best = j;
    }
    best_[i] = best;
  }

  void join(std::size_t into, std::size_t from) {
    std::erase(alive_, from);
    for (const auto k : alive_) {
      if (k == into) continue;
      sums_[into * count_ + k] += sum(from, k);
      sums_[k * count_ + into] = sum(into, k);
    }
    sizes_[into] += sizes_[from];
    members_[into].insert(members_[into].end(), members_[from].begin(), members_[from].end());
    if (alive_.size() < 2) return;
    find_best(into);
    for (const auto k : alive_) {
      if (k == into) continue;
      if (best_[k] == into || best_[k] == from) {
        find_best(k);
      } else if (heavier(k, into, k, best_[k]) ||
                 (into < best_[k] && !heavier(k, best_[k], k, into))) {
        best_[k] = into;
      }
    }
  }

  std::size_t count_;
  std::vector<std::int64_t> sums_;
  std::vector<std::int64_t> sizes_;
  std::vector<std::vector<Row>> members_;
  std::vector<std::size_t> alive_;  // ascending
  std::vector<std::size_t> best_;
};

class Components {
 public:
  std::uint32_t slot(Row row) {
    const auto [at, fresh] = slots_.try_emplace(row, static_cast<std::uint32_t>(parents_.size()));
    if (fresh) {
      parents_.push_back(at->second);
      rows_.push_back(row);
    }
    return at->second;
  }
  void join(Row a, Row b) { parents_[root(slot(a))] = root(slot(b)); }
  std::uint32_t root(std::uint32_t at) {
    while (parents_[at] != at) at = parents_[at] = parents_[parents_[at]];
    return at;
  }
  const std::vector<Row>& rows() const { return rows_; }

 private:
  std::unordered_map<Row, std::uint32_t> slots_;
  std::vector<std::uint32_t> parents_;
  std::vector<Row> rows_;
};

struct Component {
  std::vector<Row> rows;
  std::vector<Edge> edges;
};

std::vector<Component> components_of(const std::vector<Edge>& edges) {
  Components joined;
  for (const Edge& edge : edges) joined.join(edge.a, edge.b);
  std::unordered_map<std::uint32_t, std::size_t> place;
  std::vector<Component> components;
  for (const Row row : joined.rows()) {
    const auto [at, fresh] = place.try_emplace(joined.root(joined.slot(row)), components.size());
    if (fresh) components.emplace_back();
    components[at->second].rows.push_back(row);
  }
  for (const Edge& edge : edges) {
    components[place[joined.root(joined.slot(edge.a))]].edges.push_back(edge);
  }
  return components;
}

}  // namespace

std::vector<std::vector<Row>> cluster_component(const Table& table, std::vector<Row> rows,
                                                const ScorePair& weights, Weight cut) {
  std::ranges::sort(rows, [&](Row a, Row b) { return table.before(a, b); });
  auto groups = Linkage(rows, weights).run(cut);
  for (auto& group : groups) std::ranges::sort(group);
  std::ranges::sort(groups);
  return groups;
}

std::vector<std::vector<Row>> cluster(const Table& table, std::vector<Edge> edges,
                                      const ScorePair& weights, Weight cut,
                                      std::size_t component_max) {
  std::vector<std::vector<Row>> groups;
  struct Task {
    std::vector<Edge> edges;
    Weight floor;
  };
  std::vector<Task> tasks;
  tasks.push_back({std::move(edges), cut});
  while (!tasks.empty()) {
    Task task = std::move(tasks.back());
    tasks.pop_back();
    std::erase_if(task.edges, [&](const Edge& edge) { return edge.weight < task.floor; });
    for (Component& component : components_of(task.edges)) {
      if (component.rows.size() > component_max) {
        tasks.push_back({std::move(component.edges), task.floor + kFloorRise});
        continue;
      }
      for (auto& group : cluster_component(table, std::move(component.rows), weights, cut)) {
        if (group.size() > 1) groups.push_back(std::move(group));
      }
    }
  }
  std::ranges::sort(groups);
  return groups;
}

}  // namespace cdp::identity::match
