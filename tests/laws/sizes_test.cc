// Files of at most 500 lines, functions of at most 60; what is longer stands in
// docs/architecture/size-ratchet.txt with its length, and may only shrink.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <sstream>

#include "tests/laws/source_tree.h"

namespace cdp::laws {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr std::size_t kFileLinesMax = 500;
constexpr std::size_t kFunctionLinesMax = 60;

using Sizes = std::map<std::string, std::size_t>;  // "path" or "path function" -> lines

Sizes parse_ratchet(const std::string& text) {
  Sizes ratchet;
  for (const auto& line : lines_of(text)) {
    const auto space = line.rfind(' ');
    if (line.empty() || line[0] == '#' || space == std::string::npos) continue;
    ratchet[line.substr(0, space)] = std::stoul(line.substr(space + 1));
  }
  return ratchet;
}

Sizes oversized(const SourceFile& file) {
  Sizes over;
  const auto lines = line_count(file.text);
  if (lines > kFileLinesMax) over[file.path] = lines;
  for (const auto& span : functions_of(file)) {
    auto& longest = over[file.path + " " + span.name];
    longest = std::max(longest, span.lines());
  }
  std::erase_if(over, [](const auto& entry) {
    return entry.first.find(' ') != std::string::npos && entry.second <= kFunctionLinesMax;
  });
  return over;
}

std::vector<std::string> check_sizes(const Sizes& over, const Sizes& ratchet) {
  std::vector<std::string> wrong;
  for (const auto& [subject, lines] : over) {
    const auto recorded = ratchet.find(subject);
    if (recorded == ratchet.end()) {
      wrong.push_back(subject + " has " + std::to_string(lines) + " lines");
    } else if (lines > recorded->second) {
      wrong.push_back(subject + " has grown to " + std::to_string(lines) + " lines");
    } else if (lines < recorded->second) {
      wrong.push_back(subject + " has shrunk: write " + std::to_string(lines) + " in the ratchet");
    }
  }
  for (const auto& [subject, lines] : ratchet) {
    if (!over.contains(subject)) wrong.push_back(subject + " fits: take it out of the ratchet");
  }
  return wrong;
}

TEST(Sizes, FilesAndFunctionsFit) {
  Sizes over;
  for (const auto& file : read_tree(kProductAndTests)) over.merge(oversized(file));
  const auto ratchet = parse_ratchet(read_file("docs/architecture/size-ratchet.txt"));
  EXPECT_THAT(check_sizes(over, ratchet), IsEmpty());
}

std::string function_of_lines(std::size_t lines) {
  std::string text = "void f() {\n";
  for (std::size_t i = 2; i < lines; ++i) text += "  g();\n";
  return text + "}\n";
}

TEST(Sizes, LongFilesAndFunctionsAreSeen) {
  EXPECT_THAT(oversized(scan("a.cc", function_of_lines(kFunctionLinesMax))), IsEmpty());
  EXPECT_THAT(oversized(scan("a.cc", function_of_lines(kFunctionLinesMax + 1))), SizeIs(1));
  EXPECT_THAT(oversized(scan("a.cc", std::string(kFileLinesMax, '\n'))), IsEmpty());
  EXPECT_THAT(oversized(scan("a.cc", std::string(kFileLinesMax + 1, '\n'))), SizeIs(1));
}

TEST(Sizes, TheRatchetOnlyShrinks) {
  const auto ratchet = parse_ratchet("# comment\na.cc f 70\n");
  EXPECT_THAT(check_sizes({{"a.cc f", 70}}, ratchet), IsEmpty());
  EXPECT_THAT(check_sizes({{"a.cc f", 71}}, ratchet), SizeIs(1));
  EXPECT_THAT(check_sizes({{"a.cc f", 69}}, ratchet), SizeIs(1));
  EXPECT_THAT(check_sizes({}, ratchet), SizeIs(1));
}

}  // namespace
}  // namespace cdp::laws
