#include "compliance/evidence/continuity.h"

#include "compliance/evidence/export_layout.h"

namespace cdp::compliance {

namespace {

bool is_consistency(std::string_view text) { return text.starts_with("old "); }

// The proof, from the file of its own or from beside the checkpoint.
Result<std::optional<layout::ConsistencyText>> proof_in(const GivenCheckpoint& given) {
  std::optional<layout::ConsistencyText> parsed;
  if (given.proof || is_consistency(given.text)) {
    CDP_TRY(parsed, layout::parse_consistency(given.proof.value_or(given.text)));
  }
  return parsed;
}

}  // namespace

tl::unexpected<Error> forked() {
  return fail(ErrorCode::corrupt, "two roots that contradict each other: the log was forked",
              "keep both: each is signed, and together they prove it");
}

Result<audit::Checkpoint> given_checkpoint(const GivenCheckpoint& given,
                                           const audit::VerifierKey& key) {
  std::string note(given.text);
  if (is_consistency(given.text)) {
    CDP_TRY(auto parsed, layout::parse_consistency(given.text));
    note = std::move(parsed.checkpoint_note);
  }
  CDP_TRY(const std::string body, audit::verify_note(note, {key}));
  CDP_TRY(auto checkpoint, audit::Checkpoint::parse_body(body));
  if (checkpoint.origin != key.name) {
    return fail(ErrorCode::corrupt, "the checkpoint is of a log of another name",
                "fetch the checkpoint of this log");
  }
  return checkpoint;
}

Result<audit::Checkpoint> check_continuity(const audit::Checkpoint& ours,
                                           const audit::VerifierKey& key,
                                           const GivenCheckpoint& given) {
  CDP_TRY(const auto theirs, given_checkpoint(given, key));
  if (theirs.size == ours.size) {
    if (theirs.root != ours.root) return forked();
    return theirs;
  }
  const auto& older = theirs.size < ours.size ? theirs : ours;
  const auto& newer = theirs.size < ours.size ? ours : theirs;
  const std::string between =
      "--old " + std::to_string(older.size) + " --new " + std::to_string(newer.size);
  CDP_TRY(const auto proof, proof_in(given));
  if (!proof) {
    return fail(
        ErrorCode::conflict, "the checkpoint is of another size, and there is no proof",
        "fetch the proof between both, and pass it with --proof: cdp audit proof " + between);
  }
  if (proof->old_size != older.size) {
    return fail(ErrorCode::conflict, "the proof starts at another size than the older checkpoint",
                "fetch the one between both: cdp audit proof " + between);
  }
  if (!audit::verify_consistency(older.size, newer.size, older.root, newer.root, proof->proof)) {
    return fail(ErrorCode::corrupt,
                "the longer log does not continue the shorter one: its past was rewritten, or the "
                "proof is of other checkpoints",
                "fetch the proof once more (cdp audit proof " + between +
                    "); if it fails again, keep both checkpoints");
  }
  return theirs;
}

}  // namespace cdp::compliance
