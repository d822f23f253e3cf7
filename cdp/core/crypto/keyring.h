// The keyring: everything that is secret and not a persona's, in one file sealed under the KEK
// (DESIGN §5).
//
//   KEK (passphrase by Argon2id | key file 0400 | plug-in command) -> keyring file -> database
//   keys, epoch wrap keys, blind-index keys per purpose, Ed25519 audit key, token pepper, named
//   secrets
//
// File: "cdp-keyring 1\n", one line of JSON with the KEK's kind and parameters (salt, opslimit,
// memlock, plug-in key id) and the wrapped root key, then the body (length-prefixed entries) sealed
// under the root key with that line as associated data, then the SHA-256 of all before, which tells
// a damaged file from a wrong key. Written to a temporary file, fsynced, renamed, directory
// fsynced: a crash leaves the old or the new.
//
// Thread-safety: const members are safe; changes (set_secret, rotate_epoch) need outside exclusion.
// Errors: unauthenticated for a wrong passphrase or key; corrupt for a truncated or changed file;
// permission_denied for a key file that others can read.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "cdp/core/crypto/secret.h"

namespace cdp::crypto {

// The key-encryption key, as a provider: it wraps and unwraps the keyring's root key.
class KekProvider {
 public:
  virtual ~KekProvider() = default;
  virtual std::string kind() const = 0;  // "passphrase", "key_file", "plugin"
  // `parameters` is the provider's own JSON object text, stored in clear in the keyring's header;
  // wrap may fill it.
  virtual Result<Bytes> wrap(ByteView root_key, std::string* parameters, Random& random) = 0;
  virtual Result<Secret> unwrap(ByteView wrapped, const std::string& parameters) = 0;
};

// Argon2id (RFC 9106) with libsodium's MODERATE limits by default; `ops`/`mem` only for tests.
std::unique_ptr<KekProvider> passphrase_kek(Secret passphrase, std::uint64_t ops = 0,
                                            std::size_t mem = 0);
// 32 random bytes in a file of mode 0400 or 0600, created when `create` and absent.
std::unique_ptr<KekProvider> key_file_kek(std::filesystem::path file, bool create);
// A child process: argv[0] is an absolute path (never searched), one JSON request on stdin, one
// answer on stdout:
// {"op":"wrap","plaintext":b64} -> {"key_id":..,"ciphertext":b64}; {"op":"unwrap",..} ->
// {"plaintext":b64}.
std::unique_ptr<KekProvider> plugin_kek(std::vector<std::string> argv);

class Keyring {
 public:
  // Which blind-index key. Each purpose has its own random key.
  enum class Index : std::uint8_t {
    link = 1,
    message = 2,
    tombstone = 3,
    pseudonym = 4,
    do_not_contact = 5
  };

  // A new keyring with all keys random. Errors: conflict when `file` exists.
  static Result<Keyring> create(const std::filesystem::path& file, KekProvider& kek,
                                Random& random);
  static Result<Keyring> load(const std::filesystem::path& file, KekProvider& kek);
  // The kind in the header, without a key: lets the CLI ask for the right thing.
  static Result<std::string> kek_kind(const std::filesystem::path& file);
  Result<void> save(Random& random);

  ByteView database_key(std::string_view database) const;  // "keys", "ledger", "state"; 32 bytes
  std::uint32_t current_epoch() const;
  // Errors: not_found for a destroyed epoch.
  Result<ByteView> epoch_key(std::uint32_t epoch) const;
  ByteView index_key(Index index) const;  // 32 bytes
  ByteView audit_seed() const;            // 32-byte Ed25519 seed
  ByteView token_pepper() const;          // 32 bytes
  // Seals what belongs to no persona: requests, orders, erasure keys, models of matching.
  ByteView request_key() const;

  // Named secrets (`cdp secret set NAME`). Changes last only after save().
  void set_secret(const std::string& name, Secret value);
  const Secret* secret(const std::string& name) const;  // null when absent
  std::vector<std::string> secret_names() const;

  // A new epoch, which becomes the current one. Numbers are never used again.
  void add_epoch(Random& random);
  // Does nothing for the current epoch: add the next one first.
  void destroy_epoch(std::uint32_t epoch);

 private:
  struct Body;
  explicit Keyring(std::shared_ptr<Body> body);
  std::shared_ptr<Body> body_;
};

}  // namespace cdp::crypto
