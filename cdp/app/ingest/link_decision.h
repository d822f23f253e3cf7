// LinkDecision, Retraction and SubjectChange: what was decided about identity and what became of a
// subject, as records of the ledger. Decisions and changes (RecordKind::link_decision,
// subject_change) stand in the clear: numbers, keyed hashes and words of ours, never a person's
// data (DESIGN §7). A retraction names what a person's record carries: it is a record of that
// persona, sealed under its key like all the others, and goes with them.
//
// Personas stand by their ordinals, which are never reused: a decision ends with the life it was
// about, and who comes back after an erasure is not linked by it. The first form of a decision
// named persona tokens; it is still read.
//
// Thread-safety: values. Errors of decode(): corrupt.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cdp/core/base/ids.h"
#include "cdp/core/base/result.h"

namespace cdp::app {

struct LinkDecision {
  enum class Kind : std::uint8_t {
    apart = 1,      // first and second are two people
    not_apart = 2,  // that is withdrawn
    latch = 3,      // the identifier links nobody, whoever comes or goes
    lift = 4,       // that is withdrawn
    join = 5,       // first and second are one person
    not_join = 6,   // that is withdrawn
    propose = 7,    // a match that a person should look at
    retract = 8,    // the join of that origin is taken back, and the matcher makes none again
    restore = 9,    // that is withdrawn
  };
  // Of join, not_join, propose, retract and restore. Stored as MustLinkRow::origin; `retracted`
  // there alone: a join that was taken back.
  enum class Origin : std::uint8_t {
    none = 0,
    accepted = 1,
    matched = 2,
    proposed = 3,
    retracted = 4,
  };

  Kind kind = Kind::apart;
  PersonaOrdinal first;
  PersonaOrdinal second;
  std::optional<std::pair<Token, Token>> tokens;  // only in records of the first form
  Token identifier{};                             // latch, lift
  std::uint8_t identifier_kind = 0;               // identity::Rules::kind_of
  Origin origin = Origin::none;
  Token review{};              // the held merge or proposal that this answers; zero = none
  std::string reason;          // one of known_reasons(); of the matcher, when it takes back its own
  std::string model;           // version of the matcher's model
  std::int64_t millibits = 0;  // weight of the match, in thousandths of a bit

  Bytes encode() const;
  static Result<LinkDecision> decode(ByteView bytes);
};

// The persona of the record does not carry these identifiers, whatever its other records say; or
// does again.
struct Retraction {
  bool retracted = true;           // false: restored
  std::vector<Token> identifiers;  // made from one value; the plainest first
  std::string reason;              // one of known_reasons()

  Bytes encode() const;
  static Result<Retraction> decode(ByteView bytes);
};

// Why an officer decides: words of ours, so that a reason can stand in the audit trail.
const std::vector<std::string>& known_reasons();

// Subjects that exist since `cause` and did not before.
struct SubjectChange {
  Position cause;     // the assertion or decision that did it
  std::string rules;  // identity::Rules::version()
  bool merged = false;
  std::vector<std::vector<PersonaOrdinal>> subjects;

  Bytes encode() const;
  static Result<SubjectChange> decode(ByteView bytes);
};

}  // namespace cdp::app
