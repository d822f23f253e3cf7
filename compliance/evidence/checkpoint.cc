#include "compliance/evidence/checkpoint.h"

#include <utility>

#include "cdp/core/audit/trail.h"
#include "compliance/evidence/log_reader.h"

namespace cdp::compliance {
namespace {

constexpr const char* kCheckpointMeta = "checkpoint";
constexpr const char* kPreviousMeta = "checkpoint.previous";
constexpr const char* kSignedAtMeta = "checkpoint.signed_at";

Bytes bytes_of(const std::string& text) { return {text.begin(), text.end()}; }

Result<std::string> text_meta(const store::Ledger& ledger, const char* key) {
  CDP_TRY(const Bytes value, ledger.meta(key));
  return std::string(value.begin(), value.end());
}

}  // namespace

CheckpointSigner::CheckpointSigner(const store::Ledger& ledger, Clock& clock, ByteView ed25519_seed,
                                   std::string origin, Commit commit)
    : ledger_(ledger),
      clock_(clock),
      seed_(crypto::Secret::copy_of(ed25519_seed)),
      key_{std::move(origin), crypto::ed25519_public(ed25519_seed)},
      commit_(std::move(commit)) {}

Result<std::optional<SignedCheckpoint>> CheckpointSigner::published() const {
  CDP_TRY(std::string note, published_checkpoint(ledger_));
  if (note.empty()) return std::optional<SignedCheckpoint>();
  CDP_TRY(const std::string body, audit::verify_note(note, {key_}));
  CDP_TRY(audit::Checkpoint checkpoint, audit::Checkpoint::parse_body(body));
  return std::optional(SignedCheckpoint{std::move(note), std::move(checkpoint)});
}

// Reads on to `size` and makes sure that the entries agree with the published checkpoint on the
// way.
Result<void> CheckpointSigner::follow(std::uint64_t size,
                                      const std::optional<SignedCheckpoint>& published) {
  const bool check = published && checked_ != published->checkpoint;
  if (check && frontier_.size() > published->checkpoint.size) frontier_ = {};
  bool agrees = !check;
  const auto compare = [&] {
    if (check && frontier_.size() == published->checkpoint.size) {
      agrees = frontier_.root() == published->checkpoint.root;
    }
  };
  compare();
  CDP_CHECK(each_entry(ledger_, frontier_.size(), size,
                       [&](std::uint64_t, const Bytes& entry) -> Result<void> {
                         frontier_.append(audit::leaf_hash(entry));
                         compare();
                         return {};
                       }));
  if (!agrees) {
    frontier_ = {};
    return fail(ErrorCode::corrupt, "the audit log contradicts its published checkpoint",
                "restore the ledger; if its entries are lost, start a log of a new origin");
  }
  if (published) checked_ = published->checkpoint;
  return {};
}

Result<SignedCheckpoint> CheckpointSigner::sign_and_store(
    const std::optional<SignedCheckpoint>& published) {
  SignedCheckpoint made{{}, {key_.name, frontier_.size(), frontier_.root()}};
  const std::string body = made.checkpoint.body();
  CDP_CHECK(audit::Checkpoint::parse_body(body));  // the origin is from the configuration
  made.note = audit::sign_note(body, key_.name, seed_.view());
  store::LedgerBatch batch;
  batch.meta.emplace_back(kCheckpointMeta, bytes_of(made.note));
  if (published) batch.meta.emplace_back(kPreviousMeta, bytes_of(published->note));
  batch.meta.emplace_back(kSignedAtMeta, bytes_of(to_rfc3339(clock_.now())));
  batch.meta.emplace_back(audit::kFrontierMeta, frontier_.serialise());
  CDP_CHECK(commit_(std::move(batch)));
  checked_ = made.checkpoint;
  return made;
}

Result<SignedCheckpoint> CheckpointSigner::sign() {
  CDP_TRY(auto last, published());
  CDP_TRY(const std::uint64_t size, ledger_.audit_size());
  if (last && size < last->checkpoint.size) {
    return fail(ErrorCode::corrupt, "the audit log is shorter than its published checkpoint",
                "restore a newer backup; if the entries are lost, start a log of a new origin");
  }
  CDP_CHECK(follow(size, last));
  if (last && last->checkpoint.size == size) return *std::move(last);
  return sign_and_store(last);
}

Result<std::string> published_checkpoint(const store::Ledger& ledger) {
  return text_meta(ledger, kCheckpointMeta);
}

Result<std::string> previous_checkpoint(const store::Ledger& ledger) {
  return text_meta(ledger, kPreviousMeta);
}

}  // namespace cdp::compliance
