#include "cdp/app/likeness/take_backs.h"

#include <algorithm>
#include <functional>
#include <tuple>
#include <vector>

#include "cdp/app/likeness/records.h"
#include "cdp/app/likeness/scores_now.h"
#include "cdp/app/officer/decisions.h"

namespace cdp::app {
namespace {

namespace match = identity::match;
using Kind = LinkDecision::Kind;
using Origin = LinkDecision::Origin;

constexpr std::size_t kDecisionsPerCommit = 500;
constexpr const char* kRefused = "linking_refused";
constexpr const char* kUnlike = "no_longer_alike";

// What likeness made of two records, and stands.
struct Made {
  PersonaOrdinal first, second;
  Origin origin = Origin::none;
  friend auto operator<=>(const Made&, const Made&) = default;
};
using Judge = std::function<Result<bool>(const Made&)>;

std::set<Made> made_of(Pipeline& pipeline, const std::vector<store::MustLinkRow>& rows) {
  std::set<Made> made;
  pipeline.live().with_graph([&](const identity::Graph& graph) {
    for (const auto& row : rows) {
      const auto origin = static_cast<Origin>(row.origin);
      if (origin != Origin::proposed && origin != Origin::matched) continue;
      const auto first = graph.persona(row.first), second = graph.persona(row.second);
      if (first && second) made.insert({*first, *second, origin});
    }
  });
  return made;
}

std::set<Made> made_about(Pipeline& pipeline, const std::set<PersonaOrdinal>& records) {
  std::vector<store::MustLinkRow> rows;
  for (const PersonaOrdinal record : records) {
    const auto some = pipeline.live().joins_of(record);
    rows.insert(rows.end(), some.begin(), some.end());
  }
  return made_of(pipeline, rows);
}

bool stands(Pipeline& pipeline, const Made& made) {
  return made_about(pipeline, {made.first}).contains(made);
}

Result<void> write(DecisionWriter& writer, std::span<const Made> ended, Origin origin,
                   const char* why) {
  std::int64_t pairs = 0;
  for (const Made& made : ended) {
    if (made.origin != origin) continue;
    LinkDecision decision;
    decision.kind = Kind::not_join;
    decision.origin = origin;
    decision.first = made.first;
    decision.second = made.second;
    decision.reason = why;
    writer.add(decision);
    ++pairs;
  }
  if (pairs == 0) return {};
  audit::Entry entry;
  entry.kind = "match";
  entry.at = writer.now();
  entry.fields["outcome"] = std::string(origin == Origin::matched ? "unlinked" : "withdrawn");
  entry.fields["reason"] = std::string(why);
  entry.fields["pairs"] = pairs;
  return writer.batch().audit(entry);
}

Result<std::vector<Made>> ended_of(std::span<const Made> all, const Judge& has_ended) {
  std::vector<Made> ended;
  for (const Made& made : all) {
    CDP_TRY(const bool so, has_ended(made));
    if (so) ended.push_back(made);
  }
  return ended;
}

Result<TakenBack> take_back(Pipeline& pipeline, const std::set<Made>& all, const char* why,
                            const Judge& has_ended) {
  const std::vector<Made> list(all.begin(), all.end());
  TakenBack taken;
  for (std::size_t at = 0; at < list.size(); at += kDecisionsPerCommit) {
    const auto some = std::span(list).subspan(at, std::min(kDecisionsPerCommit, list.size() - at));
    CDP_TRY(auto ended, ended_of(some, has_ended));
    if (ended.empty()) continue;
    const auto fill = [&](DecisionWriter& writer) -> Result<void> {
      CDP_CHECK(write(writer, ended, Origin::proposed, why));
      return write(writer, ended, Origin::matched, why);
    };
    const auto still_so = [&]() -> Result<void> {
      std::erase_if(ended, [&](const Made& made) { return !stands(pipeline, made); });
      CDP_TRY(ended, ended_of(std::vector(ended), has_ended));
      return {};
    };
    CDP_CHECK(commit_decisions(pipeline, fill, still_so));
    const auto links = std::ranges::count(ended, Origin::matched, &Made::origin);
    taken.unlinked += static_cast<std::uint64_t>(links);
    taken.withdrawn += ended.size() - static_cast<std::uint64_t>(links);
  }
  return taken;
}

// Its own record, as it is judged in its subject.
Result<bool> refuses(Pipeline& pipeline, const consent::Policy& policy, PersonaOrdinal persona,
                     Origin origin) {
  CDP_TRY(const auto profile, pipeline.live().profile_of(persona));
  if (!profile) return false;  // gone, and with it what was decided about it
  const Time now = pipeline.services().clock.now();
  return origin == Origin::matched ? refuse_linking(*profile, policy, now).contains(persona)
                                   : !may_be_matched(*profile, policy, now).contains(persona);
}

Result<std::uint64_t> withdraw_unlike(Pipeline& pipeline, const consent::Policy& policy,
                                      const match::Model& model, std::set<Made> made) {
  std::erase_if(made, [](const Made& one) { return one.origin != Origin::proposed; });
  if (made.empty() || policy.purpose(kLinkingPurpose) == nullptr) return 0;
  ScoresNow scores(pipeline, policy, model);
  const auto review = match::weight_of(model.config.review_bits);
  CDP_TRY(const auto taken,
          take_back(pipeline, made, kUnlike, [&](const Made& one) -> Result<bool> {
            CDP_TRY(const auto weight, scores.weight(one.first, one.second));
            return !weight || *weight < review;
          }));
  return taken.withdrawn;
}

}  // namespace

Result<TakenBack> take_back_refused(Pipeline& pipeline, const consent::Policy& policy,
                                    const std::set<PersonaOrdinal>& records) {
  if (policy.purpose(kLinkingPurpose) == nullptr) return TakenBack{};
  return take_back(pipeline, made_about(pipeline, records), kRefused,
                   [&](const Made& made) -> Result<bool> {
                     CDP_TRY(const bool first, refuses(pipeline, policy, made.first, made.origin));
                     if (first) return true;
                     return refuses(pipeline, policy, made.second, made.origin);
                   });
}

Result<std::uint64_t> withdraw_stale(Pipeline& pipeline, const consent::Policy& policy,
                                     const match::Model& model,
                                     const std::set<PersonaOrdinal>& records) {
  return withdraw_unlike(pipeline, policy, model, made_about(pipeline, records));
}

Result<std::uint64_t> withdraw_all_stale(Pipeline& pipeline, const consent::Policy& policy,
                                         const match::Model& model) {
  return withdraw_unlike(pipeline, policy, model, made_of(pipeline, pipeline.live().joins()));
}

}  // namespace cdp::app
