#include "identity/persona.h"

#include <algorithm>

#include "cdp/core/base/random.h"
#include "tests/support/pii_for_tests.h"

namespace cdp::identity {
namespace {

using event::Choice;
using event::Fact;
using event::Grade;
using event::Statement;
using event::Tier;
using event::Trust;
using testing::reveal;

Token token_of(std::uint8_t n) {
  Token token{};
  token[0] = n;
  token[15] = 1;
  return token;
}

Fact fact_at(std::int64_t occurred_us) {
  Fact fact;
  fact.source = "shop";
  fact.trust = Trust::server;
  fact.persona_token = token_of(200);
  fact.persona_key = Pii<std::string>("7");
  fact.occurred_at = Time{occurred_us};
  fact.received_at = Time{occurred_us + 5};
  return fact;
}

Fact with_attribute(std::int64_t occurred_us, std::string name, std::string json) {
  Fact fact = fact_at(occurred_us);
  fact.attributes.push_back({std::move(name), Pii<std::string>(std::move(json))});
  return fact;
}

Statement statement(Choice choice, bool is_state = false) {
  Statement s;
  s.source = "shop";
  s.purpose = "marketing.communications.email";
  s.channel = "email";
  s.choice = choice;
  s.grade = Grade::recorded;
  s.is_state = is_state;
  s.received_at = Time{9};
  return s;
}

Fact with_statement(Statement s) {
  Fact fact = fact_at(1);
  fact.statements.push_back(std::move(s));
  return fact;
}

std::string value(const PersonaDocument& document, const std::string& name) {
  return reveal(document.attributes.at(name).json);
}

TEST(PersonaDocument, TellsWhatAFactCorrects) {
  PersonaDocument document;
  const auto corrected = [&](std::int64_t at, const std::string& json) {
    return document.corrected_by(with_attribute(at, "city", json), Position(5));
  };
  EXPECT_TRUE(corrected(10, "\"Kiel\"").empty());  // the first value corrects nothing
  document.apply(with_attribute(10, "city", "\"Kiel\""), Position(1));
  EXPECT_EQ(corrected(20, "\"Bonn\""), std::vector<std::string>{"city"});
  EXPECT_EQ(corrected(20, "null"), std::vector<std::string>{"city"});
  EXPECT_TRUE(corrected(20, "\"Kiel\"").empty());
  EXPECT_TRUE(corrected(5, "\"Bonn\"").empty());  // older than what is known
  document.apply(with_attribute(20, "city", "null"), Position(2));
  EXPECT_TRUE(corrected(30, "\"Bonn\"").empty());  // nothing was left to correct
}

TEST(PersonaDocument, KeepsTheNewestValueWhateverArrivesFirst) {
  PersonaDocument document;
  EXPECT_TRUE(document.apply(with_attribute(20, "city", "\"Kiel\""), Position(1)));
  EXPECT_FALSE(document.apply(with_attribute(10, "city", "\"Bonn\""), Position(2)));
  EXPECT_EQ(value(document, "city"), "\"Kiel\"");
  EXPECT_TRUE(document.apply(with_attribute(20, "city", "\"Jena\""), Position(3)));
  EXPECT_EQ(value(document, "city"), "\"Jena\"");
}

TEST(PersonaDocument, RemembersADeletionSoThatAnOlderValueStaysGone) {
  PersonaDocument document;
  document.apply(with_attribute(20, "city", "null"), Position(1));
  EXPECT_FALSE(document.apply(with_attribute(10, "city", "\"Bonn\""), Position(2)));
  EXPECT_EQ(value(document, "city"), "null");
}

TEST(PersonaDocument, RemembersEveryPlaceWhateverArrivesFirst) {
  const auto told = [](const PersonaDocument& document) {
    std::string out;
    for (const auto& place : document.places) out += place.attribute + reveal(place.json) + " ";
    return out;
  };
  PersonaDocument forward, backward;
  forward.apply(with_attribute(10, "country", "\"DE\""), Position(1));
  forward.apply(with_attribute(20, "country", "\"US\""), Position(2));
  EXPECT_TRUE(backward.apply(with_attribute(20, "country", "\"US\""), Position(1)));
  EXPECT_TRUE(backward.apply(with_attribute(10, "country", "\"DE\""), Position(2)));
  EXPECT_FALSE(backward.apply(with_attribute(10, "country", "null"), Position(3)));
  EXPECT_EQ(told(forward), "country\"DE\" country\"US\" ");
  EXPECT_EQ(told(forward), told(backward));
  const auto read = PersonaDocument::decode(forward.encode());
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(told(*read), told(forward));
}

TEST(PersonaDocument, AnAddressIsEvidenceOfAPlace) {
  PersonaDocument document;
  document.apply(with_attribute(10, "country", "\"US\""), Position(1));
  document.apply(with_attribute(10, "address", R"({"country":"DE","state":"BY","city":"Ulm"})"),
                 Position(2));
  document.apply(with_attribute(10, "address", R"({"country":"US","state":"California"})"),
                 Position(3));
  document.apply(with_attribute(10, "address", R"(["DE"])"), Position(4));
  std::string told;
  for (const auto& place : document.places) told += place.attribute + reveal(place.json) + " ";
  EXPECT_EQ(told, "country\"DE\" country\"US\" region\"DE-BY\" ");
}

TEST(PersonaDocument, DropsPlacesThatAreTooManyAndSaysSo) {
  PersonaDocument document;
  for (int i = 0; i < 40; ++i) {
    document.apply(with_attribute(10 + i, "region", "\"" + std::to_string(i) + "\""),
                   Position(static_cast<std::uint64_t>(i + 1)));
  }
  EXPECT_TRUE(document.places_overflowed);
  EXPECT_TRUE(document.places.empty());
  const auto read = PersonaDocument::decode(document.encode());
  ASSERT_TRUE(read.has_value());
  EXPECT_TRUE(read->places_overflowed);
}

TEST(PersonaDocument, AnEventThatChangesNothingDirtiesNothing) {
  PersonaDocument document;
  Fact fact = fact_at(5);
  fact.identifiers.push_back({"user_id", Pii<std::string>("7"), token_of(1), Tier::authenticated});
  EXPECT_TRUE(document.apply(fact, Position(1)));
  fact.event = event::Event{"Page Viewed", Pii<std::string>("{}")};
  fact.occurred_at = Time{99};
  EXPECT_FALSE(document.apply(fact, Position(2)));
  fact.identifiers.front().tier = Tier::declared;
  EXPECT_FALSE(document.apply(fact, Position(3)));
  EXPECT_EQ(document.identifiers.front().tier, Tier::authenticated);
}

TEST(PersonaDocument, TakesTheLowerTrustWhereFactsDisagree) {
  PersonaDocument document;
  document.apply(fact_at(1), Position(1));
  EXPECT_EQ(document.trust, Trust::server);
  Fact fact = fact_at(2);
  fact.trust = Trust::public_key;
  EXPECT_TRUE(document.apply(fact, Position(2)));
  EXPECT_FALSE(document.apply(fact_at(3), Position(3)));
  EXPECT_EQ(document.trust, Trust::public_key);
}

TEST(PersonaDocument, StateBecomesAStatementOnlyWhenItChanges) {
  PersonaDocument document;
  EXPECT_TRUE(document.apply(with_statement(statement(Choice::granted, true)), Position(1)));
  Statement again = statement(Choice::granted, true);
  again.occurred_at = Time{777};
  again.method = "state_pull";
  EXPECT_FALSE(document.apply(with_statement(again), Position(2)));
  EXPECT_TRUE(document.apply(with_statement(statement(Choice::denied, true)), Position(3)));
  EXPECT_TRUE(document.apply(with_statement(statement(Choice::granted, true)), Position(4)));
  Statement better = statement(Choice::granted, true);
  better.grade = Grade::double_opt_in;
  EXPECT_TRUE(document.apply(with_statement(better), Position(5)));
  EXPECT_EQ(document.statements.size(), 4U);
  EXPECT_EQ(document.statements[1].position, Position(3));
}

TEST(PersonaDocument, StateIsComparedWithinItsOwnKeyOnly) {
  PersonaDocument document;
  document.apply(with_statement(statement(Choice::granted)), Position(1));
  const auto differs = [&](auto change, std::uint64_t position) {
    Statement s = statement(Choice::granted, true);
    change(s);
    return document.apply(with_statement(s), Position(position));
  };
  EXPECT_FALSE(differs([](Statement&) {}, 2));
  EXPECT_TRUE(differs([](Statement& s) { s.channel = "sms"; }, 3));
  EXPECT_TRUE(differs([](Statement& s) { s.vendor = "mail"; }, 4));
  EXPECT_TRUE(differs([](Statement& s) { s.purpose = "personalize.content"; }, 5));
  EXPECT_TRUE(differs([](Statement& s) { s.contact_point = token_of(9); }, 6));
  EXPECT_TRUE(differs([](Statement& s) { s.source = "web"; }, 7));
}

TEST(PersonaDocument, AnActIsAStatementEveryTime) {
  PersonaDocument document;
  EXPECT_TRUE(document.apply(with_statement(statement(Choice::denied)), Position(1)));
  EXPECT_TRUE(document.apply(with_statement(statement(Choice::denied)), Position(2)));
  EXPECT_FALSE(document.apply(with_statement(statement(Choice::denied)), Position(2)));
  EXPECT_EQ(document.statements.size(), 2U);
}

TEST(PersonaDocument, CopiesADenialOnceAndNeverAGrant) {
  PersonaDocument document;
  Statement denial = statement(Choice::objected);
  denial.position = Position(40);
  denial.index = 2;
  EXPECT_TRUE(document.apply_copy(denial));
  EXPECT_FALSE(document.apply_copy(denial));
  Statement of_the_copy = document.statements.front();
  of_the_copy.position = Position(50);
  EXPECT_FALSE(document.apply_copy(of_the_copy));
  EXPECT_EQ(document.statements.front().copied_from, Position(40));
  Statement grant = statement(Choice::granted);
  grant.position = Position(41);
  EXPECT_FALSE(document.apply_copy(grant));
  EXPECT_EQ(document.statements.size(), 1U);
}

TEST(PersonaDocument, ACopyDoesNotComeBackToWhereItWasMade) {
  PersonaDocument document;
  document.apply(with_statement(statement(Choice::denied)), Position(7));
  Statement copy = document.statements.front();
  copy.copied_from = copy.position;
  EXPECT_FALSE(document.apply_copy(copy));
  // And a copied denial is not what this source last said.
  Statement other = statement(Choice::denied);
  other.position = Position(8);
  other.purpose = "personalize.content";
  document.apply_copy(other);
  Statement state = statement(Choice::denied, true);
  state.purpose = "personalize.content";
  EXPECT_TRUE(document.apply(with_statement(state), Position(9)));
}

Fact random_fact(Random& random) {
  Fact fact = fact_at(1 + static_cast<std::int64_t>(random.below(6)));
  fact.trust = static_cast<Trust>(1 + random.below(3));
  fact.anonymous = random.below(4) == 0;
  for (std::uint64_t n = random.below(3); n > 0; --n) {
    const auto id = static_cast<std::uint8_t>(random.below(5));
    fact.identifiers.push_back({"custom", Pii<std::string>(std::to_string(id)), token_of(id),
                                static_cast<Tier>(random.below(5))});
  }
  // Each name once: a fact holds an attribute once.
  for (char name = 'a'; name < 'd'; ++name) {
    if (random.below(2) == 0) continue;
    fact.attributes.push_back(
        {std::string(1, name), Pii<std::string>(std::to_string(random.below(4)))});
  }
  for (std::uint64_t n = random.below(3); n > 0; --n) {
    fact.statements.push_back(statement(static_cast<Choice>(1 + random.below(5))));
  }
  return fact;
}

Bytes folded(const std::vector<std::pair<Fact, Position>>& facts) {
  PersonaDocument document;
  for (const auto& [fact, position] : facts) document.apply(fact, position);
  std::ranges::sort(document.identifiers, {}, &event::FactIdentifier::token);
  return document.encode();
}

TEST(PersonaDocumentProperty, OrderAndRepetitionDoNotMatter) {
  SeededRandom random(21);
  for (int round = 0; round < 500; ++round) {
    std::vector<std::pair<Fact, Position>> facts;
    for (std::uint64_t n = 1 + random.below(10); n > 0; --n) {
      facts.emplace_back(random_fact(random), Position(n));
    }
    const Bytes expected = folded(facts);
    for (int order = 0; order < 5; ++order) {
      auto again = facts;
      again.push_back(facts[random.below(facts.size())]);
      for (std::size_t i = again.size(); i > 1; --i) {
        std::swap(again[i - 1], again[random.below(i)]);
      }
      ASSERT_EQ(folded(again), expected) << "round " << round;
    }
  }
}

TEST(PersonaDocumentProperty, ApplyAnswersWhetherTheDocumentChanged) {
  SeededRandom random(22);
  for (int round = 0; round < 300; ++round) {
    PersonaDocument document;
    for (std::uint64_t position = 1; position < 10; ++position) {
      const Bytes before = document.encode();
      Fact fact = random_fact(random);
      for (Statement& s : fact.statements) s.is_state = random.below(2) == 0;
      const bool changed = document.apply(fact, Position(position));
      ASSERT_EQ(changed, document.encode() != before);
    }
  }
}

TEST(PersonaDocumentProperty, DecodeIsTheInverseOfEncodeAndRefusesTheRest) {
  SeededRandom random(23);
  for (int round = 0; round < 100; ++round) {
    PersonaDocument document;
    for (std::uint64_t n = 1; n < 5; ++n) document.apply(random_fact(random), Position(n));
    const Bytes bytes = document.encode();
    const auto decoded = PersonaDocument::decode(bytes);
    ASSERT_TRUE(decoded.has_value()) << decoded.error().what;
    ASSERT_EQ(decoded->encode(), bytes);
    ASSERT_EQ(decoded->statements, document.statements);
    for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
      const auto truncated = PersonaDocument::decode(ByteView(bytes).first(cut));
      ASSERT_FALSE(truncated.has_value());
      ASSERT_EQ(truncated.error().code, ErrorCode::corrupt);
    }
    Bytes changed = bytes;
    changed[random.below(changed.size())] ^= static_cast<std::uint8_t>(1 + random.below(255));
    const auto other = PersonaDocument::decode(changed);
    // Whatever still decodes is a document of its own, with one encoding.
    if (other.has_value()) {
      ASSERT_EQ(other->encode(), changed);
    }
    changed = bytes;
    changed.push_back(0);
    ASSERT_FALSE(PersonaDocument::decode(changed).has_value());
  }
}

}  // namespace
}  // namespace cdp::identity
