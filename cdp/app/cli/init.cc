// cdp init DIR: keys, three encrypted files and a cdp.toml to edit.

#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "cdp/app/cli/kek_choice.h"
#include "cdp/app/cli/new_directory.h"
#include "cdp/app/cli/verbs.h"
#include "cdp/app/config/policy_packs.h"

namespace cdp::app::cli {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> words_of(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

Result<KekChoice> choose_kek(const Invocation& call) {
  const int ways = (call.has("key-file") ? 1 : 0) + (call.has("kek-command") ? 1 : 0) +
                   (call.has("passphrase") || call.has("passphrase-file") ? 1 : 0);
  if (ways > 1) {
    return fail(ErrorCode::invalid_argument, "a directory is opened in one way only",
                "choose --key-file, --passphrase or --kek-command");
  }
  KekChoice choice;
  if (call.has("kek-command")) {
    choice.kind = "plugin";
    choice.argv = words_of(call.text("kek-command"));
    if (choice.argv.empty() || !fs::path(choice.argv.front()).is_absolute()) {
      return fail(ErrorCode::invalid_argument, "the command of a plug-in starts with its full path",
                  "--kek-command \"/usr/local/bin/our-kms --key cdp\"");
    }
  } else if (call.has("passphrase") || call.has("passphrase-file")) {
    choice.kind = "passphrase";
  } else {
    std::error_code ignored;
    choice.path = call.has("key-file") ? fs::absolute(call.text("key-file"), ignored)
                                       : fs::path(call.directory().string() + ".key");
    choice.path = choice.path.lexically_normal();
  }
  return choice;
}

Result<NewConfig> choose_config(const Invocation& call) {
  NewConfig config;
  config.pack = call.text("pack");
  if (policy_pack(config.pack).empty()) {
    std::string known;
    for (const auto& name : policy_pack_names()) known += (known.empty() ? "" : ", ") + name;
    return fail(ErrorCode::invalid_argument, "there is no policy pack of that name",
                "known: " + known);
  }
  if (call.has("controller")) config.controller_name = call.text("controller");
  if (call.has("country")) config.controller_country = call.text("country");
  if (call.has("contact")) config.controller_contact = call.text("contact");
  return config;
}

void say(Invocation& call, const KekChoice& choice, const NewDirectory& made) {
  if (call.json()) {
    return call.screen().line(JsonObject()
                                  .text("directory", call.directory().string())
                                  .text("kek", choice.kind)
                                  .text("key_file", choice.path.string())
                                  .text("audit_key", made.audit_key)
                                  .done());
  }
  Screen& screen = call.screen();
  const std::string dir = call.directory().string();
  screen.line(screen.bold("Made " + dir));
  screen.line("  cdp.toml     what is connected and what is allowed: edit it");
  if (choice.kind == "key_file") {
    screen.line("  key file     " + choice.path.string());
    screen.line("               without it nothing can ever be read: keep a copy elsewhere, apart");
  } else {
    screen.line("  opened by    " + std::string(choice.kind == "plugin"
                                                    ? "the command " + choice.argv.front()
                                                    : "your passphrase: nobody can reset it"));
  }
  screen.line("  audit key    " + made.audit_key);
  screen.line("               give it to your auditors: with it they verify exports alone");
  screen.line("");
  screen.line("Next: cdp source add web --kind segment --dir " + dir);
  screen.line("      cdp serve " + dir);
}

Result<void> run(Invocation& call) {
  call.configuration_at_fault();
  CDP_TRY(const auto choice, choose_kek(call));
  CDP_TRY(const auto config, choose_config(call));
  CDP_CHECK(load_policy(config_template(config), "cdp.toml"));
  call.configuration_is_good();
  CDP_CHECK(refuse_used_directory(call.directory()));
  CDP_TRY(const auto kek, make_kek(choice, true, call));
  CDP_TRY(const auto made,
          make_directory(call.directory(), choice, *kek, config_template(config), call.world()));
  say(call, choice, made);
  return {};
}

}  // namespace

Verb init_verb() {
  using K = Option::Kind;
  return {"init",
          "make a data directory: keys, encrypted files and a cdp.toml to edit",
          {{"DIR", K::positional, "the directory to make", true, ""},
           {"key-file", K::text, "32 random bytes, made if absent (default: DIR.key)", false, ""},
           {"passphrase", K::flag, "ask for a passphrase instead of using a key file", false, ""},
           {"passphrase-file", K::text, "read the passphrase here (-: standard input)", false, ""},
           {"kek-command", K::text, "a key service: \"/full/path arguments\"", false, ""},
           {"pack", K::text, "purposes, notices and retention to start from", false, "shop-eu@1"},
           {"controller", K::text, "who decides why the data is used", false, ""},
           {"country", K::text, "its country, two letters", false, ""},
           {"contact", K::text, "its address for privacy matters", false, ""}},
          run,
          false};
}

}  // namespace cdp::app::cli
