// The command line: words in, exit code out. 0 done; 1 could not be done; 2 the command line or the
// configuration is at fault and nothing was started.
//
// Thread-safety: one thread. Errors: none; they are shown on `world.screen`.
#pragma once

#include <string>
#include <vector>

#include "cdp/app/cli/verb.h"

namespace cdp::app::cli {

// `arguments` without the program's name.
int run_command_line(const std::vector<Verb>& verbs, const std::vector<std::string>& arguments,
                     World world);

}  // namespace cdp::app::cli
