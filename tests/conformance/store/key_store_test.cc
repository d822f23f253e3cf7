#include "tests/support/store_dump.h"

namespace cdp::store {
namespace {

using namespace cdp::testing;

class KeyStorePromises : public ::testing::TestWithParam<EngineKind> {
 protected:
  StoreUnderTest store_{GetParam()};
  Fence fence_ = store_.keys().take_fence().value();

  PersonaOrdinal put(std::uint64_t number) {
    return store_.keys().put_if_absent({key_row(number)}, fence_).value().at(0).ordinal;
  }
};

TEST_P(KeyStorePromises, AnswersTheWinnerOfEveryToken) {
  KeyStore& keys = store_.keys();
  const auto first = keys.put_if_absent({key_row(1), key_row(2)}, fence_).value();
  KeyRow rival = key_row(1);
  rival.wrapped = Bytes(73, 0xee);
  rival.persona = PersonaId(token_of(99));
  const auto second = keys.put_if_absent({rival, key_row(3)}, fence_).value();
  EXPECT_EQ(second[0], first[0]) << "the earlier row stays";
  EXPECT_GT(second[1].ordinal, first[1].ordinal);
  EXPECT_EQ(keys.get(first[0].ordinal).value(), first[0]);
  EXPECT_EQ(keys.size(), 3U);
}

TEST_P(KeyStorePromises, TakesTheFirstOfTwoRowsWithOneTokenInACall) {
  KeyRow twin = key_row(1);
  twin.epoch = 9;
  const auto rows = store_.keys().put_if_absent({key_row(1), twin}, fence_).value();
  EXPECT_EQ(rows[0], rows[1]);
  EXPECT_EQ(store_.keys().size(), 1U);
}

TEST_P(KeyStorePromises, FindsByTokenWhatIsThereAndNothingElse) {
  const PersonaOrdinal ordinal = put(5);
  EXPECT_EQ(store_.keys().find(token_of(5)), ordinal);
  EXPECT_EQ(store_.keys().find(token_of(6)), std::nullopt);
  EXPECT_EQ(store_.keys().get(PersonaOrdinal(77)).value(), std::nullopt);
}

TEST_P(KeyStorePromises, NeverReusesTheOrdinalOfADestroyedNewestKey) {
  put(1);
  const PersonaOrdinal newest = put(2);
  ASSERT_TRUE(store_.keys().destroy(std::vector{newest}, fence_));
  EXPECT_EQ(store_.keys().find(token_of(2)), std::nullopt);
  EXPECT_EQ(store_.keys().get(newest).value(), std::nullopt);
  store_.reopen();
  EXPECT_EQ(store_.keys().find(token_of(2)), std::nullopt);
  EXPECT_GT(put(2), newest) << "a new life gets a new number";
}

TEST_P(KeyStorePromises, CopiesItsLogWithoutChangingAnAnswer) {
  for (std::uint64_t number = 1; number <= 50; ++number) put(number);
  const auto before = store_.keys().get(PersonaOrdinal(7)).value();
  ASSERT_TRUE(store_.keys().checkpoint());
  EXPECT_EQ(store_.keys().wal_bytes().value(), 0U) << "what is copied is not waiting any more";
  EXPECT_EQ(store_.keys().get(PersonaOrdinal(7)).value(), before);
  EXPECT_EQ(store_.keys().size(), 50U);
}

TEST_P(KeyStorePromises, RemembersItsMapAfterReopening) {
  const PersonaOrdinal ordinal = put(8);
  store_.reopen();
  EXPECT_EQ(store_.keys().find(token_of(8)), ordinal);
  EXPECT_EQ(put(8), ordinal);
}

TEST_P(KeyStorePromises, DestroysAbsentKeysWithoutComplaint) {
  EXPECT_TRUE(store_.keys().destroy(std::vector{PersonaOrdinal(4)}, fence_));
}

TEST_P(KeyStorePromises, RewrapsOnlyWhatStillExists) {
  const PersonaOrdinal kept = put(1);
  const PersonaOrdinal gone = put(2);
  ASSERT_TRUE(store_.keys().destroy(std::vector{gone}, fence_));
  KeyRow again = key_row(1);
  again.ordinal = kept;
  again.epoch = 2;
  again.wrapped = Bytes(73, 0x55);
  again.check = Bytes(16, 0x66);
  KeyRow absent = again;
  absent.ordinal = gone;
  ASSERT_TRUE(store_.keys().rewrap(std::vector{again, absent}, fence_));
  EXPECT_EQ(store_.keys().get(kept).value(), again);
  EXPECT_EQ(store_.keys().size(), 1U);
}

TEST_P(KeyStorePromises, GivesEveryRowInOrderUntilToldToStop) {
  for (std::uint64_t number = 1; number <= 2'500; ++number) put(number);
  EXPECT_EQ(dump(store_.keys()).size(), 2'500U);
  PersonaOrdinal last;
  std::size_t seen = 0;
  ASSERT_TRUE(store_.keys().each([&](const KeyRow& row) {
    EXPECT_LT(last, row.ordinal);
    last = row.ordinal;
    return ++seen < 1'200;
  }));
  EXPECT_EQ(seen, 1'200U);
}

TEST_P(KeyStorePromises, RefusesEveryWriteOfAnEarlierFence) {
  const PersonaOrdinal ordinal = put(1);
  const Fence newer = store_.keys().take_fence().value();
  EXPECT_EQ(store_.keys().put_if_absent({key_row(2)}, fence_).error().code, ErrorCode::conflict);
  EXPECT_EQ(store_.keys().destroy(std::vector{ordinal}, fence_).error().code, ErrorCode::conflict);
  EXPECT_EQ(store_.keys().rewrap({}, fence_).error().code, ErrorCode::conflict);
  EXPECT_EQ(store_.keys().size(), 1U);
  EXPECT_TRUE(store_.keys().put_if_absent({key_row(2)}, newer));
}

INSTANTIATE_TEST_SUITE_P(Engines, KeyStorePromises,
                         ::testing::Values(EngineKind::memory, EngineKind::sqlcipher),
                         [](const auto& kind) {
                           return kind.param == EngineKind::memory ? "memory" : "sqlcipher";
                         });

}  // namespace
}  // namespace cdp::store
