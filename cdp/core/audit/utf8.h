// UTF-8 as RFC 3629 has it (no overlong forms, no surrogates): signed notes and JCS ask for it.
//
// Thread-safety: pure functions.
#pragma once

#include <optional>
#include <string_view>

namespace cdp::audit {

// Takes the first code point off `rest`; nothing when `rest` is empty or does not start with one.
std::optional<char32_t> next_code_point(std::string_view& rest);
bool valid_utf8(std::string_view text);

}  // namespace cdp::audit
