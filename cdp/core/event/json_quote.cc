#include <simdjson.h>

#include "cdp/core/event/json.h"

namespace cdp::json {
namespace {

constexpr char kHex[] = "0123456789abcdef";

void append_escaped(std::string* out, char c) {
  switch (c) {
    case '"':
      out->append("\\\"");
      return;
    case '\\':
      out->append("\\\\");
      return;
    case '\b':
      out->append("\\b");
      return;
    case '\f':
      out->append("\\f");
      return;
    case '\n':
      out->append("\\n");
      return;
    case '\r':
      out->append("\\r");
      return;
    case '\t':
      out->append("\\t");
      return;
    default:
      break;
  }
  const auto byte = static_cast<unsigned char>(c);
  if (byte < 0x20) {
    out->append("\\u00");
    out->push_back(kHex[byte >> 4]);
    out->push_back(kHex[byte & 15]);
  } else {
    out->push_back(c);
  }
}

// The length of the valid UTF-8 character that starts `text`; 0 when there is none.
std::size_t valid_character(std::string_view text) {
  for (std::size_t size = 1; size <= 4 && size <= text.size(); ++size) {
    if (simdjson::validate_utf8(text.data(), size)) return size;
  }
  return 0;
}

}  // namespace

// JSON text is UTF-8 (RFC 8259 §8.1): bytes that are not become U+FFFD each.
std::string quote(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 2);
  out.push_back('"');
  const bool valid = simdjson::validate_utf8(text.data(), text.size());
  while (!text.empty()) {
    const std::size_t size = valid ? 1 : valid_character(text);
    if (size == 0) {
      out.append("\\ufffd");
      text.remove_prefix(1);
      continue;
    }
    for (const char c : text.substr(0, size)) append_escaped(&out, c);
    text.remove_prefix(size);
  }
  out.push_back('"');
  return out;
}

}  // namespace cdp::json
