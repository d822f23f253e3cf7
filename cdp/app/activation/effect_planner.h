// EffectPlanner: what a folded change means for the world outside: which destinations get a fresh
// view, which members a denial is copied to, what the audit log says of a merge; who is told of a
// "no" or of a correction is OrderPlanner's part (DESIGN §3 invariants 7 and 9, §7 rule 11).
//
// Views are planned by reference and coalesced: one waiting row per (destination, purpose,
// subject), however often the person changes.
//
// Thread-safety: plan() on the fold's thread; PendingViews is safe.
#pragma once

#include <algorithm>
#include <memory>
#include <set>
#include <tuple>

#include "cdp/app/activation/order_planner.h"
#include "cdp/app/ingest/effect.h"
#include "cdp/core/base/guarded.h"

namespace cdp::app {

using PolicySource = std::function<std::shared_ptr<const consent::Policy>()>;

// Which views are waiting in the outbox: a change of a person whose view is already waiting adds
// nothing.
class PendingViews {
 public:
  using Key =
      std::tuple<std::string, std::string, PersonaOrdinal>;  // destination, purpose, persona
  bool add(const Key& key) {
    return keys_.write([&](auto& keys) { return keys.insert(key).second; });
  }
  void remove(const Key& key) {
    keys_.write([&](auto& keys) { keys.erase(key); });
  }
  // Erasure: nothing waits for these personas any more.
  void forget(const std::vector<PersonaOrdinal>& personas) {
    keys_.write([&](auto& keys) {
      std::erase_if(keys, [&](const Key& key) {
        return std::find(personas.begin(), personas.end(), std::get<2>(key)) != personas.end();
      });
    });
  }

 private:
  Guarded<std::set<Key>> keys_;
};

// What the planner is told of identity: which rules are in force, and whom to tell of a latch.
struct IdentityEffects {
  identity::Rules rules;
  std::function<void(const store::LatchRow&)> on_latched;  // may be empty
};

// The audit entry of an identifier that links nobody any more: its type, as configured, and nothing
// else.
audit::Entry latch_entry(const store::LatchRow& row, const identity::Rules& rules, Time now);

class EffectPlanner {
 public:
  EffectPlanner(PolicySource policy, const store::Ledger& ledger, const crypto::Keyring& keyring,
                std::string tenant, Clock& clock, Random& random, PendingViews& pending,
                IdentityEffects identity = {});
  std::vector<PlannedEffect> plan(const Folded& folded);
  // Fresh views for a subject, by one of its members, where none waits yet. Any thread.
  std::vector<store::OutboxItem> views_of(PersonaOrdinal subject, Position cause);

 private:
  void plan_views(const Folded& folded, std::vector<PlannedEffect>& out);
  void plan_change(const Folded& folded, std::vector<PlannedEffect>& out);
  void plan_latches(const Folded& folded, std::vector<PlannedEffect>& out);
  static void plan_copies(const Folded& folded, const event::Statement& statement,
                          std::vector<PlannedEffect>& out);

  PolicySource policy_;
  Clock& clock_;
  PendingViews& pending_;
  OrderPlanner orders_;
  IdentityEffects identity_;
};

}  // namespace cdp::app
