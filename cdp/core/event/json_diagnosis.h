// Says where a JSON text went wrong, after json.cc has refused it: simdjson gives no position.
//
// The slow path of refused input only. Uses nlohmann's SAX parser, which keeps its state on the
// heap, and stops at limits::kJsonDepthMax: no input can overflow the stack. Thread-safety: pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "cdp/core/base/error.h"

namespace cdp::json {

enum class Refused : std::uint8_t { malformed, too_deep, duplicate_key };

// The error for `text`, with the byte position (from 0) and without a byte of the text itself.
// `why` is what the fast path found; a malformed text may turn out to be too deep or to hold a
// number out of range.
Error diagnose(std::string_view text, Refused why);

}  // namespace cdp::json
