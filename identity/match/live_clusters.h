// LiveClusters: the scored pairs of records that come and go, and the clusters that they make,
// asked for one record at a time. What it answers is what cluster() (clustering.h) answers for the
// same records and pairs, whatever came and went before (tested).
//
// Clusters are not kept up at every change: a change lets go of the groups that it may touch, and
// who asks about a record has its group clustered. A group is the set of records that cluster()
// clusters together: the component of a record by pairs of at least `cut`, or, when that is too
// large, by heavier pairs, step by step. So no change and no question looks at more than
// `component_max` records at a step, however long the chain is that they hang in:
//
// - A new pair of two records can only touch the groups of these two: for anybody else neither the
//   component by pairs of his group's weight nor that of lighter ones is another.
// - A pair that is lost can also make a component small enough to stay whole. Then it holds one of
//   the two records, is the group of that one, and every group within it goes.
//
// Weights that were scored for a group serve the next one of the same records, as long as it holds
// half of them. That bounds memory: at most 4 * component_max bytes a record, and some ten for
// usual ones, of a few in a group.
//
// Thread-safety: none; questions, too, change it. Lifetime: the table outlives it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "identity/match/clustering.h"
#include "identity/match/table.h"

namespace cdp::identity::match {

class LiveClusters {
 public:
  struct Neighbour {
    Row row = 0;
    Weight weight = 0;
  };
  // What was done since the beginning, in steps that do not depend on the machine.
  struct Work {
    std::uint64_t visited = 0;    // pairs looked at to find who hangs together
    std::uint64_t scored = 0;     // pairs of a group that were scored for it
    std::uint64_t clustered = 0;  // pairs of groups that were clustered
    std::uint64_t all() const { return visited + scored + clustered; }
  };

  // `score` gives what connect() is given for the same pair, and may be asked for any pair.
  LiveClusters(const Table& table, ScorePair score, Weight cut,
               std::size_t component_max = kComponentRecordsMax);

  // A pair that is not here yet, of any weight.
  void connect(Row a, Row b, Weight weight);
  // Pairs that are here.
  void disconnect(std::span<const std::pair<Row, Row>> pairs);
  // All pairs of a record; the row may be another's afterwards. Answers who had one.
  std::vector<Row> remove(Row row);

  std::span<const Neighbour> neighbours(Row row) const;
  bool connected(Row a, Row b) const;

  // Sorted; the record alone when nobody is with it.
  std::vector<Row> cluster_of(Row row);
  bool together(Row a, Row b);

  const Work& work() const { return work_; }

 private:
  static constexpr std::uint32_t kNone = 0xFFFFFFFF;
  struct Group {
    std::vector<Row> rows;
    std::vector<Weight> weights;  // of rows[i] and rows[j], j < i; empty when they were let go
    Weight floor = 0;             // the pairs that hold it together weigh at least this
    std::uint32_t users = 0;      // rows of it that belong to no later group
    bool current = false;         // else only its weights are of use
  };

  void make_room(Row row);
  void begin_search();
  bool is_current(Row row) const {
    return group_of_[row] != kNone && groups_[group_of_[row]].current;
  }
  void let_go(Row row) {
    if (group_of_[row] != kNone) groups_[group_of_[row]].current = false;
  }
  void let_go_around(std::vector<Row> ends);
  void erase_neighbour(Row of, Row row);
  std::vector<Row> component(Row from, Weight floor, std::uint32_t level_begin);
  void settle(Row row);
  void make_group(std::vector<Row> rows, Weight floor);
  std::uint32_t new_group();
  void leave_group(Row row);
  void weigh(Group* group, std::uint32_t number);

  const Table* table_;
  ScorePair score_;
  Weight cut_;
  std::size_t component_max_;
  std::vector<std::vector<Neighbour>> neighbours_;
  std::vector<std::uint32_t> group_of_, place_;  // in Group::rows
  std::vector<Row> labels_;                      // the first row of the cluster, in a current group
  std::vector<Group> groups_;
  std::vector<std::uint32_t> free_groups_;
  std::vector<std::uint32_t> marks_;  // which search saw the row last
  std::uint32_t search_ = 0;
  Work work_;
};

}  // namespace cdp::identity::match
