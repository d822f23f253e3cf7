#include "cdp/app/durable_file.h"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "tests/support/reference_data.h"
#include "tests/support/temp_directory.h"

namespace cdp::app {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class DurableFile : public ::testing::Test {
 protected:
  std::filesystem::path path(const std::string& name) const { return directory_.path() / name; }
  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(directory_.path())) {
      names.push_back(entry.path().filename().string());
    }
    std::ranges::sort(names);
    return names;
  }
  unsigned mode(const std::string& name) const {
    struct stat info {};
    EXPECT_EQ(::stat(path(name).c_str(), &info), 0);
    return info.st_mode & 0777U;
  }

  testing::TempDirectory directory_;
};

TEST_F(DurableFile, ReplacesTheOldFileAndItsMode) {
  std::ofstream(path("f")) << "old and longer";
  std::filesystem::permissions(path("f"), std::filesystem::perms(0644));
  ASSERT_TRUE(write_durably(path("f"), "new", 0600).has_value());
  EXPECT_EQ(testing::read_text(path("f").string()), "new");
  EXPECT_EQ(mode("f"), 0600U);
  EXPECT_THAT(names(), ElementsAre("f"));
}

TEST_F(DurableFile, LeavesNothingBehindWhenItFails) {
  std::filesystem::create_directory(path("folder"));
  std::ofstream(path("folder/in")) << "it";
  const auto written = write_durably(path("folder"), "somebody's address", 0600);
  ASSERT_FALSE(written.has_value());
  EXPECT_EQ(written.error().code, ErrorCode::unavailable);
  EXPECT_THAT(written.error().hint, HasSubstr("a folder has its name"));
  EXPECT_THAT(names(), ElementsAre("folder"));
}

TEST_F(DurableFile, SpeaksOfTheFolderThatRefuses) {
  const auto written = write_durably(path("none/f"), "x", 0600);
  ASSERT_FALSE(written.has_value());
  EXPECT_THAT(written.error().hint, HasSubstr("the folder it stands in"));
  EXPECT_THAT(written.error().hint, Not(HasSubstr("data directory")));
}

// Somebody else's file, or a link to one, under the name that we would write to first.
TEST_F(DurableFile, WritesThroughNothingThatWasThereBefore) {
  const std::string first = "f." + std::to_string(::getpid()) + "-0.new";
  const std::string second = "f." + std::to_string(::getpid()) + "-1.new";
  std::ofstream(path("other")) << "theirs";
  std::filesystem::create_symlink(path("other"), path(first));
  std::ofstream(path(second)) << "open to all";
  std::filesystem::permissions(path(second), std::filesystem::perms(0644));
  std::ofstream(path("f.new")) << "old draft";
  ASSERT_TRUE(write_durably(path("f"), "new", 0600).has_value());
  EXPECT_EQ(testing::read_text(path("f").string()), "new");
  EXPECT_EQ(mode("f"), 0600U);
  EXPECT_FALSE(std::filesystem::is_symlink(path("f")));
  EXPECT_EQ(testing::read_text(path("other").string()), "theirs");
  EXPECT_EQ(testing::read_text(path(second).string()), "open to all");
  EXPECT_EQ(testing::read_text(path("f.new").string()), "old draft");
}

}  // namespace
}  // namespace cdp::app
