#include <gmock/gmock.h>

#include <fstream>
#include <iterator>
#include <set>

#include "cdp/app/cli/verbs.h"
#include "cdp/app/config/config.h"
#include "tests/unit/app/cli/cli_world.h"

namespace cdp::app::cli {
namespace {

using ::testing::HasSubstr;

std::vector<Verb> echo_verb() {
  using K = Option::Kind;
  return {{"thing add",
           "adds a thing",
           {{"NAME", K::positional, "", true, ""},
            {"kind", K::text, "", false, "plain"},
            {"parts", K::list, "", false, ""},
            {"loud", K::flag, "", false, ""}},
           [](Invocation& call) -> Result<void> {
             std::string parts;
             for (const auto& part : call.list("parts")) parts += "[" + part + "]";
             return call.say(call.text("NAME") + " " + call.text("kind") + " " + parts +
                             (call.has("loud") ? " loud" : ""));
           }},
          {"fail", "fails", {}, [](Invocation&) -> Result<void> {
             return fail(ErrorCode::conflict, "it is taken", "take another");
           }}};
}

TEST(CommandLine, HandsOptionsToTheVerbOfTheWords) {
  CliWorld world;
  EXPECT_EQ(world.run(echo_verb(), {"thing", "add", "--parts", "a b,c", "one", "--loud"}), 0);
  EXPECT_EQ(world.out.str(), "one plain [a b][c] loud\n");
  EXPECT_EQ(world.err.str(), "");
}

TEST(CommandLine, AnOptionNeverSwallowsThePositional) {
  CliWorld world;
  EXPECT_EQ(world.run(echo_verb(), {"thing", "add", "--kind", "round", "one"}), 0);
  EXPECT_EQ(world.out.str(), "one round \n");
}

TEST(CommandLine, AnErrorIsOneLineAndAHintAndExitOne) {
  CliWorld world;
  EXPECT_EQ(world.run(echo_verb(), {"fail"}), 1);
  EXPECT_EQ(world.err.str(), "error: it is taken\nhint: take another\n");
  EXPECT_EQ(world.out.str(), "");
}

TEST(CommandLine, AMisspeltCallIsExitTwo) {
  for (const std::vector<std::string>& words : {std::vector<std::string>{},
                                                {"thing"},
                                                {"nothing"},
                                                {"thing", "add"},
                                                {"thing", "add", "one", "--sound"}}) {
    CliWorld world;
    EXPECT_EQ(world.run(echo_verb(), words), 2);
    EXPECT_THAT(world.err.str(), HasSubstr("error: "));
    EXPECT_THAT(world.err.str(), HasSubstr("hint: see: cdp --help"));
  }
}

TEST(CommandLine, EveryVerbHasJsonHelpAndWords) {
  std::set<std::string> words;
  for (const auto& verb : all_verbs()) {
    EXPECT_TRUE(words.insert(verb.words).second) << verb.words;
    EXPECT_FALSE(verb.help.empty()) << verb.words;
    EXPECT_TRUE(static_cast<bool>(verb.run)) << verb.words;
    CliWorld world;
    std::vector<std::string> call;
    std::istringstream in(verb.words);
    for (std::string word; in >> word;) call.push_back(word);
    call.emplace_back("--help");
    EXPECT_EQ(world.run(all_verbs(), call), 0) << verb.words;
    EXPECT_THAT(world.out.str(), HasSubstr("--json")) << verb.words;
  }
}

// README shows these; a verb renamed is a README that lies.
TEST(CommandLine, EveryVerbThatTheReadmeShowsExists) {
  std::set<std::string> words;
  for (const auto& verb : all_verbs()) words.insert(verb.words);
  std::ifstream readme("README.md");
  std::size_t shown = 0;
  for (std::string line; std::getline(readme, line);) {
    if (!line.starts_with("cdp ")) continue;
    std::istringstream in(line.substr(4));
    std::string one, two;
    in >> one >> two;
    EXPECT_TRUE(words.contains(one) || words.contains(one + " " + two)) << line;
    ++shown;
  }
  EXPECT_GE(shown, 5U);
}

TEST(CommandLine, TheReadmesConfigurationLoads) {
  std::ifstream in("README.md");
  const std::string readme(std::istreambuf_iterator<char>(in), {});
  const auto start = readme.find("```toml\n");
  ASSERT_NE(start, std::string::npos);
  const std::string text = readme.substr(start + 8, readme.find("```", start + 8) - start - 8);
  const auto policy = load_policy(text, "cdp.toml");
  EXPECT_TRUE(policy.has_value()) << policy.error().what;
}

TEST(JsonObject, LeavesOutWhatWasNotGiven) {
  EXPECT_EQ(JsonObject().text("a", "").texts("b", {}).done(), "{}");
  EXPECT_EQ(JsonObject().text("a", "x\"y").raw("n", "1").texts("l", {"p", "q"}).done(),
            R"({"a":"x\"y","n":1,"l":["p","q"]})");
}

TEST(Screen, AlignsColumnsByWhatIsSeen) {
  CliWorld world;
  world.screen.table({{"name", "n"}, {"Malmö", "1"}, {"Ulm", "22"}});
  EXPECT_EQ(world.out.str(), "name   n\nMalmö  1\nUlm    22\n");
}

TEST(Screen, ShowsNoColourAndNoBarOffATerminal) {
  CliWorld world;
  world.screen.line(world.screen.bold("b") + world.screen.good("g"));
  world.screen.progress("importing", 0.5);
  world.screen.progress_end();
  EXPECT_EQ(world.out.str(), "bg\n");
  EXPECT_EQ(world.err.str(), "");
  EXPECT_EQ(grouped(1'234'567), "1,234,567");
  EXPECT_EQ(grouped(12), "12");
}

}  // namespace
}  // namespace cdp::app::cli
