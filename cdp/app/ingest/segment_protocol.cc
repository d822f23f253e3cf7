#include "cdp/app/ingest/segment_protocol.h"

#include <array>
#include <utility>

#include "cdp/app/ingest/segment_event.h"
#include "cdp/core/base/limits.h"

namespace cdp::app {
namespace {

using connectors::Rejected;
using connectors::Translated;

struct CallName {
  std::string_view name;
  SegmentCall call;
};

constexpr std::array<CallName, 16> kCallNames = {{{"identify", SegmentCall::identify},
                                                  {"track", SegmentCall::track},
                                                  {"page", SegmentCall::page},
                                                  {"screen", SegmentCall::screen},
                                                  {"group", SegmentCall::group},
                                                  {"alias", SegmentCall::alias},
                                                  {"merge", SegmentCall::merge},
                                                  {"batch", SegmentCall::batch},
                                                  {"import", SegmentCall::import},
                                                  {"i", SegmentCall::identify},
                                                  {"t", SegmentCall::track},
                                                  {"p", SegmentCall::page},
                                                  {"s", SegmentCall::screen},
                                                  {"g", SegmentCall::group},
                                                  {"a", SegmentCall::alias},
                                                  {"b", SegmentCall::batch}}};

bool is_batch(SegmentCall call) {
  return call == SegmentCall::batch || call == SegmentCall::import;
}

// Only the long names are types of events in a batch.
std::optional<SegmentCall> event_type(json::Value item) {
  const auto type = item.text("type");
  if (!type || type->size() < 2) return std::nullopt;
  const auto call = segment_call(*type);
  return call && !is_batch(*call) ? call : std::nullopt;
}

// A body within the bound of one event cannot hold an event above it: measured only when it might.
bool too_large(json::Value item, std::size_t body_bytes) {
  return body_bytes > limits::kEventBytesMax && item.minified().size() > limits::kEventBytesMax;
}

Translated translate_item(json::Value item, std::size_t place, const SegmentScope& scope) {
  if (!item.is_object()) return Rejected{"malformed", "an event is a JSON object"};
  const auto call = is_batch(scope.delivery.call) ? event_type(item) : scope.delivery.call;
  if (!call) {
    return Rejected{"unknown_type",
                    "type is one of identify, track, page, screen, group, alias and merge"};
  }
  if (too_large(item, scope.delivery.body_bytes)) {
    return Rejected{"too_large", "one event holds at most 4 MiB"};
  }
  return translate_segment_event({item, *call, place}, scope);
}

}  // namespace

std::optional<SegmentCall> segment_call(std::string_view name) {
  for (const auto& known : kCallNames) {
    if (known.name == name) return known.call;
  }
  return std::nullopt;
}

Result<std::vector<Translated>> translate_segment(json::Value body, const SegmentDelivery& delivery,
                                                  const consent::SourceConfig& source) {
  if (!body.is_object()) {
    return fail(ErrorCode::invalid_argument, "the body is not a JSON object",
                "send one event, or {\"batch\":[...]}");
  }
  SegmentScope scope{delivery, source, std::nullopt, segment_time(body.get("sentAt"))};
  std::vector<Translated> verdicts;
  if (!is_batch(delivery.call)) {
    verdicts.push_back(translate_item(body, 0, scope));
    return verdicts;
  }
  const auto batch = body.get("batch");
  if (!batch || !batch->is_array()) {
    return fail(ErrorCode::invalid_argument, "the body has no array named batch",
                "send {\"batch\":[...]}");
  }
  const std::size_t count = batch->size();
  if (count > limits::kBatchEventsMax) {
    return fail(ErrorCode::too_large, "the batch holds more than 10000 events",
                "send smaller batches");
  }
  scope.batch_context = body.get("context");
  verdicts.reserve(count);
  batch->each([&](json::Value item) {
    verdicts.push_back(translate_item(item, verdicts.size(), scope));
    return true;
  });
  return verdicts;
}

}  // namespace cdp::app
