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
#include "cdp/core/crypto/signature.h"

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

// Who made the choice. A parent speaks for a child (GDPR Art. 8), an agent with the person's
// permission (11 CCR 7063), an officer on the person's word.
enum class Actor : std::uint8_t { person = 1, parent = 2, agent = 3, vendor = 4, officer = 5 };

// How a choice was made. A vendor's own word may stand in a statement, too; these are ours.
namespace method {
inline constexpr std::string_view kAccept = "accept";  // yes to everything offered, one button
inline constexpr std::string_view kReject = "reject";  // no to everything offered, one button
inline constexpr std::string_view kSave = "save";      // choice by choice
inline constexpr std::string_view kDoubleOptIn = "double_opt_in";
inline constexpr std::string_view kGpc = "gpc";  // Global Privacy Control
inline constexpr std::string_view kImport = "import";
inline constexpr std::string_view kUnsubscribe = "unsubscribe";  // RFC 8058 or a link in a mail
inline constexpr std::string_view kApi = "api";
inline constexpr std::string_view kSale = "sale";  // the address came with an order (soft opt-in)
}  // namespace method

std::string_view to_string(Choice choice);
std::string_view to_string(Grade grade);
std::string_view to_string(Basis basis);
std::optional<Choice> choice_from(std::string_view name);
std::optional<Basis> basis_from(std::string_view name);
std::optional<Grade> grade_from(std::string_view name);
std::string_view to_string(Actor actor);
std::optional<Actor> actor_from(std::string_view name);

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
  Actor actor = Actor::person;
  std::optional<crypto::Digest> notice_hash;  // of the text that was shown (consent/notice.h)
  std::string notice_language;                // in which it was shown: "de"
  std::string place;          // where: "checkout", "preferences"; never a URL with a person in it
  std::string jurisdiction;   // where the person was, "DE", "US-CA"; empty = not known
  Pii<std::string> evidence;  // what shows it, one JSON object or empty: form, mail, click, order
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
  Actor actor = Actor::person;
  std::optional<crypto::Digest> notice_hash;
  std::string notice_language;
  std::string place;
  std::string jurisdiction;
  Pii<std::string> evidence;  // sealed with the statement under the persona's key
  Time occurred_at;           // 0 = not known; clamped to received_at
  Time received_at;
  bool is_state = false;
  bool anonymous =
      false;  // made by a persona known only by a device id: a grant stays there (DESIGN §7 rule 7)
  // A denial made while merged is copied to every member, so that it survives a split (invariant
  // 9): where it came from.
  Position copied_from;

  // Everything but the evidence, which nobody compares.
  friend bool operator==(const Statement& a, const Statement& b);
};

}  // namespace cdp::event
