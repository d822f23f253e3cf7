#include "cdp/core/base/time.h"

#include <ctime>

#include "cdp/core/base/random.h"

namespace cdp {
namespace {

constexpr Time kLast{253'402'300'799'999'999};  // 9999-12-31T23:59:59.999999Z

Time parsed(std::string_view text) {
  const auto time = from_rfc3339(text);
  EXPECT_TRUE(time) << text;
  return time ? *time : Time{};
}

// RFC 3339 §5.8.
TEST(Rfc3339, ReadsTheRfcsExamples) {
  EXPECT_EQ(parsed("1985-04-12T23:20:50.52Z").us, 482196050'520'000);
  EXPECT_EQ(parsed("1996-12-19T16:39:57-08:00"), parsed("1996-12-20T00:39:57Z"));
  EXPECT_EQ(parsed("1990-12-31T23:59:60Z"), parsed("1991-01-01T00:00:00Z"));
  EXPECT_EQ(parsed("1990-12-31T15:59:60-08:00"), parsed("1991-01-01T00:00:00Z"));
  // Its fifth example is from 1937: before 1970 there is no customer data.
  EXPECT_FALSE(from_rfc3339("1937-01-01T12:00:27.87+00:20"));
}

TEST(Rfc3339, WritesMicrosecondsOnlyWhenThereAreSome) {
  EXPECT_EQ(to_rfc3339(Time{0}), "1970-01-01T00:00:00Z");
  EXPECT_EQ(to_rfc3339(Time{1}), "1970-01-01T00:00:00.000001Z");
  EXPECT_EQ(to_rfc3339(Time{951'782'400'000'000}), "2000-02-29T00:00:00Z");
  EXPECT_EQ(to_rfc3339(Time{253'402'300'799'999'999}), "9999-12-31T23:59:59.999999Z");
  EXPECT_EQ(to_rfc3339(Time{-1}), "1969-12-31T23:59:59.999999Z");
}

TEST(Rfc3339, ComesBackForEveryMicrosecond) {
  SeededRandom random(1);
  for (int i = 0; i < 20'000; ++i) {
    const Time time{static_cast<std::int64_t>(random.below(253'402'300'799'999'999))};
    ASSERT_EQ(from_rfc3339(to_rfc3339(time)).value(), time) << to_rfc3339(time);
  }
}

// The C library's calendar as an outside oracle.
TEST(Rfc3339, AgreesWithTheCLibrary) {
  SeededRandom random(2);
  for (int i = 0; i < 5'000; ++i) {
    const auto seconds = static_cast<std::time_t>(random.below(253'402'300'799));
    std::tm broken{};
    ASSERT_NE(gmtime_r(&seconds, &broken), nullptr);
    char text[64];
    ASSERT_GT(std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &broken), 0U);
    ASSERT_EQ(to_rfc3339(Time{static_cast<std::int64_t>(seconds) * 1'000'000}), text);
  }
}

TEST(Rfc3339, TakesAnyOffsetAndFraction) {
  EXPECT_EQ(parsed("2026-11-22T20:23:00.1Z").us % 1'000'000, 100'000);
  EXPECT_EQ(parsed("2026-11-22T20:23:00.123456789Z").us % 1'000'000, 123'456);
  EXPECT_EQ(parsed("2026-11-22t20:23:00z"), parsed("2026-11-22 20:23:00Z"));
  EXPECT_EQ(parsed("2026-11-22T20:23:00+05:30"), parsed("2026-11-22T14:53:00Z"));
  EXPECT_EQ(parsed("2026-11-22T00:00:00-23:59"), parsed("2026-11-22T23:59:00Z"));
  EXPECT_EQ(parsed("2026-11-22T20:23:00-0000"), parsed("2026-11-22T20:23:00Z"));
}

TEST(Rfc3339, RefusesWhatIsNoTime) {
  for (const char* text : {"",
                           "2026",
                           "2026-11-22",
                           "2026-11-22T20:23Z",
                           "2026-11-22T20:23:00",
                           "2026-13-01T00:00:00Z",
                           "2026-00-01T00:00:00Z",
                           "2026-02-29T00:00:00Z",
                           "2026-02-30T00:00:00Z",
                           "1900-02-29T00:00:00Z",
                           "2026-11-22T24:00:00Z",
                           "2026-11-22T23:60:00Z",
                           "2026-11-22T23:00:61Z",
                           "2026-11-22T20:23:00.Z",
                           "2026-11-22T20:23:00.1234567890Z",
                           "2026-11-22T20:23:00+24:00",
                           "2026-11-22T20:23:00+00:60",
                           "2026-11-22T20:23:00+0",
                           "2026-11-22T20:23:00Zx",
                           "2026-11-22T20:23:00Z ",
                           " 2026-11-22T20:23:00Z",
                           "1969-12-31T23:59:59Z",
                           "-2026-11-22T20:23:00Z",
                           "2026-11-22X20:23:00Z",
                           "22.11.2026",
                           "1763842980",
                           "2026-1-22T20:23:00Z",
                           "+026-11-22T20:23:00Z"}) {
    EXPECT_FALSE(from_rfc3339(text)) << text;
  }
}

TEST(Rfc3339, NeverFailsOtherwiseThanByRefusing) {
  SeededRandom random(3);
  const std::string seed = "2026-11-22T20:23:00.123456+01:00";
  for (int i = 0; i < 50'000; ++i) {
    std::string text = seed.substr(0, random.below(seed.size() + 1));
    for (std::uint64_t edits = random.below(4); edits > 0 && !text.empty(); --edits) {
      text[random.below(text.size())] = static_cast<char>(random.below(256));
    }
    const auto time = from_rfc3339(text);
    if (time && time->us >= 0 && *time <= kLast) {
      ASSERT_EQ(from_rfc3339(to_rfc3339(*time)).value(), *time) << text;
    }
  }
}

TEST(Time, ReckonsWithDurations) {
  const Time start{1'000'000};
  EXPECT_EQ((start + Duration::seconds(2)).us, 3'000'000);
  EXPECT_EQ(start - Duration::millis(1), Time{999'000});
  EXPECT_EQ(Time{5} - Time{2}, Duration::micros(3));
  EXPECT_EQ(Duration::days(1), Duration::hours(24));
  EXPECT_FALSE(Time{}.known());
}

TEST(ManualClock, MovesOnlyByHand) {
  ManualClock clock(Time{10});
  const Duration before = clock.elapsed();
  EXPECT_EQ(clock.now(), Time{10});
  clock.advance(Duration::micros(5));
  EXPECT_EQ(clock.now(), Time{15});
  EXPECT_EQ(Duration{clock.elapsed().us - before.us}, Duration::micros(5));
  clock.set(Time{3});
  EXPECT_EQ(clock.now(), Time{3});
}

}  // namespace
}  // namespace cdp
