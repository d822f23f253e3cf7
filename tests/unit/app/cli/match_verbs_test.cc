// cdp match, through the command line, on files in a directory of its own.
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <fstream>

#include "cdp/app/cli/match_files.h"
#include "cdp/app/cli/match_settings.h"
#include "cdp/app/cli/verbs.h"
#include "tests/support/reference_data.h"
#include "tests/support/temp_directory.h"
#include "tests/unit/app/cli/cli_world.h"

namespace cdp::app::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class MatchVerbs : public ::testing::Test {
 protected:
  std::string path(const std::string& name) const { return (directory_.path() / name).string(); }
  std::string text(const std::string& name) const { return testing::read_text(path(name)); }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(path(name), std::ios::binary) << text;
  }
  int run(std::vector<std::string> words) {
    world_.out.str("");
    world_.err.str("");
    words.insert(words.begin(), "match");
    return world_.run(match_verbs(), words);
  }
  void people() { ASSERT_EQ(run({"generate", "--people", "80", "--out", path("p.csv")}), 0); }
  std::string outputs() const { return path("pairs.csv") + "," + path("clusters.csv"); }

  testing::TempDirectory directory_;
  CliWorld world_;
};

TEST_F(MatchVerbs, FindsPeopleInAFileAndKeepsTheAnswerPrivate) {
  people();
  ASSERT_EQ(run({"run", "--csv", path("p.csv"), "--out", outputs(), "--truth", "person"}), 0);
  EXPECT_THAT(world_.out.str(), HasSubstr("against the truth: precision"));
  EXPECT_THAT(text("pairs.csv"), StartsWith("id_a,id_b,weight,probability,verdict,same_cluster\n"));
  EXPECT_THAT(text("clusters.csv"), StartsWith("id,cluster\n"));
  for (const char* file : {"p.csv", "pairs.csv", "clusters.csv"}) {
    struct stat info {};
    ASSERT_EQ(::stat(path(file).c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777U, 0600U) << file;
  }
}

TEST_F(MatchVerbs, AModelThatWasKeptAnswersTheSame) {
  people();
  ASSERT_EQ(run({"run", "--csv", path("p.csv"), "--out", outputs()}), 0);
  const auto first = text("pairs.csv");
  ASSERT_EQ(run({"train", "--csv", path("p.csv"), "--model", path("m.json")}), 0);
  ASSERT_EQ(run({"run", "--csv", path("p.csv"), "--with", path("m.json"), "--out", outputs()}), 0);
  EXPECT_EQ(text("pairs.csv"), first);
}

TEST_F(MatchVerbs, AnyNumberOfThreadsWritesTheSame) {
  people();
  ASSERT_EQ(run({"run", "--csv", path("p.csv"), "--out", outputs(), "--threads", "1"}), 0);
  const auto pairs = text("pairs.csv"), clusters = text("clusters.csv");
  for (const std::vector<std::string>& threads :
       {std::vector<std::string>{"--threads", "3"}, std::vector<std::string>{}}) {
    std::vector<std::string> words{"run", "--csv", path("p.csv"), "--out", outputs()};
    words.insert(words.end(), threads.begin(), threads.end());
    ASSERT_EQ(run(words), 0);
    EXPECT_EQ(text("pairs.csv"), pairs);
    EXPECT_EQ(text("clusters.csv"), clusters);
  }
  for (const char* wrong : {"0", "many", "-1"}) {
    EXPECT_EQ(run({"run", "--csv", path("p.csv"), "--out", outputs(), "--threads", wrong}), 2);
  }
  EXPECT_EQ(run({"run", "--dir", directory_.path().string(), "--threads", "2"}), 2);
  EXPECT_THAT(world_.err.str(), HasSubstr("--threads goes with --csv"));
}

TEST_F(MatchVerbs, ReportsAModelAndAPairInWordsAndAsAChart) {
  people();
  ASSERT_EQ(run({"train", "--csv", path("p.csv"), "--model", path("m.json")}), 0);
  ASSERT_EQ(run({"report", "--model", path("m.json"), "--svg", path("m.svg")}), 0);
  EXPECT_THAT(world_.out.str(), HasSubstr("Jaro-Winkler"));
  EXPECT_THAT(text("m.svg"), StartsWith("<svg "));
  ASSERT_EQ(run({"report", "--model", path("m.json"), "--csv", path("p.csv"), "--pair", "1,2",
                 "--svg", path("w.svg"), "--json"}),
            0);
  EXPECT_THAT(world_.out.str(), HasSubstr("\"evidence\":["));
  EXPECT_THAT(text("w.svg"), HasSubstr("date_of_birth"));
  EXPECT_EQ(run({"report", "--model", path("m.json"), "--csv", path("p.csv"), "--pair", "1,none"}),
            1);
}

// "1:7" and "2:7" are rows of two files.
TEST_F(MatchVerbs, LinksTwoFilesToEachOtherOnly) {
  people();
  const auto whole = text("p.csv");
  write("q.csv", whole);
  ASSERT_EQ(run({"run", "--csv", path("p.csv"), "--csv", path("q.csv"), "--out", outputs()}), 0);
  std::istringstream pairs(text("pairs.csv"));
  std::string line;
  std::getline(pairs, line);
  std::size_t count = 0;
  while (std::getline(pairs, line)) {
    ++count;
    EXPECT_THAT(line, StartsWith("1:"));
    EXPECT_THAT(line, HasSubstr(",2:"));
  }
  EXPECT_GT(count, 50U);
}

TEST_F(MatchVerbs, SaysWhatIsWrong) {
  write("odd.csv", "a,b\n1,2\n");
  EXPECT_EQ(run({"run", "--csv", path("odd.csv"), "--out", outputs()}), 1);
  EXPECT_THAT(world_.err.str(), HasSubstr("--config"));
  EXPECT_EQ(run({"run", "--csv", path("none.csv"), "--out", outputs()}), 1);
  EXPECT_EQ(run({"run", "--csv", path("odd.csv"), "--out", "one.csv"}), 2);
  write("bad.toml", "join_bits = -1\n[fields]\na = \"colour\"\n");
  EXPECT_EQ(
      run({"run", "--csv", path("odd.csv"), "--config", path("bad.toml"), "--out", outputs()}), 2);
  EXPECT_THAT(world_.err.str(), HasSubstr("line 3"));
  write("empty.csv", "first_name,surname\n,\n,\n");
  EXPECT_EQ(run({"run", "--csv", path("empty.csv"), "--out", outputs()}), 1);
  EXPECT_THAT(world_.err.str(), HasSubstr("fewer than two columns have values"));
  EXPECT_EQ(run({"generate", "--people", "many", "--out", path("x.csv")}), 2);
  EXPECT_EQ(run({"train", "--csv", path("odd.csv")}), 2);
  EXPECT_THAT(world_.err.str(), HasSubstr("--model says where"));
  EXPECT_EQ(run({"train", "--model", path("m.json")}), 2) << "a model in a file is of a file";
}

TEST_F(MatchVerbs, LinesThatAreNoRecordsAreCountedAndLeftOut) {
  people();
  write("p.csv", text("p.csv") + "999,\"open,quote\n");
  ASSERT_EQ(run({"run", "--csv", path("p.csv"), "--out", outputs()}), 0);
  EXPECT_THAT(world_.err.str(), HasSubstr("1 lines are no records"));
}

TEST(MatchSettings, AreReadFromToml) {
  const auto settings = parse_match_settings(
      "id = \"k\"\nregion = \"GB\"\ndates = \"month_first\"\njoin_bits = \"0.5\"\n"
      "[fields]\n\"First name\" = \"given_name\"\nborn = \"date_of_birth\"\n");
  ASSERT_TRUE(settings.has_value());
  EXPECT_EQ(settings->id, "k");
  EXPECT_DOUBLE_EQ(settings->config.join_bits, 0.5);
  EXPECT_EQ(settings->fields.size(), 2U);
  EXPECT_FALSE(parse_match_settings("colour = 1\n").has_value());
  EXPECT_FALSE(parse_match_settings("join_bits = \"low\"\n").has_value());
  EXPECT_FALSE(parse_match_settings("region = \"Mars\"\n").has_value());
}

TEST(MatchCsv, QuotesAndDisarmsFormulas) {
  EXPECT_EQ(csv_line({"a,b", "say \"x\"", "=1+1", "-3.5", "@x"}),
            "\"a,b\",\"say \"\"x\"\"\",'=1+1,-3.5,'@x\n");
}

}  // namespace
}  // namespace cdp::app::cli
