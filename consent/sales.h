// Sales: the evidence that a soft opt-in needs (ePrivacy Directive Art. 13(2)): an order of the
// person, and the address that they gave in its course. Recorded for every purpose of the policy
// that rests on the soft opt-in, when the order comes in; never from a browser, where anybody can
// claim to have bought.
//
// Thread-safety: pure. Errors: none; what is no sale is an empty list.
#pragma once

#include <vector>

#include "cdp/core/event/observation.h"
#include "consent/policy.h"

namespace cdp::consent {

// "Order Completed" or "Order Paid", with an address of the purpose's channel among its
// identifiers, by a source that vouches for it.
std::vector<event::StatementDraft> sales_in(const event::Observation& observation,
                                            const SourceConfig& source, const Policy& policy);

}  // namespace cdp::consent
