// DeliveryLane: everything that goes to one destination, one delivery after the other (DESIGN §6,
// §7 rule 11; invariants 1 to 3).
//
//   due rows -> profile -> gate -> row in doubt, durable -> disclosure, durable -> gate again ->
//   cut -> send -> outcome, durable
//
// A view is made anew for each try, from what the person has agreed to now. Several rows that wait
// for the same person and purpose are answered by one view under the newest row's delivery id: a
// receiver that knows an older id would take newer content for a repetition. A row in doubt counts
// as disclosed; after a crash it is tried again under the same id. Orders go before views.
//
// A choice order that was delivered stays as a row, the newest of its kind for each vendor id and
// purpose, as long as the person is there: what the vendor knows (OrderPlanner), and what its echo
// would repeat (VendorEchoes).
//
// A destination that does not answer pauses its lane, with growing intervals; rows not tried keep
// their attempts.
//
// Thread-safety: run() and cancel_all() on one thread at a time, never the writer's or the fold's;
// stats() from any. Lifetime: what DeliveryServices refers to must outlive the lane.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <set>

#include "cdp/app/activation/disclosures.h"
#include "cdp/app/activation/effect_planner.h"
#include "cdp/app/activation/outbox_book.h"
#include "cdp/app/ingest/pipeline.h"
#include "connectors/destination.h"
#include "connectors/order_body.h"
#include "consent/gate.h"

namespace cdp::app {

// The rules in force, asked for anew before each try.
struct OutboundRules {
  std::shared_ptr<const void> keeps_alive;
  const consent::Policy* policy = nullptr;
  const consent::Gate* gate = nullptr;
  const std::map<std::string, std::unique_ptr<connectors::Destination>>* destinations = nullptr;
};

struct DeliveryServices {
  Pipeline& pipeline;
  Disclosures& disclosures;
  PendingViews& pending;
  connectors::transport::Transport& transport;
  std::function<OutboundRules()> rules;
  // The passport of an erasure's row. not_found = the erasure is over, and the row is cancelled.
  std::function<Result<connectors::ErasureOrder>(const store::OutboxItem&)> erasure_order;
  // An erasure order's row is closed, durably: delivered, refused, failed or cancelled. After a
  // crash in between it is not called again; a row that is gone or closed was answered.
  std::function<void(const store::OutboxItem&, const connectors::Outcome&)> order_answered;
  // How a row's attempt ended, as stats() counts it: "delivered", "tried_again", ... May be empty.
  std::function<void(const std::string& destination, std::string_view ended)> count = {};
};

struct LaneStats {
  std::uint64_t delivered = 0, tried_again = 0, refused = 0, failed = 0, cancelled = 0;
};

// Exponential from limits::kDeliveryBackoffFirstMs to `longest`, the upper half random.
Duration backoff(int attempts, Duration longest, Random& random);

class DeliveryLane {
 public:
  DeliveryLane(const DeliveryServices& services, std::string destination,
               const std::atomic<bool>& stopping);

  // Delivers some of what is due. When to call again: at that time, or when something new is
  // waiting.
  std::optional<Time> run();
  // The destination is configured no more: whatever is open is cancelled. Errors: unavailable.
  Result<void> cancel_all();
  LaneStats stats() const;

 private:
  enum class End : std::uint8_t {
    delivered,
    again,
    refused,
    failed,
    cancelled,
    gone,     // nobody to show any more: the row is deleted
    carried,  // a correction that a view takes along: the row is deleted
    put_back  // not tried after all
  };
  static std::string_view name_of(End end);
  struct Attempt {
    std::vector<store::OutboxItem> rows;    // newest first; the first gives the delivery id
    std::vector<std::uint64_t> superseded;  // closed rows of the same person and purpose
    std::optional<consent::ConsentedView> view;
    std::optional<connectors::OrderBody> order;      // of a choice or a correction
    std::optional<consent::ChoiceOrder> correction;  // minted, when it is one
    PersonaOrdinal subject;
    std::string shown;  // what the disclosure says
    std::string policy_version;
  };
  struct Settled {
    OutboxBook::Written written;
    std::optional<store::OutboxItem> order;  // an erasure order that is answered
    connectors::Outcome outcome;
  };

  std::vector<Attempt> prepare(const std::vector<store::OutboxItem>& due);
  std::optional<Attempt> prepare_view(const store::OutboxItem& row, std::set<std::uint64_t>& taken);
  Result<bool> gather(const identity::Profile& profile, const store::OutboxItem& row,
                      Attempt& attempt);
  bool judge(const OutboundRules& rules, const identity::Profile& profile, Attempt& attempt);
  bool mark_in_doubt(std::vector<Attempt>& attempts);
  void disclose(std::vector<Attempt>& attempts);
  bool reask(Attempt& attempt);
  // delivery_lane_orders.cc
  Result<connectors::OrderBody> open_order(const store::OutboxItem& row) const;
  bool prepare_order(Attempt& attempt);
  void keep_newest(Attempt& attempt);
  void deliver(Attempt& attempt);
  Result<connectors::transport::OutboundRequest> cut(const OutboundRules& rules,
                                                     const connectors::Destination& destination,
                                                     Attempt& attempt);
  void note(const connectors::Outcome& outcome);
  void pause(Duration at_least);
  void settle(Attempt& attempt, End end, const std::string& code, Duration retry_after = {});
  void close(store::OutboxItem& row, End end, Duration wait) const;
  void finish_writes();
  std::optional<Time> next_due();
  std::string delivery_id(std::uint64_t row) const;
  Time now() const { return services_.pipeline.services().clock.now(); }
  Random& random() const { return services_.pipeline.services().random; }
  const store::Ledger& ledger() const { return services_.pipeline.services().ledger; }

  const DeliveryServices& services_;
  const std::string destination_;
  const std::atomic<bool>& stopping_;
  OutboxBook book_;
  int failures_ = 0;  // in a row
  Time paused_until_;
  std::vector<Settled> settled_;
  std::map<End, std::atomic<std::uint64_t>> counts_;
};

}  // namespace cdp::app
