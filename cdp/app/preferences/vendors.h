// Which vendors hold a person's data, and whether each has been told of the last choices: from the
// disclosures and the outbox. For the person's own page.
//
// Thread-safety: pure reads. Errors: those of the ledger.
#pragma once

#include <string>
#include <vector>

#include "cdp/core/store/ledger.h"
#include "consent/policy.h"
#include "consent/preference_centre/model.h"

namespace cdp::app {

// `title_of` a purpose in the person's language.
Result<std::vector<consent::preference_centre::VendorView>> vendors_of(
    const store::Ledger& ledger, const std::vector<PersonaOrdinal>& members,
    const consent::Policy& policy,
    const std::function<std::string(const std::string& purpose)>& title_of);

}  // namespace cdp::app
