#include "cdp/core/base/pii.h"

#include <concepts>
#include <ostream>
#include <type_traits>

#include "tests/support/pii_for_tests.h"

namespace cdp {
namespace {

template <class T>
concept Printable = requires(std::ostream& out, const T& value) {
  out << value;
};
template <class T>
concept HasToString = requires(const T& value) {
  std::to_string(value);
};
template <class T>
concept Ordered = requires(const T& a, const T& b) {
  a < b;
};
template <class T>
concept Hashable = requires(const T& value) {
  std::hash<T>{}(value);
};
template <class T>
concept OpensWithoutAccess = requires(const T& value) {
  value.open();
};

// Invariant 4: what personal data cannot do by accident, it cannot do at all.
using Name = Pii<std::string>;
static_assert(!Printable<Name>);
static_assert(!HasToString<Pii<int>>);
static_assert(!std::equality_comparable<Name>);
static_assert(!std::equality_comparable_with<Name, std::string>);
static_assert(!Ordered<Name>);
static_assert(!Hashable<Name>);
static_assert(!std::is_convertible_v<Name, std::string>);
static_assert(!std::is_constructible_v<std::string, Name>);
static_assert(!std::is_convertible_v<std::string, Name>);
static_assert(!OpensWithoutAccess<Name>);
static_assert(!std::is_default_constructible_v<PiiAccess>);
static_assert(!std::is_aggregate_v<PiiAccess>);

TEST(Pii, OpensToThoseWhoMay) {
  const Name name(std::string("Anna"));
  EXPECT_EQ(testing::reveal(name), "Anna");
  Name moved = name;
  EXPECT_EQ(std::move(moved).open(testing::PiiForTests::access()), "Anna");
  EXPECT_EQ(testing::reveal(Name()), "");
}

}  // namespace
}  // namespace cdp
