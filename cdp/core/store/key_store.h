// KeyStore: the wrapped persona keys, and with them the map (source, persona key) -> persona.
// Engine: keys.db.
//
// Rule: a key is durable here before the ledger refers to it; a key that no record refers to is a
// harmless orphan and is used again by the next observation of that persona.
//
// Thread-safety: safe for concurrent use; writes are serialised inside. Errors: unavailable when
// the disk fails, corrupt when pages do not verify, conflict when the fence is not ours.
// Non-errors: an absent persona is an empty optional.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "cdp/core/base/ids.h"
#include "cdp/core/base/result.h"
#include "cdp/core/store/store_file.h"

namespace cdp::store {

struct KeyRow {
  PersonaOrdinal ordinal;   // on put: none; the engine numbers it
  PersonaId persona;        // random, one life
  Token persona_token{};    // blind index of (source, persona key)
  std::uint32_t epoch = 0;  // which epoch wrap key
  Bytes wrapped;
  Bytes check;
};

class KeyStore : public StoreFile {
 public:
  // Persists the rows whose persona_token is new, durably, in one transaction; answers for every
  // row the one that is stored (the winner): ours, numbered, or the earlier one. Ordinals are never
  // reused, not even after destroy and restart.
  virtual Result<std::vector<KeyRow>> put_if_absent(std::vector<KeyRow> rows, Fence fence) = 0;

  // The persona of a token, from memory: no I/O.
  virtual std::optional<PersonaOrdinal> find(const Token& persona_token) const = 0;
  virtual Result<std::optional<KeyRow>> get(PersonaOrdinal ordinal) const = 0;

  // Rewraps (key rotation): replaces epoch, wrapped and check of rows that still exist. Absent rows
  // stay absent.
  virtual Result<void> rewrap(std::span<const KeyRow> rows, Fence fence) = 0;

  // Forgets the keys: rows deleted and overwritten, WAL truncated, durable before the answer.
  // Absent rows are no error.
  virtual Result<void> destroy(std::span<const PersonaOrdinal> ordinals, Fence fence) = 0;

  // Every row in ordinal order; the callback answers false to stop.
  virtual Result<void> each(const std::function<bool(const KeyRow&)>& row) const = 0;
  virtual std::size_t size() const = 0;
};

}  // namespace cdp::store
