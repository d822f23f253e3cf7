// Traits and external ids of one Segment event, added to its draft. Used by
// segment_event.cc; the words are in segment_protocol.h.
//
// Thread-safety: pure. Errors: none; a draft over a limit becomes a Rejected.
#pragma once

#include <optional>

#include "cdp/core/event/json.h"
#include "connectors/draft.h"

namespace cdp::app {

// Attributes; email and phone are identifiers as well. A name that the draft already has stays as
// it is: the event's own traits win over those of the context.
void add_traits(const std::optional<json::Value>& traits, connectors::Draft* draft);

// [{"id","type","collection","encoding"}]: only of collection "users" and encoding "none", which
// are also what absence means.
void add_external_ids(const std::optional<json::Value>& ids, connectors::Draft* draft);

}  // namespace cdp::app
