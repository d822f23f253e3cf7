// The house itself: no test that nobody runs, no path of one machine, no dead link, one formatting.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <set>
#include <sstream>

#include "tests/laws/source_tree.h"

namespace cdp::laws {
namespace {

namespace fs = std::filesystem;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::string folder_of(const std::string& path) { return path.substr(0, path.rfind('/')); }

// The folders that tests/CMakeLists.txt makes test binaries of: the words of a cdp_test(...) that
// are folders of tests.
std::set<std::string> test_folders(const std::string& cmake) {
  std::set<std::string> folders;
  std::istringstream words(cmake);
  bool in_call = false;
  for (std::string word; words >> word;) {
    if (word.starts_with("cdp_test(")) in_call = true;
    const bool last = word.ends_with(')');
    if (last) word.pop_back();
    if (in_call && word.starts_with("tests/")) folders.insert(word);
    if (last) in_call = false;
  }
  return folders;
}

std::vector<std::string> orphans(const std::vector<std::string>& files,
                                 const std::set<std::string>& folders) {
  std::vector<std::string> found;
  for (const auto& file : files) {
    if (file.starts_with("tests/") && file.ends_with("_test.cc") &&
        !folders.contains(folder_of(file))) {
      found.push_back(file);
    }
  }
  return found;
}

TEST(House, EveryTestBelongsToABinary) {
  const auto folders = test_folders(read_file("tests/CMakeLists.txt"));
  EXPECT_TRUE(folders.contains("tests/laws"));
  EXPECT_THAT(orphans(all_files(), folders), IsEmpty());
  EXPECT_THAT(orphans({"tests/unit/lost/a_test.cc"}, folders), SizeIs(1));
}

TEST(House, EveryTableIsReadByATest) {
  std::string sources;
  for (const auto& file : read_tree({"tests"})) sources += file.text;
  for (const auto& file : all_files()) {
    if (!file.starts_with("tests/") || !file.ends_with(".table")) continue;
    const auto name = fs::path(file).filename().string();
    const bool by_folder = sources.find(folder_of(file) + "\"") != std::string::npos;
    EXPECT_TRUE(by_folder || sources.find(name) != std::string::npos)
        << file << " is read by no test";
  }
}

TEST(House, EveryRoomHasAPageOfItsOwn) {
  for (const std::string room :
       {"cdp/core", "identity", "consent", "connectors", "compliance", "cdp/app", "tests"}) {
    EXPECT_TRUE(fs::exists(room + "/README.md")) << room;
  }
}

bool is_text(const std::string& content) { return content.find('\0') == std::string::npos; }

// What tells of the machine or the place the file was written on, and not of the product.
std::vector<std::string> traces(const std::string& path, const std::string& content,
                                const std::string& parent_folder) {
  std::vector<std::string> found;
  std::vector<std::string> words = {
      "/home"
      "/",
      "/Users"
      "/",
      "/root"
      "/",
      "C:\\Users"
      "\\"};
  if (parent_folder.size() > 2) words.push_back(parent_folder + "/");
  if (path.ends_with("package-lock.json")) words.insert(words.end(), {"\"resolved\"", "https://"});
  if (path.ends_with(".npmrc")) words.emplace_back("registry=");
  for (const auto& word : words) {
    if (content.find(word) != std::string::npos) found.push_back(path + ": " + word);
  }
  return found;
}

TEST(House, NoFileTellsOfAMachine) {
  const auto parent = fs::current_path().parent_path().generic_string();
  std::vector<std::string> found;
  for (const auto& path : all_files()) {
    const auto content = read_file(path);
    if (!is_text(content)) continue;
    for (auto& trace : traces(path, content, parent)) found.push_back(std::move(trace));
  }
  EXPECT_THAT(found, IsEmpty());
}

TEST(House, TracesOfAMachineAreSeen) {
  EXPECT_THAT(traces("a.cc", "open(\"/place/data\")", "/place"), SizeIs(1));
  EXPECT_THAT(traces("a.md", std::string("/home") + "/someone", "/place"), SizeIs(1));
  EXPECT_THAT(traces("t/package-lock.json", "{\"resolved\": \"https://x\"}", "/place"), SizeIs(2));
  EXPECT_THAT(traces("t/.npmrc", "registry=x", "/place"), SizeIs(1));
  EXPECT_THAT(traces("t/package-lock.json", "{\"integrity\": \"sha512-x\"}", "/place"), IsEmpty());
}

TEST(House, NothingIsLeftForLater) {
  const std::vector<std::string> marks = {
      "TO"
      "DO",
      "FIX"
      "ME",
      "X"
      "XX"};
  for (const auto& file : read_tree(kProductAndTests)) {
    for (const auto& mark : marks) {
      EXPECT_THAT(find_word(file.text, mark), IsEmpty()) << file.path;
    }
  }
}

// Relative links of a Markdown page that lead nowhere.
std::vector<std::string> dead_links(const std::string& page, const std::string& text) {
  std::vector<std::string> dead;
  for (auto at = text.find("]("); at != std::string::npos; at = text.find("](", at + 1)) {
    auto target = text.substr(at + 2, text.find_first_of(")\n", at) - at - 2);
    target = target.substr(0, target.find('#'));
    if (target.empty() || target.find("://") != std::string::npos ||
        target.starts_with("mailto:")) {
      continue;
    }
    if (!fs::exists(fs::path(page).parent_path() / target)) dead.push_back(page + " -> " + target);
  }
  return dead;
}

TEST(House, LinksLeadSomewhere) {
  for (const auto& path : all_files()) {
    if (!path.ends_with(".md")) continue;
    EXPECT_THAT(dead_links(path, read_file(path)), IsEmpty());
  }
  EXPECT_THAT(dead_links("docs/a.md", "[x](no/such/page.md) [y](#here) [z](https://a.example/)"),
              SizeIs(1));
}

// The `tests/...` paths that a page names.
std::set<std::string> named_tests(const std::string& text) {
  std::set<std::string> named;
  for (auto at = text.find("`tests/"); at != std::string::npos; at = text.find("`tests/", at + 1)) {
    named.insert(text.substr(at + 1, text.find('`', at + 1) - at - 1));
  }
  return named;
}

// Files below, or the file itself.
bool has_tests(const std::vector<std::string>& files, const std::string& place) {
  return std::any_of(files.begin(), files.end(), [&](const std::string& file) {
    return starts_with_folder(file, place) && file.ends_with(".cc");
  });
}

TEST(House, TheTestsThatHoldTheInvariantsExist) {
  const auto files = all_files();
  const auto named = named_tests(read_file("docs/architecture/README.md"));
  EXPECT_GE(named.size(), 8U);
  for (const auto& place : named) EXPECT_TRUE(has_tests(files, place)) << place;
  EXPECT_FALSE(has_tests(files, "tests/unit/nowhere"));
}

int run(const std::string& command, std::string& output) {
  // A fixed command over our own file names.
  std::FILE* pipe = popen((command + " 2>&1").c_str(), "r");  // NOLINT(cert-env33-c)
  if (pipe == nullptr) return -1;
  std::array<char, 4096> buffer{};
  while (std::fgets(buffer.data(), static_cast<int>(buffer.size()), pipe) != nullptr) {
    output += buffer.data();
  }
  return pclose(pipe);
}

TEST(House, EveryFileIsFormatted) {
  std::string output;
  if (run("clang-format --version", output) != 0) GTEST_SKIP() << "skipped: no clang-format";
  std::string files;
  for (const auto& file : read_tree(kProductAndTests)) files += " " + file.path;
  output.clear();
  EXPECT_EQ(run("clang-format --dry-run -Werror" + files, output), 0)
      << output << "\nrun ./dev fmt";
  EXPECT_NE(run("printf 'int  a ;\\n' | clang-format --dry-run -Werror", output), 0);
}

}  // namespace
}  // namespace cdp::laws
