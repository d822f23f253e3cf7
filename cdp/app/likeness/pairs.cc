#include "cdp/app/likeness/pairs.h"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "cdp/app/likeness/records.h"
#include "cdp/app/officer/decisions.h"

namespace cdp::app {
namespace {

namespace match = identity::match;
using Kind = LinkDecision::Kind;
using Origin = LinkDecision::Origin;

constexpr std::size_t kDecisionsPerCommit = 500;

bool outweighs(const LikePair& one, const LikePair& other) {
  return std::tie(other.weight, one.first, one.second) <
         std::tie(one.weight, other.first, other.second);
}

// Somebody decided already, or one of them is gone, or they are one person by now, or one of them
// refuses.
Result<bool> is_open(Pipeline& pipeline, const consent::Policy& policy, const LikePair& pair) {
  const LiveState& live = pipeline.live();
  if (live.is_decided(pair.first, pair.second)) return false;  // the usual case, told cheaply
  CDP_TRY(const auto first, live.profile_of(pair.first));
  CDP_TRY(const auto second, live.profile_of(pair.second));
  if (!first || !second) return false;
  if (first->members.front().persona == second->members.front().persona) return false;
  for (const auto& a : first->members) {
    for (const auto& b : second->members) {
      if (live.is_decided(a.persona, b.persona)) return false;
    }
  }
  const Time now = pipeline.services().clock.now();
  return may_be_matched(*first, policy, now).contains(pair.first) &&
         may_be_matched(*second, policy, now).contains(pair.second);
}

Result<std::vector<LikePair>> open_of(Pipeline& pipeline, const consent::Policy& policy,
                                      std::span<const LikePair> pairs) {
  std::vector<LikePair> open;
  for (const LikePair& pair : pairs) {
    CDP_TRY(const bool still, is_open(pipeline, policy, pair));
    if (still) open.push_back(pair);
  }
  return open;
}

// What is still open of them, asked once more when nobody else decides: a refusal, or an officer's
// decision, may have come since they were judged.
Result<std::uint64_t> commit_pairs(Pipeline& pipeline, const consent::Policy& policy,
                                   const std::string& model, bool link,
                                   std::vector<LikePair> pairs) {
  if (pairs.empty()) return 0;
  const auto fill = [&](DecisionWriter& writer) -> Result<void> {
    if (pairs.empty()) return {};
    for (const LikePair& pair : pairs) {
      LinkDecision decision;
      decision.kind = link ? Kind::join : Kind::propose;
      decision.origin = link ? Origin::matched : Origin::proposed;
      decision.first = pair.first;
      decision.second = pair.second;
      decision.model = model;
      decision.millibits = std::lround(match::bits_of(pair.weight) * 1000);
      writer.add(decision);
    }
    audit::Entry entry;
    entry.kind = "match";
    entry.at = writer.now();
    entry.fields["model"] = model;
    entry.fields["outcome"] = std::string(link ? "linked" : "proposed");
    entry.fields["pairs"] = static_cast<std::int64_t>(pairs.size());
    return writer.batch().audit(entry);
  };
  const auto still_so = [&]() -> Result<void> {
    CDP_TRY(pairs, open_of(pipeline, policy, pairs));
    return {};
  };
  CDP_CHECK(commit_decisions(pipeline, fill, still_so));
  return pairs.size();
}

Result<std::uint64_t> commit_open(Pipeline& pipeline, const consent::Policy& policy,
                                  const std::string& model, bool link,
                                  std::span<const LikePair> pairs,
                                  const std::function<void(std::size_t)>& progress) {
  std::uint64_t committed = 0;
  for (std::size_t at = 0; at < pairs.size(); at += kDecisionsPerCommit) {
    progress(at);
    const auto some = pairs.subspan(at, std::min(kDecisionsPerCommit, pairs.size() - at));
    CDP_TRY(auto open, open_of(pipeline, policy, some));
    CDP_TRY(const auto done, commit_pairs(pipeline, policy, model, link, std::move(open)));
    committed += done;
  }
  return committed;
}

}  // namespace

void LikePairs::add(PersonaOrdinal first_subject, PersonaOrdinal second_subject, LikePair pair) {
  if (first_subject == second_subject) return;
  if (second_subject < first_subject) {
    std::swap(first_subject, second_subject);
    std::swap(pair.first, pair.second);
  }
  const auto [at, added] = best_.try_emplace({first_subject, second_subject}, pair);
  if (!added && outweighs(pair, at->second)) at->second = pair;
}

std::vector<LikePair> LikePairs::take() {
  std::vector<LikePair> pairs;
  pairs.reserve(best_.size());
  for (const auto& [subjects, pair] : best_) pairs.push_back(pair);
  best_.clear();
  std::ranges::sort(pairs, outweighs);
  return pairs;
}

PersonaOrdinal subject_of(Pipeline& pipeline, PersonaOrdinal persona) {
  PersonaOrdinal first;
  pipeline.live().with_graph([&](const identity::Graph& graph) {
    const auto members = graph.members(persona);
    if (!members.empty()) first = members.front().persona;
  });
  return first;
}

// Links first: who is one person by them is neither proposed to himself nor twice to another.
Result<PairsDecided> decide_pairs(Pipeline& pipeline, const consent::Policy& policy,
                                  const std::string& model, std::vector<LikePair> pairs,
                                  const match::Progress& progress) {
  const auto link_at = policy.matching.auto_link;
  const auto links = [&](const LikePair& pair) {
    return link_at && pair.weight >= match::weight_of(static_cast<double>(*link_at)) &&
           pair.same_cluster;
  };
  const auto rest = std::stable_partition(pairs.begin(), pairs.end(), links);
  const auto tell = [&](std::size_t done) {
    if (progress)
      progress("deciding", static_cast<double>(done) / static_cast<double>(pairs.size()));
  };
  PairsDecided decided;
  CDP_TRY(decided.linked,
          commit_open(pipeline, policy, model, true, std::span(pairs.begin(), rest), tell));
  LikePairs proposed;
  for (auto pair = rest; pair != pairs.end(); ++pair) {
    const auto first = subject_of(pipeline, pair->first);
    const auto second = subject_of(pipeline, pair->second);
    if (!first.none() && !second.none()) proposed.add(first, second, *pair);
  }
  const auto links_done = static_cast<std::size_t>(rest - pairs.begin());
  CDP_TRY(decided.proposed, commit_open(pipeline, policy, model, false, proposed.take(),
                                        [&](std::size_t done) { tell(links_done + done); }));
  return decided;
}

}  // namespace cdp::app
