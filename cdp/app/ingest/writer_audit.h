// What the writer's commits leave in the audit trail: an entry for each statement, and one leaf for
// all observations of a commit. No personal data: free text of a client is not taken over.
//
// Thread-safety: plain functions.
#pragma once

#include <vector>

#include "cdp/core/audit/trail.h"
#include "cdp/core/base/random.h"
#include "cdp/core/crypto/signature.h"
#include "cdp/core/event/fact.h"
#include "cdp/core/store/ledger.h"

namespace cdp::app {

// `nonce`: consent::statement_nonce of the statement's place; it hides what the commitment is to.
audit::Entry statement_entry(const event::Statement& statement, const crypto::Digest& nonce,
                             Time now);
// How many observations are among the records, and a salted digest over their sealed bodies.
audit::Entry observations_entry(const std::vector<store::Record>& records, Time now,
                                Random& random);

}  // namespace cdp::app
