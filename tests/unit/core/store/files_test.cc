// The files themselves: keys, damage, pragmas, temporary files, and what is left after erasure.
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <thread>

#include "cdp/core/store/sqlcipher/connection.h"
#include "cdp/core/store/sqlcipher/page_reader.h"
#include "tests/support/reference_data.h"
#include "tests/support/store_dump.h"

namespace cdp::store {
namespace {

using namespace cdp::testing;
namespace fs = std::filesystem;

const Bytes kKey(32, 0x42);

Result<std::unique_ptr<Ledger>> open_ledger(const fs::path& path, const Bytes& key = kKey) {
  return sqlcipher::open_ledger({path, key, ""});
}

void fill(const fs::path& path, std::uint64_t records) {
  auto ledger = open_ledger(path).value();
  const Fence fence = ledger->take_fence().value();
  ASSERT_TRUE(ledger->commit(batch_of(1, records), fence));
}

void write_file(const fs::path& path, const std::string& content) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << content;
}

TEST(StoreFiles, RefuseAWrongKey) {
  const TempDirectory directory;
  fill(directory / "a.db", 10);
  EXPECT_EQ(open_ledger(directory / "a.db", Bytes(32, 1)).error().code, ErrorCode::corrupt);
  EXPECT_EQ(open_ledger(directory / "a.db", Bytes(31, 1)).error().code,
            ErrorCode::invalid_argument);
  EXPECT_TRUE(open_ledger(directory / "a.db"));
}

TEST(StoreFiles, RefuseAnEmptiedOrTruncatedFile) {
  const TempDirectory directory;
  fill(directory / "a.db", 2'000);
  const std::string whole = read_text(directory / "a.db");
  for (const std::size_t size : {std::size_t{0}, std::size_t{100}, std::size_t{8'192},
                                 whole.size() / 2, whole.size() - 8'192}) {
    write_file(directory / "a.db", whole.substr(0, size));
    auto ledger = open_ledger(directory / "a.db");
    EXPECT_TRUE(!ledger || !ledger.value()->integrity_check()) << size;
    if (ledger) {
      EXPECT_FALSE(ledger.value()->read(Position(), SIZE_MAX, [](const Record&) {})) << size;
    }
  }
}

TEST(StoreFiles, DetectAFlippedByteInEveryPageAndNeverAnswerWrongData) {
  const TempDirectory directory;
  fill(directory / "a.db", 1'000);
  const std::string whole = read_text(directory / "a.db");
  SeededRandom random(3);
  for (std::size_t page = 0; page < whole.size() / 8'192; ++page) {
    std::string changed = whole;
    changed[page * 8'192 + random.below(8'192)] ^= 0x10;
    write_file(directory / "a.db", changed);
    auto ledger = open_ledger(directory / "a.db");
    if (!ledger) {
      EXPECT_EQ(ledger.error().code, ErrorCode::corrupt);
      continue;
    }
    EXPECT_EQ(ledger.value()->integrity_check().error().code, ErrorCode::corrupt) << page;
    (void)ledger.value()->read(Position(), SIZE_MAX, [&](const Record& row) {
      EXPECT_EQ(row, record_at(row.position.value()));
    });
  }
}

TEST(StoreFiles, RefuseToStandInForEachOther) {
  const TempDirectory directory;
  fill(directory / "a.db", 10);
  const Bytes other(32, 0x43);
  ASSERT_TRUE(sqlcipher::open_key_store({directory / "b.db", other, ""}));
  fs::rename(directory / "b.db", directory / "a.db");
  EXPECT_EQ(open_ledger(directory / "a.db").error().code, ErrorCode::corrupt);
}

TEST(StoreFiles, RefuseALogWhoseMainFileIsGone) {
  const TempDirectory directory;
  write_file(directory / "a.db-wal", "x");
  EXPECT_EQ(open_ledger(directory / "a.db").error().code, ErrorCode::corrupt);
}

TEST(StoreFiles, RefuseASchemaOfANewerVersion) {
  const TempDirectory directory;
  fill(directory / "a.db", 1);
  {
    auto connection = sqlcipher::Connection::open(directory / "a.db", kKey, "", {}).value();
    ASSERT_TRUE(connection->execute("INSERT INTO migration (number) VALUES (99)"));
  }
  EXPECT_EQ(open_ledger(directory / "a.db").error().code, ErrorCode::unprocessable);
}

TEST(StoreFiles, OfTheVersionBeforeCategoriesKeepTheirDisclosures) {
  const TempDirectory directory;
  ASSERT_TRUE(open_ledger(directory / "a.db"));
  {
    auto connection = sqlcipher::Connection::open(directory / "a.db", kKey, "", {}).value();
    ASSERT_TRUE(connection->execute(R"sql(
      DROP TABLE disclosure;
      CREATE TABLE disclosure (
        persona INTEGER NOT NULL, destination TEXT NOT NULL, purpose TEXT NOT NULL,
        attributes TEXT NOT NULL, hour INTEGER NOT NULL, vendor_id TEXT NOT NULL,
        position INTEGER NOT NULL, times INTEGER NOT NULL, last_at INTEGER NOT NULL,
        PRIMARY KEY (persona, destination, purpose, attributes, hour, vendor_id)
      ) WITHOUT ROWID;
      INSERT INTO disclosure VALUES (1, 'mail', 'p', 'email', 5, 'v1', 7, 2, 100);
      DELETE FROM migration WHERE number > 2;
    )sql"));
  }
  auto ledger = open_ledger(directory / "a.db").value();
  Disclosure row{.persona = PersonaOrdinal(1),
                 .destination = "mail",
                 .purpose = "p",
                 .attributes = "email",
                 .vendor_id = "v1",
                 .position = Position(7),
                 .hour = 5,
                 .count = 2,
                 .last_at = Time{100}};
  EXPECT_EQ(ledger->disclosures_of(PersonaOrdinal(1)).value(), std::vector{row});
  row.categories = "user.contact.email";
  LedgerBatch batch;
  batch.disclosures = {row};
  ASSERT_TRUE(ledger->commit(batch, ledger->take_fence().value()));
  EXPECT_EQ(ledger->disclosures_of(PersonaOrdinal(1)).value().size(), 2U);
}

TEST(StoreFiles, BelongToTheirOwnerAlone) {
  const TempDirectory directory;
  auto ledger = open_ledger(directory / "a.db").value();
  ASSERT_TRUE(ledger->take_fence());
  for (const char* name : {"a.db", "a.db-wal", "a.db-shm"}) {
    struct stat info {};
    ASSERT_EQ(::stat((directory / name).c_str(), &info), 0) << name;
    EXPECT_EQ(info.st_mode & 0777U, 0600U) << name;
  }
}

TEST(StoreFiles, HoldThePragmasThatTheDesignPromises) {
  const TempDirectory directory;
  fill(directory / "a.db", 1);
  const auto connection = sqlcipher::Connection::open(directory / "a.db", kKey, "", {}).value();
  const std::pair<const char*, const char*> promises[] = {
      {"PRAGMA journal_mode", "wal"},        {"PRAGMA synchronous", "2"},
      {"PRAGMA secure_delete", "1"},         {"PRAGMA temp_store", "2"},
      {"PRAGMA wal_autocheckpoint", "0"},    {"PRAGMA cipher_page_size", "8192"},
      {"PRAGMA page_size", "8192"},          {"PRAGMA foreign_keys", "0"},
      {"PRAGMA cipher_memory_security", "0"}};
  for (const auto& [pragma, value] : promises) {
    EXPECT_EQ(connection->ask(pragma).value(), value) << pragma;
  }
  const auto state = sqlcipher::Connection::open(directory / "a.db", kKey, "",
                                                 {.durability = sqlcipher::Durability::normal});
  EXPECT_EQ(state.value()->ask("PRAGMA synchronous").value(), "1");
}

std::size_t open_temporary_files() {
  std::size_t count = 0;
  for (const auto& entry : fs::directory_iterator("/proc/self/fd")) {
    std::error_code ignored;
    const std::string target = fs::read_symlink(entry.path(), ignored).string();
    if (target.find("etilqs_") != std::string::npos) ++count;
  }
  return count;
}

TEST(StoreFiles, SortWithoutTemporaryFiles) {
  const TempDirectory directory;
  fill(directory / "a.db", 20'000);
  const auto connection = sqlcipher::Connection::open(directory / "a.db", kKey, "", {}).value();
  // A sorter spills while its statement is open.
  const auto files_while_sorting = [&] {
    auto sorted =
        connection
            ->prepare("SELECT hex(dedup) || hex(zeroblob(200)) AS k FROM record ORDER BY k DESC")
            .value();
    EXPECT_TRUE(sorted.step().value());
    return open_temporary_files();
  };
  EXPECT_EQ(files_while_sorting(), 0U);
  ASSERT_TRUE(connection->execute("PRAGMA temp_store = FILE"));
  EXPECT_GT(files_while_sorting(), 0U) << "the control: this sort does spill";
}

std::vector<std::uint64_t> search(const fs::path& path, const std::vector<Bytes>& needles) {
  auto found = sqlcipher::Needles::make(needles).value();
  const auto read = sqlcipher::each_page(
      path, kKey, [&](std::uint32_t, ByteView page, bool) { found.search(page); });
  EXPECT_TRUE(read) << read.error().what;
  return found.hits();
}

Bytes bytes_of(const std::string& text) { return {text.begin(), text.end()}; }

TEST(PageReader, FindsAValueInTheLogAndInTheFileAndNoLongerAfterErasure) {
  const TempDirectory directory;
  auto ledger = open_ledger(directory / "a.db").value();
  const Fence fence = ledger->take_fence().value();
  LedgerBatch batch = batch_of(1, 300);
  const Bytes victim = bytes_of("ciphertext of the person who leaves");
  const Bytes control = bytes_of("ciphertext of the person who stays");
  batch.records[99].body = victim;
  batch.records[100].body = control;
  Bytes large(30'000, 0x33);
  SeededRandom(5).fill(large);
  batch.records[150].body = large;
  ASSERT_TRUE(ledger->commit(batch, fence));
  const std::vector<Bytes> needles{victim, control, large};
  const auto in_log = search(directory / "a.db", needles);
  EXPECT_TRUE(in_log[0] > 0 && in_log[1] > 0 && in_log[2] > 0) << "found in the log";
  ASSERT_TRUE(ledger->truncate_wal());
  const auto in_file = search(directory / "a.db", needles);
  EXPECT_TRUE(in_file[0] > 0 && in_file[1] > 0 && in_file[2] > 0) << "found in the file";
  ASSERT_TRUE(ledger->erase({Position(100), Position(151)}, {}, fence));
  ASSERT_TRUE(ledger->truncate_wal());
  const auto after = search(directory / "a.db", needles);
  EXPECT_EQ(after[0], 0U);
  EXPECT_GT(after[1], 0U) << "the control is still found: the search works";
  EXPECT_EQ(after[2], 0U);
}

TEST(PageReader, AgreesWithSqlcipherOnEveryPage) {
  const TempDirectory directory;
  fill(directory / "a.db", 500);
  std::uint32_t pages = 0;
  ASSERT_TRUE(sqlcipher::each_page(directory / "a.db", kKey,
                                   [&](std::uint32_t number, ByteView page, bool is_wal) {
                                     EXPECT_FALSE(is_wal);
                                     EXPECT_EQ(page.size(), 8'112U);
                                     if (number == 1) {
                                       EXPECT_EQ(as_text(page.first(15)), "SQLite format 3");
                                     }
                                     ++pages;
                                   }));
  EXPECT_EQ(pages, fs::file_size(directory / "a.db") / 8'192);
}

TEST(PageReader, RefusesAWrongKeyAndAChangedByte) {
  const TempDirectory directory;
  fill(directory / "a.db", 100);
  const auto ignore = [](std::uint32_t, ByteView, bool) {};
  EXPECT_EQ(sqlcipher::each_page(directory / "a.db", Bytes(32, 1), ignore).error().code,
            ErrorCode::corrupt);
  std::string changed = read_text(directory / "a.db");
  changed[changed.size() - 5'000] ^= 1;
  write_file(directory / "a.db", changed);
  EXPECT_EQ(sqlcipher::each_page(directory / "a.db", kKey, ignore).error().code,
            ErrorCode::corrupt);
}

TEST(PageReader, RefusesNeedlesThatWouldMatchAnything) {
  EXPECT_FALSE(sqlcipher::Needles::make({Bytes(3, 1)}));
}

TEST(KeyStoreFile, HoldsNoByteOfADestroyedKey) {
  const TempDirectory directory;
  auto keys = sqlcipher::open_key_store({directory / "k.db", kKey, ""}).value();
  const Fence fence = keys->take_fence().value();
  SeededRandom random(6);
  std::vector<KeyRow> rows;
  for (std::uint64_t n = 0; n < 500; ++n) {
    KeyRow row = key_row(n);
    row.persona_token = random.next_token();
    row.wrapped.resize(73);
    random.fill(row.wrapped);
    rows.push_back(row);
  }
  rows = keys->put_if_absent(rows, fence).value();
  ASSERT_TRUE(keys->truncate_wal());
  const auto needles_of = [](const KeyRow& row) {
    return std::vector<Bytes>{row.wrapped,
                              Bytes(row.persona_token.begin(), row.persona_token.end())};
  };
  EXPECT_EQ(search(directory / "k.db", needles_of(rows[250])), (std::vector<std::uint64_t>{1, 1}));
  ASSERT_TRUE(keys->destroy(std::vector{rows[250].ordinal}, fence));
  EXPECT_EQ(search(directory / "k.db", needles_of(rows[250])), (std::vector<std::uint64_t>{0, 0}));
  EXPECT_EQ(search(directory / "k.db", needles_of(rows[251])), (std::vector<std::uint64_t>{1, 1}));
}

// Rows that grow push their neighbours about; what is copied then is not overwritten when the row
// goes.
TEST(StateFile, HoldsNoByteOfAnErasedDocumentOnceItWasRewritten) {
  const TempDirectory directory;
  auto state = sqlcipher::open_state({directory / "s.db", kKey, ""}, "rules").value();
  const Fence fence = state->take_fence().value();
  SeededRandom random(8);
  constexpr std::uint64_t kPeople = 3'000;
  std::vector<Bytes> last(kPeople);
  Position at;
  for (int round = 0; round < 4; ++round) {
    StateDelta delta;
    for (std::uint64_t n = 0; n < kPeople; ++n) {
      Bytes& sealed = last[n];
      sealed.resize(40 + random.below(900));
      random.fill(sealed);
      delta.documents.push_back({PersonaOrdinal(n + 1), sealed});
    }
    ASSERT_TRUE(state->apply(at, at.next(), delta, fence));
    at = at.next();
  }
  std::vector<PersonaOrdinal> gone;
  std::vector<Bytes> needles;
  for (std::uint64_t n = 0; n < kPeople; n += 3) {
    gone.push_back(PersonaOrdinal(n + 1));
    needles.push_back(last[n]);
  }
  needles.push_back(last[1]);  // who stays
  ASSERT_TRUE(state->erase(gone, fence));
  ASSERT_TRUE(state->rewrite());
  ASSERT_TRUE(state->truncate_wal());
  auto hits = search(directory / "s.db", needles);
  EXPECT_GT(hits.back(), 0U) << "the control is still found: the search works";
  hits.pop_back();
  EXPECT_EQ(std::ranges::count(hits, 0U), static_cast<std::ptrdiff_t>(hits.size()));
  EXPECT_EQ(fs::file_size(directory / "s.db-wal"), 0U);
  EXPECT_EQ(state->document(PersonaOrdinal(2)).value(), last[1]);
  EXPECT_TRUE(state->integrity_check());
}

TEST(Wal, TruncationWaitsForNoReaderForEverAndSaysSo) {
  const TempDirectory directory;
  fill(directory / "a.db", 10);
  auto ledger = open_ledger(directory / "a.db").value();
  const Fence fence = ledger->take_fence().value();
  const auto reader =
      sqlcipher::Connection::open(directory / "a.db", kKey, "", {.reader = true}).value();
  {
    auto held = reader->prepare("SELECT position FROM record").value();
    ASSERT_TRUE(held.step().value());
    ASSERT_TRUE(ledger->commit(batch_of(11, 12), fence));
    EXPECT_EQ(ledger->truncate_wal().error().code, ErrorCode::unavailable);
    EXPECT_TRUE(ledger->commit(batch_of(13, 14), fence)) << "writing goes on";
  }
  EXPECT_TRUE(ledger->truncate_wal());
  EXPECT_EQ(fs::file_size(directory / "a.db-wal"), 0U);
}

TEST(Threads, ReadersSeeWholeCommitsWhileWritesAndCheckpointsRun) {
  const TempDirectory directory;
  auto ledger = open_ledger(directory / "a.db").value();
  const Fence fence = ledger->take_fence().value();
  constexpr std::uint64_t kCommits = 60;
  constexpr std::uint64_t kRows = 20;
  std::atomic<bool> done = false;
  std::vector<std::thread> threads;
  for (int reader = 0; reader < 3; ++reader) {
    threads.emplace_back([&] {
      while (!done) {
        std::uint64_t seen = 0;
        EXPECT_TRUE(ledger->read(
            Position(), 900, [&](const Record& row) { EXPECT_EQ(row.position.value(), ++seen); }));
        EXPECT_TRUE(seen == 900 || seen % kRows == 0) << seen;
      }
    });
  }
  threads.emplace_back([&] {
    while (!done) EXPECT_TRUE(ledger->checkpoint());
  });
  for (std::uint64_t n = 0; n < kCommits; ++n) {
    EXPECT_TRUE(ledger->commit(batch_of(n * kRows + 1, (n + 1) * kRows), fence));
  }
  done = true;
  for (std::thread& thread : threads) thread.join();
  EXPECT_TRUE(ledger->truncate_wal());
  EXPECT_TRUE(ledger->integrity_check());
}

TEST(Wal, SizeFallsAfterAPassiveCheckpoint) {
  const TempDirectory directory;
  auto ledger = open_ledger(directory / "a.db").value();
  const Fence fence = ledger->take_fence().value();
  ASSERT_TRUE(ledger->commit(batch_of(1, 900), fence));
  EXPECT_GT(ledger->wal_bytes().value(), 8'192U);
  ASSERT_TRUE(ledger->checkpoint());
  EXPECT_EQ(ledger->wal_bytes().value(), 0U);
  ASSERT_TRUE(ledger->commit(batch_of(901, 902), fence));
  EXPECT_GT(ledger->wal_bytes().value(), 0U);
  EXPECT_LT(ledger->wal_bytes().value(), 100'000U);
}

}  // namespace
}  // namespace cdp::store
