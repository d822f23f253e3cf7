// Any bytes as a TC string: no crash, and what is taken renders as JSON that our own strict parser
// takes, within a size that the string bounds.
// fuzz-links: consent_signals
#include <cstdlib>

#include "cdp/core/event/json.h"
#include "consent/signals/tcf.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto tc = cdp::consent::signals::decode_tc_string(text);
  if (!tc) return 0;
  const auto json = to_json(*tc);
  if (!cdp::json::Document::parse(json)) std::abort();
  // A bit of the string yields an id, or two of a range, of at most 14 letters.
  if (json.size() > 1024 + size * 6 * 14) std::abort();
  if (tc->cmp_id < 2 || tc->version != 2) std::abort();
  return 0;
}
