#include "cdp/core/crypto/keyring.h"

#include <sys/stat.h>

#include <fstream>
#include <set>

#include "cdp/core/crypto/keyring_file.h"
#include "cdp/core/crypto/signature.h"
#include "tests/support/reference_data.h"
#include "tests/support/temp_directory.h"

namespace cdp::crypto {
namespace {

using testing::read_text;

Bytes copy(ByteView view) { return {view.begin(), view.end()}; }

void write_file(const std::filesystem::path& file, std::string_view content, unsigned mode = 0600) {
  // A new file each time: ext4 flushes one that is cut to nothing and written again.
  std::filesystem::remove(file);
  std::ofstream(file, std::ios::binary) << content;
  ASSERT_EQ(::chmod(file.c_str(), mode), 0);
}

// The smallest Argon2id that libsodium takes.
std::unique_ptr<KekProvider> passphrase(std::string_view text) {
  return passphrase_kek(Secret::copy_of(as_bytes(text)), 1, 8192);
}

class Keyrings : public ::testing::Test {
 protected:
  Keyring make(KekProvider& kek) { return Keyring::create(file_, kek, random_).value(); }
  ErrorCode load_error(KekProvider& kek) const {
    const auto loaded = Keyring::load(file_, kek);
    EXPECT_FALSE(loaded);
    return loaded ? ErrorCode::internal : loaded.error().code;
  }

  testing::TempDirectory directory_;
  std::filesystem::path file_ = directory_ / "keyring";
  std::filesystem::path key_file_ = directory_ / "kek";
  SeededRandom random_{42};
};

void expect_equal(const Keyring& a, const Keyring& b) {
  for (const char* name : {"keys", "ledger", "state"}) {
    EXPECT_EQ(copy(a.database_key(name)), copy(b.database_key(name)));
  }
  EXPECT_EQ(copy(a.index_key(Keyring::Index::link)), copy(b.index_key(Keyring::Index::link)));
  EXPECT_EQ(copy(a.audit_seed()), copy(b.audit_seed()));
  EXPECT_EQ(copy(a.token_pepper()), copy(b.token_pepper()));
  EXPECT_EQ(copy(a.request_key()), copy(b.request_key()));
  EXPECT_EQ(a.current_epoch(), b.current_epoch());
  EXPECT_EQ(copy(a.epoch_key(a.current_epoch()).value()),
            copy(b.epoch_key(b.current_epoch()).value()));
  EXPECT_EQ(a.secret_names(), b.secret_names());
}

TEST_F(Keyrings, ComeBackUnderTheirPassphrase) {
  const auto kek = passphrase("correct horse");
  const Keyring made = make(*kek);
  const auto loaded = Keyring::load(file_, *passphrase("correct horse"));
  ASSERT_TRUE(loaded) << loaded.error().what;
  expect_equal(made, *loaded);
  EXPECT_EQ(Keyring::kek_kind(file_).value(), "passphrase");
  EXPECT_EQ(std::filesystem::status(file_).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST_F(Keyrings, HoldKeysThatAllDiffer) {
  const auto kek = passphrase("x");
  const Keyring made = make(*kek);
  std::set<Bytes> keys{copy(made.database_key("keys")),  copy(made.database_key("ledger")),
                       copy(made.database_key("state")), copy(made.audit_seed()),
                       copy(made.token_pepper()),        copy(made.request_key()),
                       copy(made.epoch_key(1).value())};
  for (int i = 1; i <= 5; ++i) keys.insert(copy(made.index_key(static_cast<Keyring::Index>(i))));
  EXPECT_EQ(keys.size(), 12U);
  for (const Bytes& key : keys) EXPECT_EQ(key.size(), 32U);
}

TEST_F(Keyrings, AreClosedToAWrongPassphrase) {
  make(*passphrase("correct horse"));
  EXPECT_EQ(load_error(*passphrase("correct horsf")), ErrorCode::unauthenticated);
  EXPECT_EQ(load_error(*passphrase("")), ErrorCode::invalid_argument);
}

TEST_F(Keyrings, AreClosedToAWrongKeyFile) {
  make(*key_file_kek(key_file_, true));
  EXPECT_TRUE(Keyring::load(file_, *key_file_kek(key_file_, false)));
  write_file(directory_ / "other", std::string(32, 'k'), 0400);
  EXPECT_EQ(load_error(*key_file_kek(directory_ / "other", false)), ErrorCode::unauthenticated);
  EXPECT_EQ(load_error(*key_file_kek(directory_ / "absent", true)), ErrorCode::not_found);
  write_file(directory_ / "short", std::string(31, 'k'), 0400);
  EXPECT_EQ(load_error(*key_file_kek(directory_ / "short", false)), ErrorCode::corrupt);
}

TEST_F(Keyrings, AreClosedToAnotherKindOfKey) {
  make(*key_file_kek(key_file_, true));
  EXPECT_EQ(load_error(*passphrase("x")), ErrorCode::unauthenticated);
}

TEST_F(Keyrings, RefuseAKeyFileThatOthersCanRead) {
  make(*key_file_kek(key_file_, true));
  for (const unsigned mode : {0644U, 0640U, 0604U, 0620U, 0601U}) {
    ASSERT_EQ(::chmod(key_file_.c_str(), mode), 0);
    EXPECT_EQ(load_error(*key_file_kek(key_file_, false)), ErrorCode::permission_denied) << mode;
  }
  for (const unsigned mode : {0400U, 0600U}) {
    ASSERT_EQ(::chmod(key_file_.c_str(), mode), 0);
    EXPECT_TRUE(Keyring::load(file_, *key_file_kek(key_file_, false))) << mode;
  }
}

TEST_F(Keyrings, RefuseAKeyFileThatIsADirectory) {
  EXPECT_EQ(Keyring::create(file_, *key_file_kek(directory_.path(), true), random_).error().code,
            ErrorCode::permission_denied);
}

TEST_F(Keyrings, NeverReplaceAnother) {
  const Keyring first = make(*key_file_kek(key_file_, true));
  EXPECT_EQ(Keyring::create(file_, *key_file_kek(key_file_, true), random_).error().code,
            ErrorCode::conflict);
  expect_equal(first, Keyring::load(file_, *key_file_kek(key_file_, false)).value());
}

TEST_F(Keyrings, DoNotMakeAKeyFileUnlessAsked) {
  EXPECT_EQ(Keyring::create(file_, *key_file_kek(key_file_, false), random_).error().code,
            ErrorCode::not_found);
  EXPECT_FALSE(std::filesystem::exists(file_));
}

TEST_F(Keyrings, AreCorruptAtEveryTruncation) {
  make(*key_file_kek(key_file_, true));
  const std::string whole = read_text(file_);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    write_file(file_, whole.substr(0, size));
    ASSERT_EQ(load_error(*key_file_kek(key_file_, false)), ErrorCode::corrupt) << size;
  }
}

TEST_F(Keyrings, AreCorruptWithOneFlippedByteAnywhere) {
  make(*key_file_kek(key_file_, true));
  const std::string whole = read_text(file_);
  for (std::size_t at = 0; at < whole.size(); ++at) {
    std::string changed = whole;
    changed[at] = static_cast<char>(changed[at] ^ (1 << (at % 8)));
    write_file(file_, changed);
    ASSERT_EQ(load_error(*key_file_kek(key_file_, false)), ErrorCode::corrupt) << at;
    ASSERT_FALSE(Keyring::kek_kind(file_)) << at;
  }
}

// An attacker can repair the digest; the sealing must hold alone.
TEST_F(Keyrings, NeverOpenWhenForgedWithAFittingDigest) {
  make(*key_file_kek(key_file_, true));
  const std::string whole = read_text(file_);
  for (std::size_t at = 0; at + 32 < whole.size(); ++at) {
    std::string changed = whole.substr(0, whole.size() - 32);
    changed[at] = static_cast<char>(changed[at] ^ (1 << (at % 8)));
    const Digest digest = sha256(as_bytes(changed));
    changed.append(as_text(digest));
    write_file(file_, changed);
    const ErrorCode code = load_error(*key_file_kek(key_file_, false));
    ASSERT_TRUE(code == ErrorCode::corrupt || code == ErrorCode::unauthenticated) << at;
  }
}

TEST_F(Keyrings, AnswerNotFoundWhenAbsent) {
  EXPECT_EQ(load_error(*passphrase("x")), ErrorCode::not_found);
  EXPECT_EQ(Keyring::kek_kind(file_).error().code, ErrorCode::not_found);
}

TEST_F(Keyrings, KeepNamedSecretsOnlyAfterSave) {
  const auto kek = key_file_kek(key_file_, true);
  Keyring keyring = make(*kek);
  keyring.set_secret("shopify", Secret::copy_of(as_bytes("hush")));
  keyring.set_secret("klaviyo", Secret::copy_of(as_bytes("first")));
  EXPECT_TRUE(Keyring::load(file_, *kek)->secret_names().empty());
  keyring.set_secret("klaviyo", Secret::copy_of(as_bytes("second")));
  ASSERT_TRUE(keyring.save(random_));
  const Keyring loaded = Keyring::load(file_, *kek).value();
  EXPECT_EQ(loaded.secret_names(), (std::vector<std::string>{"klaviyo", "shopify"}));
  EXPECT_EQ(as_text(loaded.secret("klaviyo")->view()), "second");
  EXPECT_EQ(loaded.secret("absent"), nullptr);
  // A secret's name is not an entry of another kind.
  EXPECT_EQ(loaded.secret("audit_seed"), nullptr);
  EXPECT_EQ(read_text(file_).find("hush"), std::string::npos);
}

TEST_F(Keyrings, KeepOldEpochsUntilDestroyedAndNeverReuseANumber) {
  const auto kek = key_file_kek(key_file_, true);
  Keyring keyring = make(*kek);
  EXPECT_EQ(keyring.current_epoch(), 1U);
  const Bytes first = copy(keyring.epoch_key(1).value());
  keyring.add_epoch(random_);
  EXPECT_EQ(keyring.current_epoch(), 2U);
  EXPECT_EQ(copy(keyring.epoch_key(1).value()), first);
  keyring.destroy_epoch(2);  // the current one stays
  EXPECT_TRUE(keyring.epoch_key(2));
  keyring.destroy_epoch(1);
  ASSERT_TRUE(keyring.save(random_));
  Keyring loaded = Keyring::load(file_, *kek).value();
  EXPECT_EQ(loaded.epoch_key(1).error().code, ErrorCode::not_found);
  EXPECT_EQ(loaded.epoch_key(0).error().code, ErrorCode::not_found);
  loaded.add_epoch(random_);
  EXPECT_EQ(loaded.current_epoch(), 3U);
}

TEST_F(Keyrings, SurviveWhatACrashOfSaveLeavesBehind) {
  const auto kek = key_file_kek(key_file_, true);
  Keyring keyring = make(*kek);
  const std::string before = read_text(file_);
  // A crash before the rename: half a temporary file beside the whole old one.
  write_file(directory_ / "keyring.tmp", before.substr(0, before.size() / 2), 0644);
  expect_equal(keyring, Keyring::load(file_, *kek).value());
  keyring.add_epoch(random_);
  ASSERT_TRUE(keyring.save(random_));
  EXPECT_FALSE(std::filesystem::exists(directory_ / "keyring.tmp"));
  EXPECT_EQ(Keyring::load(file_, *kek)->current_epoch(), 2U);
}

TEST_F(Keyrings, KeepTheOldFileWhenASaveFails) {
  const auto kek = key_file_kek(key_file_, true);
  Keyring keyring = make(*kek);
  const std::string before = read_text(file_);
  std::filesystem::create_directories(directory_ / "keyring.tmp" / "in the way");
  keyring.add_epoch(random_);
  EXPECT_EQ(keyring.save(random_).error().code, ErrorCode::unavailable);
  EXPECT_EQ(read_text(file_), before);
  EXPECT_EQ(Keyring::load(file_, *kek)->current_epoch(), 1U);
}

TEST_F(Keyrings, RefuseABodyThatLacksAKey) {
  const auto kek = key_file_kek(key_file_, true);
  Bytes root(32);
  random_.fill(root);
  KeyringHeader header{.kind = "key_file", .parameters = {}, .wrapped_root = {}};
  header.wrapped_root = kek->wrap(root, &header.parameters, random_).value();
  KeyringEntries entries;
  entries.current_epoch = 1;
  write_file(file_, as_text(frame_keyring(header, root, entries, random_)));
  EXPECT_EQ(load_error(*kek), ErrorCode::corrupt);
}

TEST(KeyringBody, RefusesEntriesOutOfOrderAndUnknownKinds) {
  const auto parse = [](std::string_view body) {
    return parse_keyring_body(as_bytes(body)).has_value();
  };
  using namespace std::string_view_literals;
  EXPECT_TRUE(parse("\1\0\0\0"sv));
  EXPECT_TRUE(parse("\1\0\0\0\5\1\0\0\0a\1\0\0\0v\5\1\0\0\0b\0\0\0\0"sv));
  EXPECT_FALSE(parse("\1\0\0\0\5\1\0\0\0b\1\0\0\0v\5\1\0\0\0a\0\0\0\0"sv));
  EXPECT_FALSE(parse("\1\0\0\0\5\1\0\0\0a\1\0\0\0v\5\1\0\0\0a\0\0\0\0"sv));
  EXPECT_FALSE(parse("\1\0\0\0\6\1\0\0\0a\1\0\0\0v"sv));
  EXPECT_FALSE(parse("\1\0\0\0\5\1\0\0\0a\xFF\xFF\xFF\xFFv"sv));
  EXPECT_FALSE(parse("\1\0\0"sv));
}

}  // namespace
}  // namespace cdp::crypto
