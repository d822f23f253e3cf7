#include "cdp/core/event/json.h"

#include <nlohmann/json.hpp>

#include "cdp/core/base/limits.h"
#include "cdp/core/base/random.h"
#include "tests/support/reference_data.h"

namespace cdp::json {
namespace {

std::string refusal(std::string_view text) {
  const auto parsed = Document::parse(text);
  if (parsed) return "accepted";
  EXPECT_EQ(parsed.error().code, ErrorCode::invalid_argument);
  return parsed.error().what;
}

std::string nested(std::size_t depth, char open = '[', char close = ']') {
  return std::string(depth, open) + std::string(depth, close);
}

// JSONTestSuite. Two of its y_ files repeat a key, which RFC 8259 §4 leaves open and we refuse.
TEST(Json, GivesTheVerdictsOfTheJsonTestSuite) {
  CDP_REQUIRE_REFERENCE(directory, "audit/json-parsing");
  std::size_t refused = 0;
  std::size_t accepted = 0;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    const std::string name = entry.path().filename().string();
    const auto parsed = Document::parse(testing::read_text(entry.path()));
    if (name.starts_with("y_") && !name.starts_with("y_object_duplicated_key")) {
      EXPECT_TRUE(parsed) << name;
      ++accepted;
    } else if (!name.starts_with("i_")) {
      ASSERT_FALSE(parsed) << name;
      EXPECT_NE(parsed.error().what.find(" at byte "), std::string::npos) << name;
      ++refused;
    }
  }
  EXPECT_EQ(accepted, 93U);
  EXPECT_EQ(refused, 190U);
}

// Everything accepted means to us what it means to nlohmann.
TEST(Json, MeansWhatAnotherParserReads) {
  CDP_REQUIRE_REFERENCE(directory, "audit/json-parsing");
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    const std::string text = testing::read_text(entry.path());
    const auto parsed = Document::parse(text);
    if (!parsed) continue;
    const auto oracle = nlohmann::json::parse(text, nullptr, false);
    const auto again = nlohmann::json::parse(parsed->root().minified(), nullptr, false);
    EXPECT_EQ(again, oracle) << entry.path().filename();
  }
}

TEST(Json, NamesTheByteWhereItWentWrong) {
  EXPECT_EQ(refusal(R"({"a":1,})"), "malformed JSON at byte 7");
  EXPECT_EQ(refusal(R"([1 2])"), "malformed JSON at byte 3");
  EXPECT_EQ(refusal(""), "malformed JSON at byte 0");
  EXPECT_EQ(refusal("  "), "malformed JSON at byte 2");
  EXPECT_EQ(refusal("nul"), "malformed JSON at byte 3");
  EXPECT_EQ(refusal("{} {}"), "malformed JSON at byte 3");
  EXPECT_EQ(refusal("\xEF\xBB\xBF{}"), "malformed JSON at byte 0");
  EXPECT_EQ(refusal("[\"a\xFF\"]"), "malformed JSON at byte 3");
  EXPECT_EQ(refusal(R"(["\ud800"])"), "malformed JSON at byte 8");
}

TEST(Json, NeverQuotesTheInput) {
  for (const char* text :
       {R"({"email":"anna@shop.example")", R"(["anna@shop.example)", "anna@shop.example",
        R"({"anna@shop.example":1,"anna@shop.example":2})", R"([anna@shop.example])"}) {
    const auto parsed = Document::parse(text);
    ASSERT_FALSE(parsed);
    EXPECT_EQ((parsed.error().what + parsed.error().hint).find("anna"), std::string::npos);
  }
}

TEST(Json, RefusesDuplicateKeysAtAnyDepth) {
  EXPECT_EQ(refusal(R"({"a":1,"a":2})"), "duplicate JSON key at byte 9");
  EXPECT_EQ(refusal(R"({"x":[{"b":{},"b":{}}]})"), "duplicate JSON key at byte 16");
  // The same key written in two ways.
  EXPECT_EQ(refusal(R"({"a":1,"\u0061":2})"), "duplicate JSON key at byte 14");
  EXPECT_EQ(refusal(R"({"":1,"":2})"), "duplicate JSON key at byte 7");
  EXPECT_TRUE(Document::parse(R"([{"a":1},{"a":2}])"));
  EXPECT_TRUE(Document::parse(R"({"a":{"a":{"a":1}}})"));
}

// Both ways of looking for a duplicate, against a set, on either side of where one takes over.
TEST(Json, FindsDuplicatesAmongAnyNumberOfKeys) {
  SeededRandom random(8);
  for (std::size_t members = 1; members < 60; ++members) {
    std::string text = "{";
    std::set<std::uint64_t> seen;
    for (std::size_t i = 0; i < members; ++i) {
      const std::uint64_t key = random.below(members * 12);
      seen.insert(key);
      text += (i == 0 ? "\"" : ",\"") + std::to_string(key) + "\":" + std::to_string(i);
    }
    text += "}";
    EXPECT_EQ(Document::parse(text).has_value(), seen.size() == members) << members;
  }
}

TEST(Json, AcceptsItsDepthLimitAndNotOneMore) {
  const std::size_t limit = limits::kJsonDepthMax;
  EXPECT_TRUE(Document::parse(nested(limit)));
  EXPECT_EQ(refusal(nested(limit + 1)), "JSON nested too deep at byte 64");
  std::string objects;
  for (std::size_t i = 0; i < limit; ++i) objects += R"({"a":)";
  EXPECT_TRUE(Document::parse(objects + "1" + std::string(limit, '}')));
  EXPECT_EQ(refusal(R"({"a":)" + objects + "1" + std::string(limit + 1, '}')),
            "JSON nested too deep at byte 320");
}

TEST(Json, SurvivesExtremeDepth) {
  for (const std::size_t depth : {65UL, 73UL, 1'000UL, 100'000UL, 1'000'000UL}) {
    EXPECT_EQ(refusal(nested(depth)), "JSON nested too deep at byte 64") << depth;
    EXPECT_EQ(refusal(std::string(depth, '[')), "JSON nested too deep at byte 64") << depth;
  }
}

TEST(Json, ReadsAgainAfterARefusal) {
  EXPECT_FALSE(Document::parse(nested(5'000)));
  EXPECT_FALSE(Document::parse("{"));
  EXPECT_EQ(Document::parse("[1]")->root().minified(), "[1]");
}

TEST(Json, KeepsEveryIntegerOf64BitsAndRefusesMore) {
  const auto document = Document::parse(R"({"max":18446744073709551615,"min":-9223372036854775808,
                          "id":9007199254740993,"text":"gid://1","empty":"","real":1.5})");
  ASSERT_TRUE(document);
  const Value root = document->root();
  EXPECT_EQ(root.id_text("max"), "18446744073709551615");
  EXPECT_EQ(root.id_text("min"), "-9223372036854775808");
  EXPECT_EQ(root.id_text("id"), "9007199254740993");
  EXPECT_EQ(root.id_text("text"), "gid://1");
  EXPECT_EQ(root.id_text("empty"), std::nullopt);
  EXPECT_EQ(root.id_text("real"), std::nullopt);
  EXPECT_EQ(root.id_text("absent"), std::nullopt);
  EXPECT_EQ(root.get("id")->integer(), 9007199254740993);
  EXPECT_EQ(root.get("max")->integer(), std::nullopt);
  EXPECT_EQ(root.get("max")->kind(), Kind::unsigned_integer);
  EXPECT_EQ(refusal("[18446744073709551616]"), "JSON number out of range at byte 21");
  EXPECT_EQ(refusal("[-9223372036854775809]"), "JSON number out of range at byte 21");
  EXPECT_EQ(refusal("[1e400]"), "JSON number out of range at byte 5");
}

TEST(Json, AnswersNothingForAnotherKind) {
  const auto document = Document::parse(R"({"s":"x","n":null,"b":false,"a":[],"o":{},"i":7})");
  const Value root = document->root();
  EXPECT_EQ(root.get("s")->integer(), std::nullopt);
  EXPECT_EQ(root.get("i")->string(), std::nullopt);
  EXPECT_EQ(root.get("n")->boolean(), std::nullopt);
  EXPECT_EQ(root.get("b")->boolean(), false);
  EXPECT_EQ(root.get("i")->number(), 7.0);
  EXPECT_TRUE(root.get("n")->is_null());
  EXPECT_FALSE(root.get("s")->get("x"));
  EXPECT_FALSE(root.get("absent"));
  EXPECT_EQ(root.text("i"), std::nullopt);
  EXPECT_EQ(root.text("s"), "x");
  EXPECT_EQ(root.get("i")->size(), 0U);
  EXPECT_EQ(root.size(), 6U);
  bool called = false;
  root.get("i")->each([&](Value) { return called = true; });
  root.get("a")->each_member([&](std::string_view, Value) { return called = true; });
  EXPECT_FALSE(called);
}

TEST(Json, FollowsPointers) {
  const auto document = Document::parse(R"({"a":[{"b":"c"}],"x/y":{"~":1},"":2})");
  const Value root = document->root();
  EXPECT_EQ(root.at("/a/0/b")->string(), "c");
  EXPECT_EQ(root.at("/x~1y/~0")->integer(), 1);
  EXPECT_EQ(root.at("/")->integer(), 2);
  EXPECT_TRUE(root.at("")->is_object());
  for (const char* pointer : {"/a/1", "/a/-", "/a/00", "/a/b", "/q", "a", "/a/0/b/c"}) {
    EXPECT_FALSE(root.at(pointer)) << pointer;
  }
}

TEST(Json, WalksInOrderAndStopsWhenTold) {
  const auto document = Document::parse(R"({"z":1,"a":[10,20,30]})");
  std::string seen;
  document->root().each_member([&](std::string_view key, Value value) {
    seen += std::string(key) + ":";
    value.each([&](Value item) {
      seen += std::to_string(*item.integer()) + ",";
      return *item.integer() < 20;
    });
    return true;
  });
  EXPECT_EQ(seen, "z:a:10,20,");
}

TEST(Json, OutlivesItsInputAndItsMoves) {
  std::optional<Document> document;
  {
    std::string text = R"({"name":"long enough to lie on the heap, for sure"})";
    document = std::move(*Document::parse(text));
    text.assign(text.size(), '#');
  }
  const Value root = document->root();
  ASSERT_TRUE(Document::parse("[1,2,3]"));  // reuses the thread's parser
  const Document moved = std::move(*document);
  EXPECT_EQ(root.text("name"), "long enough to lie on the heap, for sure");
  EXPECT_EQ(moved.root().text("name"), "long enough to lie on the heap, for sure");
}

TEST(Json, ReadsAMegabyteAndThenAByte) {
  std::string big = "[0";
  for (int i = 1; i < 400'000; ++i) big += "," + std::to_string(i);
  big += "]";
  EXPECT_EQ(Document::parse(big)->root().size(), 400'000U);
  EXPECT_EQ(Document::parse("1")->root().integer(), 1);
}

TEST(Json, QuotesSoThatAnyParserReadsTheSameText) {
  for (const std::string& text : {std::string("plain"), std::string("\"\\/\b\f\n\r\t"),
                                  std::string("\0\x01\x1F\x7F", 4), std::string("ж€😀")}) {
    EXPECT_EQ(nlohmann::json::parse(quote(text), nullptr, false), text);
    const std::string array = "[" + quote(text) + "]";
    const auto document = Document::parse(array);
    ASSERT_TRUE(document);
    EXPECT_EQ(document->root().at("/0")->string(), text);
    EXPECT_EQ(document->root().minified().size() >= 2, true);
  }
}

TEST(Json, QuotesBytesThatAreNotUtf8AsReplacements) {
  EXPECT_EQ(quote("a\xFFz"), R"("a\ufffdz")");
  EXPECT_EQ(quote("\xC3"), R"("\ufffd")");
  EXPECT_EQ(quote("ж\xE2\x82"), "\"ж\\ufffd\\ufffd\"");
}

// A parser of ours and one of others agree on random edits of a real shape.
TEST(Json, AgreesWithAnotherParserUnderMutation) {
  const std::string seed =
      R"({"type":"track","event":"Order","properties":{"p":[1,2.5e3,-7,true,null],"q":"\u00e9\n"}})";
  SeededRandom random(21);
  std::size_t accepted = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string text = seed;
    for (std::uint64_t edits = 1 + random.below(3); edits > 0; --edits) {
      const std::size_t at = random.below(text.size());
      static constexpr std::string_view kBytes = "{}[],:\"\\0123456789eE+-.tfn a\xC3\xA9\x00";
      text[at] = kBytes[random.below(kBytes.size())];
    }
    const auto ours = Document::parse(text);
    const bool theirs = nlohmann::json::accept(text);
    if (ours) {
      ++accepted;
      ASSERT_TRUE(theirs) << text;
    } else if (theirs) {
      // Only what we refuse on purpose.
      ASSERT_TRUE(ours.error().what.starts_with("duplicate") ||
                  ours.error().what.starts_with("JSON number"))
          << text;
    }
  }
  EXPECT_GT(accepted, 100U);
}

}  // namespace
}  // namespace cdp::json
