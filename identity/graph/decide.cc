#include "identity/graph/decide.h"

#include <algorithm>
#include <numeric>

#include "identity/graph/components.h"
#include "identity/graph/stage.h"

namespace cdp::identity {
namespace {

using event::Tier;

class Decider {
 public:
  Decider(const Adjacency& adjacency, std::span<const std::uint32_t> unit, std::uint8_t level)
      : unit_(unit), level_(level), view_(adjacency, unit, tier_of(level)), components_(view_) {}

  Decision run() {
    Decision decision;
    if (level_ <= kStrongestLevel) {
      stage(Tier::authenticated, IdentifierClass::unique).join_all_carriers();
      stage(Tier::authenticated, IdentifierClass::all).settle();
    }
    decision.proof = groups();
    join_must_links(MustLinkKind::accepted);
    if (tier_of(level_) <= Tier::declared) {
      stage(Tier::declared, IdentifierClass::accounts).settle();
      stage(Tier::declared, IdentifierClass::all).settle();
    }
    if (tier_of(level_) <= Tier::device) stage(Tier::device, IdentifierClass::all).settle();
    join_must_links(MustLinkKind::matched);
    note_holds();
    decision.subject = groups();
    decision.joins = std::move(joins_);
    decision.holds = std::move(holds_);
    return decision;
  }

 private:
  Stage stage(Tier tier, IdentifierClass which) {
    return Stage(view_, components_, tier, which, &joins_);
  }

  std::vector<std::uint32_t> groups() {
    std::vector<std::uint32_t> out;
    out.reserve(unit_.size());
    for (const std::uint32_t slot : unit_) {
      out.push_back(view_.slot(components_.find(view_.local_of(slot))));
    }
    return out;
  }

  void join_must_links(MustLinkKind kind) {
    if (!links_at(kind, level_)) return;
    for (Local a = 0; a < view_.size(); ++a) {
      if (!view_.persona(a).has_must) continue;
      for (const Local b : must_linked(a, kind)) join_must_link(a, b, kind);
    }
  }

  // Those after `a` in token order.
  std::vector<Local> must_linked(Local a, MustLinkKind kind) const {
    std::vector<Local> out;
    for (const MustLink& link : view_.adjacency().must_links_of(view_.persona(a).token)) {
      const std::uint32_t slot =
          link.kind == kind ? view_.adjacency().find_persona(link.other) : kNoSlot;
      const Local b = slot == kNoSlot ? kNoSlot : view_.local_of(slot);
      if (b != kNoSlot && a < b) out.push_back(b);
    }
    std::ranges::sort(out);
    return out;
  }

  void join_must_link(Local a, Local b, MustLinkKind kind) {
    if (components_.find(a) == components_.find(b) || components_.held_apart(a, b)) return;
    if (kind == MustLinkKind::matched && components_.rivals(a, b)) {
      holds_.push_back({HoldReason::unique, Tier::none, kNoSlot, view_.slot(a), view_.slot(b)});
      return;
    }
    const JoinReason reason =
        kind == MustLinkKind::accepted ? JoinReason::accepted : JoinReason::matched;
    joins_.push_back({view_.slot(a), view_.slot(b), kNoSlot, Tier::none, reason});
    components_.join(a, b);
  }

  // What is shared between different components at the end.
  void note_holds() {
    for (const SharedIdentifier& shared : view_.shared()) {
      // The first carrier of each component: named ones, and the others.
      std::vector<Holder> named;
      std::vector<Holder> unnamed;
      for (const Holder& holder : shared.holders) {
        auto& list = components_.named(holder.local) ? named : unnamed;
        const auto same = [&](const Holder& other) {
          return components_.find(other.local) == components_.find(holder.local);
        };
        if (std::ranges::none_of(list, same)) list.push_back(holder);
      }
      for (std::size_t j = 1; j < named.size(); ++j) {
        note_hold_of(shared, named[j], std::span(named).first(j));
      }
      for (const Holder& holder : unnamed) {
        for (std::size_t i = 0; i < std::min<std::size_t>(named.size(), 2); ++i) {
          note_hold(shared, HoldReason::ambiguous, holder, named[i]);
        }
      }
    }
  }

  // One hold for each component suffices: with the first that it is in conflict with.
  void note_hold_of(const SharedIdentifier& shared, const Holder& holder,
                    std::span<const Holder> before) {
    for (const Holder& other : before) {
      if (!components_.conflict(other.local, holder.local)) continue;
      const bool rivals = components_.rivals(other.local, holder.local);
      return note_hold(shared, rivals ? HoldReason::unique : HoldReason::anchored, other, holder);
    }
    note_hold(shared, HoldReason::ambiguous, holder, before.front());
  }

  void note_hold(const SharedIdentifier& shared, HoldReason reason, const Holder& a,
                 const Holder& b) {
    if (components_.held_apart(a.local, b.local)) return;
    holds_.push_back(
        {reason, std::min(a.tier, b.tier), shared.slot, view_.slot(a.local), view_.slot(b.local)});
  }

  std::span<const std::uint32_t> unit_;
  std::uint8_t level_;
  UnitView view_;
  Components components_;
  std::vector<DecidedJoin> joins_;
  std::vector<DecidedHold> holds_;
};

}  // namespace

Decision decide(const Adjacency& adjacency, std::span<const std::uint32_t> unit,
                std::uint8_t level) {
  return Decider(adjacency, unit, level).run();
}

std::vector<std::uint32_t> decide_proof(const Adjacency& adjacency,
                                        std::span<const std::uint32_t> unit, std::uint8_t level) {
  std::vector<std::uint32_t> parent(unit.begin(), unit.end());
  if (level > kStrongestLevel) return parent;
  std::vector<Local> place(unit.size());
  std::iota(place.begin(), place.end(), Local{0});
  const auto find = [&](Local at) {
    while (place[at] != at) at = place[at] = place[place[at]];
    return at;
  };
  // The first holder of an identifier to come by stands for the rest of them.
  std::vector<std::pair<std::uint32_t, Local>> carried;
  for (Local i = 0; i < unit.size(); ++i) {
    for (const Edge& edge : adjacency.persona(unit[i]).edges.view()) {
      const IdentifierNode& identifier = adjacency.identifier(edge.to);
      if (links_at(edge, Tier::authenticated) && identifier.edges.linking() > 1 &&
          Adjacency::eligible(identifier)) {
        carried.emplace_back(edge.to, i);
      }
    }
  }
  std::ranges::sort(carried);
  for (std::size_t i = 1; i < carried.size(); ++i) {
    if (carried[i].first != carried[i - 1].first) continue;
    const Local a = find(carried[i].second);
    const Local b = find(carried[i - 1].second);
    place[std::max(a, b)] = std::min(a, b);
  }
  for (Local i = 0; i < unit.size(); ++i) parent[i] = unit[find(i)];
  return parent;
}

}  // namespace cdp::identity
