// What holds on one device, as far as the device's own browser may hear it: what a widget tells the
// tags of the page.
//
// The asker holds a public key and a device's name, so it hears only of records that are proven to
// be the device's owner's (its proof group): anybody can log a device of his own in under somebody
// else's name, and must not learn from the answer what they refused (DESIGN §7, no oracles).
//
//   for (const auto& one : device_state(*profile, device, policy, now)) ... one.purpose,
//   one.allowed
//
// Thread-safety: pure. Errors: none; a device that is no member of the profile has every purpose
// closed that needs a yes.
#pragma once

#include <string>
#include <vector>

#include "consent/effective.h"

namespace cdp::consent {

struct DevicePurpose {
  std::string purpose;
  bool allowed = false;
  Reason reason = Reason::no_statement;
};

// One for each configured purpose, by key. By value: members are left out of it.
std::vector<DevicePurpose> device_state(identity::Profile profile, PersonaOrdinal device,
                                        const Policy& policy, Time now);

}  // namespace cdp::consent
