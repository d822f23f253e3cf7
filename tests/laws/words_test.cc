// Words that may stand only in their room: SQL, the wall clock, chance, the environment, the
// terminal. Each ban comes with what to use instead.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/laws/source_tree.h"

namespace cdp::laws {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

struct Ban {
  std::vector<std::string> words;
  bool call = false;                 // only where "(" follows
  std::vector<std::string> allowed;  // folders or files
  std::string instead;
};

const std::vector<Ban>& bans() {
  static const std::vector<Ban> all = {
      {{"system_clock", "steady_clock", "high_resolution_clock", "gettimeofday", "clock_gettime"},
       false,
       {"cdp/core/base/time.cc"},
       "take a Clock&"},
      {{"localtime", "gmtime", "ctime", "asctime"}, true, {}, "use to_rfc3339()"},
      {{"time(nullptr)", "time(NULL)", "time(0)"}, false, {}, "take a Clock&"},
      {{"rand", "srand", "drand48", "getrandom", "arc4random"},
       true,
       {"cdp/core/base/random.cc"},
       "take a Random&"},
      {{"random_device", "mt19937", "mt19937_64", "randombytes_buf", "randombytes_uniform",
        "RAND_bytes"},
       false,
       {"cdp/core/base/random.cc"},
       "take a Random&"},
      {{"getenv", "secure_getenv", "setenv", "putenv"},
       true,
       {"cdp/app/main.cc"},
       "read it in main and pass the value"},
      {{"sleep_for", "sleep_until"}, false, {}, "wait on a condition with a deadline"},
      {{"sleep", "usleep", "nanosleep"}, true, {}, "wait on a condition with a deadline"},
      {{"printf", "fprintf", "vprintf", "vfprintf", "puts", "fputs", "putchar"},
       true,
       {"cdp/app/cli", "cdp/app/main.cc"},
       "return the text; only the cli prints"},
      {{"std::cout", "std::cerr", "std::clog", "std::wcout"},
       false,
       {"cdp/app/cli", "cdp/app/main.cc"},
       "return the text; only the cli prints"},
      {{"exit", "_exit", "quick_exit", "std::terminate"},
       true,
       {"cdp/app/cli", "cdp/app/main.cc"},
       "return an Error"},
      {{"abort"}, true, {"cdp/core", "identity/digest.cc"}, "return an Error"},
      {{"system", "popen"}, true, {}, "use the plug-in seam of the keyring"},
      {{"sprintf", "strcpy", "strcat", "gets", "strtok", "atoi", "atol", "atof"},
       true,
       {},
       "use std::string and std::from_chars"},
      {{"SystemClock"},
       false,
       {"cdp/core/base/time.h", "cdp/core/base/time.cc", "cdp/app/main.cc", "cdp/app/cli"},
       "take a Clock&: only main makes a real one"},
      {{"SystemRandom"},
       false,
       {"cdp/core/base/random.h", "cdp/core/base/random.cc", "cdp/app/main.cc", "cdp/app/cli"},
       "take a Random&: only main makes a real one"},
  };
  return all;
}

bool in_any(const std::string& path, const std::vector<std::string>& places) {
  return std::any_of(places.begin(), places.end(),
                     [&](const std::string& place) { return starts_with_folder(path, place); });
}

// A method of ours may share its name with a banned function: `cell.time()`, `store::exit()`.
bool is_member(const std::string& bare, std::size_t at) {
  if (at == 0) return false;
  if (bare[at - 1] == '.' || (at > 1 && bare.substr(at - 2, 2) == "->")) return true;
  return at > 2 && bare.substr(at - 2, 2) == "::" &&
         bare.substr(at < 5 ? 0 : at - 5, 5) != "std::" && bare[at - 3] != ' ' &&
         bare[at - 3] != '(';
}

std::vector<std::string> banned_words(const SourceFile& file) {
  std::vector<std::string> wrong;
  for (const auto& ban : bans()) {
    if (in_any(file.path, ban.allowed)) continue;
    for (const auto& word : ban.words) {
      for (const auto at : find_word(file.bare, word, ban.call)) {
        if (ban.call && is_member(file.bare, at)) continue;
        wrong.push_back(file.path + ":" + std::to_string(line_of(file.bare, at)) + ": " + word +
                        ": " + ban.instead);
      }
    }
  }
  return wrong;
}

TEST(Words, BannedCallsStayInTheirRoom) {
  std::vector<std::string> wrong;
  for (const auto& file : read_tree(kProduct)) {
    for (auto& line : banned_words(file)) wrong.push_back(std::move(line));
  }
  EXPECT_THAT(wrong, IsEmpty());
}

TEST(Words, EveryBanCanBeBroken) {
  for (const auto& ban : bans()) {
    for (const auto& word : ban.words) {
      const auto file = scan("consent/a.cc", "int f() { return " + word + "(); }\n");
      EXPECT_FALSE(banned_words(file).empty()) << word;
    }
  }
  EXPECT_THAT(banned_words(scan("consent/a.cc", "auto t = std::time(nullptr); std::exit(1);")),
              SizeIs(2));
  EXPECT_THAT(banned_words(scan("consent/a.cc", "// getenv(\nauto s = \"rand()\"; x.exit();")),
              IsEmpty());
}

// Test code may print and wait on threads, but takes its time and its chance as parameters too.
TEST(Words, TestsReadNoWallClockAndNoChance) {
  std::vector<std::string> wrong;
  for (const auto& file : read_tree({"tests"})) {
    if (in_any(file.path, {"tests/bench", "tests/fuzz", "tests/laws"})) continue;
    for (const std::string word : {"system_clock", "random_device", "sleep_for", "sleep_until",
                                   "usleep", "SystemClock", "SystemRandom", "srand"}) {
      for (const auto at : find_word(file.bare, word)) {
        if (in_any(file.path, {"tests/unit/core/base"}) && word.starts_with("System")) continue;
        wrong.push_back(file.path + ":" + std::to_string(line_of(file.bare, at)) + ": " + word);
      }
    }
  }
  EXPECT_THAT(wrong, IsEmpty());
}

std::vector<std::string> sql_outside_its_room(const SourceFile& file) {
  std::vector<std::string> wrong;
  if (file.path.ends_with("_store.cc")) return wrong;
  // Opening an engine sets it up before there is a store.
  const bool connection =
      file.path.ends_with("/connection.cc") || file.path.ends_with("/library.cc");
  for (const auto& literal : literals_of(file)) {
    for (const std::string_view verb :
         {"SELECT ", "INSERT INTO ", "INSERT OR ", "REPLACE INTO ", "DELETE FROM ", "CREATE TABLE ",
          "CREATE INDEX ", "CREATE UNIQUE ", "DROP TABLE ", "ALTER TABLE ", "PRAGMA ", "ATTACH ",
          "VACUUM", "BEGIN IMMEDIATE", "CREATE TRIGGER "}) {
      const bool setup = verb == "PRAGMA " || verb == "BEGIN IMMEDIATE" || verb == "ATTACH ";
      if (literal.value.find(verb) == std::string::npos || (connection && setup)) continue;
      wrong.push_back(file.path + ":" + std::to_string(literal.line) + ": " + literal.value);
    }
    const auto update = literal.value.find("UPDATE ");
    if (update != std::string::npos && literal.value.find(" SET ", update) != std::string::npos) {
      wrong.push_back(file.path + ":" + std::to_string(literal.line) + ": " + literal.value);
    }
  }
  return wrong;
}

TEST(Words, SqlLivesInStoresOnly) {
  std::vector<std::string> wrong;
  for (const auto& file : read_tree(kProduct)) {
    for (auto& line : sql_outside_its_room(file)) wrong.push_back(std::move(line));
  }
  EXPECT_THAT(wrong, IsEmpty());
}

TEST(Words, SqlOutsideAStoreIsSeen) {
  const std::string select = "auto q = \"SELECT a FROM b\";";
  EXPECT_THAT(sql_outside_its_room(scan("consent/gate.cc", select)), SizeIs(1));
  EXPECT_THAT(sql_outside_its_room(scan("cdp/core/store/sqlcipher/ledger_store.cc", select)),
              IsEmpty());
  const std::string update = "auto q = R\"(UPDATE t SET a = 1)\";";
  EXPECT_THAT(sql_outside_its_room(scan("consent/gate.cc", update)), SizeIs(1));
  const std::string pragma = "auto q = \"PRAGMA journal_mode\";";
  EXPECT_THAT(sql_outside_its_room(scan("a/connection.cc", pragma)), IsEmpty());
  EXPECT_THAT(sql_outside_its_room(scan("a/connection.cc", select)), SizeIs(1));
  EXPECT_THAT(sql_outside_its_room(scan("a/b.cc", "// SELECT a FROM b\nauto m = \"DELETE\";")),
              IsEmpty());
}

// Triggers act where nobody reads, and not every engine has them alike (DESIGN §4).
TEST(Words, NoTriggersAnywhere) {
  for (const auto& file : read_tree(kProduct)) {
    EXPECT_EQ(file.code.find("CREATE TRIGGER"), std::string::npos) << file.path;
  }
}

}  // namespace
}  // namespace cdp::laws
