// Consent receipts: what a person said, as a signed paper of theirs (Kantara Consent Receipt 1.1
// fields; the record, the processing, the parties and the event of ISO/IEC TS 27560), and the proof
// that the same stands in the controller's audit log.
//
//   {"jws":"<protected>..<signature>","receipt":{...}}
//
// `jws` is RFC 7515 with detached payload (appendix F), EdDSA (RFC 8037): the payload is the RFC
// 8785 form of `receipt`, `kid` the log's verifier key. Any JOSE library verifies it. Inside,
// `record` is the statement as it was committed to, `nonce` opens the commitment in `log.entry`,
// `log.proof` leads from that entry to the root in `log.checkpoint`, a C2SP signed note.
//
// What a receipt proves, to somebody who has the key from elsewhere: this controller's key signed
// it; the log had this very statement when the checkpoint was signed. It names no person: it is a
// receipt of whoever holds it, like one of a shop.
//
// `log.status` says what stands in the log:
//   committed    an entry that commits to this very statement
//   matching     an entry with its choice, purpose, channel, grade, source and moment: it was
//   written
//                before entries committed, and that it is this person's rests on the signature
//   not_in_log   none: nothing is proven but the signature
// Receipts of the first edition have no status: with a `log` they are `committed`.
//
// Thread-safety: pure. Errors of make_receipt: invalid_argument for a seed or proof that cannot be.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cdp/core/audit/note.h"
#include "compliance/evidence/continuity.h"
#include "consent/policy.h"

namespace cdp::compliance {

struct ReceiptInput {
  std::string id;         // "stm_..."
  std::string principal;  // a pseudonym of the person, for this controller's receipts only
  const event::Statement* statement = nullptr;
  const consent::Policy* policy = nullptr;  // in force now: controller, texts, data categories
  crypto::Digest nonce{};
  Time issued_at;
  // Empty for a statement of which the log holds no entry.
  struct Logged {
    bool committed = true;  // else the entry is one without commitment
    std::uint64_t index = 0;
    Bytes entry;
    audit::Proof proof;
    std::string checkpoint;  // the whole note
  };
  std::optional<Logged> logged;
};

std::string make_receipt(const ReceiptInput& input, ByteView ed25519_seed,
                         const audit::VerifierKey& key);

enum class LogStatus : std::uint8_t { committed, matching, not_in_log };
std::string_view to_string(LogStatus status);

struct ReceiptReport {
  std::string id;
  std::string controller;
  std::string purpose;
  std::string choice;
  std::string received_at;
  std::string notice_version;  // empty: not known
  audit::VerifierKey key;
  bool key_was_given = false;  // false: the key came with the receipt, which then proves only that
                               // it fits together
  LogStatus status = LogStatus::not_in_log;
  std::uint64_t log_size = 0;              // of the checkpoint that the entry was found under
  std::optional<audit::Checkpoint> given;  // the reader's own, of the same log
};

// Proves a receipt with nothing but its text. `trusted`: the verifier key that the reader got
// another way. `given`: a checkpoint that the reader got another way, of the receipt's size or with
// the proof between both (compliance/evidence/continuity.h, also for its errors).
// Errors: unauthenticated = not signed by the key; corrupt = anything that was changed or does not
// fit; invalid_argument = the key or the checkpoint cannot be read; conflict = a checkpoint of
// another size without a proof, or for a receipt that is not in the log.
Result<ReceiptReport> verify_receipt(std::string_view text,
                                     std::optional<std::string_view> trusted = std::nullopt,
                                     const std::optional<GivenCheckpoint>& given = std::nullopt);

}  // namespace cdp::compliance
