// CheckpointSigner: signs the durable audit log now and then, off the ack path (DESIGN §9).
//
// What it promises: a checkpoint is in the ledger before anybody sees it; no two roots are ever
// signed for one size; nothing is signed when the log is shorter than, or does not continue, the
// last published checkpoint. The first sign() of a process reads every entry again to make sure of
// that; later ones read only what is new.
//
// Only the ledger's writer may commit, so the signer hands its batch (meta values only; the writer
// adds the batch id) to the `Commit` function and waits for it.
//
// Thread-safety: sign() belongs to one thread. The free functions are safe anywhere.
// Lifetime: ledger and clock must outlive the signer.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "cdp/core/audit/note.h"
#include "cdp/core/base/time.h"
#include "cdp/core/crypto/secret.h"
#include "cdp/core/store/ledger.h"

namespace cdp::compliance {

struct SignedCheckpoint {
  std::string note;  // as published: body, blank line, signature line
  audit::Checkpoint checkpoint;
};

class CheckpointSigner {
 public:
  using Commit = std::function<Result<void>(store::LedgerBatch)>;

  // `origin` names the log and the key: non-empty, no spaces, no '+' ("shop.example/audit").
  CheckpointSigner(const store::Ledger& ledger, Clock& clock, ByteView ed25519_seed,
                   std::string origin, Commit commit);

  // The checkpoint of all durable entries: a new one, or the published one when nothing was added.
  // Errors: corrupt when the log is behind or contradicts the published checkpoint (nothing is
  // signed until an officer has looked: restore, or start a log of a new origin); unauthenticated
  // when the published one is not of this key; invalid_argument for the origin; what the ledger and
  // the commit answer.
  Result<SignedCheckpoint> sign();

  const audit::VerifierKey& key() const { return key_; }

 private:
  Result<std::optional<SignedCheckpoint>> published() const;
  Result<void> follow(std::uint64_t size, const std::optional<SignedCheckpoint>& published);
  Result<SignedCheckpoint> sign_and_store(const std::optional<SignedCheckpoint>& published);

  const store::Ledger& ledger_;
  Clock& clock_;
  crypto::Secret seed_;
  audit::VerifierKey key_;
  Commit commit_;
  audit::Frontier frontier_;                  // of the entries read so far
  std::optional<audit::Checkpoint> checked_;  // the published one that the entries agree with
};

// The notes as the ledger keeps them; empty when there is none yet.
Result<std::string> published_checkpoint(const store::Ledger& ledger);
Result<std::string> previous_checkpoint(const store::Ledger& ledger);

}  // namespace cdp::compliance
