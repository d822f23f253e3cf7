// Decisions about identity, on their way into the ledger: every one a record, all of a call in one
// durable transaction with its audit entry (DESIGN §7).
//
// Thread-safety: commit_decisions() from any thread but the writer's and the fold's; one call at a
// time decides, the others wait. Errors: those of `still_so` and `fill`, which drop the whole call;
// unavailable when the commit does not become durable.
#pragma once

#include <functional>

#include "cdp/app/ingest/pipeline.h"

namespace cdp::app {

class DecisionWriter {
 public:
  DecisionWriter(BatchBuilder& builder, std::vector<FoldItem>& items, const store::BodyCodec& codec,
                 Time now)
      : builder_(builder), items_(items), codec_(codec), now_(now) {}

  void add(const LinkDecision& decision);
  // A record of the persona, under its key. Errors: not_found when it is being erased.
  Result<void> add(PersonaOrdinal persona, const Retraction& retraction);
  BatchBuilder& batch() { return builder_; }
  Time now() const { return now_; }

 private:
  BatchBuilder& builder_;
  std::vector<FoldItem>& items_;
  const store::BodyCodec& codec_;
  Time now_;
};

// Returns when readers see what `fill` decided. `still_so` (may be empty) runs before, when readers
// see every earlier decision and no other is under way: whoever decided on what is not so any more
// finds out there.
Result<void> commit_decisions(Pipeline& pipeline,
                              const std::function<Result<void>(DecisionWriter&)>& fill,
                              const std::function<Result<void>()>& still_so = {});

}  // namespace cdp::app
