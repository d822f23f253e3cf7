#include "cdp/core/store/directory.h"

#include <fstream>

#include "cdp/core/base/random.h"
#include "tests/support/store_dump.h"

namespace cdp::store {
namespace {

using namespace cdp::testing;
namespace fs = std::filesystem;

class DirectoryOnDisk : public ::testing::Test {
 protected:
  DirectoryOnDisk() {
    auto kek = crypto::key_file_kek(directory_ / "kek", true);
    keyring_.emplace(crypto::Keyring::create(directory_ / "keyring", *kek, random_).value());
  }
  Result<Directory> open(const std::string& rule = "rules-1") {
    return Directory::open(directory_.path(), *keyring_, rule);
  }

  TempDirectory directory_;
  SeededRandom random_{11};
  std::optional<crypto::Keyring> keyring_;
};

TEST_F(DirectoryOnDisk, IsHeldByOneAtATime) {
  {
    auto first = open().value();
    const auto second = open();
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, ErrorCode::conflict);
  }
  EXPECT_TRUE(open()) << "the lock goes with its holder";
}

TEST_F(DirectoryOnDisk, KeepsWhatWasCommitted) {
  {
    auto directory = open().value();
    const Fence fence = directory.ledger().take_fence().value();
    ASSERT_TRUE(directory.ledger().commit(batch_of(1, 5), fence));
  }
  EXPECT_EQ(open().value().ledger().last_position().value(), Position(5));
}

TEST_F(DirectoryOnDisk, RefusesSwappedFilesAndAnotherKeyring) {
  { ASSERT_TRUE(open()); }
  fs::copy_file(directory_ / "ledger.db", directory_ / "aside");
  fs::copy_file(directory_ / "keys.db", directory_ / "ledger.db",
                fs::copy_options::overwrite_existing);
  EXPECT_EQ(open().error().code, ErrorCode::corrupt);
  fs::rename(directory_ / "aside", directory_ / "ledger.db");
  ASSERT_TRUE(open());
  auto kek = crypto::key_file_kek(directory_ / "kek2", true);
  keyring_.emplace(crypto::Keyring::create(directory_ / "keyring2", *kek, random_).value());
  EXPECT_EQ(open().error().code, ErrorCode::corrupt);
}

TEST_F(DirectoryOnDisk, RefusesToStartWithoutOneOfTheTruths) {
  {
    auto directory = open().value();
    const Fence fence = directory.keys().take_fence().value();
    ASSERT_TRUE(directory.keys().put_if_absent({key_row(1)}, fence));
  }
  fs::rename(directory_ / "ledger.db", directory_ / "aside");
  EXPECT_EQ(open().error().code, ErrorCode::corrupt);
  fs::rename(directory_ / "aside", directory_ / "ledger.db");
  fs::remove(directory_ / "keys.db");
  EXPECT_EQ(open().error().code, ErrorCode::corrupt);
}

TEST_F(DirectoryOnDisk, EmptiesAStateFoldedUnderAnotherRule) {
  {
    auto directory = open().value();
    const Fence truth = directory.ledger().take_fence().value();
    ASSERT_TRUE(directory.ledger().commit(batch_of(1, 5), truth));
    const Fence fence = directory.state().take_fence().value();
    ASSERT_TRUE(directory.state().apply(Position(), Position(5), {}, fence));
  }
  EXPECT_EQ(open().value().state().applied_position().value(), Position(5));
  auto changed = open("rules-2").value();
  EXPECT_EQ(changed.state().applied_position().value(), Position());
  EXPECT_EQ(changed.state().rule_version().value(), "rules-2");
}

TEST_F(DirectoryOnDisk, EmptiesAStateThatKnowsMoreThanTheLedger) {
  {
    auto directory = open().value();
    const Fence fence = directory.state().take_fence().value();
    ASSERT_TRUE(directory.state().apply(Position(), Position(9), {}, fence));
  }
  EXPECT_EQ(open().value().state().applied_position().value(), Position());
}

TEST_F(DirectoryOnDisk, MakesAStateAgainThatWasLostBesideItsLog) {
  {
    auto directory = open().value();
    ASSERT_TRUE(directory.state().take_fence());
  }
  fs::remove(directory_ / "state.db");
  std::ofstream(directory_ / "state.db-wal") << "left over";
  EXPECT_TRUE(open());
}

TEST_F(DirectoryOnDisk, SwapsARebuiltStateIn) {
  auto directory = open().value();
  const Fence truth = directory.ledger().take_fence().value();
  ASSERT_TRUE(directory.ledger().commit(batch_of(1, 3), truth));
  auto next = directory.begin_state_rebuild().value();
  const Fence fence = next->take_fence().value();
  StateDelta delta;
  delta.documents = {{PersonaOrdinal(1), {7}}};
  ASSERT_TRUE(next->apply(Position(), Position(3), delta, fence));
  EXPECT_EQ(directory.state().applied_position().value(), Position()) << "not yet";
  ASSERT_TRUE(directory.adopt_state(std::move(next)));
  EXPECT_EQ(directory.state().document(PersonaOrdinal(1)).value(), Bytes{7});
  EXPECT_TRUE(directory.state().apply(Position(3), Position(3), {}, fence));
  EXPECT_FALSE(fs::exists(directory_ / "state.next.db"));
}

TEST_F(DirectoryOnDisk, ForgetsARebuildThatWasCutShort) {
  {
    auto directory = open().value();
    auto next = directory.begin_state_rebuild().value();
  }
  EXPECT_TRUE(open());
  EXPECT_FALSE(fs::exists(directory_ / "state.next.db"));
}

TEST_F(DirectoryOnDisk, NamesPersonasWhoseKeyIsMissing) {
  auto directory = open().value();
  const Fence fence = directory.keys().take_fence().value();
  for (std::uint64_t n = 1; n <= 4; ++n) {
    ASSERT_TRUE(directory.keys().put_if_absent({key_row(n)}, fence));
  }
  LedgerBatch batch = batch_of(1, 6);  // personas 2 to 7
  batch.records[5].kind = RecordKind::erasure;
  ASSERT_TRUE(directory.ledger().commit(batch, directory.ledger().take_fence().value()));
  EXPECT_EQ(directory.personas_without_key().value(),
            (std::vector{PersonaOrdinal(5), PersonaOrdinal(6)}));
  EXPECT_EQ(directory.personas_without_key(Position(4)).value(), std::vector{PersonaOrdinal(6)});
}

TEST_F(DirectoryOnDisk, FindsBytesInEveryFile) {
  auto directory = open().value();
  const Fence keys = directory.keys().take_fence().value();
  const Fence ledger = directory.ledger().take_fence().value();
  const Fence state = directory.state().take_fence().value();
  KeyRow row = key_row(1);
  random_.fill(row.wrapped);
  const auto ordinal = directory.keys().put_if_absent({row}, keys).value()[0].ordinal;
  LedgerBatch batch = batch_of(1, 1);
  batch.records[0].body = Bytes(200, 0);
  random_.fill(batch.records[0].body);
  ASSERT_TRUE(directory.ledger().commit(batch, ledger));
  const Token identifier = random_.next_token();
  StateDelta delta;
  delta.links = {{ordinal, identifier, 1, 1}};
  delta.documents = {{ordinal, Bytes(100, 0)}};
  random_.fill(delta.documents[0].sealed);
  ASSERT_TRUE(directory.state().apply(Position(), Position(1), delta, state));
  const std::vector<Bytes> needles{row.wrapped, batch.records[0].body,
                                   Bytes(identifier.begin(), identifier.end()),
                                   delta.documents[0].sealed};
  const auto before = directory.find_bytes(needles).value();
  for (const std::uint64_t hits : before) EXPECT_GT(hits, 0U);
  ASSERT_TRUE(directory.keys().destroy(std::vector{ordinal}, keys));
  ASSERT_TRUE(directory.ledger().erase({Position(1)}, {ordinal}, ledger));
  ASSERT_TRUE(directory.state().erase({ordinal}, state));
  ASSERT_TRUE(directory.ledger().truncate_wal());
  ASSERT_TRUE(directory.state().truncate_wal());
  EXPECT_EQ(directory.find_bytes(needles).value(), (std::vector<std::uint64_t>(4, 0)));
}

TEST(Sqlcipher, IsTheOneThatThisEngineNeeds) {
  const auto checked = check_sqlcipher();
  EXPECT_TRUE(checked) << checked.error().what << ": " << checked.error().hint;
}

}  // namespace
}  // namespace cdp::store
