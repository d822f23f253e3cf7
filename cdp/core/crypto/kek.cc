#include <sodium.h>

#include <nlohmann/json.hpp>

#include "cdp/core/crypto/keyring.h"
#include "cdp/core/crypto/private_file.h"
#include "cdp/core/crypto/seal.h"
#include "cdp/core/crypto/wipe.h"

namespace cdp::crypto {
namespace {

constexpr std::size_t kKeyBytes = 32;

// The root key sealed under a key that a provider derived or read.
SealContext root_context() { return {.tenant = {}, .persona = {}, .kind = "keyring-root"}; }

Result<Secret> open_root(const Secret& kek, ByteView wrapped, const char* what) {
  auto opened = open(kek.view(), root_context(), wrapped);
  if (!opened) return fail(ErrorCode::unauthenticated, what, "nothing was changed; try again");
  const Wiped<Bytes> root(std::move(*opened));
  return Secret::copy_of(root.value);
}

class PassphraseKek final : public KekProvider {
 public:
  PassphraseKek(Secret passphrase, std::uint64_t ops, std::size_t mem)
      : passphrase_(std::move(passphrase)),
        ops_(ops == 0 ? crypto_pwhash_OPSLIMIT_MODERATE : ops),
        mem_(mem == 0 ? crypto_pwhash_MEMLIMIT_MODERATE : mem) {}

  std::string kind() const override { return "passphrase"; }

  Result<Bytes> wrap(ByteView root_key, std::string* parameters, Random& random) override {
    Bytes salt(crypto_pwhash_SALTBYTES);
    random.fill(salt);
    CDP_TRY(const Secret kek, stretch(salt, ops_, mem_));
    *parameters = nlohmann::json{
        {"algorithm", "argon2id13"},
        {"salt", to_base64(salt)},
        {"ops", ops_},
        {"memory_bytes",
         mem_}}.dump();
    return seal(kek.view(), root_context(), root_key, random);
  }

  Result<Secret> unwrap(ByteView wrapped, const std::string& parameters) override {
    const auto bad = [] {
      return fail(ErrorCode::corrupt, "the keyring's passphrase parameters are not ours");
    };
    const auto json = nlohmann::json::parse(parameters, nullptr, false);
    if (!json.is_object() || json.value("algorithm", nlohmann::json()) != "argon2id13") {
      return bad();
    }
    const auto salt_text = json.find("salt");
    const auto ops = json.find("ops");
    const auto mem = json.find("memory_bytes");
    if (salt_text == json.end() || !salt_text->is_string()) return bad();
    if (ops == json.end() || !ops->is_number_unsigned()) return bad();
    if (mem == json.end() || !mem->is_number_unsigned()) return bad();
    const auto salt = from_base64(salt_text->get_ref<const std::string&>());
    if (!salt || salt->size() != crypto_pwhash_SALTBYTES) return bad();
    CDP_TRY(const Secret kek, stretch(*salt, ops->get<std::uint64_t>(), mem->get<std::size_t>()));
    return open_root(kek, wrapped, "the passphrase does not open this keyring");
  }

 private:
  // Bounds, so that a changed file cannot make start-up last for ever (libsodium's SENSITIVE is 4
  // passes over 1 GiB).
  static constexpr std::uint64_t kOpsMax = 16;
  static constexpr std::size_t kMemoryBytesMax = std::size_t{2} << 30;

  Result<Secret> stretch(ByteView salt, std::uint64_t ops, std::size_t mem) const {
    if (passphrase_.empty()) return fail(ErrorCode::invalid_argument, "the passphrase is empty");
    if (ops < crypto_pwhash_OPSLIMIT_MIN || ops > kOpsMax || mem < crypto_pwhash_MEMLIMIT_MIN ||
        mem > kMemoryBytesMax) {
      return fail(ErrorCode::corrupt, "the keyring's passphrase parameters are out of bounds");
    }
    Wiped<std::array<std::uint8_t, kKeyBytes>> kek;
    if (crypto_pwhash(kek.value.data(), kek.value.size(),
                      reinterpret_cast<const char*>(passphrase_.view().data()), passphrase_.size(),
                      salt.data(), ops, mem, crypto_pwhash_ALG_ARGON2ID13) != 0) {
      return fail(ErrorCode::unavailable, "not enough memory to check the passphrase",
                  "Argon2id needs 256 MiB for a moment");
    }
    return Secret::copy_of(kek.value);
  }

  Secret passphrase_;
  std::uint64_t ops_;
  std::size_t mem_;
};

class KeyFileKek final : public KekProvider {
 public:
  KeyFileKek(std::filesystem::path file, bool create) : file_(std::move(file)), create_(create) {}

  std::string kind() const override { return "key_file"; }

  Result<Bytes> wrap(ByteView root_key, std::string* parameters, Random& random) override {
    auto kek = read();
    if (!kek && kek.error().code == ErrorCode::not_found && create_) kek = make(random);
    if (!kek) return fail(std::move(kek.error()));
    *parameters = "{}";
    return seal(kek->view(), root_context(), root_key, random);
  }

  Result<Secret> unwrap(ByteView wrapped, const std::string&) override {
    CDP_TRY(const Secret kek, read());
    return open_root(kek, wrapped, "the key file does not open this keyring");
  }

 private:
  Result<Secret> read() const {
    CDP_TRY(Bytes content, read_private_file(file_, Privacy::owner_only, 4096));
    const Wiped<Bytes> key(std::move(content));
    if (key.value.size() != kKeyBytes) {
      return fail(ErrorCode::corrupt, "the key file is not 32 bytes", "restore it from its backup");
    }
    return Secret::copy_of(key.value);
  }

  Result<Secret> make(Random& random) const {
    Secret key = Secret::random(random, kKeyBytes);
    CDP_CHECK(write_private_file(file_, key.view(), Existing::keep));
    return key;
  }

  std::filesystem::path file_;
  bool create_;
};

}  // namespace

std::unique_ptr<KekProvider> passphrase_kek(Secret passphrase, std::uint64_t ops, std::size_t mem) {
  return std::make_unique<PassphraseKek>(std::move(passphrase), ops, mem);
}

std::unique_ptr<KekProvider> key_file_kek(std::filesystem::path file, bool create) {
  return std::make_unique<KeyFileKek>(std::move(file), create);
}

}  // namespace cdp::crypto
