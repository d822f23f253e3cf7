// A command line without a terminal: what it reads, and what it said.
#pragma once

#include <gtest/gtest.h>

#include <sstream>

#include "cdp/app/cli/command_line.h"

namespace cdp::app::cli {

struct CliWorld {
  ManualClock clock{Time{1'763'800'000'000'000}};
  SeededRandom random{7};
  std::istringstream in;
  std::ostringstream out, err;
  Screen screen{out, err, {}};

  World world() { return {clock, random, in, screen, false, "cdp"}; }
  int run(const std::vector<Verb>& verbs, const std::vector<std::string>& arguments) {
    return run_command_line(verbs, arguments, world());
  }
};

}  // namespace cdp::app::cli
