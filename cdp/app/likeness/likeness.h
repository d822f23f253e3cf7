// Likeness: who else in this house might be whom, by names, dates and addresses instead of
// identifiers (identity/match), over everybody in the store at once. It proposes; policy decides
// (likeness_pairs.h). Whoever comes while a server runs is compared at once: likeness_watch.h.
//
// Who refused the purpose `identity.linking` is never opened: the record enters no pair, and what
// waits about it for an officer is withdrawn, and what was linked by likeness parts
// (take_backs.h). Opened values live in memory while it runs and are
// written nowhere. Pairs that an officer held apart, that are one person already or that wait for a
// decision are left alone. A matched link proves nothing: grants do not cross it, and no erasure
// reaches over it.
//
// The model is trained once and kept (match_models.h): the same weights hold for a run, for the
// next one and for whoever comes, until it is trained again.
//
// Thread-safety: safe beside everything else; not from the writer's or the fold's thread. Errors:
// unprocessable when matching is off, when the store has more records than [identity.matching]
// lets into memory, when the records are too few or too unlike to learn from, or the model is of
// another version or of other fields.
#pragma once

#include <string>

#include "cdp/app/ingest/pipeline.h"
#include "cdp/app/likeness/match_models.h"
#include "cdp/app/likeness/records.h"
#include "consent/policy.h"
#include "identity/match/explanation.h"
#include "identity/match/training.h"

namespace cdp::app {

struct LikenessReport {
  std::string model;     // version: digest of its parameters
  bool trained = false;  // by this run: there was none
  std::uint64_t records = 0;
  std::uint64_t refused = 0;  // by purpose
  std::uint64_t compared = 0;
  std::uint64_t linked = 0;
  std::uint64_t proposed = 0;
  std::uint64_t withdrawn = 0;  // proposals: refused, or no longer alike
  std::uint64_t unlinked = 0;   // links by likeness, for a refusal
};

// Trains a model first, and keeps it, where there is none. `progress` (not empty) is told from this
// thread.
Result<LikenessReport> match_people(Pipeline& pipeline, const consent::Policy& policy,
                                    MatchModels& models, const identity::match::Progress& progress);

struct LikenessTraining {
  std::string model;
  std::uint64_t records = 0;
  std::uint64_t refused = 0;
};

// Learns from everybody in the store what agreement is worth, without labels, and keeps it.
Result<LikenessTraining> train_on_people(Pipeline& pipeline, const consent::Policy& policy,
                                         MatchModels& models,
                                         const identity::match::Progress& progress);

// Why two records look alike, by the model that is kept and by what stands in them now; no values.
// Errors: unprocessable when there is no model, or one of the two has nothing to compare, is gone
// or refuses.
Result<identity::match::Explanation> explain_likeness(Pipeline& pipeline,
                                                      const consent::Policy& policy,
                                                      const MatchModels& models,
                                                      PersonaOrdinal first, PersonaOrdinal second);

}  // namespace cdp::app
