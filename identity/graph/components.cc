#include "identity/graph/components.h"

#include <algorithm>
#include <numeric>

namespace cdp::identity {

using event::Tier;

Components::Components(const UnitView& view)
    : view_(view),
      parent_(view.size()),
      next_(view.size()),
      anchored_(view.size()),
      values_(view.size()) {
  std::iota(parent_.begin(), parent_.end(), Local{0});
  std::iota(next_.begin(), next_.end(), Local{0});
  for (Local local = 0; local < view.size(); ++local) {
    note_names(view, local);
    if (view.persona(local).has_cannot) note_held_apart(view, local);
  }
}

void Components::note_names(const UnitView& view, Local local) {
  const PersonaNode& persona = view.persona(local);
  anchored_[local] = persona.account;
  if (persona.value == kNoSlot) return;
  const Rules& rules = view.adjacency().rules();
  for (const Edge& edge : persona.edges.view()) {
    if (edge.tier >= Tier::device && rules.rule(edge.kind).unique) {
      values_[local].push_back({edge.kind, edge.to});
    }
  }
  std::ranges::sort(values_[local]);
}

void Components::note_held_apart(const UnitView& view, Local local) {
  for (const Token& other : view.adjacency().held_apart_from(view.persona(local).token)) {
    const std::uint32_t slot = view.adjacency().find_persona(other);
    const Local j = slot == kNoSlot ? kNoSlot : view.local_of(slot);
    if (j != kNoSlot && local < j) apart_.emplace_back(local, j);
  }
}

Local Components::find(Local local) {
  while (parent_[local] != local) local = parent_[local] = parent_[parent_[local]];
  return local;
}

void Components::join(Local a, Local b) {
  const Local kept = std::min(find(a), find(b));
  const Local gone = std::max(find(a), find(b));
  parent_[gone] = kept;
  std::swap(next_[kept], next_[gone]);
  anchored_[kept] = anchored_[kept] || anchored_[gone];
  if (values_[gone].empty()) return;
  std::vector<Value> both;
  std::ranges::set_union(values_[kept], values_[gone], std::back_inserter(both));
  values_[kept] = std::move(both);
  values_[gone].clear();
}

bool Components::rivals(Local a, Local b) {
  const std::vector<Value>& mine = values_[find(a)];
  const std::vector<Value>& theirs = values_[find(b)];
  // Of one kind: a value here that is not there, and one there that is not here.
  const auto lacks = [](const std::vector<Value>& set, const Value& value) {
    return !std::ranges::binary_search(set, value);
  };
  return std::ranges::any_of(mine, [&](const Value& m) {
    return lacks(theirs, m) && std::ranges::any_of(theirs, [&](const Value& t) {
             return t.kind == m.kind && lacks(mine, t);
           });
  });
}

bool Components::held_apart(Local a, Local b) {
  a = find(a);
  b = find(b);
  return std::ranges::any_of(apart_, [&](const auto& pair) {
    const Local x = find(pair.first);
    const Local y = find(pair.second);
    return (x == a && y == b) || (x == b && y == a);
  });
}

std::size_t Components::independent(Local a, Local b) {
  const Local theirs = find(b);
  std::vector<std::uint8_t> families;
  each_member(a, [&](Local member) {
    for (const UnitView::Carried& carried : view_.carried_by(member)) {
      if (carried.tier < Tier::declared) continue;
      const SharedIdentifier& shared = view_.shared()[carried.shared];
      const bool there = std::ranges::any_of(shared.holders, [&](const Holder& holder) {
        return holder.tier >= Tier::declared && find(holder.local) == theirs;
      });
      if (there) families.push_back(view_.adjacency().rules().family(shared.kind));
    }
  });
  std::ranges::sort(families);
  const auto repeated = std::ranges::unique(families);
  return families.size() - repeated.size();
}

}  // namespace cdp::identity
