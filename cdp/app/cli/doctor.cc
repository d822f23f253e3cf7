// cdp doctor: is the house in order? Reads only.

#include <sys/resource.h>
#include <sys/stat.h>

#include "cdp/app/cli/caller.h"
#include "cdp/app/cli/kek_choice.h"
#include "cdp/app/cli/verbs.h"
#include "cdp/app/config/config.h"
#include "cdp/app/wiring.h"

namespace cdp::app::cli {
namespace {

namespace fs = std::filesystem;

struct Finding {
  std::string what;
  bool good = true;
  std::string detail;
  std::string hint;
};

Finding finding(std::string what, const Result<void>& result, std::string good) {
  if (result) return {std::move(what), true, std::move(good), ""};
  return {std::move(what), false, result.error().what, result.error().hint};
}

// Nobody but the owner has any right to what lies here.
Finding check_mode(const fs::path& path, const std::string& name) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return {name, false, "is not there", "restore it"};
  if ((info.st_mode & (S_IRWXG | S_IRWXO)) != 0)
    return {name, false, "others have rights to it", "run: chmod go-rwx on it"};
  return {name, true, "private", ""};
}

void check_files(const fs::path& directory, const KekChoice& choice, std::vector<Finding>& out) {
  out.push_back(check_mode(directory, "directory"));
  for (const char* name : {"cdp.toml", "kek.json", "keyring", "keys.db", "ledger.db", "state.db"})
    out.push_back(check_mode(directory / name, name));
  if (choice.kind == "key_file") {
    out.push_back(check_mode(choice.path, "key file"));
    const auto inside = choice.path.lexically_relative(directory);
    if (!inside.empty() && *inside.begin() != "..") {
      out.push_back({"key file", false, "lies in the directory whose data it opens",
                     "move it apart and mend kek.json"});
    }
  }
}

Result<void> check_pages(const fs::path& directory, crypto::KekProvider& kek) {
  CDP_TRY(const auto keyring, crypto::Keyring::load(directory / "keyring", kek));
  CDP_TRY(auto stores,
          store::Directory::open(directory, keyring, "", {.vfs = "", .keep_state = true}));
  CDP_CHECK(stores.keys().integrity_check());
  CDP_CHECK(stores.ledger().integrity_check());
  CDP_CHECK(stores.state().integrity_check());
  CDP_TRY(const auto orphans, stores.personas_without_key());
  if (!orphans.empty()) {
    return fail(ErrorCode::corrupt, "records refer to keys that are gone without an erasure",
                "restore keys.db from its newest backup");
  }
  return {};
}

Finding check_configuration(const fs::path& directory) {
  const auto text = read_config(directory);
  const Result<consent::Policy> loaded = text ? load_policy(*text, "cdp.toml") : fail(text.error());
  if (!loaded) return {"cdp.toml", false, loaded.error().what, loaded.error().hint};
  const auto doubts = parse_policy(*text).doubts;
  if (doubts.empty()) return {"cdp.toml", true, "loads", ""};
  return {"cdp.toml", true, "loads, and should be looked at: " + describe(doubts, "cdp.toml"), ""};
}

Result<void> ready(Invocation& call) {
  CDP_CHECK(call.ask("GET", "/readyz"));
  return {};
}

Result<std::vector<Finding>> examine(Invocation& call) {
  const auto directory = call.directory();
  call.configuration_at_fault();
  CDP_TRY(const auto choice, read_kek_choice(directory));
  call.configuration_is_good();
  std::vector<Finding> out;
  CDP_CHECK(crypto::initialise());
  out.push_back(finding("sqlcipher", store::check_sqlcipher(), "fit"));
  out.push_back(check_configuration(directory));
  check_files(directory, choice, out);
  rlimit core{};
  ::getrlimit(RLIMIT_CORE, &core);
  out.push_back({"core dumps", core.rlim_cur == 0, core.rlim_cur == 0 ? "off" : "on", ""});
  if (server_answers(directory)) {
    out.push_back(finding("server", ready(call), "running and ready"));
    out.push_back({"pages", true, "not read: a server has them open (stop it to check)", ""});
    return out;
  }
  out.push_back({"server", true, "not running", ""});
  CDP_TRY(const auto kek, make_kek(choice, false, call));
  out.push_back(finding("pages", check_pages(directory, *kek), "all read and verified"));
  return out;
}

Result<void> run(Invocation& call) {
  CDP_TRY(const auto findings, examine(call));
  std::size_t bad = 0;
  std::vector<std::vector<std::string>> rows = {{"what", "is", ""}};
  std::string list;
  for (const auto& one : findings) {
    bad += one.good ? 0 : 1;
    rows.push_back({one.what, one.good ? "ok" : "WRONG",
                    one.detail + (one.hint.empty() ? "" : "; " + one.hint)});
    list += (list.empty() ? "" : ",") + JsonObject()
                                            .text("what", one.what)
                                            .raw("good", one.good ? "true" : "false")
                                            .text("detail", one.detail)
                                            .text("hint", one.hint)
                                            .done();
  }
  if (call.json()) {
    call.screen().line(JsonObject()
                           .raw("good", bad == 0 ? "true" : "false")
                           .raw("findings", "[" + list + "]")
                           .done());
  } else {
    call.screen().table(rows);
  }
  if (bad == 0) return {};
  return fail(ErrorCode::unprocessable, std::to_string(bad) + " of the checks found a fault",
              "each line above says what to do");
}

}  // namespace

Verb doctor_verb() {
  return {"doctor", "check library, files, modes, configuration, pages and health", {}, run};
}

}  // namespace cdp::app::cli
