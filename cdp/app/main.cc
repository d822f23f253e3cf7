// The one place that makes a real clock and a real random generator (DESIGN invariant 12).
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <iostream>

#include "cdp/app/cli/command_line.h"
#include "cdp/app/cli/verbs.h"

namespace {

// Keys live in this process: no core dump, no debugger of another process (DESIGN §5).
void keep_memory_private() {
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  ::prctl(PR_SET_DUMPABLE, 0);
}

}  // namespace

int main(int argc, char** argv) {
  keep_memory_private();
  std::signal(SIGPIPE, SIG_IGN);
  cdp::SystemClock clock;
  cdp::SystemRandom random;
  const bool terminal_out = ::isatty(STDOUT_FILENO) == 1;
  const bool colour = terminal_out && std::getenv("NO_COLOR") == nullptr;
  cdp::app::cli::Screen screen(std::cout, std::cerr,
                               {terminal_out, ::isatty(STDERR_FILENO) == 1, colour});
  const cdp::app::cli::World world{
      clock, random, std::cin, screen, ::isatty(STDIN_FILENO) == 1, argc > 0 ? argv[0] : "cdp"};
  const std::vector<std::string> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
  return cdp::app::cli::run_command_line(cdp::app::cli::all_verbs(), arguments, world);
}
