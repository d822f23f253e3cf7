// The sqlcipher engine: keys.db, ledger.db and state.db, each an SQLCipher file of its own (DESIGN
// §4).
//
// Every write and checkpoint of a file goes through one connection and one mutex; reads through
// short-lived snapshots on connections of their own. After a commit that failed, or of which it is
// not known whether it lasted, every connection is closed and opened again before the next answer,
// and what survived is folded into the main file first (a sync that failed is never retried).
//
// Thread-safety: opening is for one thread; the stores are safe. Lifetime: the caller holds the
// directory's lock for as long as a store lives. Errors: corrupt for a wrong key, a truncated,
// emptied or changed file (SQLCipher cannot tell which); unavailable when the disk fails.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "cdp/core/crypto/secret.h"
#include "cdp/core/store/key_store.h"
#include "cdp/core/store/ledger.h"
#include "cdp/core/store/state.h"

namespace cdp::store::sqlcipher {

struct FileSpec {
  std::filesystem::path path;
  ByteView key32;   // raw key; copied into guarded memory
  std::string vfs;  // "" = the system's; tests put a faulty one here
};

// A new file appears whole, under a temporary name first; a file of no bytes is therefore corrupt,
// never new.
Result<std::unique_ptr<KeyStore>> open_key_store(const FileSpec& spec);
Result<std::unique_ptr<Ledger>> open_ledger(const FileSpec& spec);
// `rule_version` is written into a new file; an existing one keeps its own.
Result<std::unique_ptr<State>> open_state(const FileSpec& spec, const std::string& rule_version);

// Checks the linked library: version, cipher, compile options, temp_store.
Result<void> check_library();

}  // namespace cdp::store::sqlcipher
