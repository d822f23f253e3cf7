// Runs tests/cli/*.script against the real binary (CDP_BINARY; skipped without): each command in a
// shell of its own, in one empty directory a script.
//
//   $ command        run it
//   = 2              its exit code
//   ~ text           its standard output holds this
//   ! text           its standard error holds this
//   - text           neither holds this
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace cdp::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

std::string read_all(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

class Place {
 public:
  Place() {
    std::string name = (fs::temp_directory_path() / "cdp-cli-XXXXXX").string();
    if (::mkdtemp(name.data()) != nullptr) path_ = name;
  }
  ~Place() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

struct Ran {
  int code = -1;
  std::string out, err;
};

Ran run(const std::string& command, const std::string& binary, const fs::path& directory) {
  // The command comes from our own scripts. What it leaves in the background keeps no pipe of ours.
  std::ofstream(directory / ".command") << "cdp() { \"" << binary << "\" \"$@\"; }\n"
                                        << "cd '" << directory.string() << "' || exit 99\n"
                                        << command << "\n";
  const std::string shell = "sh '" + (directory / ".command").string() + "' >'" +
                            (directory / ".out").string() + "' 2>'" +
                            (directory / ".err").string() + "'";
  std::FILE* pipe = popen(shell.c_str(), "r");  // NOLINT(cert-env33-c)
  if (pipe == nullptr) return {};
  const int status = pclose(pipe);
  Ran ran;
  ran.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  ran.out = read_all(directory / ".out");
  ran.err = read_all(directory / ".err");
  return ran;
}

void expect(const Ran& ran, const std::string& line) {
  const std::string text = line.size() > 2 ? line.substr(2) : std::string();
  switch (line.front()) {
    case '=':
      EXPECT_EQ(std::to_string(ran.code), text) << ran.out << ran.err;
      break;
    case '~':
      EXPECT_THAT(ran.out, HasSubstr(text)) << ran.err;
      break;
    case '!':
      EXPECT_THAT(ran.err, HasSubstr(text)) << ran.out;
      break;
    case '-':
      EXPECT_THAT(ran.out + ran.err, Not(HasSubstr(text)));
      break;
    default:
      ADD_FAILURE() << "no line of a script: " << line;
  }
}

class Script : public ::testing::TestWithParam<std::string> {};

TEST_P(Script, HoldsLineByLine) {
  const char* binary = std::getenv("CDP_BINARY");
  if (binary == nullptr || !fs::exists(binary)) GTEST_SKIP() << "skipped: no CDP_BINARY";
  const Place place;
  ASSERT_FALSE(place.path().empty());
  std::ifstream script("tests/cli/" + GetParam() + ".script");
  Ran ran;
  int number = 0;
  for (std::string line; std::getline(script, line);) {
    ++number;
    if (line.empty() || line.front() == '#') continue;
    SCOPED_TRACE(GetParam() + ".script:" + std::to_string(number) + ": " + line);
    if (line.starts_with("$ ")) {
      ran = run(line.substr(2), binary, place.path());
    } else {
      expect(ran, line);
    }
  }
  EXPECT_GT(number, 5);
}

std::vector<std::string> scripts() {
  std::vector<std::string> names;
  std::error_code absent;  // another working directory: no scripts
  for (const auto& entry : fs::directory_iterator("tests/cli", absent)) {
    if (entry.path().extension() == ".script") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

INSTANTIATE_TEST_SUITE_P(CommandLine, Script, ::testing::ValuesIn(scripts()),
                         [](const auto& each) { return each.param; });

}  // namespace
}  // namespace cdp::testing
