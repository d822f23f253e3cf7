// Components: the personas of one unit as they come together, with what decides whether two
// components may be one: accounts (anchors), values of unique types, and cannot-links.
//
// Thread-safety: one thread. The view must outlive it.
#pragma once

#include <vector>

#include "identity/graph/unit_view.h"

namespace cdp::identity {

class Components {
 public:
  explicit Components(const UnitView& view);

  // The smallest member stands for its component.
  Local find(Local local);
  // Joins two different components.
  void join(Local a, Local b);
  template <class Visit>
  void each_member(Local local, Visit visit) const {
    Local at = local;
    do {
      visit(at);
      at = next_[at];
    } while (at != local);
  }

  // Some member is an account.
  bool anchored(Local local) { return anchored_[find(local)]; }
  // Anchored, or with a value of a unique type.
  bool named(Local local) { return anchored(local) || !values_[find(local)].empty(); }
  // Each has a value of a unique type that the other lacks.
  bool rivals(Local a, Local b);
  // Two named components that nothing but strong evidence may join.
  bool conflict(Local a, Local b) { return rivals(a, b) || (anchored(a) && anchored(b)); }
  // A cannot-link holds a member of one from a member of the other.
  bool held_apart(Local a, Local b);
  // How many independent identifiers (families of types) they share on the declared tier or above.
  std::size_t independent(Local a, Local b);

 private:
  struct Value {
    std::uint8_t kind;
    std::uint32_t identifier;
    friend auto operator<=>(const Value&, const Value&) = default;
  };
  void note_names(const UnitView& view, Local local);
  void note_held_apart(const UnitView& view, Local local);

  const UnitView& view_;
  std::vector<Local> parent_;
  std::vector<Local> next_;                 // the members as a ring
  std::vector<bool> anchored_;              // at the root
  std::vector<std::vector<Value>> values_;  // at the root, sorted
  std::vector<std::pair<Local, Local>> apart_;
};

}  // namespace cdp::identity
