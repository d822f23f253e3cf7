// A data directory on disk: keys.db, ledger.db, state.db, the keyring file and the lock, opened
// together with the sqlcipher engine.
//
//   DIR/cdp.lock  keyring  keys.db  ledger.db  state.db (state.next.db while rebuilding) admin.sock
//   cdp.toml
//
// One process per directory: the lock file is held (flock) for the Directory's life.
// Thread-safety: open once, in one thread; the stores inside are safe. Errors: conflict when
// another process has the directory open; unprocessable with a hint when the SQLCipher library is
// below 4.6 or was built without what we need; corrupt for a wrong key (SQLCipher cannot tell a
// wrong key from a broken file).
#pragma once

#include <filesystem>
#include <memory>

#include "cdp/core/crypto/keyring.h"
#include "cdp/core/store/key_store.h"
#include "cdp/core/store/ledger.h"
#include "cdp/core/store/state.h"

namespace cdp::store {

struct Engine {
  std::unique_ptr<KeyStore> keys;
  std::unique_ptr<Ledger> ledger;
  std::unique_ptr<State> state;
};

// Everything in memory, for tests and as the oracle of the conformance suite.
Engine open_memory();

struct OpenOptions {
  std::string vfs;  // "" = the system's; fault tests register another
  // For who only looks, or holds the lock: state stays, whatever rule it was folded under.
  bool keep_state = false;
};

class Directory {
 public:
  // `rule_version` is what state means now: when state.db was folded under another, it is emptied
  // (the caller folds the ledger again into state.next.db, swapped in when complete).
  static Result<Directory> open(const std::filesystem::path& directory,
                                const crypto::Keyring& keyring, const std::string& rule_version,
                                const OpenOptions& options = {});
  Directory(Directory&&) noexcept;
  Directory& operator=(Directory&&) noexcept;
  ~Directory();

  KeyStore& keys();
  Ledger& ledger();
  State& state();

  // A fresh, empty state.next.db; adopt_state() swaps it in durably and closes the old one.
  Result<std::unique_ptr<State>> begin_state_rebuild();
  // References from state() end with the old one; the fence that `rebuilt` gave stays good.
  Result<void> adopt_state(std::unique_ptr<State> rebuilt);

  // Personas that records after `after` refer to but that have no key: without an erasure intent
  // naming each of them, start-up must stop (invariant 6). Erasure marks do not count.
  Result<std::vector<PersonaOrdinal>> personas_without_key(Position after = Position());

  // Per needle, how many decrypted pages of all files and logs hold it (DESIGN §8 step 8): call
  // after truncate_wal() on every store, writers kept out, with a control that must be found. The
  // files' own names of their tables and columns do not count (sqlcipher::SchemaText).
  // Errors: corrupt for a page that does not verify; invalid_argument for a needle under 4 bytes.
  Result<std::vector<std::uint64_t>> find_bytes(const std::vector<Bytes>& needles);

 private:
  struct Impl;
  explicit Directory(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// Checks the linked SQLCipher: version, cipher provider, compile options, and that temp_store can
// be held in memory.
Result<void> check_sqlcipher();

}  // namespace cdp::store
