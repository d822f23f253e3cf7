#define SQLITE_HAS_CODEC 1
#include <fcntl.h>
#include <sqlcipher/sqlite3.h>
#include <unistd.h>

#include "cdp/core/base/random.h"
#include "tests/bench/raw_limits.h"

namespace cdp::bench {
namespace {

constexpr std::size_t kRowBytes = 500;
constexpr std::uint64_t kGroup = 1'000;

struct CloseDatabase {
  void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
};
struct Finalize {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Database = std::unique_ptr<sqlite3, CloseDatabase>;

double seconds(Duration duration) { return static_cast<double>(duration.us) / 1e6; }

tl::unexpected<Error> cannot() {
  return fail(ErrorCode::unavailable, "the raw limit could not be measured",
              "look at the disk's space and at the SQLCipher library");
}

bool run(sqlite3* database, const char* sql) {
  return sqlite3_exec(database, sql, nullptr, nullptr, nullptr) == SQLITE_OK;
}

Result<Database> open_table(const std::filesystem::path& file) {
  sqlite3* raw = nullptr;
  const int opened = sqlite3_open(file.c_str(), &raw);
  Database database(raw);
  // A raw key that guards nothing but random bytes.
  if (opened != SQLITE_OK ||
      !run(
          raw,
          "PRAGMA key = \"x'00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff'\"") ||
      !run(raw,
           "PRAGMA cipher_page_size = 8192; PRAGMA journal_mode = WAL; "
           "PRAGMA synchronous = FULL; "
           "CREATE TABLE row (id INTEGER PRIMARY KEY, body BLOB NOT NULL)")) {
    return cannot();
  }
  return database;
}

}  // namespace

Result<double> fdatasync_per_s(const std::filesystem::path& folder, Duration for_time,
                               Clock& clock) {
  const auto file = folder / "raw_fdatasync";
  const int handle = ::open(file.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
  if (handle < 0) return cannot();
  const std::vector<std::uint8_t> page(4'096, 7);
  const Duration start = clock.elapsed();
  Duration now = start;
  std::uint64_t times = 0;
  bool good = true;
  while (good && now < start + for_time) {
    good = ::write(handle, page.data(), page.size()) == ssize_t(page.size()) &&
           ::fdatasync(handle) == 0;
    ++times;
    now = clock.elapsed();
  }
  ::close(handle);
  std::filesystem::remove(file);
  if (!good) return cannot();
  return static_cast<double>(times) / seconds(Duration{now.us - start.us});
}

Result<double> append_rows_per_s(const std::filesystem::path& folder, std::uint64_t rows,
                                 Clock& clock) {
  const auto file = folder / "raw_append.db";
  std::filesystem::remove(file);
  double rate = 0;
  {
    CDP_TRY(const Database database, open_table(file));
    sqlite3_stmt* raw = nullptr;
    sqlite3_prepare_v2(database.get(), "INSERT INTO row (body) VALUES (?1)", -1, &raw, nullptr);
    const std::unique_ptr<sqlite3_stmt, Finalize> insert(raw);
    SeededRandom random(1);
    std::vector<std::uint8_t> body(kRowBytes);
    random.fill(body);
    const Duration start = clock.elapsed();
    for (std::uint64_t row = 0; row < rows; row += kGroup) {
      if (!run(database.get(), "BEGIN IMMEDIATE")) return cannot();
      for (std::uint64_t i = 0; i < kGroup; ++i) {
        random.fill(std::span(body).first(16));
        sqlite3_bind_blob(raw, 1, body.data(), int(body.size()), SQLITE_STATIC);
        if (sqlite3_step(raw) != SQLITE_DONE) return cannot();
        sqlite3_reset(raw);
      }
      if (!run(database.get(), "COMMIT")) return cannot();
    }
    rate = static_cast<double>(rows) / seconds(Duration{clock.elapsed().us - start.us});
  }
  for (const char* suffix : {"", "-wal", "-shm"}) {
    std::filesystem::remove(std::filesystem::path(file.string() + suffix));
  }
  return rate;
}

}  // namespace cdp::bench
