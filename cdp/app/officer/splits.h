// Splits: some of a subject's records are somebody else's. Each of them is held apart from each
// that stays, by facts of the ledger; no data is edited, so attributes, events and statements made
// before the merge are back where they were, and a "no" said while merged stays with both (DESIGN
// §3, invariant 9).
//
// Thread-safety: safe; not from the writer's or the fold's thread. Errors of split(): not_found for
// a persona that is no member; unprocessable when nobody or everybody would go, or too many pairs
// would have to be held apart; conflict when the person has other records than `profile` by now.
#pragma once

#include <string>
#include <vector>

#include "cdp/app/ingest/pipeline.h"
#include "cdp/app/officer/retractions.h"

namespace cdp::app {

struct SplitOutcome {
  std::vector<PersonaId> gone;      // empty after a retraction: who goes follows from it
  std::vector<SubjectId> subjects;  // whose members they were, and are
  std::size_t members = 0;          // of the subject before
};

Result<SplitOutcome> split(Pipeline& pipeline, const identity::Profile& profile,
                           const std::vector<PersonaId>& personas, const std::string& reason);

// The other way to undo: single assertions that join them are taken back (retractions.h). They may
// be one person all the same, by something else.
Result<SplitOutcome> split_by_retracting(Pipeline& pipeline, const identity::Profile& profile,
                                         const std::vector<AssertionId>& assertions,
                                         const std::string& reason);

// A split taken back: the record of that id is held apart from nobody any more who carries the
// identifier, or is one person with somebody who does; a rejected review about the two goes, too.
// Whether they are one person again is what they share and the rules' to say; the answer names the
// subjects they are now. Errors: not_found when it is held apart from none of them; conflict when
// somebody else took it back meanwhile.
Result<std::vector<SubjectId>> rejoin(Pipeline& pipeline, const Token& identifier,
                                      const PersonaId& persona, const std::string& reason);

}  // namespace cdp::app
