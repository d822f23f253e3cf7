// ChoiceOrder: a passport that carries "no" to a vendor who already holds the person: deny or
// restrict this vendor id for this purpose. Minted by consent when a withdrawal, denial, objection
// or restriction comes in (DESIGN §1, §7 rule 11). Carries no attribute.
//
// Thread-safety: a value; moved, never copied.
#pragma once

#include <string>

#include "cdp/core/base/time.h"
#include "cdp/core/event/statement.h"

namespace cdp::consent {

class ChoiceOrder {
 public:
  ChoiceOrder(ChoiceOrder&&) noexcept = default;
  ChoiceOrder& operator=(ChoiceOrder&&) noexcept = default;
  ChoiceOrder(const ChoiceOrder&) = delete;
  ChoiceOrder& operator=(const ChoiceOrder&) = delete;

  const std::string& destination() const { return destination_; }
  const std::string& vendor_id() const { return vendor_id_; }
  const std::string& purpose() const { return purpose_; }
  event::Choice choice() const { return choice_; }
  Time decided_at() const { return decided_at_; }

 private:
  friend class Gate;
  ChoiceOrder() = default;

  std::string destination_;
  std::string vendor_id_;
  std::string purpose_;
  event::Choice choice_ = event::Choice::withdrawn;
  Time decided_at_;
};

}  // namespace cdp::consent
