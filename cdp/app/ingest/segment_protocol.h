// The Segment protocol that we serve: parsed calls -> observations, with a verdict for every event
// (DESIGN §10). Pure: no clock, no configuration but the source's, no network.
//
// Wire format: segment-docs connections/spec and the HTTP API page. What follows from it here:
//   - time: received_at - (sentAt - originalTimestamp), which takes out the client's clock; without
//     sentAt the client's time as it stands; never after received_at.
//   - persona: "user:<userId>", else "anon:<anonymousId>"; both are identifiers. Ids may be
//   numbers.
//     Placeholders (null, undefined, -1, 0, all zeros, ...) are no ids.
//   - traits keep their names, but for firstName, lastName, createdAt and postalCode, which become
//     first_name, last_name, created_at and postal_code; null deletes.
//   - of `context` only traits, externalIds and consent are kept: no ip, no user agent, no page.
//   - group traits describe the group: they are the event's properties, never attributes of a
//     person.
//   - a missing messageId becomes a hash of call, place in the batch and content without sentAt, so
//     that a client's retry is a duplicate. Two equal events without an id and a timestamp, sent as
//     single calls within the window, count once.
//
// Consent: segment_signals.h. Whether a public source may grant at all is decided by its trust
// later (DESIGN §7).
//
// Thread-safety: pure. Lifetime: nothing points into the body afterwards. Errors: invalid_argument
// when the body is no object or a batch has no array; too_large above limits::kBatchEventsMax.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cdp/core/event/json.h"
#include "connectors/source.h"
#include "consent/policy.h"

namespace cdp::app {

enum class SegmentCall : std::uint8_t {
  identify,
  track,
  page,
  screen,
  group,
  alias,
  merge,  // RudderStack's
  batch,
  import
};

// "identify" or "i" as they stand in a path: /v1/identify, /v1/i.
std::optional<SegmentCall> segment_call(std::string_view name);

struct SegmentDelivery {
  SegmentCall call = SegmentCall::batch;
  std::size_t body_bytes = 0;  // of the body that was parsed
  bool gpc = false;            // the request carried Sec-GPC: 1
  Time received_at;
  // What consent signals mean; null = only what the source itself maps. Must outlive the call.
  const consent::signals::SignalMap* signals = nullptr;
};

// In the order of the batch; a single call answers one.
Result<std::vector<connectors::Translated>> translate_segment(json::Value body,
                                                              const SegmentDelivery& delivery,
                                                              const consent::SourceConfig& source);

}  // namespace cdp::app
