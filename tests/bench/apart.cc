#include "tests/bench/apart.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <sstream>

namespace cdp::bench {
namespace {

std::string read_all(int handle) {
  std::string text;
  std::array<char, 4'096> chunk{};
  for (ssize_t got = 0; (got = ::read(handle, chunk.data(), chunk.size())) > 0;) {
    text.append(chunk.data(), std::size_t(got));
  }
  return text;
}

[[noreturn]] void run_child(const std::function<Result<Numbers>()>& part, int handle) {
  const auto numbers = part();
  std::ostringstream out;
  out.precision(17);
  if (numbers) {
    for (const auto& [name, value] : *numbers) out << name << ' ' << value << '\n';
  } else {
    std::fprintf(stderr, "bench: %s (%s)\n", numbers.error().what.c_str(),
                 numbers.error().hint.c_str());
  }
  const std::string text = out.str();
  const bool told = ::write(handle, text.data(), text.size()) == ssize_t(text.size());
  // Without destructors: a part that wants to leave as a crash would, does.
  ::_exit(numbers && told ? 0 : 1);
}

}  // namespace

Result<Numbers> apart(const std::function<Result<Numbers>()>& part) {
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) return fail(ErrorCode::unavailable, "there are no pipes left");
  std::fflush(stdout);
  const pid_t child = ::fork();
  if (child < 0) return fail(ErrorCode::unavailable, "a process could not be started");
  if (child == 0) {
    ::close(ends[0]);
    run_child(part, ends[1]);
  }
  ::close(ends[1]);
  std::istringstream text(read_all(ends[0]));
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    return fail(ErrorCode::unavailable, "a part of the bench did not finish",
                WIFSIGNALED(status) ? "signal " + std::to_string(WTERMSIG(status))
                                    : "its own error stands above");
  }
  Numbers numbers;
  std::string name;
  for (double value = 0; text >> name >> value;) numbers[name] = value;
  return numbers;
}

double cpu_seconds() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  return static_cast<double>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
         static_cast<double>(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

double resident_mb(const char* field) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(field)) return std::stod(line.substr(line.find(':') + 1)) / 1'024;
  }
  return 0;
}

}  // namespace cdp::bench
