#include "cdp/core/store/sqlcipher/connection.h"

#define SQLITE_HAS_CODEC 1
#include <sqlcipher/sqlite3.h>

#include <array>

#include "cdp/core/crypto/secret.h"
#include "cdp/core/crypto/wipe.h"

namespace cdp::store::sqlcipher {
namespace {

tl::unexpected<Error> failure(int code) {
  const std::string number = std::to_string(code);
  switch (code & 0xff) {
    case SQLITE_CONSTRAINT:
      return fail(ErrorCode::conflict, "a row of that key exists (code " + number + ")");
    // SQLCipher reports a page that does not verify as a plain error; our own statements are fixed
    // text and fail in no other way.
    case SQLITE_ERROR:
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return fail(ErrorCode::corrupt,
                  "a database file does not open with its key, or its pages do not verify (code " +
                      number + ")",
                  "check that keyring and data directory belong together, else restore a backup");
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_IOERR:
    case SQLITE_FULL:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_NOMEM:
    case SQLITE_PROTOCOL:
      return fail(ErrorCode::unavailable, "the database file did not answer (code " + number + ")",
                  "look at the disk's space and health, then send again");
    default:
      return fail(ErrorCode::internal, "the database answered code " + number);
  }
}

}  // namespace

Statement::~Statement() {
  if (statement_ != nullptr) sqlite3_reset(statement_);
}

void Statement::note(int code) {
  if (bind_code_ == SQLITE_OK) bind_code_ = code;
}

Statement& Statement::integer(int index, std::int64_t value) {
  note(sqlite3_bind_int64(statement_, index, value));
  return *this;
}
Statement& Statement::number(int index, std::uint64_t value) {
  return integer(index, static_cast<std::int64_t>(value));
}
Statement& Statement::blob(int index, ByteView value) {
  // A null pointer would bind NULL.
  note(value.empty()
           ? sqlite3_bind_zeroblob(statement_, index, 0)
           : sqlite3_bind_blob64(statement_, index, value.data(), value.size(), SQLITE_STATIC));
  return *this;
}
Statement& Statement::text(int index, std::string_view value) {
  note(sqlite3_bind_text64(statement_, index, value.empty() ? "" : value.data(), value.size(),
                           SQLITE_STATIC, SQLITE_UTF8));
  return *this;
}
Statement& Statement::null(int index) {
  note(sqlite3_bind_null(statement_, index));
  return *this;
}

Result<bool> Statement::step() {
  if (bind_code_ != SQLITE_OK) return failure(bind_code_);
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return failure(sqlite3_extended_errcode(sqlite3_db_handle(statement_)));
}

Result<void> Statement::run() {
  const Result<bool> stepped = step();
  sqlite3_reset(statement_);
  if (!stepped) return fail(stepped.error());
  return {};
}

std::int64_t Statement::integer_at(int column) const {
  return sqlite3_column_int64(statement_, column);
}
std::uint64_t Statement::number_at(int column) const {
  return static_cast<std::uint64_t>(integer_at(column));
}
ByteView Statement::blob_at(int column) const {
  const void* data = sqlite3_column_blob(statement_, column);
  const int size = sqlite3_column_bytes(statement_, column);
  return {static_cast<const std::uint8_t*>(data), data == nullptr ? 0 : std::size_t(size)};
}
Bytes Statement::bytes_at(int column) const {
  const ByteView view = blob_at(column);
  return {view.begin(), view.end()};
}
Token Statement::token_at(int column) const {
  Token token{};
  const ByteView view = blob_at(column);
  if (view.size() == token.size()) std::ranges::copy(view, token.begin());
  return token;
}
std::string Statement::text_at(int column) const {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  const int size = sqlite3_column_bytes(statement_, column);
  return text == nullptr ? std::string() : std::string(text, std::size_t(size));
}

Result<std::unique_ptr<Connection>> Connection::open(const std::filesystem::path& path,
                                                     ByteView key32, const std::string& vfs,
                                                     const Profile& profile) {
  CDP_CHECK(crypto::initialise());
  std::unique_ptr<Connection> connection(new Connection);
  const int code = sqlite3_open_v2(path.c_str(), &connection->database_,
                                   SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX |
                                       SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_PRIVATECACHE,
                                   vfs.empty() ? nullptr : vfs.c_str());
  if (code != SQLITE_OK) return failure(code);
  CDP_CHECK(connection->configure(key32, profile));
  return connection;
}

Connection::~Connection() {
  for (const auto& [sql, statement] : statements_) sqlite3_finalize(statement);
  sqlite3_close_v2(database_);
}

Result<void> Connection::configure(ByteView key32, const Profile& profile) {
  // The library would write its own lines to stderr; ours is the one log, and it holds codes.
  CDP_CHECK(execute("PRAGMA cipher_log_level = NONE"));
  // x'64 hex digits': the key itself, no derivation.
  crypto::Wiped<std::string> literal;
  literal.value.reserve(2 * key32.size() + 3);
  literal.value += "x'";
  for (const std::uint8_t byte : key32) {
    literal.value += "0123456789abcdef"[byte >> 4];
    literal.value += "0123456789abcdef"[byte & 15];
  }
  literal.value += "'";
  const int keyed = sqlite3_key_v2(database_, "main", literal.value.data(),
                                   static_cast<int>(literal.value.size()));
  if (keyed != SQLITE_OK) return failure(keyed);
  CDP_CHECK(execute("PRAGMA cipher_page_size = 8192"));
  CDP_CHECK(execute("PRAGMA cipher_memory_security = OFF"));
  CDP_CHECK(execute("PRAGMA temp_store = MEMORY"));
  CDP_CHECK(execute("PRAGMA foreign_keys = OFF"));
  CDP_CHECK(execute("PRAGMA recursive_triggers = OFF"));
  CDP_CHECK(execute("PRAGMA trusted_schema = OFF"));
  CDP_CHECK(execute("PRAGMA secure_delete = ON"));
  CDP_CHECK(execute(("PRAGMA cache_size = -" + std::to_string(profile.cache_kib)).c_str()));
  sqlite3_busy_timeout(database_, profile.busy_ms);
  // A close must never fold a WAL that a failed sync left in doubt: checkpoints are explicit.
  sqlite3_db_config(database_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  if (profile.reader) return execute("PRAGMA query_only = ON");
  CDP_TRY(const std::string mode, ask("PRAGMA journal_mode = WAL"));
  if (mode != "wal") {
    return fail(ErrorCode::unavailable, "the database file cannot use a write-ahead log",
                "the file system must allow shared memory files");
  }
  CDP_CHECK(execute(profile.durability == Durability::full ? "PRAGMA synchronous = FULL"
                                                           : "PRAGMA synchronous = NORMAL"));
  CDP_CHECK(execute("PRAGMA wal_autocheckpoint = 0"));
  sqlite3_wal_hook(database_, &Connection::on_commit, this);
  return {};
}

int Connection::on_commit(void* self, sqlite3* /*database*/, const char* /*name*/, int frames) {
  static_cast<Connection*>(self)->wal_frames_ = static_cast<std::size_t>(frames);
  return SQLITE_OK;
}

Result<Statement> Connection::prepare(const char* sql) {
  if (const auto found = statements_.find(sql); found != statements_.end()) {
    return Statement(found->second);
  }
  sqlite3_stmt* statement = nullptr;
  const int code =
      sqlite3_prepare_v3(database_, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) return failure(code);
  statements_.emplace(sql, statement);
  return Statement(statement);
}

Result<void> Connection::execute(const char* sql) {
  const int code = sqlite3_exec(database_, sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return failure(sqlite3_extended_errcode(database_));
  return {};
}

Result<std::string> Connection::ask(const char* sql) {
  sqlite3_stmt* raw = nullptr;
  const int code = sqlite3_prepare_v2(database_, sql, -1, &raw, nullptr);
  if (code != SQLITE_OK) return failure(code);
  const std::unique_ptr<sqlite3_stmt, int (*)(sqlite3_stmt*)> owner(raw, &sqlite3_finalize);
  Statement statement(raw);
  const Result<bool> row = statement.step();
  std::string answer = row && *row ? statement.text_at(0) : std::string();
  if (!row) return fail(row.error());
  return answer;
}

Result<Checkpoint> Connection::checkpoint(bool truncate) {
  int frames = 0;
  int copied = 0;
  const int code = sqlite3_wal_checkpoint_v2(
      database_, nullptr, truncate ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE,
      &frames, &copied);
  const bool busy = (code & 0xff) == SQLITE_BUSY;
  if (code != SQLITE_OK && !busy) return failure(code);
  if (truncate && !busy) wal_frames_ = 0;
  return Checkpoint{static_cast<std::size_t>(std::max(frames, 0)),
                    static_cast<std::size_t>(std::max(copied, 0)), busy};
}

}  // namespace cdp::store::sqlcipher
