#include "cdp/core/crypto/secret.h"

#include <type_traits>

namespace cdp::crypto {
namespace {

template <class T>
concept Printable = requires(std::ostream& out, const T& value) {
  out << value;
};

static_assert(!std::is_copy_constructible_v<Secret>);
static_assert(!std::is_copy_assignable_v<Secret>);
static_assert(!Printable<Secret>);
static_assert(!std::equality_comparable<Secret>);

TEST(Secret, HoldsACopyOfItsBytes) {
  Bytes bytes{1, 2, 3};
  const Secret secret = Secret::copy_of(bytes);
  bytes[0] = 9;
  EXPECT_EQ(secret.size(), 3U);
  EXPECT_EQ(secret.view()[0], 1);
  const Secret again = secret.clone();
  EXPECT_TRUE(equal_constant_time(again.view(), secret.view()));
  EXPECT_NE(again.view().data(), secret.view().data());
}

TEST(Secret, MayBeEmpty) {
  EXPECT_TRUE(Secret().empty());
  EXPECT_TRUE(Secret::copy_of({}).empty());
  EXPECT_TRUE(Secret().clone().view().empty());
}

TEST(Secret, IsRandomWhenAskedToBe) {
  SeededRandom random(1);
  const Secret a = Secret::random(random, 32);
  const Secret b = Secret::random(random, 32);
  EXPECT_FALSE(equal_constant_time(a.view(), b.view()));
}

TEST(Secret, StartsTheLibraryMoreThanOnce) {
  EXPECT_TRUE(initialise());
  EXPECT_TRUE(initialise());
}

}  // namespace
}  // namespace cdp::crypto
