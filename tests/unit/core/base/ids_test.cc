#include "cdp/core/base/ids.h"

#include <type_traits>
#include <unordered_set>

#include "cdp/core/base/random.h"

namespace cdp {
namespace {

// Nothing becomes another id, or a number, by accident.
static_assert(!std::is_convertible_v<PersonaId, SubjectId>);
static_assert(!std::is_constructible_v<SubjectId, PersonaId>);
static_assert(!std::is_convertible_v<Token, PersonaId>);
static_assert(!std::is_convertible_v<PersonaId, Token>);
static_assert(!std::is_convertible_v<std::uint64_t, Position>);
static_assert(!std::is_convertible_v<Position, std::uint64_t>);
static_assert(!std::is_constructible_v<PersonaOrdinal, Position>);
template <class A, class B>
concept Comparable = requires(A a, B b) {
  a == b;
};
static_assert(!Comparable<PersonaId, SubjectId>);
static_assert(!Comparable<Position, PersonaOrdinal>);
static_assert(!Comparable<Position, std::uint64_t>);

TEST(Ids, ShowTheirTypeAndComeBack) {
  SeededRandom random(1);
  for (int i = 0; i < 500; ++i) {
    const PersonaId id(random.next_token());
    const std::string text = id.to_string();
    ASSERT_TRUE(text.starts_with("per_"));
    ASSERT_EQ(text.size(), 30U);
    ASSERT_EQ(PersonaId::parse(text).value(), id);
    ASSERT_FALSE(SubjectId::parse(text));
  }
}

TEST(Ids, RefuseOtherTexts) {
  const std::string body(26, '0');
  EXPECT_TRUE(PersonaId::parse("per_" + body));
  for (const std::string& text :
       {std::string(), std::string("per"), std::string("per_"), "per" + body, "per-" + body,
        "PER_" + body, "sub_" + body, "per_" + body + "0", "xper_" + body}) {
    const auto parsed = PersonaId::parse(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, ErrorCode::invalid_argument);
  }
}

// Keyset reads rely on it: the text sorts as the bytes do.
TEST(Ids, SortAsTheirBytesAndAsTheirText) {
  SeededRandom random(2);
  for (int i = 0; i < 2'000; ++i) {
    const PersonaId a(random.next_token());
    const PersonaId b(random.next_token());
    ASSERT_EQ(a < b, a.bytes() < b.bytes());
    ASSERT_EQ(a < b, a.to_string() < b.to_string());
  }
}

TEST(Ids, HashApart) {
  SeededRandom random(3);
  std::unordered_set<PersonaId> ids;
  std::unordered_set<Position> positions;
  for (std::uint64_t i = 0; i < 1'000; ++i) {
    ids.insert(PersonaId(random.next_token()));
    positions.insert(Position(i));
  }
  EXPECT_EQ(ids.size(), 1'000U);
  EXPECT_EQ(positions.size(), 1'000U);
}

TEST(Numbers, StartAtNone) {
  EXPECT_TRUE(Position().none());
  EXPECT_EQ(Position().next(), Position(1));
  EXPECT_LT(Position(1), Position(2));
  EXPECT_TRUE(PersonaId().empty());
}

}  // namespace
}  // namespace cdp
