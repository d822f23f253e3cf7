// cdp match, through the command line, on files in a directory of its own.
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "cdp/app/cli/match_files.h"
#include "cdp/app/cli/match_settings.h"
#include "cdp/app/cli/verbs.h"
#include "tests/support/reference_data.h"
#include "tests/support/temp_directory.h"
#include "tests/unit/app/cli/cli_world.h"

namespace cdp::app::cli {
namespace {

using ::testing::AnyOf;
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

// A list of customers and a shop's export are not of one form.
TEST_F(MatchVerbs, LinksFilesWhoseColumnsStandInAnotherOrderOrUnderOtherNames) {
  write(
      "crm.csv",
      "id,first_name,surname,email,city\n1,Ada,Byron,ada@home.example,London\n"
      "2,Charles,Babbage,charles@home.example,London\n3,Mary,Somerville,mary@home.example,Rome\n");
  write("shop.csv",
        "id,E-Mail,Last Name,Vorname,colour\n7,mary@home.example,Somerville,Mary,red\n"
        "8,ada@home.example,Byron,Ada,blue\n9,george@home.example,Boole,George,red\n");
  ASSERT_EQ(run({"run", "--csv", path("crm.csv"), "--csv", path("shop.csv"), "--out", outputs()}),
            0)
      << world_.err.str();
  EXPECT_THAT(text("pairs.csv"), HasSubstr("1,2:8,"));
  EXPECT_THAT(text("pairs.csv"), HasSubstr("3,2:7,"));
  EXPECT_THAT(text("pairs.csv"), Not(HasSubstr("2:9")));
  write("odd.csv", "id,colour,shape\n1,red,round\n");
  EXPECT_EQ(run({"run", "--csv", path("crm.csv"), "--csv", path("odd.csv"), "--out", outputs()}),
            1);
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

constexpr const char* kAda = "Ada,Lovelace,1985-12-10,ada@mail.example,+447555123456,01234";
constexpr const char* kColumns = "first_name,surname,date_of_birth,email,phone,postcode";

// Beyond what a block holds, too: they are one person, and it is said.
TEST_F(MatchVerbs, AHundredEqualRowsAreOnePerson) {
  people();
  ASSERT_EQ(run({"train", "--csv", path("p.csv"), "--model", path("m.json")}), 0);
  std::string file = text("p.csv");
  const std::string last = file.substr(file.rfind('\n', file.size() - 2) + 1);
  const std::string after_id = last.substr(last.find(','));
  for (int i = 0; i < 100; ++i) file += "copy" + std::to_string(i) + after_id;
  write("p.csv", file);
  ASSERT_EQ(run({"run", "--csv", path("p.csv"), "--with", path("m.json"), "--out", outputs(),
                 "--truth", "person", "--json"}),
            0);
  EXPECT_THAT(world_.out.str(), HasSubstr("\"copies\":1"));
  EXPECT_THAT(world_.out.str(), HasSubstr("\"not_compared\":0"));
  std::size_t pairs = 0;
  std::istringstream lines(text("pairs.csv"));
  for (std::string line; std::getline(lines, line);) {
    if (line.find("copy") != line.rfind("copy")) ++pairs;
  }
  EXPECT_EQ(pairs, 100U * 99U / 2);
  // Nor do they spoil what is learnt.
  ASSERT_EQ(run({"run", "--csv", path("p.csv"), "--out", outputs(), "--truth", "person", "--json"}),
            0);
  EXPECT_THAT(world_.out.str(), AnyOf(HasSubstr("\"recall\":0.99"), HasSubstr("\"recall\":1.0")));
  EXPECT_THAT(world_.out.str(),
              AnyOf(HasSubstr("\"precision\":0.99"), HasSubstr("\"precision\":1.0")));
  ASSERT_EQ(run({"run", "--csv", path("p.csv"), "--with", path("m.json"), "--out", outputs()}), 0);
  EXPECT_THAT(world_.out.str(), HasSubstr("are copies of another"));
}

// Seventy who share everything but what nobody's blocks are about.
TEST_F(MatchVerbs, SaysHowManyWereComparedWithNobody) {
  people();
  ASSERT_EQ(run({"train", "--csv", path("p.csv"), "--model", path("m.json")}), 0);
  const auto header = text("p.csv").substr(0, text("p.csv").find('\n') + 1);
  const auto columns = std::ranges::count(header, ',');
  std::string file = header;
  for (int i = 0; i < 70; ++i) {
    file += std::to_string(i) + "," + std::to_string(i) + ",Ada,Smith" +
            std::string(static_cast<std::size_t>(columns - 3), ',') + "\n";
  }
  write("q.csv", file);
  ASSERT_EQ(
      run({"run", "--csv", path("q.csv"), "--with", path("m.json"), "--out", outputs(), "--json"}),
      0);
  EXPECT_THAT(world_.out.str(), HasSubstr("\"not_compared\":70"));
  ASSERT_EQ(run({"run", "--csv", path("q.csv"), "--with", path("m.json"), "--out", outputs()}), 0);
  EXPECT_THAT(world_.out.str(), HasSubstr("70 records were compared with nobody: more than 60"));
}

TEST_F(MatchVerbs, OneRowHasNobodyToBeComparedWith) {
  write("one.csv", std::string(kColumns) + "\n" + kAda + "\n");
  ASSERT_EQ(run({"run", "--csv", path("one.csv"), "--out", outputs()}), 0) << world_.err.str();
  EXPECT_EQ(text("pairs.csv"), "id_a,id_b,weight,probability,verdict,same_cluster\n");
  EXPECT_EQ(text("clusters.csv"), "id,cluster\n1,1\n");
  EXPECT_EQ(run({"train", "--csv", path("one.csv"), "--model", path("m.json")}), 1);
  EXPECT_THAT(world_.err.str(), HasSubstr("fewer than two different records"));
}

TEST_F(MatchVerbs, EqualRowsAloneTeachNothing) {
  std::string file = std::string(kColumns) + "\n";
  for (int i = 0; i < 3; ++i) file += std::string(kAda) + "\n";
  write("same.csv", file);
  EXPECT_EQ(run({"run", "--csv", path("same.csv"), "--out", outputs()}), 1);
  EXPECT_THAT(world_.err.str(), HasSubstr("all records are equal in every column compared"));
  EXPECT_THAT(world_.err.str(), Not(HasSubstr("separator")));
  for (int i = 0; i < 100; ++i) file += std::string(kAda) + "\n";
  write("same.csv", file);
  EXPECT_EQ(run({"run", "--csv", path("same.csv"), "--out", outputs()}), 1);
  EXPECT_THAT(world_.err.str(), HasSubstr("copies of a record teach nothing"));
  EXPECT_THAT(world_.err.str(), Not(HasSubstr("separator")));
}

// Whatever the name: a link, a detour, the same file again.
TEST_F(MatchVerbs, NothingIsWrittenOverWhatIsRead) {
  people();
  write("c.toml", "region = \"GB\"\n");
  ASSERT_EQ(run({"train", "--csv", path("p.csv"), "--model", path("m.json")}), 0);
  const auto people_before = text("p.csv"), model_before = text("m.json");
  std::filesystem::create_symlink(path("p.csv"), path("link.csv"));
  std::filesystem::create_hard_link(path("p.csv"), path("twin.csv"));
  const auto detour = (directory_.path() / "." / "p.csv").string();
  const std::vector<std::vector<std::string>> wrong{
      {"run", "--csv", path("p.csv"), "--out", path("p.csv") + "," + path("c2.csv")},
      {"run", "--csv", path("p.csv"), "--out", path("c1.csv") + "," + detour},
      {"run", "--csv", path("p.csv"), "--out", path("link.csv") + "," + path("c2.csv")},
      {"run", "--csv", path("p.csv"), "--out", path("twin.csv") + "," + path("c2.csv")},
      {"run", "--csv", path("p.csv"), "--out", path("same.csv") + "," + path("same.csv")},
      {"run", "--csv", path("p.csv"), "--out", path("x/../same.csv") + "," + path("same.csv")},
      {"run", "--csv", path("p.csv"), "--config", path("c.toml"), "--out",
       path("c1.csv") + "," + path("c.toml")},
      {"run", "--csv", path("p.csv"), "--with", path("m.json"), "--out",
       path("m.json") + "," + path("c2.csv")},
      {"train", "--csv", path("p.csv"), "--model", path("p.csv")},
      {"train", "--csv", path("p.csv"), "--config", path("c.toml"), "--model", path("c.toml")},
      {"report", "--model", path("m.json"), "--svg", path("m.json")},
      {"report", "--model", path("m.json"), "--csv", path("p.csv"), "--pair", "1,2", "--svg",
       path("p.csv")},
      {"generate", "--people", "5", "--out", path("p.csv")},
  };
  for (const auto& words : wrong) {
    EXPECT_EQ(run(words), 2) << ::testing::PrintToString(words);
    EXPECT_THAT(world_.err.str(), HasSubstr("hint: "));
  }
  EXPECT_EQ(text("p.csv"), people_before);
  EXPECT_EQ(text("m.json"), model_before);
  EXPECT_EQ(text("c.toml"), "region = \"GB\"\n");
  EXPECT_FALSE(std::filesystem::exists(path("same.csv")));
}

TEST_F(MatchVerbs, AFolderIsNoFileToWrite) {
  people();
  std::filesystem::create_directory(path("folder"));
  EXPECT_EQ(run({"run", "--csv", path("p.csv"), "--out", path("folder") + "," + path("c.csv")}), 2);
  EXPECT_THAT(world_.err.str(), HasSubstr("a folder has the name"));
  EXPECT_EQ(run({"generate", "--people", "5", "--out", path("folder")}), 2);
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
}

// What is wrong is refused with its line, before it becomes a number that means something else.
TEST(MatchSettings, RefuseWhatIsNoThresholdNoCountAndNoRegion) {
  for (const char* wrong :
       {"join_bits = \"nan\"", "link_bits = \"nan\"", "review_bits = \"-nan\"",
        "join_bits = \"inf\"", "link_bits = \"-inf\"", "review_bits = \"1e300\"",
        "join_bits = -1001", "link_bits = 1001", "seed = \"nan\"", "seed = \"1e300\"", "seed = -1",
        "seed = \"0.5\"", "block_records_max = \"nan\"", "block_records_max = \"2.5\"",
        "region = \"XX\"", "region = \"UK\"", "region = \"Mars\"", "region = 44"}) {
    const auto settings = parse_match_settings("id = \"k\"\n" + std::string(wrong) + "\n");
    ASSERT_FALSE(settings.has_value()) << wrong;
    EXPECT_THAT(settings.error().what, HasSubstr("line 2")) << wrong;
    EXPECT_FALSE(settings.error().hint.empty()) << wrong;
  }
  for (const char* right : {"join_bits = \"-1000\"", "link_bits = 1000", "seed = 1000000000",
                            "region = \"\"", "region = \"gb\""}) {
    EXPECT_TRUE(parse_match_settings(right).has_value()) << right;
  }
}

TEST_F(MatchVerbs, AMistakeInTheConfigurationIsToldWithItsFile) {
  people();
  write("bad.toml", "region = \"GB\"\nlink_bits = \"nan\"\n");
  EXPECT_EQ(run({"run", "--csv", path("p.csv"), "--config", path("bad.toml"), "--out", outputs()}),
            2);
  EXPECT_THAT(world_.err.str(), HasSubstr("bad.toml: line 2"));
  EXPECT_THAT(world_.err.str(), HasSubstr("hint: "));
}

TEST(MatchCsv, QuotesAndDisarmsFormulas) {
  EXPECT_EQ(csv_line({"a,b", "say \"x\"", "=1+1", "-3.5", "@x"}),
            "\"a,b\",\"say \"\"x\"\"\",'=1+1,-3.5,'@x\n");
}

}  // namespace
}  // namespace cdp::app::cli
