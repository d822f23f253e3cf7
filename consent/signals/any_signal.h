// A consent string of any kind that is known, told apart by how it starts, as canonical JSON: for
// the command line and for whoever wants to see what a string says.
//
// Thread-safety: pure. Errors: invalid_argument; texts never quote the string.
#pragma once

#include <string>
#include <string_view>

#include "cdp/core/base/result.h"

namespace cdp::consent::signals {

struct RenderedSignal {
  std::string_view kind;  // "gpp", "tcf" or "us_privacy"
  std::string json;       // to_json() of that kind
};

// Blanks at the ends are ignored.
Result<RenderedSignal> render_any_signal(std::string_view text);

}  // namespace cdp::consent::signals
