#include "identity/match/matcher.h"

#include <algorithm>
#include <set>
#include <unordered_map>

#include "identity/match/blocks.h"
#include "identity/match/clustering.h"
#include "identity/match/scorer.h"
#include "identity/match/table.h"

namespace cdp::identity::match {
namespace {

constexpr std::size_t kKeyBytes = 32;

}  // namespace

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::below:
      return "below";
    case Verdict::review:
      return "review";
    case Verdict::link:
      return "link";
  }
  return "below";
}

struct Matcher::Impl {
  struct Neighbour {
    Row row = 0;
    Weight weight = 0;
  };

  Impl(Model trained, crypto::Secret key)
      : model(std::move(trained)),
        blind_index(std::move(key), "match", 1),
        table(model.config),
        blocks(table, block_rules(model.config.fields), blind_index,
               model.config.block_records_max),
        scorer(table, model),
        cut(weight_of(model.config.join_bits)),
        floor(std::min(cut, weight_of(model.config.review_bits))) {
    table.set_terms(model.terms);
  }

  // The pairs of a block that is one over the cap have lost it as a reason to be compared.
  void close(std::uint32_t block, std::size_t rule, std::vector<Row>* touched) {
    std::vector<Row> members;
    blocks.each_member(block, rule, [&](Row row) { members.push_back(row); });
    for (const Row row : members) {
      const auto gone = std::erase_if(neighbours[row], [&](const Neighbour& n) {
        return blocks.block_of(n.row, rule) == block && !blocks.are_candidates(row, n.row);
      });
      if (gone > 0) touched->push_back(row);
    }
  }
  // And those of one that is back at it have it again.
  void reopen(std::uint32_t block, std::size_t rule, std::set<Row>* gained) {
    std::vector<Row> members;
    blocks.each_member(block, rule, [&](Row row) { members.push_back(row); });
    for (std::size_t i = 0; i < members.size(); ++i) {
      for (std::size_t j = i + 1; j < members.size(); ++j) {
        if (weight_between(members[i], members[j])) continue;
        if (connect(members[i], members[j])) gained->insert({members[i], members[j]});
      }
    }
  }
  std::optional<Weight> weight_between(Row a, Row b) const {
    const auto found = std::ranges::find(neighbours[a], b, &Neighbour::row);
    return found == neighbours[a].end() ? std::nullopt : std::optional(found->weight);
  }
  bool connect(Row a, Row b) {
    const auto weight = scorer.score_at_least(a, b, floor);
    if (!weight) return false;
    neighbours[a].push_back({b, *weight});
    neighbours[b].push_back({a, *weight});
    return true;
  }

  void add(Row row) {
    neighbours.resize(table.rows());
    labels.resize(table.rows());
    labels[row] = row;
    blocks.add(row);
    std::vector<Row> touched{row};
    for (std::size_t rule = 0; rule < blocks.rules().size(); ++rule) {
      const auto block = blocks.block_of(row, rule);
      if (block != kNoSlot && blocks.size_of(block) == blocks.records_max() + 1) {
        close(block, rule, &touched);
      }
    }
    blocks.each_candidate(row, &stamps, [&](Row other) { connect(row, other); });
    recluster(touched);
  }

  // Who has a pair by it that it had not.
  std::set<Row> remove(Row row) {
    std::vector<Row> touched;
    std::set<Row> gained;
    for (const Neighbour& n : neighbours[row]) {
      touched.push_back(n.row);
      std::erase_if(neighbours[n.row], [&](const Neighbour& back) { return back.row == row; });
    }
    neighbours[row] = {};
    std::vector<std::pair<std::uint32_t, std::size_t>> smaller;
    for (std::size_t rule = 0; rule < blocks.rules().size(); ++rule) {
      const auto block = blocks.block_of(row, rule);
      if (block != kNoSlot && blocks.size_of(block) == blocks.records_max() + 1) {
        smaller.emplace_back(block, rule);
      }
    }
    blocks.remove(row);
    for (const auto& [block, rule] : smaller) reopen(block, rule, &gained);
    table.remove(row);
    touched.insert(touched.end(), gained.begin(), gained.end());
    recluster(touched);
    return gained;
  }

  // Everybody reached from `from` by pairs that may join clusters.
  std::vector<Row> component(Row from) {
    std::vector<Row> rows{from};
    visited.resize(table.rows());
    visited[from] = true;
    for (std::size_t at = 0; at < rows.size(); ++at) {
      for (const Neighbour& n : neighbours[rows[at]]) {
        if (n.weight < cut || visited[n.row]) continue;
        visited[n.row] = true;
        rows.push_back(n.row);
      }
    }
    return rows;
  }

  void recluster(const std::vector<Row>& touched) {
    std::vector<Row> all;
    visited.resize(table.rows());
    for (const Row row : touched) {
      if (visited[row]) continue;
      const auto rows = component(row);
      all.insert(all.end(), rows.begin(), rows.end());
    }
    std::vector<Edge> edges;
    for (const Row row : all) {
      visited[row] = false;
      labels[row] = row;
      for (const Neighbour& n : neighbours[row]) {
        if (n.row < row && n.weight >= cut) edges.push_back({n.row, row, n.weight});
      }
    }
    const ScorePair score = [this](Row a, Row b) { return scorer.score(a, b); };
    for (const auto& group : cluster(table, std::move(edges), score, cut)) {
      for (const Row row : group) labels[row] = group.front();
    }
  }

  std::vector<RecordKey> cluster_of(Row row) const {
    std::vector<RecordKey> keys;
    std::vector<Row> rows{row};
    std::vector<Row> seen{row};
    for (std::size_t at = 0; at < rows.size(); ++at) {
      for (const Neighbour& n : neighbours[rows[at]]) {
        if (n.weight < cut || std::ranges::find(seen, n.row) != seen.end()) continue;
        seen.push_back(n.row);
        rows.push_back(n.row);
      }
    }
    for (const Row other : rows) {
      if (labels[other] == labels[row]) keys.push_back(table.key(other));
    }
    std::ranges::sort(keys);
    return keys;
  }

  Added proposals(Row row) const {
    Added added;
    for (const Neighbour& n : neighbours[row]) {
      const double bits = bits_of(n.weight);
      if (bits < model.config.review_bits) continue;
      const Explanation explanation = scorer.explain(row, n.row);
      Proposal proposal;
      proposal.other = table.key(n.row);
      proposal.weight_bits = bits;
      proposal.probability = explanation.probability;
      proposal.verdict = bits >= model.config.link_bits ? Verdict::link : Verdict::review;
      proposal.same_cluster = labels[n.row] == labels[row];
      proposal.evidence = explanation.evidence;
      added.proposals.push_back(std::move(proposal));
    }
    std::ranges::sort(added.proposals, [](const Proposal& a, const Proposal& b) {
      return a.weight_bits != b.weight_bits ? a.weight_bits > b.weight_bits : a.other < b.other;
    });
    added.cluster = cluster_of(row);
    return added;
  }

  Model model;
  crypto::BlindIndex blind_index;
  Table table;
  Blocks blocks;
  Scorer scorer;
  Weight cut, floor;
  std::unordered_map<RecordKey, Row> row_of;
  std::vector<std::vector<Neighbour>> neighbours;
  std::vector<Row> labels;  // the first row of the cluster
  Stamps stamps;
  std::vector<bool> visited;  // all false between calls
};

Matcher::Matcher(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Matcher::Matcher(Matcher&&) noexcept = default;
Matcher& Matcher::operator=(Matcher&&) noexcept = default;
Matcher::~Matcher() = default;

Result<Matcher> Matcher::open(Model model, crypto::Secret blocking_key) {
  if (blocking_key.size() != kKeyBytes) {
    return fail(ErrorCode::invalid_argument, "a blocking key has 32 bytes");
  }
  CDP_CHECK(check(model.config));
  return Matcher(std::make_unique<Impl>(std::move(model), std::move(blocking_key)));
}

Result<Added> Matcher::add(RecordKey key, std::span<const std::string> values) {
  if (values.size() != impl_->model.fields().size()) {
    return fail(ErrorCode::invalid_argument, "a record has one value per field of the model");
  }
  if (impl_->row_of.contains(key)) {
    return fail(ErrorCode::conflict, "a record of this key is here already", "remove it first");
  }
  const Row row = impl_->table.add(key, values);
  impl_->row_of.emplace(key, row);
  impl_->add(row);
  return impl_->proposals(row);
}

std::optional<std::vector<RecordKey>> Matcher::remove(RecordKey key) {
  const auto found = impl_->row_of.find(key);
  if (found == impl_->row_of.end()) return std::nullopt;
  const Row row = found->second;
  impl_->row_of.erase(found);
  std::vector<RecordKey> gained;
  for (const Row other : impl_->remove(row)) gained.push_back(impl_->table.key(other));
  std::ranges::sort(gained);
  return gained;
}

std::size_t Matcher::size() const { return impl_->row_of.size(); }
bool Matcher::contains(RecordKey key) const { return impl_->row_of.contains(key); }
bool Matcher::is_current(RecordKey key, std::span<const std::string> values) const {
  const auto found = impl_->row_of.find(key);
  return found != impl_->row_of.end() && impl_->table.holds(found->second, values);
}

std::vector<RecordKey> Matcher::cluster_of(RecordKey key) const {
  const auto found = impl_->row_of.find(key);
  return found == impl_->row_of.end() ? std::vector<RecordKey>() : impl_->cluster_of(found->second);
}

Result<Added> Matcher::proposals_of(RecordKey key) const {
  const auto found = impl_->row_of.find(key);
  if (found == impl_->row_of.end()) return fail(ErrorCode::not_found, "no record of this key");
  return impl_->proposals(found->second);
}

Result<Explanation> Matcher::explain(RecordKey a, RecordKey b) const {
  const auto first = impl_->row_of.find(a);
  const auto second = impl_->row_of.find(b);
  if (first == impl_->row_of.end() || second == impl_->row_of.end()) {
    return fail(ErrorCode::not_found, "no record of this key");
  }
  return impl_->scorer.explain(first->second, second->second);
}

const Model& Matcher::model() const { return impl_->model; }

}  // namespace cdp::identity::match
