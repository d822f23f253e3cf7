// The laws are only as honest as their reader: these tests show that it sees what it claims to see.
#include "tests/laws/source_tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cdp::laws {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

TEST(SourceTree, BlanksCommentsAndLiteralsAndKeepsLines) {
  const auto file = scan("a.cc",
                         "int a = 1'000;  // getenv\n"
                         "/* rand\n rand */ auto s = \"time(\\\"\";\n"
                         "auto r = R\"x(exit())\" )x\"; char c = '\"'; auto u = U'{'; f();\n");
  EXPECT_EQ(line_count(file.bare), line_count(file.text));
  EXPECT_TRUE(find_word(file.code, "getenv").empty());
  EXPECT_TRUE(find_word(file.bare, "rand").empty());
  EXPECT_TRUE(find_word(file.bare, "exit").empty());
  EXPECT_THAT(find_word(file.bare, "f", true), SizeIs(1));
  EXPECT_EQ(file.bare.find('{'), std::string::npos);
  const auto literals = literals_of(file);
  ASSERT_THAT(literals, SizeIs(2));
  EXPECT_EQ(literals[0].value, "time(\\\"");
  EXPECT_EQ(literals[1].line, 4U);
}

TEST(SourceTree, FindsIncludesOutsideComments) {
  const auto file = scan("a.cc", "#include \"x/y.h\"\n// #include \"no.h\"\n#include <vector>\n");
  const auto includes = includes_of(file);
  ASSERT_THAT(includes, SizeIs(2));
  EXPECT_EQ(includes[0].header, "x/y.h");
  EXPECT_TRUE(includes[0].quoted);
  EXPECT_EQ(includes[1].header, "vector");
  EXPECT_EQ(includes[1].line, 3U);
}

TEST(SourceTree, FindsWordsWholeAndCalls) {
  EXPECT_THAT(find_word("strand rand operand", "rand"), ElementsAre(7));
  EXPECT_THAT(find_word("exit_code exit (1) exit;", "exit", true), ElementsAre(10));
}

TEST(SourceTree, MeasuresFunctionsOfEveryShape) {
  const auto file = scan("a.cc", R"(#include <x>
#define MACRO(a) do { \
  a; } while (false)
namespace n { namespace {
constexpr int kTable[] = {1, 2, 3};
const std::map<int, int> kMap = {
    {1, 2}};
template <class T = int, class U>
T twice(T value)
{
  auto inner = [&](int x) { return x; };
  if (value) { return inner(1); }
  return value;
}
class Room : public Base {
 public:
  Room() : a_{1}, b_(2) {
    a_ = 3;
  }
  bool operator()(int x) const noexcept { return x > 0; }
 private:
  enum class Kind { one, two };
  int a_{0};
};
}  // namespace
auto late(int x) -> decltype(x) { return x; }
TEST(Room, IsOpen) {
  EXPECT_TRUE(true);
}
}  // namespace n
)");
  std::vector<std::string> seen;
  for (const auto& span : functions_of(file)) {
    seen.push_back(span.name + " " + std::to_string(span.lines()));
  }
  EXPECT_THAT(seen,
              ElementsAre("twice 7", "Room 3", "operator 1", "late 1", "TEST(Room, IsOpen) 3"));
}

TEST(SourceTree, ReadsTheRealTree) {
  const auto tree = read_tree(kProduct);
  EXPECT_GT(tree.size(), 30U) << "the laws run in the repo root";
}

}  // namespace
}  // namespace cdp::laws
