// VendorEchoes: finds the order that a vendor's "no" repeats, by the rule of consent/vendor_echo.h,
// among the orders that were sent to destinations of that vendor (`source` in cdp.toml).
//
// The first statement that repeats an order is its echo, a second one the person's word; a state,
// which a vendor sends again and again, may repeat. What is recognised becomes a mark on the
// order's row (echo_mark.h) and an audit entry `order_echoed`: both durable before the answer, and
// so known after a restart. The same statement of the same message is that echo again, whatever was
// said since: a vendor whose message we could not store repeats it.
//
// Thread-safety: safe; waits for the writer, so not on its or the fold's thread. Lifetime: the
// pipeline must outlive it. Errors: none; what cannot be told is the person's.
#pragma once

#include "cdp/app/activation/effect_planner.h"
#include "cdp/app/ingest/pipeline.h"
#include "consent/vendor_echo.h"

namespace cdp::app {

class VendorEchoes {
 public:
  VendorEchoes(Pipeline& pipeline, PolicySource policy)
      : pipeline_(pipeline), policy_(std::move(policy)) {}

  // `said` is of `fact`, and neither is in the ledger. True: it is an echo, and noted as one.
  bool take(const event::Fact& fact, const event::Statement& said) const;

 private:
  std::optional<consent::ToldNo> told_by(const store::OutboxItem& row) const;
  bool note(const store::OutboxItem& row, const event::Statement& said,
            const std::string& mark) const;

  Pipeline& pipeline_;
  PolicySource policy_;
};

}  // namespace cdp::app
