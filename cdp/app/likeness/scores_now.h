// ScoresNow: two records of the store, opened and scored by a model as they are at that moment;
// what an officer is told of a proposal, and whether there is still reason for it.
//
// Thread-safety: one thread; not the writer's or the fold's. Lifetime: what it was made with
// outlives it. Opened values live as long as one call. Non-error: one of the two cannot be compared
// (gone, restricted, refuses, or has none of the fields): nothing. Errors: those of the stores.
#pragma once

#include <optional>

#include "cdp/app/ingest/pipeline.h"
#include "cdp/app/likeness/records.h"
#include "consent/policy.h"
#include "identity/match/scorer.h"

namespace cdp::app {

class ScoresNow {
 public:
  ScoresNow(Pipeline& pipeline, const consent::Policy& policy, const identity::match::Model& model);

  Result<std::optional<identity::match::Weight>> weight(PersonaOrdinal first,
                                                        PersonaOrdinal second);
  // Field by field; no values.
  Result<std::optional<identity::match::Explanation>> explanation(PersonaOrdinal first,
                                                                  PersonaOrdinal second);

 private:
  struct Rows {
    identity::match::Row first, second;
  };
  Result<std::optional<Rows>> take_in(PersonaOrdinal first, PersonaOrdinal second);
  void let_go(const Rows& rows);
  Result<std::optional<OpenedRecord>> open(PersonaOrdinal persona) const;

  Pipeline& pipeline_;
  const consent::Policy& policy_;
  const identity::match::Model& model_;
  identity::match::Table table_;
  identity::match::Scorer scorer_;
};

}  // namespace cdp::app
