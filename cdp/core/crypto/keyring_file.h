// The bytes of a keyring file (crypto/keyring.h): frame, header and entries.
//
//   "cdp-keyring 1\n"
//   {"kek":kind,"parameters":{..},"root":base64}\n
//   sealed body (crypto/seal.h; the first two lines are its tenant field, so they cannot be
//   changed) SHA-256 of all before: damage, told from a wrong key without asking for the key
//
// Body: u32 current epoch, then entries: u8 kind, u32 length and name, u32 length and value; all
// numbers little-endian, entries in ascending order of (kind, name).
//
// Thread-safety: pure functions. For this folder and the fuzzers only.
#pragma once

#include <compare>
#include <filesystem>
#include <map>
#include <string>

#include "cdp/core/crypto/secret.h"

namespace cdp::crypto {

enum class EntryKind : std::uint8_t { database = 1, epoch = 2, index = 3, single = 4, named = 5 };

struct EntryName {
  EntryKind kind;
  std::string name;
  friend auto operator<=>(const EntryName&, const EntryName&) = default;
};

struct KeyringEntries {
  std::uint32_t current_epoch = 0;
  std::map<EntryName, Secret> secrets;
};

struct KeyringHeader {
  std::string kind;
  std::string parameters;  // a JSON object, as the KEK provider wrote it
  Bytes wrapped_root;
};

struct KeyringFrame {
  KeyringHeader header;
  std::string head;  // the first two lines
  Bytes body;        // sealed
};

// The whole file's bytes.
Bytes frame_keyring(const KeyringHeader& header, ByteView root_key, const KeyringEntries& entries,
                    Random& random);
// Errors: not_found; corrupt for any change that the digest sees, and for a frame of another form.
Result<KeyringFrame> read_keyring_frame(const std::filesystem::path& file);
Result<KeyringFrame> parse_keyring_frame(ByteView file);
// Errors: unauthenticated for a wrong root key or a forged file; corrupt for a body of another
// form.
Result<KeyringEntries> open_keyring_frame(const KeyringFrame& frame, ByteView root_key);
// The decrypted body. Errors: corrupt.
Result<KeyringEntries> parse_keyring_body(ByteView body);

}  // namespace cdp::crypto
