// ErasureGround: what the eraser needs of the running platform: reading the person, one atomic
// intent, and the irreversible steps, each safe to call again. The app stands behind it
// (cdp/app/erasure_platform.h); tests put a fake there.
//
// Thread-safety: the eraser calls from one thread at a time, never from the writer's or the fold's.
// Errors: unavailable when the disk does not answer; conflict from commit_intent when a persona has
// changed since it was read, and nothing was written then.
#pragma once

#include <optional>
#include <vector>

#include "cdp/core/audit/trail.h"
#include "cdp/core/event/fact.h"
#include "cdp/core/store/ledger.h"
#include "identity/profile.h"

namespace cdp::compliance {

// Step 1, all of it in one durable transaction, or nothing.
struct ErasureIntent {
  struct Member {
    PersonaOrdinal persona;
    Position head;  // as it was read; another one now = conflict
  };
  store::RequestRow request;
  std::vector<Member> members;  // their generation ends: no later record of theirs is accepted
  std::vector<store::Tombstone> tombstones;
  std::vector<store::OutboxItem> orders;  // unnumbered
  audit::Entry entry;
};

// A later step of a request, in one durable transaction.
struct ErasureProgress {
  store::RequestRow request;
  std::vector<store::OutboxItem> orders;
  std::vector<audit::Entry> entries;
  std::vector<PersonaOrdinal> released;  // whose ended generation needs no more watching
};

class ErasureGround {
 public:
  virtual ~ErasureGround() = default;

  virtual Time now() = 0;
  virtual Random& random() = 0;
  virtual const store::Ledger& ledger() const = 0;

  // Reading. Returns when everything committed so far, effects included, is visible below.
  virtual Result<void> drain() = 0;
  // Who carries it on that tier or above; on `none` also those whose record asserted it and from
  // whom an officer took it back: it still stands in their rows.
  virtual std::vector<PersonaOrdinal> holders(const Token& identifier, event::Tier at_least) = 0;
  // Whether every source of what it said vouches for it: nothing came over a public key.
  virtual bool is_vouched(PersonaOrdinal persona) = 0;
  virtual Result<std::optional<identity::Profile>> profile_of(PersonaOrdinal persona) = 0;
  virtual Position head(PersonaOrdinal persona) = 0;
  virtual Result<std::optional<store::KeyRow>> key(PersonaOrdinal persona) = 0;
  // The message id of an observation; empty for other records, and when its key is gone.
  virtual Result<std::string> message_id(const store::Record& record) = 0;
  // The sealed document as state.db holds it; empty when it is not there.
  virtual Result<Bytes> stored_document(PersonaOrdinal persona) = 0;
  // Whether anybody who lives now is, or carries, what this blind index stands for.
  virtual bool is_in_use(const Token& link_token) = 0;
  // Whether a fact of the ledger says, or once said, that the identifier links nobody: its keyed
  // hash stays with that fact when its last carrier goes.
  virtual bool is_latched(const Token& link_token) = 0;
  virtual Token tombstone_of(const Token& link_token) = 0;
  // Whether an order can be sent to the destination at all.
  virtual bool can_be_told(const std::string& destination) = 0;

  // Changing.
  virtual Result<void> commit_intent(ErasureIntent intent) = 0;
  virtual Result<void> commit(ErasureProgress progress) = 0;
  // Readers see them no more: memory, state.db, counted disclosures.
  virtual Result<void> forget(const std::vector<PersonaOrdinal>& personas) = 0;
  // Whoever lives of these is shown to destinations anew, once for each subject: a vendor is told
  // to forget the name under which it got all of them.
  virtual Result<void> show_anew(const std::vector<PersonaOrdinal>& personas) = 0;
  virtual Result<void> destroy_keys(const std::vector<PersonaOrdinal>& personas) = 0;
  virtual Result<void> delete_rows(const std::vector<Position>& records,
                                   const std::vector<PersonaOrdinal>& personas) = 0;
  // Empties the write-ahead logs of all files. Unavailable while a reader does not leave.
  virtual Result<void> truncate_logs() = 0;
  // Writes every page of all files anew; for when a trace was found on one.
  virtual Result<void> rewrite_files() = 0;
  // Per needle, how many decrypted pages of all files hold it.
  virtual Result<std::vector<std::uint64_t>> find_bytes(const std::vector<Bytes>& needles) = 0;
  // Bytes of people who stay, one or more per file where there are any: they must be found.
  virtual Result<std::vector<Bytes>> controls() = 0;
};

}  // namespace cdp::compliance
