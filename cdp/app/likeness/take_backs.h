// What likeness takes back of its own: proposals whose ground is gone, and links about somebody who
// refuses. Each is a decision of the ledger (LinkDecision::Kind::not_join, with a reason of ours)
// and no standing word: who agrees later, or looks alike again, may be proposed or linked again.
// What an officer decided is never touched (ADR 19).
//
// Both look at what stands, not at what happened, so that it does not matter when, how often or
// after which crash they run. What is found is asked once more when nobody else decides.
//
// Thread-safety: from any thread but the writer's and the fold's. Errors: those of the stores and
// of a commit.
#pragma once

#include <set>

#include "cdp/app/ingest/pipeline.h"
#include "consent/policy.h"
#include "identity/match/model.h"

namespace cdp::app {

struct TakenBack {
  std::uint64_t withdrawn = 0;  // proposals
  std::uint64_t unlinked = 0;   // links by likeness
};

// About these records, as far as they refuse: nobody is asked about them any more, and what was
// linked by likeness parts as by an undo. A restriction withdraws proposals and leaves links: it
// freezes what is, and nothing is released meanwhile.
Result<TakenBack> take_back_refused(Pipeline& pipeline, const consent::Policy& policy,
                                    const std::set<PersonaOrdinal>& records);

// Proposals about these records, or about all, that `model` would not make now by what stands in
// the two records. Answers how many were withdrawn.
Result<std::uint64_t> withdraw_stale(Pipeline& pipeline, const consent::Policy& policy,
                                     const identity::match::Model& model,
                                     const std::set<PersonaOrdinal>& records);
Result<std::uint64_t> withdraw_all_stale(Pipeline& pipeline, const consent::Policy& policy,
                                         const identity::match::Model& model);

}  // namespace cdp::app
