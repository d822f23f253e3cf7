// Effective consent: a pure function of (statements of all personas of the subject, policy,
// jurisdiction, age, now): DESIGN §7 rules 1 to 11. A slow reference implementation of the same
// rules stands in tests/support, and both are tested against each other;
// tests/scenarios/consent.table says the rules row by row in words.
//
// What it takes to say yes: one grant of exactly this purpose that reaches the member asked about
// (same proof group; its own device when anonymous), for exactly this contact point on a channel
// purpose, with enough evidence, under a notice that still holds, not expired, and that beats every
// denial, withdrawal and objection of every member; a restriction is beaten by nothing. Denials
// hold for the person, not for one address. A child's grant is a parent's, until the child is old
// enough to decide.
//
// Thread-safety: pure. Errors: none. Fail closed: anything unknown denies.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "consent/age.h"
#include "consent/policy.h"
#include "identity/profile.h"

namespace cdp::consent {

// Why. Closed; each is shown to the subject and the officer, never to a destination (no oracles
// round the gate).
enum class Reason : std::uint8_t {
  granted,
  allowed_by_default,  // an opt-out jurisdiction, nothing denied
  allowed_by_basis,    // contract, law, interest or soft opt-in; nothing objected
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
  needs_parent,         // a child's own grant, made below the age of consent
  outgrown,             // a parent's grant, and the child is old enough by now
  no_sale,              // a soft opt-in without evidence of a sale
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
  bool public_member = false;          // its source is public: anybody can claim an address there
  PersonaOrdinal asking;               // the member whose data would be used
  std::string_view category;           // of the attribute, "user.contact.email"; empty = any
  bool sensitive = false;              // the attribute never goes by a default or another basis
  // Where the person lives, by all that is known ("DE", "US-CA"); empty = not known, so opt-in.
  std::span<const std::string> jurisdictions;
  std::optional<BirthDate> born;  // the youngest evidenced
  bool age_unreadable = false;    // somebody gave one that tells nothing: no default is open
};

// One statement with the member it came from.
struct Evidence {
  const event::Statement* statement = nullptr;
  PersonaOrdinal persona;
  std::uint32_t proof_group = 0;
  event::Trust trust = event::Trust::server;  // of the persona's source
};

// Every statement of every member. A grant that we verified ourselves (grade 3, an address proven)
// is also evidence in each proof group with a record whose only address of that type it is: who
// controls the mailbox of an account speaks for the account (ADR 8).
std::vector<Evidence> evidence_of(const identity::Profile& profile);
// Every jurisdiction that a member's `country` and `region` evidence now or ever did, every one
// that a statement names, and the controller's own; "?" for a value that names none, which no
// default opens. Empty when nothing is known of the person. Sorted, distinct.
std::vector<std::string> jurisdictions_of(const identity::Profile& profile, const Policy& policy);
// The latest birth date that an attribute of category user.demographic.date_of_birth holds, or that
// `age` tells; and whether one of them has a value that cannot be read.
struct AgeEvidence {
  std::optional<BirthDate> born;
  bool unreadable = false;
};
AgeEvidence age_of(const identity::Profile& profile, const Policy& policy);

// What decisions read of one person, gathered once. Lifetime: the profile must outlive it.
struct PersonEvidence {
  PersonEvidence(const identity::Profile& profile, const Policy& policy)
      : statements(evidence_of(profile)),
        places(jurisdictions_of(profile, policy)),
        age(age_of(profile, policy)) {}
  std::vector<Evidence> statements;
  std::vector<std::string> places;
  AgeEvidence age;
};

Decision decide(const Question& question, std::span<const Evidence> evidence, const Policy& policy,
                Time now);

// The answer that each member gets from one vendor (empty = whoever) for the best of its addresses,
// in the profile's order.
std::vector<Decision> decisions_by_record(const identity::Profile& profile,
                                          const PersonEvidence& evidence, const Policy& policy,
                                          const Purpose& purpose, std::string_view vendor,
                                          Time now);

// The best of these: what may be done with some of the person's data, not with all of it. Whether
// everything of theirs may be used: standing.h.
Decision best_decision(const identity::Profile& profile, const PersonEvidence& evidence,
                       const Policy& policy, const Purpose& purpose, std::string_view vendor,
                       Time now);

// The same for a cohort: one purpose and vendor, many people. The i-th decision is the i-th
// person's; its `deciding` points into the profile.
std::vector<Decision> decide_cohort(std::span<const identity::Profile> people, const Policy& policy,
                                    const Purpose& purpose, std::string_view vendor, Time now);

}  // namespace cdp::consent
