// FoldItem: a durable record on its way into the fold, opened. The writer hands over what it has in
// memory; at start, and after a commit in doubt, records are read and opened from the ledger.
//
// Thread-safety: values.
#pragma once

#include <functional>
#include <variant>
#include <vector>

#include "cdp/app/ingest/link_decision.h"
#include "cdp/app/ingest/persona_keys.h"
#include "cdp/core/event/fact.h"
#include "cdp/core/store/body_codec.h"
#include "cdp/core/store/ledger.h"

namespace cdp::app {

struct FoldItem {
  Position position;
  PersonaOrdinal persona;
  store::RecordKind kind = store::RecordKind::observation;
  // By kind: a fact; a copied statement; the body of a link decision, a subject change or a
  // retraction, in the clear; nothing.
  std::variant<std::monostate, event::Fact, event::Statement, Bytes> content;
};

struct FoldGroup {
  std::vector<FoldItem> items;  // ascending by position
  Position last;                // the ledger's end after this group
  // Called once the items are visible to readers; with an error when they will not be before a
  // restart (the fold cannot go on).
  std::vector<std::function<void(const Result<void>&)>> after;
};

// Errors: not_found when the persona has no key (the caller knows whether an erasure explains it);
// corrupt when the body does not open.
Result<FoldItem> open_record(const store::Record& record, PersonaKeys& keys,
                             const store::BodyCodec& codec);

}  // namespace cdp::app
