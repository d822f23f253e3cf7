#define SQLITE_HAS_CODEC 1
#include <sqlcipher/sqlite3.h>

#include <charconv>

#include "cdp/core/store/sqlcipher/connection.h"
#include "cdp/core/store/sqlcipher/engine.h"

namespace cdp::store::sqlcipher {
namespace {

constexpr const char* kHint =
    "install SQLCipher 4.6 or later: on Debian 12 the package libsqlcipher-dev from "
    "bookworm-backports, on Debian 13 and later from the plain suite";

struct Close {
  void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
};

// The first column of the first row, or "" for anything that goes wrong.
std::string ask(sqlite3* database, const char* pragma) {
  std::string answer;
  const auto take = [](void* out, int columns, char** values, char** /*names*/) {
    auto* text = static_cast<std::string*>(out);
    if (columns > 0 && values[0] != nullptr && text->empty()) *text = values[0];
    return 0;
  };
  sqlite3_exec(database, pragma, take, &answer, nullptr);
  return answer;
}

// "4.6.1 community" is at least 4.6.
bool recent_enough(std::string_view version) {
  int major = 0;
  int minor = 0;
  const char* end = version.data() + version.size();
  const auto first = std::from_chars(version.data(), end, major);
  if (first.ec != std::errc() || first.ptr == end || *first.ptr != '.') return false;
  const auto second = std::from_chars(first.ptr + 1, end, minor);
  return second.ec == std::errc() && (major > 4 || (major == 4 && minor >= 6));
}

}  // namespace

Result<void> check_library() {
  sqlite3* raw = nullptr;
  const int code = sqlite3_open(":memory:", &raw);
  const std::unique_ptr<sqlite3, Close> database(raw);
  if (code != SQLITE_OK) return fail(ErrorCode::unprocessable, "SQLCipher does not start", kHint);
  if (!recent_enough(ask(raw, "PRAGMA cipher_version"))) {
    return fail(ErrorCode::unprocessable, "the SQLCipher library is older than 4.6", kHint);
  }
  if (sqlite3_compileoption_used("HAS_CODEC") == 0 || sqlite3_compileoption_used("OMIT_WAL") != 0 ||
      sqlite3_compileoption_used("OMIT_AUTOINCREMENT") != 0 || sqlite3_threadsafe() == 0) {
    return fail(ErrorCode::unprocessable,
                "the SQLCipher library was built without encryption, WAL or threads", kHint);
  }
  // TEMP_STORE=0 forces temporary files, and those are not encrypted.
  if (sqlite3_compileoption_used("TEMP_STORE=0") != 0) {
    return fail(ErrorCode::unprocessable,
                "the SQLCipher library was built to spill plaintext to temporary files", kHint);
  }
  ask(raw, "PRAGMA temp_store = MEMORY");
  if (ask(raw, "PRAGMA temp_store") != "2") {
    return fail(ErrorCode::unprocessable,
                "the SQLCipher library does not keep temporary tables in memory", kHint);
  }
  return {};
}

}  // namespace cdp::store::sqlcipher
