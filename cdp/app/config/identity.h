// The section [identity] of cdp.toml: how identifiers of each type link people, which of their
// values name nobody, and whether records are matched by likeness.
//
//   [identity.email]
//   tier = "declared"                 # none, device, declared or authenticated
//   cap = 20                          # carried by more records than this it links nobody
//   values = 10                       # a record with more of them is many people's
//   blocked = ["*@till.example"]      # globs over the normalised value
//   [identity.loyalty_card]
//   tier = "authenticated"
//   unique = true                     # a person has one at most
//   anchor = true                     # who has one has an account
//
//   [identity.matching]               # off unless it is there and enabled
//   enabled = true
//   review = 4                        # bits; from here on an officer is asked
//   auto_link = 14                    # from here on nobody is; left out: never
//   fields = {first_name = "given_name", birthday = "date_of_birth"}
//
// Thread-safety: pure. Errors: none; everything wrong becomes a Problem at its place.
#pragma once

#include <string>
#include <vector>

#include "cdp/app/config/tree.h"
#include "consent/policy.h"

namespace cdp::app {

void read_identity(const ConfigNode& section, consent::Policy* policy,
                   std::vector<Problem>* problems);

// After every section was read: matching needs the purpose that people can refuse.
void check_matching(const ConfigNode& root, const consent::Policy& policy,
                    std::vector<Problem>* problems);

// The strongest tier that a type may be given: an address is never proof, a device never more than
// one; a shop's own id may be.
event::Tier strongest_tier(std::string_view type);

// What folding means under these identifiers: part of state's rule version.
std::string identity_version(const consent::Policy& policy);

}  // namespace cdp::app
