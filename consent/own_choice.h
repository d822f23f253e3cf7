// OwnChoice: a choice that a person made to us, in person: on the preference page, by our own
// double opt-in, through an unsubscribe link. Checked against the policy and turned into a draft,
// with the notice that was shown and its hash (DESIGN §7 rule 2: grade 3 is what we verified
// ourselves).
//
//   CDP_TRY(auto draft, own_draft(policy, choice));      // then into the ledger by
//   app/own_statements
//
// The one who proved control of an address (a signed link mailed to it) speaks for the records
// whose only address it is: evidence_of() carries a grant of grade 3 to them (ADR 8).
//
// Thread-safety: pure. Errors: invalid_argument for a purpose, channel or notice that the policy
// does not have; unprocessable for a grant of what cannot be granted (no notice in force).
#pragma once

#include <optional>
#include <string>

#include "consent/policy.h"

namespace cdp::consent {

struct OwnChoice {
  std::string purpose;  // a grant names exactly one; a no may name a parent, or "*" for everything
  std::string vendor;   // a destination's name; empty = every one
  event::Choice choice = event::Choice::denied;
  std::string method;  // event::method::kSave, kAccept, kReject, kUnsubscribe, kDoubleOptIn
  event::Actor actor = event::Actor::person;
  // The text that was shown: its hash is taken from the policy, and its version must be the one in
  // force for a grant. Not needed for a no.
  std::string notice_version;
  std::string notice_language;
  // Where the person lives, as far as evidenced: "DE". Chooses among texts, and stands in the
  // statement, where it is evidence of that from then on.
  std::string jurisdiction;
  // Whose text was shown, when that tells nothing of where the person lives; chooses among texts.
  std::string notice_jurisdiction;
  std::string place;          // "preferences", "checkout"; a word of ours, never a URL
  Pii<std::string> evidence;  // one JSON object or empty
  // The address that the person proved control of. A channel grant binds to it; any other grant
  // reaches the records whose only address it is.
  std::optional<event::Identifier> contact_point;
  Time occurred_at;
};

Result<event::StatementDraft> own_draft(const Policy& policy, const OwnChoice& choice);

// The source under which such statements stand in the ledger. Its name cannot be configured.
inline constexpr std::string_view kOwnSource = "cdp-preferences";
// Before the binding or the id of the token by which a statement came over the consent API.
inline constexpr std::string_view kConsentApiPrefix = "consent-api:";
SourceConfig own_source();

}  // namespace cdp::consent
