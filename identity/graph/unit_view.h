// UnitView: one unit as decide() looks at it: its personas numbered in token order, and what two or
// more of them share. Numbers are places in token order, so that "the smaller" is always content.
//
// Thread-safety: const members are safe; the adjacency must outlive the view and not change.
#pragma once

#include <span>
#include <vector>

#include "identity/graph/adjacency.h"

namespace cdp::identity {

using Local = std::uint32_t;  // place of a persona within the unit, in token order

struct Holder {
  Local local = 0;
  event::Tier tier = event::Tier::none;
};

struct SharedIdentifier {
  std::uint32_t slot = 0;
  std::uint8_t kind = 0;
  std::vector<Holder> holders;  // in token order, two at least
};

class UnitView {
 public:
  struct Carried {
    std::uint32_t shared = 0;  // place in shared()
    event::Tier tier = event::Tier::none;
  };

  // `unit`: persona slots. Links below `level` are not looked at.
  UnitView(const Adjacency& adjacency, std::span<const std::uint32_t> unit, event::Tier level);

  const Adjacency& adjacency() const { return adjacency_; }
  std::size_t size() const { return slots_.size(); }
  std::uint32_t slot(Local local) const { return slots_[local]; }
  const PersonaNode& persona(Local local) const { return adjacency_.persona(slots_[local]); }
  Local local_of(std::uint32_t slot) const;  // kNoSlot when it is not in the unit
  // What may link and is shared inside the unit, in token order.
  const std::vector<SharedIdentifier>& shared() const { return shared_; }
  std::span<const Carried> carried_by(Local local) const { return carried_[local]; }

 private:
  const Adjacency& adjacency_;
  std::vector<std::uint32_t> slots_;
  std::vector<std::pair<std::uint32_t, Local>> by_slot_;
  std::vector<SharedIdentifier> shared_;
  std::vector<std::vector<Carried>> carried_;
};

}  // namespace cdp::identity
