// ConsentedView: a passport. Exactly what one destination may see of one person for one purpose at
// one ledger position; the only form in which attributes leave. Minted by the Gate, moved, never
// copied; delivering it consumes it; a retry asks the gate again (DESIGN invariants 1, 3).
//
// Thread-safety: a value, owned by one thread at a time.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "cdp/core/base/ids.h"
#include "cdp/core/base/time.h"

namespace cdp::consent {

struct ViewAttribute {
  std::string name;
  std::string json;  // minified JSON value, consented
  // What the data map says of it: for the record of what left, and not for the vendor.
  std::string category;
};

class ConsentedView {
 public:
  ConsentedView(ConsentedView&&) noexcept = default;
  ConsentedView& operator=(ConsentedView&&) noexcept = default;
  ConsentedView(const ConsentedView&) = delete;
  ConsentedView& operator=(const ConsentedView&) = delete;

  const std::string& destination() const { return destination_; }
  const std::string& purpose() const { return purpose_; }
  // The person's name for this destination only: keyed, another for each destination.
  const std::string& subject() const { return subject_; }
  const std::vector<ViewAttribute>& attributes() const { return attributes_; }
  // Every attribute configured for the destination that is not released, existing or not; the
  // reason a destination sees is always `not_permitted`.
  const std::vector<std::string>& withheld() const { return withheld_; }
  Position position() const { return position_; }
  Time minted_at() const { return minted_at_; }

 private:
  friend class Gate;
  ConsentedView() = default;

  std::string destination_;
  std::string purpose_;
  std::string subject_;
  std::vector<ViewAttribute> attributes_;
  std::vector<std::string> withheld_;
  Position position_;
  Time minted_at_;
};

}  // namespace cdp::consent
