// VendorEchoes: tells a vendor's echo of our own order from what the person said (DESIGN §7 rule
// 11: an echo of our own write is not a statement).
//
// We tell a vendor "no" by a ChoiceOrder; the vendor unsubscribes the person; its webhook tells us
// so, through the source that the destination names (`source` in cdp.toml), in whatever form that
// vendor has. A statement is an echo when all of this holds:
//
//   - it is a plain no (denied, withdrawn; no complaint) to the purpose of an order to a
//   destination
//     of that source, sent to this person
//   - it is dated (by the vendor, else by its receipt) after the no that the order carried, and at
//     most kWindow after the vendor took the order; kSkew for the vendor's clock
//   - the very record it came for already holds that no, said or copied: nothing is lost without
//   it,
//     also not by a later split
//   - nobody of the person's records has granted the purpose since: a newer yes makes it news
//   - it is the first one for that order; a state that a vendor repeats may repeat
//
// Everything else is the person's own word. So a person's own unsubscribe that equals ours counts,
// unless it comes in the place of the echo, and then nothing would be different with it. What is
// recognised becomes a mark on the order's row (`echoed`) and an audit entry: both durable before
// the answer, and so there after a restart.
//
// Thread-safety: safe; waits for the writer, so not on its or the fold's thread. Lifetime: the
// pipeline must outlive it. Errors: none; what cannot be told is the person's.
#pragma once

#include "cdp/app/activation/effect_planner.h"
#include "cdp/app/ingest/pipeline.h"
#include "connectors/order_body.h"
#include "identity/profile.h"

namespace cdp::app {

class VendorEchoes {
 public:
  // How long a vendor may take to tell us what we told it: its own queues and ours.
  static constexpr Duration kWindow = Duration::hours(24);
  static constexpr Duration kSkew = Duration::seconds(120);

  VendorEchoes(Pipeline& pipeline, PolicySource policy)
      : pipeline_(pipeline), policy_(std::move(policy)) {}

  // `said` is of `fact`, and neither is in the ledger. True: it is an echo, and noted as one.
  bool take(const event::Fact& fact, const event::Statement& said) const;

 private:
  bool repeats(const store::OutboxItem& row, const identity::ProfileMember& speaker,
               const identity::Profile& person, const event::Statement& said) const;
  bool note(const store::OutboxItem& row, const event::Statement& said) const;

  Pipeline& pipeline_;
  PolicySource policy_;
};

}  // namespace cdp::app
