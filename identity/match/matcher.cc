#include "identity/match/matcher.h"

#include <algorithm>
#include <set>
#include <unordered_map>

#include "identity/match/blocks.h"
#include "identity/match/live_clusters.h"
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
  Impl(Model trained, crypto::Secret key)
      : model(std::move(trained)),
        blind_index(std::move(key), "match", 1),
        table(model.config),
        blocks(table, block_rules(model.config.fields), blind_index,
               model.config.block_records_max),
        scorer(table, model),
        floor(weight_of(std::min(model.config.join_bits, model.config.review_bits))),
        clusters(
            table, [this](Row a, Row b) { return scorer.score(a, b); },
            weight_of(model.config.join_bits)) {
    table.set_terms(model.terms);
  }

  // The pairs of a block that is one over the cap have lost it as a reason to be compared.
  void close(std::uint32_t block, std::size_t rule) {
    std::vector<std::pair<Row, Row>> lost;
    blocks.each_member(block, rule, [&](Row row) {
      for (const auto& n : clusters.neighbours(row)) {
        if (n.row < row && blocks.block_of(n.row, rule) == block &&
            !blocks.are_candidates(row, n.row)) {
          lost.emplace_back(n.row, row);
        }
      }
    });
    clusters.disconnect(lost);
  }
  // And those of one that is back at it have it again.
  void reopen(std::uint32_t block, std::size_t rule, std::set<Row>* gained) {
    std::vector<Row> members;
    blocks.each_member(block, rule, [&](Row row) { members.push_back(row); });
    for (std::size_t i = 0; i < members.size(); ++i) {
      for (std::size_t j = i + 1; j < members.size(); ++j) {
        if (clusters.connected(members[i], members[j])) continue;
        if (connect(members[i], members[j])) gained->insert({members[i], members[j]});
      }
    }
  }
  bool connect(Row a, Row b) {
    const auto weight = scorer.score_at_least(a, b, floor);
    if (weight) clusters.connect(a, b, *weight);
    return weight.has_value();
  }

  void add(Row row) {
    blocks.add(row);
    for (std::size_t rule = 0; rule < blocks.rules().size(); ++rule) {
      const auto block = blocks.block_of(row, rule);
      if (block != kNoSlot && blocks.size_of(block) == blocks.records_max() + 1) {
        close(block, rule);
      }
    }
    blocks.each_candidate(row, &stamps, [&](Row other) { connect(row, other); });
  }

  // Who has a pair by it that it had not.
  std::set<Row> remove(Row row) {
    std::set<Row> gained;
    std::vector<std::pair<std::uint32_t, std::size_t>> smaller;
    for (std::size_t rule = 0; rule < blocks.rules().size(); ++rule) {
      const auto block = blocks.block_of(row, rule);
      if (block != kNoSlot && blocks.size_of(block) == blocks.records_max() + 1) {
        smaller.emplace_back(block, rule);
      }
    }
    clusters.remove(row);
    blocks.remove(row);
    for (const auto& [block, rule] : smaller) reopen(block, rule, &gained);
    table.remove(row);
    return gained;
  }

  std::vector<RecordKey> cluster_of(Row row) {
    std::vector<RecordKey> keys;
    for (const Row other : clusters.cluster_of(row)) keys.push_back(table.key(other));
    std::ranges::sort(keys);
    return keys;
  }

  std::vector<Proposal> proposals(Row row) {
    std::vector<Proposal> proposals;
    for (const auto& n : clusters.neighbours(row)) {
      const double bits = bits_of(n.weight);
      if (bits < model.config.review_bits) continue;
      Proposal proposal;
      proposal.other = table.key(n.row);
      proposal.weight_bits = bits;
      proposal.probability = probability_of(bits);
      proposal.verdict = bits >= model.config.link_bits ? Verdict::link : Verdict::review;
      proposal.same_cluster = clusters.together(row, n.row);
      proposals.push_back(proposal);
    }
    std::ranges::sort(proposals, [](const Proposal& a, const Proposal& b) {
      return a.weight_bits != b.weight_bits ? a.weight_bits > b.weight_bits : a.other < b.other;
    });
    return proposals;
  }

  Model model;
  crypto::BlindIndex blind_index;
  Table table;
  Blocks blocks;
  Scorer scorer;
  Weight floor;
  LiveClusters clusters;
  std::unordered_map<RecordKey, Row> row_of;
  Stamps stamps;
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

Result<void> Matcher::add(RecordKey key, std::span<const std::string> values) {
  if (values.size() != impl_->model.fields().size()) {
    return fail(ErrorCode::invalid_argument, "a record has one value per field of the model");
  }
  if (impl_->row_of.contains(key)) {
    return fail(ErrorCode::conflict, "a record of this key is here already", "remove it first");
  }
  const Row row = impl_->table.add(key, values);
  impl_->row_of.emplace(key, row);
  impl_->add(row);
  return {};
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

std::vector<RecordKey> Matcher::cluster_of(RecordKey key) {
  const auto found = impl_->row_of.find(key);
  return found == impl_->row_of.end() ? std::vector<RecordKey>() : impl_->cluster_of(found->second);
}

Result<std::vector<Proposal>> Matcher::proposals_of(RecordKey key) {
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

const LiveClusters::Work& Matcher::clustering_work() const { return impl_->clusters.work(); }
const Model& Matcher::model() const { return impl_->model; }

}  // namespace cdp::identity::match
