// One event of the Segment protocol -> one verdict. Used by segment_protocol.cc, which holds the
// contract and the words.
//
// Thread-safety: pure. Errors: none; what cannot be used is a Rejected.
#pragma once

#include <optional>

#include "cdp/app/ingest/segment_protocol.h"

namespace cdp::app {

// What an event shares with its batch.
struct SegmentScope {
  const SegmentDelivery& delivery;
  const consent::SourceConfig& source;
  std::optional<json::Value> batch_context;
  Time sent_at;  // of the batch; 0 = not known
};

struct SegmentItem {
  json::Value value;
  SegmentCall call;
  std::size_t place;  // in the batch
};

// RFC 3339 text, or seconds or milliseconds since 1970; not known when it is neither.
Time segment_time(const std::optional<json::Value>& value);

connectors::Translated translate_segment_event(const SegmentItem& item, const SegmentScope& scope);

}  // namespace cdp::app
