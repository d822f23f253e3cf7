// ChoiceOrder: a passport that carries a person's will to a vendor who already holds the person,
// under the id by which the vendor knows them, and carries no value of theirs (DESIGN §1, §7 rule
// 11).
//
//   deny, restrict   no to a purpose, or to a category of data that the vendor was given
//   correct          what the vendor holds is out of date (GDPR Art. 16, 19): ask again, or stop
//                    using it
//
// A corrected value itself leaves in a view and in nothing else: a vendor that may still have every
// value which changed gets a view and no order (Gate::correction).
//
// Thread-safety: a value; moved, never copied.
#pragma once

#include <string>
#include <vector>

#include "cdp/core/base/time.h"
#include "cdp/core/event/statement.h"

namespace cdp::consent {

class ChoiceOrder {
 public:
  enum class Kind : std::uint8_t { deny = 1, restrict = 2, correct = 3 };

  ChoiceOrder(ChoiceOrder&&) noexcept = default;
  ChoiceOrder& operator=(ChoiceOrder&&) noexcept = default;
  ChoiceOrder(const ChoiceOrder&) = delete;
  ChoiceOrder& operator=(const ChoiceOrder&) = delete;

  Kind kind() const { return kind_; }
  const std::string& destination() const { return destination_; }
  const std::string& vendor_id() const { return vendor_id_; }
  // The purpose that the vendor got the person for; empty in an order about a category.
  const std::string& purpose() const { return purpose_; }
  // "user.name", and the names of the vendor's attributes that belong to it. Else empty.
  const std::string& category() const { return category_; }
  const std::vector<std::string>& attributes() const { return attributes_; }
  // Never a grant. Of a correction it says nothing.
  event::Choice choice() const { return choice_; }
  Time decided_at() const { return decided_at_; }

 private:
  friend class Gate;
  ChoiceOrder() = default;

  Kind kind_ = Kind::deny;
  std::string destination_;
  std::string vendor_id_;
  std::string purpose_;
  std::string category_;
  std::vector<std::string> attributes_;
  event::Choice choice_ = event::Choice::withdrawn;
  Time decided_at_;
};

}  // namespace cdp::consent
