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
// Thread-safety: pure. Errors of make_receipt: invalid_argument for a seed or proof that cannot be.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cdp/core/audit/note.h"
#include "consent/policy.h"

namespace cdp::compliance {

struct ReceiptInput {
  std::string id;         // "stm_..."
  std::string principal;  // a pseudonym of the person, for this controller's receipts only
  const event::Statement* statement = nullptr;
  const consent::Policy* policy = nullptr;  // in force now: controller, texts, data categories
  crypto::Digest nonce{};
  Time issued_at;
  // Empty for a statement whose entry holds no commitment (written before there were receipts).
  struct Logged {
    std::uint64_t index = 0;
    Bytes entry;
    audit::Proof proof;
    std::string checkpoint;  // the whole note
  };
  std::optional<Logged> logged;
};

std::string make_receipt(const ReceiptInput& input, ByteView ed25519_seed,
                         const audit::VerifierKey& key);

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
  bool logged = false;         // the entry was found under the signed root
  std::uint64_t log_size = 0;
  bool checkpoint_was_given = false;
};

// Proves a receipt with nothing but its text. `trusted`: the verifier key that the reader got
// another way. `checkpoint`: a checkpoint that the reader got another way; it must be of the same
// size as the receipt's (fetch the receipt again when the log has grown) and have the same root.
// Errors: unauthenticated = not signed by the key; corrupt = anything that was changed or does not
// fit; invalid_argument = the key or the checkpoint cannot be read; conflict = a checkpoint of
// another size.
Result<ReceiptReport> verify_receipt(std::string_view text,
                                     std::optional<std::string_view> trusted = std::nullopt,
                                     std::optional<std::string_view> checkpoint = std::nullopt);

}  // namespace cdp::compliance
