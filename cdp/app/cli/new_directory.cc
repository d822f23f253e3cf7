#include "cdp/app/cli/new_directory.h"

#include <sys/stat.h>

#include "cdp/app/durable_file.h"
#include "cdp/app/wiring.h"

namespace cdp::app::cli {
namespace {

namespace fs = std::filesystem;

Result<void> make_private(const fs::path& directory) {
  std::error_code error;
  if (directory.has_parent_path()) fs::create_directories(directory.parent_path(), error);
  if (::mkdir(directory.c_str(), S_IRWXU) == 0) return {};
  if (fs::is_directory(directory, error) && ::chmod(directory.c_str(), S_IRWXU) == 0) return {};
  return fail(ErrorCode::unavailable, "the directory cannot be made",
              "check the path and its permissions");
}

// What a cut-off attempt leaves behind would refuse the next one.
class Undo {
 public:
  explicit Undo(fs::path directory) : directory_(std::move(directory)) {}
  ~Undo() {
    if (kept_) return;
    std::error_code ignored;
    for (const char* name : {"keyring", "kek.json", "keys.db", "ledger.db", "state.db", "cdp.lock"})
      fs::remove(directory_ / name, ignored);
    if (config_made_) fs::remove(directory_ / "cdp.toml", ignored);
    fs::remove(directory_, ignored);  // only when empty
  }
  Undo(const Undo&) = delete;
  Undo& operator=(const Undo&) = delete;
  void config_made() { config_made_ = true; }
  void keep() { kept_ = true; }

 private:
  fs::path directory_;
  bool config_made_ = false;
  bool kept_ = false;
};

}  // namespace

Result<void> refuse_used_directory(const fs::path& directory) {
  std::error_code ignored;
  for (const char* name : {"keyring", "kek.json", "ledger.db"}) {
    if (fs::exists(directory / name, ignored)) {
      return fail(ErrorCode::conflict, "there is a data directory there already",
                  "nothing was changed; serve it with: cdp serve DIR");
    }
  }
  return {};
}

Result<NewDirectory> make_directory(const fs::path& directory, const KekChoice& choice,
                                    crypto::KekProvider& kek, const std::string& config,
                                    World& world) {
  CDP_CHECK(crypto::initialise());
  CDP_CHECK(store::check_sqlcipher());
  CDP_CHECK(refuse_used_directory(directory));
  CDP_CHECK(make_private(directory));
  Undo undo(directory);
  std::error_code ignored;
  if (!fs::exists(directory / "cdp.toml", ignored)) {  // one that was written first is kept
    CDP_CHECK(write_durably(directory / "cdp.toml", config, 0600));
    undo.config_made();
  }
  CDP_TRY(auto keyring, crypto::Keyring::create(directory / "keyring", kek, world.random));
  if (choice.kind == "key_file") ::chmod(choice.path.c_str(), S_IRUSR);
  CDP_CHECK(write_durably(directory / "kek.json", to_json(choice) + "\n", 0600));
  const Logger logger = Logger::silent(world.clock);
  Metrics metrics;
  NewDirectory made;
  {
    CDP_TRY(const auto platform,
            Platform::open({directory, false}, kek, {world.clock, world.random, logger, metrics}));
    made.audit_key = platform->checkpoints().key().to_string();
    platform->stop();
  }
  undo.keep();
  return made;
}

}  // namespace cdp::app::cli
