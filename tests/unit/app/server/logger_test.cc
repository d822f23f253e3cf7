#include "cdp/app/server/logger.h"

namespace cdp::app {
namespace {

class LoggerTest : public ::testing::Test {
 protected:
  ManualClock clock{from_rfc3339("2026-11-22T20:23:00Z").value()};
  std::vector<std::string> lines;
  Logger logger{clock, LogLevel::info, [this](std::string_view line) { lines.emplace_back(line); }};
};

TEST_F(LoggerTest, WritesOneJsonObjectALine) {
  logger.info("server_started",
              {{"port", 8080}, {"tls", true}, {"share", 0.5}, {"mode", LogWord("full")}});
  EXPECT_THAT(lines, ::testing::ElementsAre(
                         R"({"time":"2026-11-22T20:23:00Z","level":"info",)"
                         R"("event":"server_started","port":8080,"tls":true,"share":0.5,)"
                         R"("mode":"full"})"));
}

TEST_F(LoggerTest, LeavesOutWhatIsBelowItsLevel) {
  logger.debug("quiet");
  EXPECT_TRUE(lines.empty());
  logger.error("loud");
  EXPECT_EQ(lines.size(), 1U);
}

TEST_F(LoggerTest, LabelsThatAreNotPlainAreNotShown) {
  logger.warn("w", {{"route", LogWord::label("/v1/requests/{id}")},
                    {"bad", LogWord::label("ada@shop.example")},
                    {"split", LogWord::label("a\",\"b\":\"c")},
                    {"long", LogWord::label(std::string(500, 'a'))}});
  EXPECT_THAT(lines[0], ::testing::HasSubstr(R"("route":"/v1/requests/{id}","bad":"invalid",)"
                                             R"("split":"invalid","long":"invalid"})"));
}

TEST_F(LoggerTest, NumbersThatJsonLacksAreNull) {
  logger.info("n", {{"x", 1.0 / 0.0 * 0.0}});
  EXPECT_THAT(lines[0], ::testing::HasSubstr(R"("x":null)"));
}

// Text from outside has no way in: this is the privacy rule, kept by the compiler.
static_assert(!std::is_constructible_v<LogField, LogWord, std::string>);
static_assert(!std::is_constructible_v<LogField, LogWord, const char*>);
static_assert(!std::is_constructible_v<LogField, LogWord, std::string_view>);
static_assert(!std::is_constructible_v<LogWord, std::string>);
static_assert(!std::is_constructible_v<LogWord, std::string_view>);

}  // namespace
}  // namespace cdp::app
