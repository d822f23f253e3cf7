// cdp.toml from anywhere: never crashes, and what loads can be described and grown.
#include "cdp/app/config/config.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto parsed = cdp::app::parse_policy(text);
  (void)cdp::app::describe(parsed.problems, "cdp.toml");
  if (!parsed.problems.empty()) return 0;
  cdp::consent::SourceConfig source;
  source.name = "fuzz";
  source.kind = "segment";
  (void)cdp::app::with_source(text, source);
  return 0;
}
