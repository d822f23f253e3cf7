#include "cdp/core/crypto/persona_key.h"

#include <set>

namespace cdp::crypto {
namespace {

SealContext row(std::uint8_t persona, std::uint32_t epoch) {
  return {
      .tenant = "shop", .persona = {persona}, .kind = "wrap", .record = 0, .key_version = epoch};
}

Bytes copy(ByteView view) { return {view.begin(), view.end()}; }

PersonaId persona(std::uint8_t number) { return PersonaId(Token{number}); }

class PersonaKeys : public ::testing::Test {
 protected:
  SeededRandom random_{11};
  Secret epoch_ = Secret::random(random_, 32);
};

TEST_F(PersonaKeys, ComeBackFromTheirWrappedForm) {
  const PersonaKey key = PersonaKey::generate(random_);
  const Bytes wrapped = key.wrap(epoch_.view(), row(1, 1), random_);
  EXPECT_EQ(wrapped.size(), 73U);
  const auto back = PersonaKey::unwrap(epoch_.view(), row(1, 1), wrapped, key.check_value());
  ASSERT_TRUE(back);
  EXPECT_EQ(copy(back->subkeys().encryption_key()), copy(key.subkeys().encryption_key()));
  EXPECT_EQ(copy(back->subkeys().audit_secret()), copy(key.subkeys().audit_secret()));
}

TEST_F(PersonaKeys, HaveSubkeysThatDiffer) {
  const PersonaKey a = PersonaKey::generate(random_);
  const PersonaKey b = PersonaKey::generate(random_);
  const std::set<Bytes> all{
      copy(a.subkeys().encryption_key()), copy(a.subkeys().audit_secret()), a.check_value(),
      copy(b.subkeys().encryption_key()), copy(b.subkeys().audit_secret()), b.check_value()};
  EXPECT_EQ(all.size(), 6U);
  EXPECT_EQ(a.check_value().size(), 16U);
}

TEST_F(PersonaKeys, RefuseSwappedRows) {
  const PersonaKey a = PersonaKey::generate(random_);
  const PersonaKey b = PersonaKey::generate(random_);
  const Bytes wrapped_a = a.wrap(epoch_.view(), row(1, 1), random_);
  const Bytes wrapped_b = b.wrap(epoch_.view(), row(2, 1), random_);
  const auto refused = [](const Result<PersonaKey>& key) {
    return !key && key.error().code == ErrorCode::corrupt;
  };
  // The wrapped key alone, the check value alone, and both together.
  EXPECT_TRUE(refused(PersonaKey::unwrap(epoch_.view(), row(1, 1), wrapped_b, a.check_value())));
  EXPECT_TRUE(refused(PersonaKey::unwrap(epoch_.view(), row(1, 1), wrapped_a, b.check_value())));
  EXPECT_TRUE(refused(PersonaKey::unwrap(epoch_.view(), row(1, 1), wrapped_b, b.check_value())));
}

TEST_F(PersonaKeys, RefuseAnotherEpoch) {
  const PersonaKey key = PersonaKey::generate(random_);
  const Bytes wrapped = key.wrap(epoch_.view(), row(1, 1), random_);
  const Secret other = Secret::random(random_, 32);
  EXPECT_FALSE(PersonaKey::unwrap(other.view(), row(1, 1), wrapped, key.check_value()));
  EXPECT_FALSE(PersonaKey::unwrap(epoch_.view(), row(1, 2), wrapped, key.check_value()));
  EXPECT_FALSE(PersonaKey::unwrap(epoch_.view(), row(1, 1), wrapped, {}));
}

TEST_F(PersonaKeys, InACacheAreFoundUntilErased) {
  KeyCache cache(8);
  const PersonaKey key = PersonaKey::generate(random_);
  EXPECT_FALSE(cache.get(PersonaOrdinal(5)));
  cache.put(PersonaOrdinal(5), persona(7), key.subkeys());
  ASSERT_TRUE(cache.get(PersonaOrdinal(5)));
  EXPECT_EQ(cache.get(PersonaOrdinal(5))->persona, persona(7));
  EXPECT_EQ(copy(cache.get(PersonaOrdinal(5))->keys.encryption_key()),
            copy(key.subkeys().encryption_key()));
  EXPECT_EQ(copy(cache.get(PersonaOrdinal(5))->keys.audit_secret()),
            copy(key.subkeys().audit_secret()));
  cache.erase(PersonaOrdinal(5));
  EXPECT_FALSE(cache.get(PersonaOrdinal(5)));
  cache.erase(PersonaOrdinal(5));
}

TEST_F(PersonaKeys, InACacheGiveASecondChanceToThoseThatWereRead) {
  KeyCache cache(4);
  for (std::uint64_t i = 1; i <= 4; ++i) {
    cache.put(PersonaOrdinal(i), persona(1), PersonaKey::generate(random_).subkeys());
  }
  ASSERT_TRUE(cache.get(PersonaOrdinal(1)));
  cache.put(PersonaOrdinal(5), persona(1), PersonaKey::generate(random_).subkeys());
  EXPECT_TRUE(cache.get(PersonaOrdinal(1)));
  EXPECT_FALSE(cache.get(PersonaOrdinal(2)));
  EXPECT_TRUE(cache.get(PersonaOrdinal(5)));
}

// Against a plain map: whatever the cache answers is the newest key put and not erased since.
TEST_F(PersonaKeys, InACacheAreNeverSomebodyElses) {
  KeyCache cache(16);
  std::map<std::uint64_t, Bytes> truth;
  std::size_t hits = 0;
  for (int step = 0; step < 20'000; ++step) {
    const std::uint64_t who = 1 + random_.below(40);
    const std::uint64_t what = random_.below(10);
    if (what < 3) {
      const PersonaKey key = PersonaKey::generate(random_);
      cache.put(PersonaOrdinal(who), persona(static_cast<std::uint8_t>(who)), key.subkeys());
      truth[who] = copy(key.subkeys().audit_secret());
    } else if (what < 4) {
      cache.erase(PersonaOrdinal(who));
      truth.erase(who);
    } else if (const auto found = cache.get(PersonaOrdinal(who))) {
      ++hits;
      ASSERT_TRUE(truth.contains(who));
      ASSERT_EQ(found->persona, persona(static_cast<std::uint8_t>(who)));
      ASSERT_EQ(copy(found->keys.audit_secret()), truth[who]);
    }
  }
  EXPECT_GT(hits, 1000U);
}

}  // namespace
}  // namespace cdp::crypto
