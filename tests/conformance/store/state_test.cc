#include "tests/support/store_dump.h"

namespace cdp::store {
namespace {

using namespace cdp::testing;

class StatePromises : public ::testing::TestWithParam<EngineKind> {
 protected:
  StoreUnderTest store_{GetParam()};
  Fence fence_ = store_.state().take_fence().value();

  State& state() { return store_.state(); }
  void apply(std::uint64_t from, std::uint64_t to, const StateDelta& delta) {
    const auto done = state().apply(Position(from), Position(to), delta, fence_);
    ASSERT_TRUE(done) << done.error().what;
  }
};

HeadPage head_page(std::uint64_t page) {
  HeadPage made{.page = page, .heads = std::vector<std::uint64_t>(HeadPage::kPersonas)};
  for (std::size_t i = 0; i < made.heads.size(); ++i) made.heads[i] = (page + 1) * 1'000'000 + i;
  return made;
}

StateDelta some_delta() {
  StateDelta delta;
  for (std::uint64_t n = 30; n >= 1; --n) {
    delta.personas.push_back({PersonaOrdinal(n), token_of(n), static_cast<std::uint8_t>(n % 2)});
    delta.documents.push_back({PersonaOrdinal(n), Bytes(n, static_cast<std::uint8_t>(n))});
    delta.links.push_back({PersonaOrdinal(n), token_of(1'000 + n / 2), 3, 1});
  }
  delta.cannot_link = {{token_of(1), token_of(2)}, {token_of(3), token_of(4)}};
  delta.must_link = {{token_of(5), token_of(6), 1, Position(4)},
                     {token_of(3), token_of(7), 2, Position(5)}};
  delta.latches = {{token_of(1'000), 1}, {token_of(1'001), 2}};
  delta.reviews = {{token_of(70), 1, Position(3), token_of(1), token_of(2)},
                   {token_of(71), 5, Position(4), token_of(3), token_of(7)},
                   {token_of(72), 5, Position(4), token_of(5), token_of(6)}};
  delta.retractions = {{PersonaOrdinal(3), token_of(1'001), Position(6)},
                       {PersonaOrdinal(5), token_of(1'002), Position(7)}};
  delta.versions = {{PersonaOrdinal(3), Position(4)},
                    {PersonaOrdinal(3), Position(9)},
                    {PersonaOrdinal(5), Position(9)}};
  delta.heads = {head_page(0), head_page(2)};
  delta.observations = 7;
  return delta;
}

TEST_P(StatePromises, AppliesADeltaAndReadsItBack) {
  apply(0, 10, some_delta());
  store_.reopen();
  EXPECT_EQ(state().applied_position().value(), Position(10));
  EXPECT_EQ(state().document(PersonaOrdinal(3)).value(), Bytes(3, 3));
  EXPECT_EQ(state().document(PersonaOrdinal(99)).value(), std::nullopt);
  const StateDump all = dump(state());
  EXPECT_EQ(all.links.size(), 30U);
  EXPECT_EQ(all.personas.size(), 30U);
  EXPECT_EQ(all.cannot_link.size(), 2U);
  EXPECT_EQ(all.must_link, (std::vector<MustLinkRow>{{token_of(3), token_of(7), 2, Position(5)},
                                                     {token_of(5), token_of(6), 1, Position(4)}}));
  EXPECT_EQ(all.latches, (std::vector<LatchRow>{{token_of(1'000), 1}, {token_of(1'001), 2}}));
  apply(10, 11, {});
  EXPECT_EQ(state().observations().value(), 7U);
  EXPECT_EQ(state().versions_of(PersonaOrdinal(3)).value(),
            (std::vector{Position(4), Position(9)}));
  EXPECT_EQ(all.heads, (std::vector{head_page(0), head_page(2)}));
  EXPECT_TRUE(std::ranges::is_sorted(all.documents, {}, &DocumentRow::persona));
}

TEST_P(StatePromises, RefusesAnotherStartAndChangesNothing) {
  apply(0, 10, some_delta());
  const StateDump before = dump(state());
  StateDelta delta;
  delta.documents = {{PersonaOrdinal(3), {9}}};
  EXPECT_EQ(state().apply(Position(9), Position(20), delta, fence_).error().code,
            ErrorCode::conflict);
  EXPECT_EQ(state().apply(Position(10), Position(9), delta, fence_).error().code,
            ErrorCode::invalid_argument);
  delta.heads = {{.page = 0, .heads = {1, 2}}};
  EXPECT_EQ(state().apply(Position(10), Position(11), delta, fence_).error().code,
            ErrorCode::invalid_argument);
  EXPECT_EQ(dump(state()), before);
}

TEST_P(StatePromises, KeepsTheHigherTierOfALink) {
  StateDelta delta;
  delta.links = {{PersonaOrdinal(1), token_of(5), 2, 1},
                 {PersonaOrdinal(1), token_of(5), 4, 2},
                 {PersonaOrdinal(1), token_of(5), 3, 3}};
  apply(0, 1, delta);
  EXPECT_EQ(dump(state()).links, (std::vector<LinkRow>{{PersonaOrdinal(1), token_of(5), 4, 2}}));
}

TEST_P(StatePromises, RemovesCannotLinks) {
  apply(0, 1, some_delta());
  StateDelta delta;
  delta.cannot_link_removed = {{token_of(1), token_of(2)}, {token_of(8), token_of(9)}};
  apply(1, 2, delta);
  EXPECT_EQ(dump(state()).cannot_link, (std::vector<CannotLinkRow>{{token_of(3), token_of(4)}}));
}

TEST_P(StatePromises, RemovesMustLinksAndLatchesAndKeepsTheLastWordOnEach) {
  apply(0, 1, some_delta());
  StateDelta delta;
  delta.must_link = {{token_of(5), token_of(6), 1, Position(9)}};
  delta.must_link_removed = {{token_of(3), token_of(7), 2, {}}, {token_of(5), token_of(6), 3, {}}};
  delta.reviews = {{token_of(70), 1, Position(3), token_of(1), token_of(2)},
                   {token_of(70), 2, Position(4), token_of(1), token_of(2)}};
  delta.latches = {{token_of(1'001), 2, true}};
  apply(1, 2, delta);
  EXPECT_EQ(dump(state()).must_link,
            (std::vector<MustLinkRow>{{token_of(5), token_of(6), 1, Position(9)}}));
  EXPECT_EQ(state().review(token_of(70)).value()->outcome, 2);
  EXPECT_EQ(state().review(token_of(79)).value(), std::nullopt);
  EXPECT_EQ(dump(state()).latches,
            (std::vector<LatchRow>{{token_of(1'000), 1}, {token_of(1'001), 2, true}}));
}

TEST_P(StatePromises, RemovesRetractionsAndEndsReviewsOfALifeThatIsOver) {
  apply(0, 1, some_delta());
  StateDelta delta;
  delta.retractions = {{PersonaOrdinal(5), token_of(1'002), Position(9)}};
  delta.retractions_removed = {{PersonaOrdinal(3), token_of(1'001), {}},
                               {PersonaOrdinal(3), token_of(1'002), {}}};
  delta.reviews_ended = {token_of(7), token_of(5)};
  // A new life under the same key is decided about anew.
  delta.reviews = {{token_of(73), 5, Position(9), token_of(7), token_of(8)}};
  apply(1, 2, delta);
  const StateDump all = dump(state());
  EXPECT_EQ(all.retractions,
            (std::vector<RetractionRow>{{PersonaOrdinal(5), token_of(1'002), Position(9)}}));
  ASSERT_EQ(all.reviews.size(), 2U);
  EXPECT_TRUE(state().review(token_of(70)).value().has_value());
  EXPECT_EQ(state().review(token_of(73)).value()->second, token_of(8));
}

TEST_P(StatePromises, ErasesEverythingOfAPersona) {
  StateDelta delta = some_delta();
  delta.erased = {PersonaOrdinal(2)};
  apply(0, 5, delta);
  ASSERT_TRUE(state().erase({PersonaOrdinal(3), PersonaOrdinal(4'000)}, fence_));
  const StateDump all = dump(state());
  EXPECT_EQ(all.personas.size(), 28U);
  EXPECT_EQ(all.documents.size(), 28U);
  EXPECT_EQ(all.links.size(), 28U);
  EXPECT_TRUE(all.cannot_link.empty()) << "both pairs named an erased persona";
  EXPECT_EQ(all.must_link, (std::vector<MustLinkRow>{{token_of(5), token_of(6), 1, Position(4)}}));
  EXPECT_EQ(all.latches.size(), 2U) << "a latch is nobody's";
  ASSERT_EQ(all.reviews.size(), 1U) << "the others named an erased persona";
  EXPECT_EQ(all.reviews[0].id, token_of(72));
  EXPECT_EQ(all.retractions,
            (std::vector<RetractionRow>{{PersonaOrdinal(5), token_of(1'002), Position(7)}}));
  EXPECT_TRUE(state().versions_of(PersonaOrdinal(3)).value().empty());
  EXPECT_EQ(all.versions, std::vector{Position(9)});
  EXPECT_EQ(all.heads[0].heads[2], 0U);
  EXPECT_EQ(all.heads[0].heads[3], 0U);
  EXPECT_NE(all.heads[0].heads[4], 0U);
  EXPECT_EQ(all.applied, Position(5));
}

TEST_P(StatePromises, RefusesAnEarlierFence) {
  const Fence newer = state().take_fence().value();
  EXPECT_EQ(state().apply(Position(), Position(1), {}, fence_).error().code, ErrorCode::conflict);
  EXPECT_EQ(state().erase({}, fence_).error().code, ErrorCode::conflict);
  EXPECT_TRUE(state().apply(Position(), Position(1), {}, newer));
}

TEST_P(StatePromises, GivesLargeTablesCompletely) {
  StateDelta delta;
  for (std::uint64_t n = 1; n <= 2'345; ++n) {
    delta.links.push_back({PersonaOrdinal(n / 3 + 1), token_of(n), 1, 1});
    delta.documents.push_back({PersonaOrdinal(n), {1}});
    delta.personas.push_back({PersonaOrdinal(n), token_of(n), 0});
  }
  for (std::uint64_t page = 0; page < 40; ++page) delta.heads.push_back(head_page(page));
  apply(0, 1, delta);
  const StateDump all = dump(state());
  EXPECT_EQ(all.links.size(), 2'345U);
  EXPECT_EQ(all.documents.size(), 2'345U);
  EXPECT_EQ(all.personas.size(), 2'345U);
  EXPECT_EQ(all.heads.size(), 40U);
  std::size_t seen = 0;
  ASSERT_TRUE(state().each_document([&](const DocumentRow&) { return ++seen < 5; }));
  EXPECT_EQ(seen, 5U);
}

INSTANTIATE_TEST_SUITE_P(Engines, StatePromises,
                         ::testing::Values(EngineKind::memory, EngineKind::sqlcipher),
                         [](const auto& kind) {
                           return kind.param == EngineKind::memory ? "memory" : "sqlcipher";
                         });

}  // namespace
}  // namespace cdp::store
