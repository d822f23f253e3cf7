// --type and --value: whom a verb speaks of. The value stands on the command line because a person
// types it there; it goes no further than the admin socket, and into no log.
//
// Thread-safety: pure.
#pragma once

#include <string>
#include <vector>

#include "cdp/app/cli/verb.h"

namespace cdp::app::cli {

// The two options, then `more`.
std::vector<Option> with_identifier(std::vector<Option> more);
// {"type":...,"value":...}
std::string identifier_json(const Invocation& call);

}  // namespace cdp::app::cli
