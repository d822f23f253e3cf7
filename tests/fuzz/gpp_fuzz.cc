// Any bytes as a GPP string: no crash, one section for each known id, and JSON that our own strict
// parser takes. Every byte string is also tried behind a header that lists all sections.
// fuzz-links: consent_signals
#include <cstdlib>
#include <string>

#include "cdp/core/event/json.h"
#include "consent/signals/gpp.h"

namespace {

using namespace cdp::consent::signals;

void check(std::string_view text) {
  const auto gpp = decode_gpp(text);
  if (!gpp) return;
  if (gpp->sections.size() > gpp->section_ids.size()) std::abort();
  for (std::size_t i = 1; i < gpp->section_ids.size(); ++i) {
    if (gpp->section_ids[i] <= gpp->section_ids[i - 1]) std::abort();
  }
  if (!cdp::json::Document::parse(to_json(*gpp))) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  check(text);
  for (const char* header : {"DBABM~", "DBABjw~", "DBABLA~", "DBABGA~"}) check(header + text);
  for (unsigned id = 7; id <= 27; ++id) {
    const auto section = decode_us_section(id, text);
    if (section && !cdp::json::Document::parse(to_json(*section))) std::abort();
  }
  return 0;
}
