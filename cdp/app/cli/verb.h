// Verb: one thing that the command line can do, as data and a function; and Invocation: one call of
// it. No CLI11 here: command_line.cc alone turns verbs into a parser.
//
// Errors: a verb answers a Result; an Error is shown as "error: ..." and "hint: ..." on standard
// error, with exit code 1, or 2 when the verb said `configuration_at_fault()` first.
// Thread-safety: one thread.
#pragma once

#include <filesystem>
#include <functional>
#include <iosfwd>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "cdp/app/cli/screen.h"
#include "cdp/core/base/random.h"
#include "cdp/core/base/time.h"
#include "cdp/core/event/json.h"

namespace cdp::app::cli {

class Caller;

// What main makes and hands down. Lifetime: outlives every verb.
struct World {
  Clock& clock;
  Random& random;
  std::istream& in;
  Screen& screen;
  bool terminal_in = false;     // a person types
  std::string program = "cdp";  // how we were called, for commands to try next
};

struct Option {
  enum class Kind : std::uint8_t { text, flag, list, positional };
  std::string name;  // "--listen" without dashes: "listen"; of a positional: "NAME"
  Kind kind = Kind::text;
  std::string help;
  bool required = false;
  std::string fallback;  // shown in the help
};

class Invocation;

struct Verb {
  std::string words;  // "source add"
  std::string help;
  std::vector<Option> options;
  std::function<Result<void>(Invocation&)> run;
  bool in_directory = true;  // takes --dir
};

class Invocation {
 public:
  Invocation(World world, std::map<std::string, std::vector<std::string>> given);
  ~Invocation();
  Invocation(const Invocation&) = delete;
  Invocation& operator=(const Invocation&) = delete;

  bool has(const std::string& option) const;
  std::string text(const std::string& option) const;  // empty when absent
  std::vector<std::string> list(const std::string& option) const;
  bool json() const { return has("json"); }
  std::filesystem::path directory() const;  // absolute

  World& world() { return world_; }
  Screen& screen() { return world_.screen; }

  // The server that has the directory open, else the directory, opened by this process. Made once.
  Result<Caller*> caller();
  // `method path` with a JSON body (empty: none) -> the answer's JSON. Errors: the answer's.
  Result<json::Document> ask(const std::string& method, const std::string& path,
                             const std::string& body = "");
  // The same, for what takes long: on a terminal with the progress that GET `progress` answers,
  // {"running","step","done"}.
  Result<json::Document> ask_long(const std::string& method, const std::string& path,
                                  const std::string& body, const std::string& progress);

  // One line on standard output; the end of most verbs.
  Result<void> say(std::string_view text) {
    screen().line(text);
    return {};
  }

  void configuration_at_fault() { exit_on_error_ = 2; }
  void configuration_is_good() { exit_on_error_ = 1; }
  int exit_on_error() const { return exit_on_error_; }

 private:
  World world_;
  std::map<std::string, std::vector<std::string>> given_;
  std::unique_ptr<Caller> caller_;
  int exit_on_error_ = 1;
};

// {"key":"value",...}: only what was given.
class JsonObject {
 public:
  JsonObject& text(std::string_view key, std::string_view value);  // left out when empty
  JsonObject& texts(std::string_view key, const std::vector<std::string>& values);
  JsonObject& raw(std::string_view key, std::string_view json);
  std::string done() const { return out_ + "}"; }

 private:
  void key(std::string_view name);
  std::string out_ = "{";
};

}  // namespace cdp::app::cli
