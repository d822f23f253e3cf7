#include "cdp/core/event/fact.h"

#include <nlohmann/json.hpp>

#include "cdp/core/base/random.h"
#include "tests/support/pii_for_tests.h"

namespace cdp::event {
namespace {

using testing::reveal;

Pii<std::string> pii(std::string text) { return Pii<std::string>(std::move(text)); }

std::string text(SeededRandom* random, std::size_t max = 40) {
  std::string out(random->below(max), ' ');
  for (char& c : out) c = static_cast<char>(random->below(256));
  return out;
}

Time time(SeededRandom* random) {
  switch (random->below(4)) {
    case 0:
      return {};
    case 1:
      return {static_cast<std::int64_t>(random->next_u64())};
    default:
      return {1'795'000'000'000'000 + static_cast<std::int64_t>(random->below(1'000'000'000))};
  }
}

Statement random_statement(SeededRandom* random) {
  Statement s;
  const auto maybe = [random] { return random->below(2) == 0; };
  if (maybe()) s.source = text(random);
  if (maybe()) s.purpose = text(random);
  if (maybe()) s.channel = text(random);
  if (maybe()) s.vendor = text(random);
  if (maybe()) s.contact_type = text(random);
  if (maybe()) s.contact_point = random->next_token();
  s.choice = static_cast<Choice>(1 + random->below(5));
  s.basis = static_cast<Basis>(1 + random->below(5));
  s.grade = static_cast<Grade>(random->below(4));
  if (maybe()) s.method = text(random);
  if (maybe()) s.notice_version = text(random);
  s.occurred_at = time(random);
  s.received_at = time(random);
  s.is_state = maybe();
  s.anonymous = maybe();
  if (maybe()) s.copied_from = Position(random->next_u64());
  s.actor = static_cast<Actor>(1 + random->below(5));
  if (maybe()) s.notice_hash = crypto::Digest{static_cast<std::uint8_t>(random->below(256)), 7};
  if (maybe()) s.notice_language = text(random);
  if (maybe()) s.place = text(random);
  if (maybe()) s.jurisdiction = text(random);
  if (maybe()) s.evidence = pii(text(random, 400));
  return s;
}

Fact random_fact(SeededRandom* random) {
  Fact fact;
  const auto maybe = [random] { return random->below(2) == 0; };
  if (maybe()) fact.source = text(random);
  fact.trust = static_cast<Trust>(1 + random->below(3));
  fact.arrival = static_cast<Arrival>(1 + random->below(3));
  fact.anonymous = maybe();
  fact.persona_token = random->next_token();
  if (maybe()) fact.persona_key = pii(text(random));
  if (maybe()) fact.message_id = text(random);
  for (std::uint64_t n = random->below(4); n > 0; --n) {
    fact.identifiers.push_back({text(random), pii(text(random)), random->next_token(),
                                static_cast<Tier>(random->below(5))});
  }
  for (std::uint64_t n = random->below(4); n > 0; --n) {
    fact.attributes.push_back({text(random), pii(text(random))});
  }
  if (maybe()) fact.event = Event{text(random), pii(text(random, 400))};
  fact.occurred_at = time(random);
  fact.received_at = time(random);
  for (std::uint64_t n = random->below(4); n > 0; --n) {
    fact.statements.push_back(random_statement(random));
    if (maybe()) fact.statements.back().source = fact.source;
    if (maybe()) fact.statements.back().received_at = fact.received_at;
  }
  return fact;
}

void expect_equal(const Fact& a, const Fact& b) {
  EXPECT_EQ(a.source, b.source);
  EXPECT_EQ(a.trust, b.trust);
  EXPECT_EQ(a.arrival, b.arrival);
  EXPECT_EQ(a.anonymous, b.anonymous);
  EXPECT_EQ(a.persona_token, b.persona_token);
  EXPECT_EQ(reveal(a.persona_key), reveal(b.persona_key));
  EXPECT_EQ(a.message_id, b.message_id);
  ASSERT_EQ(a.identifiers.size(), b.identifiers.size());
  for (std::size_t i = 0; i < a.identifiers.size(); ++i) {
    EXPECT_EQ(a.identifiers[i].type, b.identifiers[i].type);
    EXPECT_EQ(reveal(a.identifiers[i].value), reveal(b.identifiers[i].value));
    EXPECT_EQ(a.identifiers[i].token, b.identifiers[i].token);
    EXPECT_EQ(a.identifiers[i].tier, b.identifiers[i].tier);
  }
  ASSERT_EQ(a.attributes.size(), b.attributes.size());
  for (std::size_t i = 0; i < a.attributes.size(); ++i) {
    EXPECT_EQ(a.attributes[i].name, b.attributes[i].name);
    EXPECT_EQ(reveal(a.attributes[i].json), reveal(b.attributes[i].json));
  }
  ASSERT_EQ(a.event.has_value(), b.event.has_value());
  if (a.event) {
    EXPECT_EQ(a.event->name, b.event->name);
    EXPECT_EQ(reveal(a.event->properties), reveal(b.event->properties));
  }
  EXPECT_EQ(a.statements, b.statements);
  for (std::size_t i = 0; i < a.statements.size(); ++i) {
    EXPECT_EQ(reveal(a.statements[i].evidence), reveal(b.statements[i].evidence));
  }
  EXPECT_EQ(a.occurred_at, b.occurred_at);
  EXPECT_EQ(a.received_at, b.received_at);
}

TEST(Fact, ComesBackWhole) {
  SeededRandom random(1);
  for (int i = 0; i < 3'000; ++i) {
    const Fact fact = random_fact(&random);
    const Bytes bytes = FactCodec::encode(fact);
    const auto back = FactCodec::decode(bytes);
    ASSERT_TRUE(back) << back.error().what;
    expect_equal(fact, *back);
    ASSERT_EQ(FactCodec::encode(*back), bytes);
  }
}

TEST(Fact, OfNothingIsSmall) {
  const Bytes bytes = FactCodec::encode(Fact{});
  EXPECT_EQ(bytes.size(), 20U);  // version, map, token
  expect_equal(Fact{}, FactCodec::decode(bytes).value());
}

TEST(Fact, OfALiveEventIsSmall) {
  Fact fact;
  fact.source = "web";
  fact.persona_key = pii("anon:0123456789abcdef");
  fact.message_id = "0123456789abcdef0123456789abcdef";
  fact.identifiers.push_back({"anonymous_id", pii("0123456789abcdef"), Token{1}, Tier::device});
  fact.event = Event{"Product Viewed", pii(R"({"sku":"A-1","price":"9.99"})")};
  fact.occurred_at = Time{1'795'000'000'000'000};
  fact.received_at = Time{1'795'000'000'250'000};
  const std::size_t content = 3 + 21 + 32 + 12 + 16 + 14 + 28 + 16 + 16;
  EXPECT_LE(FactCodec::encode(fact).size(), content + 45);
}

// Everything but what only the fold knows: position and index.
TEST(Fact, LeavesPositionsToTheFold) {
  Fact fact;
  fact.statements.resize(1);
  fact.statements[0].position = Position(7);
  fact.statements[0].index = 3;
  const Bytes bytes = FactCodec::encode(fact);
  EXPECT_EQ(FactCodec::decode(bytes)->statements[0], Statement{});
  fact.statements[0] = Statement{};
  EXPECT_EQ(FactCodec::encode(fact), bytes);
}

TEST(Fact, IsAMapWithIntegerKeysToAnotherImplementation) {
  SeededRandom random(5);
  for (int i = 0; i < 200; ++i) {
    const Bytes bytes = FactCodec::encode(random_fact(&random));
    ASSERT_EQ(bytes[0], 1);
    // nlohmann wants text keys; its parser still walks the whole map and finds the keys integers.
    const auto map = bytes[1] & 31;
    EXPECT_EQ(bytes[1] >> 5, 5);
    EXPECT_GE(map, 1);
    EXPECT_LE(map, 13);
  }
}

TEST(Fact, IsRefusedAtEveryTruncationAndWithTrailingBytes) {
  SeededRandom random(2);
  for (int i = 0; i < 50; ++i) {
    Bytes bytes = FactCodec::encode(random_fact(&random));
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      const auto decoded = FactCodec::decode(ByteView(bytes).first(size));
      ASSERT_FALSE(decoded) << size;
      ASSERT_EQ(decoded.error().code, ErrorCode::corrupt);
    }
    bytes.push_back(0);
    EXPECT_FALSE(FactCodec::decode(bytes));
  }
}

// Whatever a mutation turns into, it is either refused or the one encoding of some fact.
TEST(Fact, HasOneEncodingEach) {
  SeededRandom random(3);
  std::size_t refused = 0;
  for (int i = 0; i < 10'000; ++i) {
    Bytes bytes = FactCodec::encode(random_fact(&random));
    for (std::uint64_t edits = 1 + random.below(3); edits > 0; --edits) {
      bytes[random.below(bytes.size())] = static_cast<std::uint8_t>(random.below(256));
    }
    const auto decoded = FactCodec::decode(bytes);
    if (!decoded) {
      ++refused;
      ASSERT_EQ(decoded.error().code, ErrorCode::corrupt);
    } else {
      ASSERT_EQ(FactCodec::encode(*decoded), bytes);
    }
  }
  EXPECT_GT(refused, 1'000U);
}

TEST(Fact, OfAnotherFormatVersionIsRefused) {
  Bytes bytes = FactCodec::encode(Fact{});
  for (const int version : {0, 2, 23}) {
    bytes[0] = static_cast<std::uint8_t>(version);
    EXPECT_EQ(FactCodec::decode(bytes).error().code, ErrorCode::corrupt);
  }
}

TEST(Fact, WithAPresentDefaultOrAnUnknownFieldIsRefused) {
  const std::string token = "0750" + std::string(32, 'a');
  const auto decodes = [](const std::string& hex) {
    return FactCodec::decode(from_hex(hex).value()).has_value();
  };
  EXPECT_TRUE(decodes("01a1" + token));
  EXPECT_FALSE(decodes("01a0"));                     // no persona
  EXPECT_FALSE(decodes("01a20160" + token));         // an empty source
  EXPECT_FALSE(decodes("01a20201" + token));         // the default trust
  EXPECT_FALSE(decodes("01a20204" + token));         // a trust out of range
  EXPECT_FALSE(decodes("01a20200" + token));         // another
  EXPECT_FALSE(decodes("01a204f4" + token));         // "not anonymous"
  EXPECT_FALSE(decodes("01a2" + token + "0a80"));    // no identifiers
  EXPECT_FALSE(decodes("01a2" + token + "0e00"));    // a field of a later version
  EXPECT_FALSE(decodes("01a2" + token + "016177"));  // fields out of order
  EXPECT_FALSE(decodes("01a2" + token + token));     // a field twice
}

TEST(Statement, ComesBackWhole) {
  SeededRandom random(9);
  for (int i = 0; i < 1'000; ++i) {
    Statement statement = random_statement(&random);
    statement.position = Position(random.below(3));
    statement.index = static_cast<std::uint32_t>(random.below(3));
    const Bytes bytes = FactCodec::encode_statement(statement);
    const auto back = FactCodec::decode_statement(bytes);
    ASSERT_TRUE(back) << back.error().what;
    ASSERT_EQ(*back, statement);
    ASSERT_EQ(FactCodec::encode_statement(*back), bytes);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      ASSERT_FALSE(FactCodec::decode_statement(ByteView(bytes).first(size)));
    }
  }
}

TEST(Statement, NamesComeBack) {
  for (int i = 1; i <= 5; ++i) {
    EXPECT_EQ(choice_from(to_string(static_cast<Choice>(i))), static_cast<Choice>(i));
    EXPECT_EQ(basis_from(to_string(static_cast<Basis>(i))), static_cast<Basis>(i));
  }
  for (int i = 0; i <= 3; ++i) {
    EXPECT_EQ(grade_from(to_string(static_cast<Grade>(i))), static_cast<Grade>(i));
  }
  EXPECT_EQ(to_string(Choice::withdrawn), "withdrawn");
  EXPECT_EQ(to_string(Grade::double_opt_in), "double_opt_in");
  EXPECT_EQ(to_string(Basis::soft_opt_in), "soft_opt_in");
  EXPECT_EQ(choice_from("Granted"), std::nullopt);
  EXPECT_EQ(basis_from(""), std::nullopt);
  EXPECT_EQ(grade_from("unknown"), std::nullopt);
}

// A body as it lies in ledgers written before statements knew actor, hash, place and evidence.
TEST(FactCodec, ReadsAStatementStoredBeforeTheNewerFields) {
  const auto bytes = from_hex(
      "01ad016473686f7002781e6d61726b6574696e672e636f6d6d756e69636174696f6e732e656d6169"
      "6c0365656d61696c0565656d61696c0650000102030405060708090a0b0c0d0e0f070109020a6d73"
      "696e676c655f6f70745f696e0b67323032362d30310c1b0006608b015f30000d1a004c4b4011182a"
      "1201");
  ASSERT_TRUE(bytes.has_value());
  const auto statement = FactCodec::decode_statement(*bytes);
  ASSERT_TRUE(statement.has_value()) << statement.error().what;
  EXPECT_EQ(statement->source, "shop");
  EXPECT_EQ(statement->purpose, "marketing.communications.email");
  EXPECT_EQ(statement->choice, Choice::granted);
  EXPECT_EQ(statement->grade, Grade::double_opt_in);
  EXPECT_EQ(statement->notice_version, "2026-01");
  EXPECT_EQ(statement->occurred_at, Time{1'794'999'995'000'000});
  EXPECT_EQ(statement->actor, Actor::person);
  EXPECT_FALSE(statement->notice_hash.has_value());
  EXPECT_EQ(reveal(statement->evidence), "");
  // And what has none of the newer fields is written as it always was.
  EXPECT_EQ(FactCodec::encode_statement(*statement), *bytes);
}

}  // namespace
}  // namespace cdp::event
