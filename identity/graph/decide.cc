#include "identity/graph/decide.h"

#include <algorithm>
#include <numeric>

namespace cdp::identity {
namespace {

using Local = std::uint32_t;  // place within the unit

class Groups {
 public:
  explicit Groups(std::size_t size) : parent_(size) {
    std::iota(parent_.begin(), parent_.end(), Local{0});
  }
  Local find(Local at) {
    while (parent_[at] != at) at = parent_[at] = parent_[parent_[at]];
    return at;
  }
  void join(Local a, Local b) {
    a = find(a);
    b = find(b);
    // The smallest place stands for the group.
    parent_[std::max(a, b)] = std::min(a, b);
  }

 private:
  std::vector<Local> parent_;
};

std::vector<std::uint32_t> slots(Groups& groups, std::span<const std::uint32_t> unit) {
  std::vector<std::uint32_t> out(unit.size());
  for (Local i = 0; i < unit.size(); ++i) out[i] = unit[groups.find(i)];
  return out;
}

class Decider {
 public:
  Decider(const Adjacency& adjacency, std::span<const std::uint32_t> unit, std::uint8_t level,
          std::size_t personas_max)
      : adjacency_(adjacency),
        unit_(unit),
        level_(level),
        personas_max_(personas_max),
        groups_(unit.size()) {}

  Decision run() {
    collect_identifiers();
    collect_pairs();
    Decision decision;
    if (level_ > kStrongestLevel) decision.proof = slots(groups_, unit_);
    for (std::uint8_t tier = kStrongestLevel; tier >= level_; --tier) {
      for (const Shared& shared : identifiers_) join_holders(shared, tier);
      if (tier == kStrongestLevel) decision.proof = slots(groups_, unit_);
    }
    decision.subject = slots(groups_, unit_);
    decision.joins = std::move(joins_);
    return decision;
  }

 private:
  struct Holder {
    Local local;
    std::uint8_t tier;
  };
  struct Shared {
    std::uint32_t identifier;
    std::vector<Holder> holders;  // in persona token order
  };

  const Token& token_of(Local local) const { return adjacency_.persona(unit_[local]).token; }
  Local local_of(std::uint32_t slot) const {
    const auto found = std::ranges::lower_bound(unit_, slot);
    return found != unit_.end() && *found == slot ? static_cast<Local>(found - unit_.begin())
                                                  : kNoSlot;
  }

  // The identifiers that two or more members share on a tier that links here, in token order.
  void collect_identifiers() {
    std::vector<std::uint32_t> seen;
    for (const std::uint32_t slot : unit_) {
      for (const Edge& edge : adjacency_.persona(slot).edges.view()) {
        const IdentifierNode& identifier = adjacency_.identifier(edge.to);
        if (static_cast<std::uint8_t>(edge.tier) < level_ || identifier.edges.linking() < 2 ||
            !eligible(identifier, personas_max_)) {
          continue;
        }
        seen.push_back(edge.to);
      }
    }
    std::ranges::sort(seen, {}, [&](std::uint32_t s) { return adjacency_.identifier(s).token; });
    const auto repeated = std::ranges::unique(seen);
    seen.erase(repeated.begin(), repeated.end());
    for (const std::uint32_t slot : seen) {
      Shared shared{slot, {}};
      for (const Edge& edge : adjacency_.identifier(slot).edges.view()) {
        const auto tier = static_cast<std::uint8_t>(edge.tier);
        const Local local = tier < level_ ? kNoSlot : local_of(edge.to);
        if (local != kNoSlot) shared.holders.push_back({local, tier});
      }
      std::ranges::sort(shared.holders, {}, [&](const Holder& h) { return token_of(h.local); });
      identifiers_.push_back(std::move(shared));
    }
  }

  void collect_pairs() {
    for (Local i = 0; i < unit_.size(); ++i) {
      if (!adjacency_.persona(unit_[i]).has_cannot) continue;
      for (const Token& other : adjacency_.held_apart_from(token_of(i))) {
        const std::uint32_t slot = adjacency_.find_persona(other);
        const Local j = slot == kNoSlot ? kNoSlot : local_of(slot);
        if (j != kNoSlot && i < j) held_apart_.emplace_back(i, j);
      }
    }
  }

  bool may_join(Local a, Local b) {
    for (const auto& [first, second] : held_apart_) {
      const Local x = groups_.find(first);
      const Local y = groups_.find(second);
      if ((x == a && y == b) || (x == b && y == a)) return false;
    }
    return true;
  }

  void join_holders(const Shared& shared, std::uint8_t tier) {
    before_.clear();
    for (const Holder& holder : shared.holders) {
      if (holder.tier < tier) continue;
      bool with_one_before = false;
      for (const Local other : before_) {
        const Local a = groups_.find(other);
        const Local b = groups_.find(holder.local);
        if (a == b) {
          with_one_before = true;
        } else if (may_join(a, b)) {
          joins_.push_back({unit_[other], unit_[holder.local], shared.identifier, tier});
          groups_.join(a, b);
          with_one_before = true;
        }
      }
      // One holder of each group is enough to try the next against.
      if (!with_one_before) before_.push_back(holder.local);
    }
  }

  const Adjacency& adjacency_;
  std::span<const std::uint32_t> unit_;
  std::uint8_t level_;
  std::size_t personas_max_;
  Groups groups_;
  std::vector<Shared> identifiers_;
  std::vector<std::pair<Local, Local>> held_apart_;
  std::vector<Local> before_;
  std::vector<DecidedJoin> joins_;
};

}  // namespace

Decision decide(const Adjacency& adjacency, std::span<const std::uint32_t> unit, std::uint8_t level,
                std::size_t personas_max) {
  return Decider(adjacency, unit, level, personas_max).run();
}

std::vector<std::uint32_t> decide_proof(const Adjacency& adjacency,
                                        std::span<const std::uint32_t> unit, std::uint8_t level,
                                        std::size_t personas_max) {
  Groups groups(unit.size());
  if (level > kStrongestLevel) return slots(groups, unit);
  // The first holder of an identifier to come by stands for the rest of them.
  std::vector<std::pair<std::uint32_t, Local>> carried;
  for (Local i = 0; i < unit.size(); ++i) {
    for (const Edge& edge : adjacency.persona(unit[i]).edges.view()) {
      const IdentifierNode& identifier = adjacency.identifier(edge.to);
      if (edge.tier == event::Tier::authenticated && identifier.edges.linking() > 1 &&
          eligible(identifier, personas_max)) {
        carried.emplace_back(edge.to, i);
      }
    }
  }
  std::ranges::sort(carried);
  for (std::size_t i = 1; i < carried.size(); ++i) {
    if (carried[i].first == carried[i - 1].first) {
      groups.join(carried[i].second, carried[i - 1].second);
    }
  }
  return slots(groups, unit);
}

}  // namespace cdp::identity
