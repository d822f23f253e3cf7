#include "cdp/app/cli/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>

namespace cdp::app::cli {
namespace {

constexpr const char* kVersion = "cdp 0.1.0";

// What one verb was given. CLI11 writes into it while parsing.
struct Slots {
  const Verb* verb = nullptr;
  CLI::App* app = nullptr;
  std::map<std::string, std::vector<std::string>> texts;
  std::map<std::string, bool> flags;
};

void add_option(Slots& slots, const Option& option) {
  if (option.kind == Option::Kind::flag) {
    slots.app->add_flag("--" + option.name, slots.flags[option.name], option.help);
    return;
  }
  const bool positional = option.kind == Option::Kind::positional;
  auto* added = slots.app->add_option((positional ? "" : "--") + option.name,
                                      slots.texts[option.name], option.help);
  added->required(option.required)->allow_extra_args(false);
  if (option.kind == Option::Kind::list) {
    added->delimiter(',')->type_name("A,B,...");
  } else {
    added->expected(1)->take_last();
    added->type_name(positional ? "" : "TEXT");
  }
  if (!option.fallback.empty()) added->default_str(option.fallback);
}

std::vector<Option> options_of(const Verb& verb) {
  auto options = verb.options;
  options.push_back({"json", Option::Kind::flag, "answer in JSON", false, ""});
  if (verb.in_directory) {
    options.push_back({"dir", Option::Kind::text, "the data directory", false, "."});
    options.push_back({"passphrase-file", Option::Kind::text,
                       "where the passphrase is (-: standard input), if the keys need one", false,
                       ""});
  }
  return options;
}

// A verb's words are its place: "merge review list" stands in the group "review" of the group
// "merge".
CLI::App* place_of(CLI::App& root, const Verb& verb) {
  CLI::App* parent = &root;
  std::size_t from = 0;
  for (auto space = verb.words.find(' '); space != std::string::npos;
       space = verb.words.find(' ', from)) {
    const std::string group = verb.words.substr(from, space - from);
    const auto known =
        parent->get_subcommands([&](CLI::App* app) { return app->get_name() == group; });
    if (known.empty()) {
      const std::string path = verb.words.substr(0, space);
      parent = parent->add_subcommand(group, "see: cdp " + path + " --help");
      parent->require_subcommand(1);
    } else {
      parent = known.front();
    }
    from = space + 1;
  }
  return parent->add_subcommand(verb.words.substr(from), verb.help);
}

int run_verb(const Slots& slots, World world) {
  std::map<std::string, std::vector<std::string>> given;
  for (const auto& [name, values] : slots.texts) {
    if (!values.empty()) given[name] = values;
  }
  for (const auto& [name, set] : slots.flags) {
    if (set) given[name] = {};
  }
  for (const auto& option : slots.verb->options) {
    if (!option.fallback.empty() && !given.contains(option.name))
      given[option.name] = {option.fallback};
  }
  Invocation call(world, std::move(given));
  const auto done = slots.verb->run(call);
  if (done) return 0;
  world.screen.error(done.error());
  return call.exit_on_error();
}

}  // namespace

int run_command_line(const std::vector<Verb>& verbs, const std::vector<std::string>& arguments,
                     World world) {
  CLI::App root("A customer data platform that shows every tool exactly what the person agreed to.",
                "cdp");
  root.set_version_flag("--version", kVersion);
  root.require_subcommand(1);
  std::vector<std::unique_ptr<Slots>> all;
  for (const Verb& verb : verbs) {
    auto slots = std::make_unique<Slots>();
    slots->verb = &verb;
    slots->app = place_of(root, verb);
    for (const auto& option : options_of(verb)) add_option(*slots, option);
    all.push_back(std::move(slots));
  }
  try {
    std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());  // CLI11's order
    root.parse(std::move(reversed));
  } catch (const CLI::Success& asked) {  // --help, --version
    std::ostringstream text;
    root.exit(asked, text, text);
    std::string shown = text.str();
    while (!shown.empty() && shown.back() == '\n') shown.pop_back();
    world.screen.line(shown);
    return 0;
  } catch (const CLI::ParseError& wrong) {
    world.screen.error({ErrorCode::invalid_argument, wrong.what(), "see: cdp --help"});
    return 2;
  }
  for (const auto& slots : all) {
    if (slots->app->parsed()) return run_verb(*slots, world);
  }
  return 2;
}

}  // namespace cdp::app::cli
