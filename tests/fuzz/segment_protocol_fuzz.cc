// Any bytes as a Segment call: no crash, and one verdict for every event of a batch.
// fuzz-links: app_ingest
#include <cstdlib>

#include "cdp/app/ingest/segment_protocol.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using cdp::app::SegmentCall;
  if (size == 0) return 0;
  const auto call = static_cast<SegmentCall>(data[0] % 8);
  const std::string_view body(reinterpret_cast<const char*>(data + 1), size - 1);
  const auto document = cdp::json::Document::parse(body);
  if (!document) return 0;
  cdp::consent::SourceConfig source;
  source.trust = (data[0] & 64) != 0 ? cdp::event::Trust::server : cdp::event::Trust::public_key;
  source.categories = {{"A", "a"}, {"B", "a"}};
  const cdp::Time now{1'795'348'800'000'000};
  const auto verdicts = cdp::app::translate_segment(
      document->root(), {call, body.size(), (data[0] & 128) != 0, now}, source);
  if (!verdicts) return 0;
  const auto batch = document->root().get("batch");
  const bool many = call == SegmentCall::batch || call == SegmentCall::import;
  if (verdicts->size() != (many ? batch->size() : 1)) std::abort();
  for (const auto& verdict : *verdicts) {
    const auto* seen = std::get_if<cdp::event::Observation>(&verdict);
    if (seen == nullptr) continue;
    if (seen->message_id.empty() || now < seen->occurred_at) std::abort();
  }
  return 0;
}
