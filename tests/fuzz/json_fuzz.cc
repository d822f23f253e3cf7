// fuzz-links: cdp_event
//
// Any bytes: refused with a position, or read; what was read is written as JSON that reads the
// same.
#include <cstdlib>

#include "cdp/core/event/json.h"

namespace {

void require(bool ok) {
  if (!ok) std::abort();
}

void visit(cdp::json::Value value) {
  value.each([](cdp::json::Value item) {
    visit(item);
    return true;
  });
  value.each_member([&](std::string_view key, cdp::json::Value member) {
    require(value.get(key).has_value());
    value.id_text(key);
    cdp::json::quote(key);
    visit(member);
    return true;
  });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = cdp::as_text({data, size});
  const auto document = cdp::json::Document::parse(text);
  if (!document) {
    require(document.error().what.find(" at byte ") != std::string::npos);
  } else {
    visit(document->root());
    const std::string minified = document->root().minified();
    const auto again = cdp::json::Document::parse(minified);
    require(again.has_value() && again->root().minified() == minified);
  }
  const std::string quoted = cdp::json::quote(text);
  require(cdp::json::Document::parse(quoted).has_value());
  return 0;
}
