#include "cdp/core/base/result.h"

#include <set>

#include "cdp/core/base/guarded.h"
#include "cdp/core/base/random.h"

namespace cdp {
namespace {

Result<int> half(int n) {
  if (n % 2 != 0) return fail(ErrorCode::invalid_argument, "odd", "send an even one");
  return n / 2;
}

Result<void> must_be_small(int n) {
  if (n > 10) return fail(ErrorCode::too_large, "large");
  return {};
}

Result<std::string> quarter(int n) {
  CDP_TRY(const int once, half(n));
  CDP_TRY(const int twice, half(once));
  CDP_CHECK(must_be_small(twice));
  return std::to_string(twice);
}

TEST(Result, CarriesTheFirstErrorOut) {
  EXPECT_EQ(quarter(8).value(), "2");
  EXPECT_EQ(quarter(6).error(), (Error{ErrorCode::invalid_argument, "odd", "send an even one"}));
  EXPECT_EQ(quarter(80).error().code, ErrorCode::too_large);
}

TEST(Result, MovesWhatCannotBeCopied) {
  const auto make = []() -> Result<std::unique_ptr<int>> { return std::make_unique<int>(5); };
  const auto use = [&]() -> Result<int> {
    CDP_TRY(const auto pointer, make());
    return *pointer;
  };
  EXPECT_EQ(use().value(), 5);
}

TEST(ErrorCodes, HaveOneNameAndAnHttpStatusEach) {
  std::set<std::string_view> names;
  for (int i = 0; i <= static_cast<int>(ErrorCode::internal); ++i) {
    const auto code = static_cast<ErrorCode>(i);
    names.insert(to_string(code));
    EXPECT_GE(http_status(code), 400);
    EXPECT_LT(http_status(code), 600);
  }
  EXPECT_EQ(names.size(), static_cast<std::size_t>(ErrorCode::internal) + 1);
  EXPECT_EQ(http_status(ErrorCode::overloaded), 429);
  EXPECT_EQ(http_status(ErrorCode::unauthenticated), 401);
}

TEST(Guarded, IsReachedOnlyUnderItsLock) {
  Guarded<std::map<int, int>> map;
  map.write([](auto& m) { m[1] = 2; });
  EXPECT_EQ(map.read([](const auto& m) { return m.at(1); }), 2);
}

TEST(SeededRandom, RepeatsItself) {
  SeededRandom a(9);
  SeededRandom b(9);
  SeededRandom c(10);
  const Token token = a.next_token();
  EXPECT_EQ(token, b.next_token());
  EXPECT_NE(token, c.next_token());
  EXPECT_EQ(a.below(0), 0U);
  for (int i = 0; i < 1'000; ++i) ASSERT_LT(a.below(7), 7U);
}

TEST(SystemRandom, FillsEveryByteOfAnyLength) {
  SystemRandom random;
  Bytes bytes(1'000);
  random.fill(bytes);
  EXPECT_GT(std::set<std::uint8_t>(bytes.begin(), bytes.end()).size(), 100U);
  EXPECT_NE(random.next_token(), random.next_token());
}

}  // namespace
}  // namespace cdp
