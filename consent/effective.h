// Effective consent: a pure function of (statements of all personas of the subject, policy, now):
// DESIGN §7 rules 1 to 7, 9 to 11. A slow reference implementation of the same rules stands in
// tests/support, and both are tested against each other.
//
// Thread-safety: pure. Errors: none. Fail closed: anything unknown denies.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "consent/policy.h"
#include "identity/profile.h"

namespace cdp::consent {

// Why. Closed; each is shown to the subject and the officer, never to a destination (no oracles
// round the gate).
enum class Reason : std::uint8_t {
  granted,
  allowed_by_default,  // an opt-out jurisdiction, nothing denied
  no_statement,        // missing is not false: nobody asked
  denied,
  withdrawn,
  objected,
  restricted,
  weak_evidence,         // a grant below the grade it needs
  superseded_by_denial,  // the grant lost against a denial (grade or time)
  expired,
  stale_notice,         // material change since
  other_contact_point,  // granted for another address
  anonymous_grant,      // made on a device, does not open a channel or follow the person
  unlinked_grant,       // made by a persona that only an unproven link joins
  purpose_unknown,
  destination_unknown,
  purpose_not_configured,  // for this destination
  attribute_not_mapped,    // not in the data map, or not for this purpose
  attribute_not_configured,
  no_value,
  erased,
};
std::string_view to_string(Reason reason);

struct Decision {
  bool allowed = false;
  Reason reason = Reason::no_statement;
  const event::Statement* deciding = nullptr;  // points into the input
};

struct Question {
  const Purpose* purpose = nullptr;
  std::string_view vendor;             // destination name
  bool sale_or_share = false;          // the destination's role is unset
  std::optional<Token> contact_point;  // for channel purposes: the address that would be used
  std::uint32_t proof_group = 0;       // whose data would be used
  bool anonymous_member = false;       // the asking persona is a device
  PersonaOrdinal asking;               // the member whose data would be used
};

// One statement with the member it came from.
struct Evidence {
  const event::Statement* statement = nullptr;
  PersonaOrdinal persona;
  std::uint32_t proof_group = 0;
};

std::vector<Evidence> evidence_of(const identity::Profile& profile);
Decision decide(const Question& question, std::span<const Evidence> evidence, const Policy& policy,
                Time now);

// "single state per (purpose, channel)" for POST /v1/consents/lookup and the officer.
struct EffectiveRow {
  std::string purpose;
  std::string channel;
  bool allowed = false;
  Reason reason = Reason::no_statement;
  std::string source;  // of the deciding statement
  Time decided_at;
};
std::vector<EffectiveRow> effective_rows(const identity::Profile& profile, const Policy& policy,
                                         Time now);

}  // namespace cdp::consent
