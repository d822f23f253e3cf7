#include "cdp/core/audit/trail.h"

#include <gtest/gtest.h>

#include "cdp/core/event/json.h"
#include "tests/support/audit_ledger.h"

namespace cdp::audit {
namespace {

const Time kAt = from_rfc3339("2026-11-22T20:23:00Z").value();

std::string text_of(const Entry& entry) {
  const Bytes bytes = canonical(entry, "00ff").value();
  return std::string(as_text(bytes));
}

TEST(Canonical, SortsKeysAndWritesEveryTypeAsJcsDoes) {
  const Entry entry{"statement",
                    kAt,
                    {{"zebra", true},
                     {"b", std::int64_t{-9'007'199'254'740'992}},
                     {"Big", false},
                     {"purpose", std::string("marketing")},
                     {"joined", std::int64_t{0}}},
                    std::nullopt};
  EXPECT_EQ(text_of(entry),
            R"({"Big":false,"at":"2026-11-22T20:23:00Z","b":-9007199254740992,"id":"00ff",)"
            R"("joined":0,"kind":"statement","purpose":"marketing","zebra":true})");
}

TEST(Canonical, EscapesOnlyWhatJcsEscapes) {
  std::string all;
  for (char c = 1; c < 0x23; ++c) all.push_back(c);
  all += "/\\\x7f\u00e9\u2028\U0001F600";
  const Entry entry{"x", kAt, {{"a", all}}, std::nullopt};
  EXPECT_EQ(
      text_of(entry),
      "{\"a\":\"\\u0001\\u0002\\u0003\\u0004\\u0005\\u0006\\u0007\\b\\t\\n\\u000b\\f\\r\\u000e"
      "\\u000f\\u0010\\u0011\\u0012\\u0013\\u0014\\u0015\\u0016\\u0017\\u0018\\u0019\\u001a"
      "\\u001b\\u001c\\u001d\\u001e\\u001f !\\\"/\\\\\x7f\u00e9\u2028\U0001F600\","
      "\"at\":\"2026-11-22T20:23:00Z\",\"id\":\"00ff\",\"kind\":\"x\"}");
  const std::string text = text_of(entry);
  const auto document = json::Document::parse(text).value();
  EXPECT_EQ(document.root().text("a"), all);
}

TEST(Canonical, RefusesWhatItCannotSayExactly) {
  const auto code = [](FieldValue value, std::string key = "a") {
    return canonical({"x", kAt, {{std::move(key), std::move(value)}}, std::nullopt}, "00")
        .error()
        .code;
  };
  EXPECT_EQ(code(std::int64_t{9'007'199'254'740'993}), ErrorCode::invalid_argument);
  EXPECT_EQ(code(std::string("\xff")), ErrorCode::invalid_argument);
  EXPECT_EQ(code(std::string("\xed\xa0\x80")), ErrorCode::invalid_argument);  // a surrogate
  EXPECT_EQ(code(std::string("\xc0\xaf")), ErrorCode::invalid_argument);      // overlong
  for (const char* key : {"id", "at", "kind", "subject", "", "caf\u00e9", "a\nb"}) {
    EXPECT_EQ(code(true, key), ErrorCode::invalid_argument) << key;
  }
  EXPECT_EQ(code(std::string(65'535, 'a')), ErrorCode::too_large);
}

TEST(Canonical, HoldsEntriesOfExactly65535Bytes) {
  const Entry empty{"x", kAt, {{"a", std::string()}}, std::nullopt};
  const std::size_t frame = text_of(empty).size();
  const auto sized = [&](std::size_t bytes) {
    return canonical({"x", kAt, {{"a", std::string(bytes - frame, 'a')}}, std::nullopt}, "00ff");
  };
  EXPECT_EQ(sized(65'535).value().size(), 65'535U);
  EXPECT_EQ(sized(65'536).error().code, ErrorCode::too_large);
}

TEST(Canonical, PseudonymsOfOnePersonDifferFromEntryToEntry) {
  Entry entry{"statement", kAt, {}, std::array<std::uint8_t, 32>{1, 2, 3}};
  const Bytes first = canonical(entry, "01").value();
  const Bytes second = canonical(entry, "02").value();
  const auto subject = [](const Bytes& bytes) {
    const auto document = json::Document::parse(as_text(bytes)).value();
    return std::string(*document.root().text("subject"));
  };
  EXPECT_EQ(subject(first).size(), 64U);
  EXPECT_NE(subject(first), subject(second));
  EXPECT_EQ(subject(first), subject(canonical(entry, "01").value()));
}

TEST(Trail, NumbersRowsAndKeepsTheFrontierOfWhatItWrote) {
  SeededRandom random(1);
  Trail trail(Frontier{}, random);
  Frontier wanted;
  for (std::uint64_t i = 0; i < 20; ++i) {
    const auto row = trail.append({"token", kAt, {}, std::nullopt}).value();
    EXPECT_EQ(row.index, i);
    wanted.append(leaf_hash(row.entry));
  }
  EXPECT_EQ(trail.frontier(), wanted);
}

TEST(Trail, ARefusedEntryLeavesTheFrontierAlone) {
  SeededRandom random(1);
  Trail trail(Frontier{}, random);
  EXPECT_FALSE(trail.append({"x", kAt, {{"id", true}}, std::nullopt}));
  EXPECT_EQ(trail.frontier().size(), 0U);
}

class Load : public ::testing::Test {
 protected:
  void append(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      const auto row = trail_.append({"token", kAt, {}, std::nullopt}).value();
      ledger_.entries.push_back(row.entry);
    }
  }
  SeededRandom random_{1};
  Trail trail_{Frontier{}, random_};
  testing::AuditLedger ledger_;
};

TEST_F(Load, RebuildsTheFrontierFromTheRows) {
  EXPECT_EQ(Trail::load(ledger_).value(), Frontier{});
  append(5'000);
  EXPECT_EQ(Trail::load(ledger_).value(), trail_.frontier());
}

TEST_F(Load, StartsAtTheStoredFrontier) {
  append(100);
  ledger_.values[kFrontierMeta] = trail_.frontier().serialise();
  append(7);
  ledger_.entries[3].push_back('x');  // shows that old rows are not read
  EXPECT_EQ(Trail::load(ledger_).value(), trail_.frontier());
}

TEST_F(Load, RefusesALogThatIsShorterThanItsFrontier) {
  append(10);
  ledger_.values[kFrontierMeta] = trail_.frontier().serialise();
  ledger_.entries.pop_back();
  EXPECT_EQ(Trail::load(ledger_).error().code, ErrorCode::corrupt);
}

TEST_F(Load, ResetGoesBackToWhatIsDurable) {
  append(3);
  const Frontier durable = Trail::load(ledger_).value();
  ASSERT_TRUE(trail_.append({"token", kAt, {}, std::nullopt}));
  trail_.reset(durable);
  EXPECT_EQ(trail_.append({"token", kAt, {}, std::nullopt})->index, 3U);
}

}  // namespace
}  // namespace cdp::audit
