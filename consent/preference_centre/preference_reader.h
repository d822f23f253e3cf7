// PreferenceReader: what the page shows of a person's own addresses: masked, enough to recognise,
// too little to learn from. One of the few classes that may open Pii.
//
// Thread-safety: stateless. Errors: none; what cannot be read is not shown.
#pragma once

#include <optional>
#include <string>

#include "cdp/core/event/statement.h"
#include "identity/profile.h"

namespace cdp::consent {

class PreferenceReader {
 public:
  // "a•••@shop.example", "+49 ••• 12".
  static std::string masked(const event::Identifier& address);
  // A phone number that a proven record of the person holds: one joined by authenticated links
  // alone to a record that holds the proven address (never a browser's, and none of a household
  // that only shares an address). The first in ledger order.
  static std::optional<event::Identifier> phone_of(const identity::Profile& profile,
                                                   const Token& proven);
};

}  // namespace cdp::consent
