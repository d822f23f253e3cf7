// Effects: what a folded record causes outside state: deliveries, copied denials, audit entries.
// Planned by the fold, committed once each, unique by (position, kind, target), together with
// effects_position (invariant 7). A replay at or below effects_position plans nothing.
//
// Thread-safety: values.
#pragma once

#include <functional>
#include <variant>
#include <vector>

#include "cdp/app/ingest/live_state.h"
#include "cdp/core/audit/trail.h"

namespace cdp::app {

struct CopyStatement {
  PersonaOrdinal to;
  event::Statement statement;
};

struct Deliver {
  store::OutboxItem item;
};

struct Report {
  audit::Entry entry;
  PersonaOrdinal about;  // none = about nobody
};

// A decision that follows from the rules: an identifier that crossed its cap is latched.
struct Decide {
  LinkDecision decision;
  Time at;
};

// A version of a subject, written down.
struct NoteChange {
  SubjectChange change;
  Time at;
};

struct PlannedEffect {
  Position position;
  std::variant<Deliver, CopyStatement, Report, Decide, NoteChange> what;
};

// Reads configuration and the ledger's disclosures; runs on the fold's thread.
using PlanEffects = std::function<std::vector<PlannedEffect>(const Folded&)>;

// Adds the effects to a batch in the making. Errors: whatever the batch answers; a copy for an
// erased persona is left out.
Result<void> add_effects(const std::vector<PlannedEffect>& effects, Position up_to,
                         const store::BodyCodec& codec, const crypto::BlindIndex& message_index,
                         BatchBuilder& builder, std::vector<FoldItem>& fold_items);

}  // namespace cdp::app
