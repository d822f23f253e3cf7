#include "cdp/core/store/directory.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <set>

#include "cdp/core/store/sqlcipher/engine.h"
#include "cdp/core/store/sqlcipher/page_reader.h"

namespace cdp::store {
namespace {

namespace fs = std::filesystem;

class Lock {
 public:
  static Result<Lock> take(const fs::path& file) {
    const int handle = ::open(file.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    if (handle < 0) {
      return fail(ErrorCode::unavailable, "the lock file of the data directory does not open",
                  "check that the directory exists and belongs to this user");
    }
    Lock lock(handle);
    if (::flock(handle, LOCK_EX | LOCK_NB) != 0) {
      return fail(ErrorCode::conflict, "another process has this data directory open",
                  "use the running server's socket, or stop it first");
    }
    return lock;
  }
  Lock(Lock&& other) noexcept : handle_(std::exchange(other.handle_, -1)) {}
  Lock& operator=(Lock&&) = delete;
  ~Lock() {
    if (handle_ >= 0) ::close(handle_);
  }

 private:
  explicit Lock(int handle) : handle_(handle) {}
  int handle_;
};

void remove_database(const fs::path& file) {
  std::error_code ignored;
  for (const char* suffix : {"", "-wal", "-shm"}) {
    fs::path part = file;
    part += suffix;
    fs::remove(part, ignored);
  }
}

bool is_there(const fs::path& file) {
  std::error_code ignored;
  return fs::exists(file, ignored);
}

Result<void> sync_directory(const fs::path& directory) {
  const int handle = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool synced = handle >= 0 && ::fsync(handle) == 0;
  if (handle >= 0) ::close(handle);
  if (synced) return {};
  return fail(ErrorCode::unavailable, "the data directory could not be synced",
              "look at the disk's health");
}

}  // namespace

struct Directory::Impl {
  fs::path path;
  std::string rule_version;
  std::string vfs;
  bool keep_state = false;
  crypto::Secret state_key;
  crypto::Secret keys_key;
  crypto::Secret ledger_key;
  Lock lock;
  Engine engine;

  fs::path file(const char* name) const { return path / name; }

  Result<std::unique_ptr<State>> open_state(const char* name) const {
    return sqlcipher::open_state({file(name), state_key.view(), vfs}, rule_version);
  }

  // keys.db is created first: a ledger without it has lost its keys, a used key file without a
  // ledger has lost the truth.
  Result<void> open_truth() {
    const bool has_ledger = is_there(file("ledger.db"));
    if (has_ledger && !is_there(file("keys.db"))) {
      return fail(ErrorCode::corrupt, "keys.db is missing beside ledger.db",
                  "restore keys.db from its newest backup");
    }
    CDP_TRY(engine.keys, sqlcipher::open_key_store({file("keys.db"), keys_key.view(), vfs}));
    if (!has_ledger && engine.keys->size() > 0) {
      return fail(ErrorCode::corrupt, "ledger.db is missing beside a used keys.db",
                  "restore ledger.db from its newest backup");
    }
    CDP_TRY(engine.ledger, sqlcipher::open_ledger({file("ledger.db"), ledger_key.view(), vfs}));
    return {};
  }

  Result<void> open_fold() {
    remove_database(file("state.next.db"));  // a rebuild that was cut short
    if (!is_there(file("state.db"))) remove_database(file("state.db"));
    CDP_TRY(engine.state, open_state("state.db"));
    CDP_TRY(const std::string folded_under, engine.state->rule_version());
    CDP_TRY(const Position applied, engine.state->applied_position());
    CDP_TRY(const Position last, engine.ledger->last_position());
    // Another rule, or a state that knows more than the truth (a restored ledger): fold again.
    if (keep_state || (folded_under == rule_version && applied <= last)) return {};
    engine.state.reset();
    remove_database(file("state.db"));
    CDP_TRY(engine.state, open_state("state.db"));
    return {};
  }
};

Result<Directory> Directory::open(const fs::path& directory, const crypto::Keyring& keyring,
                                  const std::string& rule_version, const OpenOptions& options) {
  CDP_CHECK(check_sqlcipher());
  CDP_TRY(Lock lock, Lock::take(directory / "cdp.lock"));
  auto impl = std::make_unique<Impl>(
      Impl{.path = directory,
           .rule_version = rule_version,
           .vfs = options.vfs,
           .keep_state = options.keep_state,
           .state_key = crypto::Secret::copy_of(keyring.database_key("state")),
           .keys_key = crypto::Secret::copy_of(keyring.database_key("keys")),
           .ledger_key = crypto::Secret::copy_of(keyring.database_key("ledger")),
           .lock = std::move(lock),
           .engine = {}});
  CDP_CHECK(impl->open_truth());
  CDP_CHECK(impl->open_fold());
  return Directory(std::move(impl));
}

Directory::Directory(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Directory::Directory(Directory&&) noexcept = default;
Directory& Directory::operator=(Directory&&) noexcept = default;
Directory::~Directory() = default;

KeyStore& Directory::keys() { return *impl_->engine.keys; }
Ledger& Directory::ledger() { return *impl_->engine.ledger; }
State& Directory::state() { return *impl_->engine.state; }

Result<std::unique_ptr<State>> Directory::begin_state_rebuild() {
  remove_database(impl_->file("state.next.db"));
  return impl_->open_state("state.next.db");
}

Result<void> Directory::adopt_state(std::unique_ptr<State> rebuilt) {
  CDP_CHECK(rebuilt->truncate_wal());
  rebuilt.reset();
  impl_->engine.state.reset();
  // The old file goes before the new one comes: a crash in between finds no state and folds again,
  // while an old log beside a new file would be replayed into it.
  remove_database(impl_->file("state.db"));
  std::error_code failed;
  fs::rename(impl_->file("state.next.db"), impl_->file("state.db"), failed);
  remove_database(impl_->file("state.next.db"));
  Result<void> swapped = sync_directory(impl_->path);
  if (failed) swapped = fail(ErrorCode::unavailable, "the rebuilt state could not be put in place");
  // Whatever happened, there is a state again: the rebuilt one or an empty one.
  CDP_TRY(impl_->engine.state, impl_->open_state("state.db"));
  return swapped;
}

Result<std::vector<PersonaOrdinal>> Directory::personas_without_key(Position after) {
  std::set<PersonaOrdinal> keyed;
  CDP_CHECK(impl_->engine.keys->each([&](const KeyRow& row) {
    keyed.insert(keyed.end(), row.ordinal);
    return true;
  }));
  std::set<PersonaOrdinal> missing;
  CDP_CHECK(impl_->engine.ledger->each_header(after, [&](const Record& record) {
    if (record.kind == RecordKind::erasure || record.persona.none()) return;
    if (!keyed.contains(record.persona)) missing.insert(record.persona);
  }));
  return std::vector<PersonaOrdinal>(missing.begin(), missing.end());
}

Result<std::vector<std::uint64_t>> Directory::find_bytes(const std::vector<Bytes>& needles) {
  CDP_TRY(auto search, sqlcipher::Needles::make(needles));
  const std::pair<const char*, ByteView> files[] = {{"keys.db", impl_->keys_key.view()},
                                                    {"ledger.db", impl_->ledger_key.view()},
                                                    {"state.db", impl_->state_key.view()}};
  for (const auto& [name, key] : files) {
    CDP_TRY(const auto schema, sqlcipher::SchemaText::read(impl_->file(name), key));
    // A frame of the log may hold any page under the number: nothing of it is passed over.
    const auto look = [&](std::uint32_t number, ByteView plain, bool is_wal) {
      search.search(plain,
                    is_wal ? std::vector<sqlcipher::PageSpan>{} : schema.on_page(number, plain));
    };
    CDP_CHECK(sqlcipher::each_page(impl_->file(name), key, look));
  }
  return search.hits();
}

Result<void> check_sqlcipher() { return sqlcipher::check_library(); }

}  // namespace cdp::store
