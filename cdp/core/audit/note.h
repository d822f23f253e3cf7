// Signed notes and checkpoints: C2SP signed-note and tlog-checkpoint with Ed25519 (byte forms in
// the text specs).
//
//   <origin>\n<size>\n<base64 root>\n
//   \n
//   — <name> <base64(key id[4] ‖ signature)>\n      one line per signature; lines of unknown keys
//   are kept and ignored
//
// Thread-safety: values and pure functions. Errors: invalid_argument for a malformed note;
// unauthenticated when no trusted key signed.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cdp/core/audit/merkle.h"
#include "cdp/core/crypto/signature.h"

namespace cdp::audit {

// A verifier key in text form "name+hex8(key id)+base64(0x01 ‖ key)".
struct VerifierKey {
  std::string name;
  crypto::PublicKey key{};
  std::uint32_t id() const;  // SHA-256(name ‖ 0x0A ‖ 0x01 ‖ key)[:4], big-endian
  std::string to_string() const;
  static Result<VerifierKey> parse(std::string_view text);
};

struct Checkpoint {
  std::string origin;
  std::uint64_t size = 0;
  Hash root{};
  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
  std::string body() const;
  static Result<Checkpoint> parse_body(std::string_view body);
};

// Signs `body` (ends in "\n") under `name`: the whole note.
std::string sign_note(std::string_view body, const std::string& name, ByteView ed25519_seed);
// The verified body: at least one of `trusted` must have signed, and no trusted key's line may be
// wrong.
Result<std::string> verify_note(std::string_view note, const std::vector<VerifierKey>& trusted);

}  // namespace cdp::audit
