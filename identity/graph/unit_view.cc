#include "identity/graph/unit_view.h"

#include <algorithm>

namespace cdp::identity {

UnitView::UnitView(const Adjacency& adjacency, std::span<const std::uint32_t> unit,
                   event::Tier level)
    : adjacency_(adjacency), slots_(unit.begin(), unit.end()), carried_(unit.size()) {
  std::ranges::sort(slots_, {}, [&](std::uint32_t s) { return adjacency_.persona(s).token; });
  for (Local i = 0; i < slots_.size(); ++i) by_slot_.emplace_back(slots_[i], i);
  std::ranges::sort(by_slot_);
  std::vector<std::uint32_t> seen;
  for (const std::uint32_t persona : slots_) {
    for (const Edge& edge : adjacency_.persona(persona).edges.view()) {
      const IdentifierNode& identifier = adjacency_.identifier(edge.to);
      if (links_at(edge, level) && identifier.edges.linking() > 1 &&
          Adjacency::eligible(identifier)) {
        seen.push_back(edge.to);
      }
    }
  }
  // Those that come up twice are shared.
  std::ranges::sort(seen);
  std::vector<std::uint32_t> twice;
  for (std::size_t i = 1; i < seen.size(); ++i) {
    if (seen[i] == seen[i - 1] && (twice.empty() || twice.back() != seen[i])) {
      twice.push_back(seen[i]);
    }
  }
  std::ranges::sort(twice, {}, [&](std::uint32_t s) { return adjacency_.identifier(s).token; });
  for (const std::uint32_t slot : twice) {
    SharedIdentifier shared{slot, adjacency_.identifier(slot).kind, {}};
    for (const Edge& edge : adjacency_.identifier(slot).edges.view()) {
      const Local local = links_at(edge, level) ? local_of(edge.to) : kNoSlot;
      if (local != kNoSlot) shared.holders.push_back({local, edge.tier});
    }
    std::ranges::sort(shared.holders, {}, &Holder::local);
    for (const Holder& holder : shared.holders) {
      carried_[holder.local].push_back({static_cast<std::uint32_t>(shared_.size()), holder.tier});
    }
    shared_.push_back(std::move(shared));
  }
}

Local UnitView::local_of(std::uint32_t slot) const {
  const auto found =
      std::ranges::lower_bound(by_slot_, slot, {}, &std::pair<std::uint32_t, Local>::first);
  return found != by_slot_.end() && found->first == slot ? found->second : kNoSlot;
}

}  // namespace cdp::identity
