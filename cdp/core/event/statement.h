// A statement: one entry in the consent ledger (DESIGN §1). Never updated; effective consent is
// computed from all of a subject's statements (consent/effective.h).
//
// The four grades of evidence and the five choices are the design's; bases follow GDPR Art. 6(1)
// and the ePrivacy soft opt-in (Directive 2002/58/EC Art. 13(2)). Thread-safety: values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "cdp/core/base/ids.h"
#include "cdp/core/base/pii.h"
#include "cdp/core/base/time.h"

namespace cdp::event {

enum class Choice : std::uint8_t {
  granted = 1,
  denied = 2,
  withdrawn = 3,
  objected = 4,
  restricted = 5
};

// How good the evidence is. Ordered: higher is better.
enum class Grade : std::uint8_t {
  asserted = 0,       // somebody says so: CSV, admin
  recorded = 1,       // the vendor recorded date and method
  double_opt_in = 2,  // the vendor's double opt-in
  verified = 3,       // by us: preference centre, our double opt-in
};

enum class Basis : std::uint8_t {
  consent = 1,
  contract = 2,
  legal_obligation = 3,
  legitimate_interest = 4,
  soft_opt_in = 5,
};

std::string_view to_string(Choice choice);
std::string_view to_string(Grade grade);
std::string_view to_string(Basis basis);
std::optional<Choice> choice_from(std::string_view name);
std::optional<Basis> basis_from(std::string_view name);
std::optional<Grade> grade_from(std::string_view name);

// Typed, raw or normalised: ("email", "a@shop.example").
struct Identifier {
  std::string type;
  Pii<std::string> value;
};

// What a connector read from its vendor: not yet bound to a persona, the contact point still in the
// clear.
struct StatementDraft {
  std::string
      purpose;  // fideslang-style key from the policy, or the vendor category that the policy maps
  std::string channel;                      // "email", "sms", ...; empty = every channel
  std::string vendor;                       // empty = every vendor
  std::optional<Identifier> contact_point;  // the address a channel grant binds to
  Choice choice = Choice::denied;
  Basis basis = Basis::consent;
  Grade grade = Grade::asserted;
  std::string method;          // "single_opt_in", "preference_centre", "import", "state_pull", ...;
                               // vendor's own word
  std::string notice_version;  // empty = not known
  Time occurred_at;            // 0 = the vendor gave no date
  // True when the vendor sends its current state again and again (a pull, a full-profile webhook):
  // such a draft becomes a statement only when it differs from the last one of the same source,
  // persona and key (DESIGN §7 rule 3).
  bool is_state = false;
};

// In the ledger.
struct Statement {
  Position position;        // of the record that carries it
  std::uint32_t index = 0;  // among that record's statements
  std::string source;
  std::string purpose;
  std::string channel;
  std::string vendor;
  std::string contact_type;            // "email"; empty = not bound
  std::optional<Token> contact_point;  // blind index of the normalised address
  Choice choice = Choice::denied;
  Basis basis = Basis::consent;
  Grade grade = Grade::asserted;
  std::string method;
  std::string notice_version;
  Time occurred_at;  // 0 = not known; clamped to received_at
  Time received_at;
  bool is_state = false;
  bool anonymous =
      false;  // made by a persona known only by a device id: a grant stays there (DESIGN §7 rule 7)
  // A denial made while merged is copied to every member, so that it survives a split (invariant
  // 9): where it came from.
  Position copied_from;

  friend bool operator==(const Statement&, const Statement&) = default;
};

}  // namespace cdp::event
