#include "cdp/app/server/gzip_body.h"

#include "cdp/core/base/limits.h"
#include "tests/unit/app/server/gzip_for_tests.h"

namespace cdp::app {
namespace {

using testing::gzip;

TEST(Gunzip, UndoesGzip) {
  for (const std::size_t size : {0U, 1U, 100U, 100'000U}) {
    std::string text;
    for (std::size_t i = 0; i < size; ++i) text += static_cast<char>((i * 7919) % 251);
    const std::string packed = gzip(text);
    EXPECT_TRUE(looks_like_gzip(packed));
    const auto plain = gunzip(packed, 1'000'000);
    ASSERT_TRUE(plain);
    EXPECT_EQ(*plain, text);
  }
}

TEST(Gunzip, TakesMembersBehindEachOther) {
  EXPECT_EQ(*gunzip(gzip("hello ") + gzip("world"), 100), "hello world");
}

TEST(Gunzip, RefusesEveryTruncation) {
  const std::string packed = gzip("hello hello hello");
  for (std::size_t size = 0; size < packed.size(); ++size) {
    const auto plain = gunzip(std::string_view(packed).substr(0, size), 100);
    ASSERT_FALSE(plain) << size;
    EXPECT_EQ(plain.error().code, ErrorCode::invalid_argument);
  }
}

TEST(Gunzip, RefusesBytesBehindAndWrongChecksums) {
  std::string packed = gzip("hello");
  EXPECT_FALSE(gunzip(packed + "x", 100));
  packed[packed.size() - 6] = static_cast<char>(packed[packed.size() - 6] ^ 1);
  EXPECT_FALSE(gunzip(packed, 100));
  EXPECT_FALSE(gunzip("{\"a\":1}", 100));
}

TEST(Gunzip, StopsAtTheLimitExactly) {
  const std::string packed = gzip(std::string(10'000, 'a'));
  EXPECT_TRUE(gunzip(packed, 10'000));
  const auto over = gunzip(packed, 9'999);
  ASSERT_FALSE(over);
  EXPECT_EQ(over.error().code, ErrorCode::too_large);
}

TEST(Gunzip, StopsABombByItsRatio) {
  const auto bomb = gunzip(gzip(std::string(8'000'000, 'a')), 16'000'000);
  ASSERT_FALSE(bomb);
  EXPECT_EQ(bomb.error().code, ErrorCode::too_large);
}

}  // namespace
}  // namespace cdp::app
