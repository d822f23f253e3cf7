// "E-mail=email", "Town=attribute:city": what the columns of a CSV mean, as words of the command
// line.
//
// Thread-safety: pure. Errors: invalid_argument for a word without '='.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "cdp/core/base/result.h"

namespace cdp::app::cli {

Result<std::map<std::string, std::string>> parse_columns(const std::vector<std::string>& words);

}  // namespace cdp::app::cli
