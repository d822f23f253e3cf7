#include "cdp/app/ingest/link_decision.h"

#include <gtest/gtest.h>

#include "cdp/core/event/cbor.h"

namespace cdp::app {
namespace {

Token token_of(std::uint8_t first) {
  Token token{};
  token[0] = first;
  token[15] = 1;
  return token;
}

TEST(LinkDecision, ComesBackAsItWentIn) {
  LinkDecision decision;
  decision.kind = LinkDecision::Kind::join;
  decision.first = PersonaOrdinal(7);
  decision.second = PersonaOrdinal(9);
  decision.origin = LinkDecision::Origin::matched;
  decision.review = token_of(3);
  decision.reason = "duplicate_account";
  decision.model = "people/1";
  decision.millibits = -12'345;
  const auto again = LinkDecision::decode(decision.encode());
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->kind, decision.kind);
  EXPECT_EQ(again->first, decision.first);
  EXPECT_EQ(again->second, decision.second);
  EXPECT_EQ(again->origin, decision.origin);
  EXPECT_EQ(again->review, decision.review);
  EXPECT_EQ(again->reason, decision.reason);
  EXPECT_EQ(again->model, decision.model);
  EXPECT_EQ(again->millibits, decision.millibits);
  EXPECT_FALSE(again->tokens.has_value());
  LinkDecision latch;
  latch.kind = LinkDecision::Kind::latch;
  latch.identifier = token_of(8);
  latch.identifier_kind = 4;
  EXPECT_EQ(LinkDecision::decode(latch.encode())->identifier, token_of(8));
  EXPECT_EQ(LinkDecision::decode(latch.encode())->identifier_kind, 4);
}

TEST(LinkDecision, OfTheFirstFormIsStillRead) {
  event::cbor::Writer w;
  w.array(3);
  w.boolean(false);
  w.bytes(token_of(1));
  w.bytes(token_of(2));
  const auto decision = LinkDecision::decode(w.take());
  ASSERT_TRUE(decision.has_value());
  EXPECT_EQ(decision->kind, LinkDecision::Kind::not_apart);
  ASSERT_TRUE(decision->tokens.has_value());
  EXPECT_EQ(decision->tokens->first, token_of(1));
  EXPECT_EQ(decision->tokens->second, token_of(2));
}

TEST(LinkDecision, AnythingElseIsCorrupt) {
  const Bytes good = LinkDecision{}.encode();
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(LinkDecision::decode(ByteView(good).first(size)).has_value()) << size;
  }
  Bytes longer = good;
  longer.push_back(0);
  EXPECT_FALSE(LinkDecision::decode(longer).has_value());
  Bytes newer = good;
  newer[1] = 3;  // a form of a later cdp
  EXPECT_FALSE(LinkDecision::decode(newer).has_value());
  Bytes unknown = good;
  unknown[2] = 0;
  EXPECT_FALSE(LinkDecision::decode(unknown).has_value());
}

TEST(Retraction, ComesBackAsItWentInAndAnythingElseIsCorrupt) {
  const Retraction said{false, {Token{1, 2, 3}, Token{4}}, "data_error"};
  const Bytes good = said.encode();
  const auto again = Retraction::decode(good);
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->retracted, said.retracted);
  EXPECT_EQ(again->identifiers, said.identifiers);
  EXPECT_EQ(again->reason, said.reason);
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(Retraction::decode(ByteView(good).first(size)).has_value()) << size;
  }
  EXPECT_FALSE(Retraction::decode(Retraction{true, {}, ""}.encode()).has_value()) << "of what?";
  Bytes newer = good;
  newer[1] = 2;
  EXPECT_FALSE(Retraction::decode(newer).has_value());
}

TEST(SubjectChange, ComesBackAsItWentIn) {
  const SubjectChange change{Position(12),
                             "identity-2:0011223344556677",
                             true,
                             {{PersonaOrdinal(1), PersonaOrdinal(5)}, {PersonaOrdinal(900)}}};
  const auto again = SubjectChange::decode(change.encode());
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->cause, change.cause);
  EXPECT_EQ(again->rules, change.rules);
  EXPECT_EQ(again->merged, change.merged);
  EXPECT_EQ(again->subjects, change.subjects);
  const Bytes good = change.encode();
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(SubjectChange::decode(ByteView(good).first(size)).has_value()) << size;
  }
}

}  // namespace
}  // namespace cdp::app
