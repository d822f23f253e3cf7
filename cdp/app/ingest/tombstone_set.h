// Who was erased, in memory: keyed hashes of personas and identifiers (DESIGN §1, §8). The other
// list has a rule of its own (do_not_contact_list.h).
//
// Thread-safety: the writer's thread alone. Lifetime: `keyed` must outlive it.
#pragma once

#include <optional>
#include <unordered_map>

#include "cdp/app/ingest/keyed.h"
#include "cdp/app/ingest/prepared.h"
#include "cdp/core/store/ledger.h"

namespace cdp::app {

class TombstoneSet {
 public:
  explicit TombstoneSet(const Keyed& keyed) : keyed_(&keyed) {}

  void add(const store::Tombstone& tombstone);
  // When this persona or one of its identifiers was erased; the latest. `persona_lives` = the
  // persona has a key today: a co-owner of an address who was never erased himself is not held up
  // by the address. Hashes are computed here and not ahead: most personas live, and need none.
  std::optional<Time> erased_at(const Prepared& prepared, bool persona_lives) const;
  // May the observation start a new life? Only a live, signed or server-side act after the erasure
  // (DESIGN §8).
  static bool may_revive(const Prepared& prepared, Time erased_at);
  bool empty() const { return personas_.empty() && identifiers_.empty(); }

 private:
  const Keyed* keyed_;
  std::unordered_map<Token, Time, TokenHash> personas_;
  std::unordered_map<Token, Time, TokenHash> identifiers_;
};

}  // namespace cdp::app
