// Decisions about identity, on their way into the ledger: every one a record, all of a call in one
// durable transaction with its audit entry (DESIGN §7).
//
// Thread-safety: commit_decisions() from any thread but the writer's and the fold's. Errors: those
// of `fill`, which drop the whole call; unavailable when the commit does not become durable.
#pragma once

#include <functional>

#include "cdp/app/ingest/pipeline.h"

namespace cdp::app {

class DecisionWriter {
 public:
  DecisionWriter(BatchBuilder& builder, std::vector<FoldItem>& items, Time now)
      : builder_(builder), items_(items), now_(now) {}

  void add(const LinkDecision& decision);
  BatchBuilder& batch() { return builder_; }
  Time now() const { return now_; }

 private:
  BatchBuilder& builder_;
  std::vector<FoldItem>& items_;
  Time now_;
};

// Returns when readers see what `fill` decided.
Result<void> commit_decisions(Pipeline& pipeline,
                              const std::function<Result<void>(DecisionWriter&)>& fill);

}  // namespace cdp::app
