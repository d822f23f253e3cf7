#include <gmock/gmock.h>

#include "cdp/app/cli/caller.h"
#include "cdp/app/cli/columns.h"
#include "cdp/app/cli/import_state.h"
#include "cdp/app/cli/kek_choice.h"
#include "cdp/app/cli/live_server.h"
#include "tests/support/temp_directory.h"
#include "tests/unit/app/cli/cli_world.h"

namespace cdp::app::cli {
namespace {

TEST(ListenAddress, ReadsNumbersAndPorts) {
  EXPECT_EQ(parse_listen_address("127.0.0.1:8080")->port, 8080);
  EXPECT_EQ(parse_listen_address("[::1]:0")->address, "::1");
  EXPECT_EQ(to_text(*parse_listen_address("[::1]:80")), "[::1]:80");
  EXPECT_TRUE(is_loopback(*parse_listen_address("127.9.0.1:1")));
  EXPECT_FALSE(is_loopback(*parse_listen_address("0.0.0.0:1")));
}

TEST(ListenAddress, RefusesWhatCouldBeMeantOtherwise) {
  for (const char* text : {"", ":80", "127.0.0.1", "127.0.0.1:", "127.0.0.1:80a", "127.0.0.1:70000",
                           "127.0.0.1:-1", "::1:80", "[]:80"}) {
    EXPECT_FALSE(parse_listen_address(text).has_value()) << text;
  }
}

TEST(Columns, TheLastEqualsSignDivides) {
  EXPECT_EQ(parse_columns({"a=b=email"})->at("a=b"), "email");
  for (const char* word : {"email", "=email", "a="}) {
    EXPECT_FALSE(parse_columns({word}).has_value()) << word;
  }
}

TEST(KekChoice, ReturnsAsItWasWritten) {
  KekChoice file;
  file.path = "/etc/cdp.key";
  KekChoice plugin{"plugin", {}, {"/bin/kms", "a b"}};
  for (const auto& choice : {file, plugin, KekChoice{"passphrase", {}, {}}}) {
    const auto read = parse_kek_choice(to_json(choice));
    ASSERT_TRUE(read.has_value()) << to_json(choice);
    EXPECT_EQ(read->kind, choice.kind);
    EXPECT_EQ(read->path, choice.path);
    EXPECT_EQ(read->argv, choice.argv);
  }
}

TEST(KekChoice, RefusesWhatLeadsNowhere) {
  for (const char* text : {"", "{}", R"({"kind":"key_file"})", R"({"kind":"plugin"})",
                           R"({"kind":"key_file","path":"relative.key"})", R"({"kind":"magic"})"}) {
    EXPECT_FALSE(parse_kek_choice(text).has_value()) << text;
  }
}

TEST(ImportState, ComesBackForTheSameFileOnly) {
  const testing::TempDirectory place;
  ImportedFile file{"/data/people.csv", "crm", 1000, 77};
  const ImportState state(place.path(), file);
  EXPECT_EQ(state.load().next, "");
  ASSERT_TRUE(state.save({R"({"offset":512,"line":9})", 8, 6, 1, 1}).has_value());
  const auto loaded = ImportState(place.path(), file).load();
  EXPECT_EQ(loaded.next, R"({"offset":512,"line":9})");
  EXPECT_EQ(loaded.rows, 8U);
  EXPECT_EQ(loaded.rejected, 1U);
  ImportedFile changed = file;
  changed.bytes = 1001;
  EXPECT_EQ(ImportState(place.path(), changed).load().next, "");
  ImportedFile other = file;
  other.source = "erp";
  EXPECT_EQ(ImportState(place.path(), other).load().next, "");
  state.forget();
  EXPECT_EQ(state.load().next, "");
}

TEST(ErrorOf, ReadsTheServersOwnWords) {
  const Error sent{ErrorCode::conflict, "a source of that name exists", "choose another"};
  EXPECT_EQ(error_of(http::Response::error(sent)), sent);
  const Error verdict = error_of(http::Response::json(
      422, R"({"accepted":0,"duplicates":0,"rejected":[)"
           R"({"index":0,"reason":"unknown_channel","hint":"the channels are: email"}]})"));
  EXPECT_EQ(verdict.code, ErrorCode::unprocessable);
  EXPECT_EQ(verdict.what, "nothing was taken: unknown_channel");
  EXPECT_EQ(verdict.hint, "the channels are: email");
  EXPECT_EQ(error_of(http::Response::text(502, "<html>")).what,
            "the server answered with status 502");
}

}  // namespace
}  // namespace cdp::app::cli
