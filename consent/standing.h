// Standing: whether the data of one person may be used for a purpose, record by record, as the gate
// judges it. The gate releases values, and each value is some record's: a yes said through one's
// own mailbox need not reach every record, and a no that stands against one of them closes it
// alone.
//
//   const auto standing = standing_of(profile, policy, link_index, purpose, &destination, now);
//   standing.overall.allowed   a view would be cut, and no choice of the person's closes a record
//   standing.records           the parts; some record is allowed exactly when a view would be cut
//
// A record counts when it has a value that could be released. One that no yes reaches
// (`no_statement`, `unlinked_grant` ...) is closed, and closes nothing but itself; one that a no
// closes (`denied`, `withdrawn`, `superseded_by_denial`, `objected`, `restricted`) closes the
// whole.
//
// Thread-safety: pure. Errors: none. Lifetime: the decisions point into the profile.
#pragma once

#include <map>
#include <vector>

#include "cdp/core/crypto/blind_index.h"
#include "consent/attribute_judge.h"

namespace cdp::consent {

struct Standing {
  Decision overall;
  std::vector<AttributeJudge::RecordDecision> records;
  // On a channel purpose: each address of the person; allowed = it may be written to.
  std::map<Token, Decision> addresses;
};

// `destination` null = whoever: a processor that is given every attribute of the data map and of
// whom nobody said anything in particular. Where there is no value to release, a destination is
// answered what the statements say, and `no_value` instead of a yes; whoever, what the statements
// say. `link_index` is that of the gate.
Standing standing_of(const identity::Profile& profile, const Policy& policy,
                     const crypto::BlindIndex& link_index, const Purpose& purpose,
                     const DestinationConfig* destination, Time now);

// In one word, for counting: allowed exactly when the gate would cut a view, on a channel purpose
// one with an address; else the reason that is closest to a yes. Whoever may use no value of a
// person who has none: there it is what the statements say, of which tags and the like live.
Decision gate_answer(const Standing& standing, const Purpose& purpose);

// One state per purpose, for whoever, for the officer.
struct EffectiveRow {
  std::string purpose;
  std::string channel;
  bool allowed = false;
  Reason reason = Reason::no_statement;
  std::string source;  // of the deciding statement
  Time decided_at;
};
std::vector<EffectiveRow> effective_rows(const identity::Profile& profile, const Policy& policy,
                                         const crypto::BlindIndex& link_index, Time now);

}  // namespace cdp::consent
