// One SQLCipher connection and its prepared statements.
//
// Thread-safety: none; the owner serialises. Errors: corrupt when pages do not verify or the key is
// wrong, unavailable when the disk refuses or a lock is held too long, conflict when a row exists.
// Texts hold result codes only, never the library's words about our data.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "cdp/core/base/ids.h"
#include "cdp/core/base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace cdp::store::sqlcipher {

enum class Durability : std::uint8_t { full, normal };

struct Profile {
  Durability durability = Durability::full;
  int cache_kib = 2'048;
  bool reader = false;
  int busy_ms = 2'000;  // how long a truncation waits for readers to leave
};

// A borrowed, cached statement: bound, stepped, and reset when it goes. Bound views must live until
// then.
class Statement {
 public:
  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}
  Statement(Statement&& other) noexcept
      : statement_(std::exchange(other.statement_, nullptr)), bind_code_(other.bind_code_) {}
  Statement& operator=(Statement&&) = delete;
  ~Statement();

  Statement& integer(int index, std::int64_t value);
  Statement& number(int index, std::uint64_t value);
  Statement& blob(int index, ByteView value);
  Statement& text(int index, std::string_view value);
  Statement& null(int index);

  // True when there is a row.
  Result<bool> step();
  // Steps once and resets: for statements without rows.
  Result<void> run();

  std::int64_t integer_at(int column) const;
  std::uint64_t number_at(int column) const;
  ByteView blob_at(int column) const;  // until the next step
  Bytes bytes_at(int column) const;
  Token token_at(int column) const;  // zero unless 16 bytes
  std::string text_at(int column) const;

 private:
  void note(int code);
  sqlite3_stmt* statement_;
  int bind_code_ = 0;
};

struct Checkpoint {
  std::size_t frames = 0;  // in the WAL before
  std::size_t copied = 0;
  bool busy = false;  // readers held it up
};

class Connection {
 public:
  // Opens an existing file or, for a writer, an empty one.
  static Result<std::unique_ptr<Connection>> open(const std::filesystem::path& path, ByteView key32,
                                                  const std::string& vfs, const Profile& profile);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Cached by the address of the literal: pass string literals only.
  Result<Statement> prepare(const char* sql);
  Result<void> execute(const char* sql);
  // The first column of the first row as text; "" without a row.
  Result<std::string> ask(const char* sql);

  // Frames in the WAL since it last started over, as of the last commit here.
  std::size_t wal_frames() const { return wal_frames_; }
  // Copies the WAL into the file, and empties it when `truncate`. Readers in the way are no error.
  Result<Checkpoint> checkpoint(bool truncate);

 private:
  Connection() = default;
  Result<void> configure(ByteView key32, const Profile& profile);
  static int on_commit(void* self, sqlite3* database, const char* name, int frames);

  sqlite3* database_ = nullptr;
  std::unordered_map<const char*, sqlite3_stmt*> statements_;
  std::size_t wal_frames_ = 0;
};

}  // namespace cdp::store::sqlcipher
