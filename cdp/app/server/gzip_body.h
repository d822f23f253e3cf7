// Undoes Content-Encoding: gzip within bounds. Two guards against bombs: the size after, and the
// ratio once the output passes limits::kDecompressionFreeBytes.
//
// Thread-safety: pure. Errors: invalid_argument (not gzip, cut short, bytes behind it), too_large.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "cdp/core/base/result.h"

namespace cdp::app {

// RFC 1952: ID1 ID2 CM. No JSON, form, CSV or text starts so, and RudderStack's client sends gzip
// under other Content-Types.
bool looks_like_gzip(std::string_view body);

Result<std::string> gunzip(std::string_view body, std::size_t bytes_max);

}  // namespace cdp::app
