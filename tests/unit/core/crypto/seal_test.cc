#include "cdp/core/crypto/seal.h"

#include "cdp/core/base/random.h"

namespace cdp::crypto {
namespace {

constexpr SealContext kContext{
    .tenant = "shop", .persona = {1, 2, 3}, .kind = "fact", .record = 77, .key_version = 3};

class Seal : public ::testing::Test {
 protected:
  SeededRandom random_{7};
  Secret key_ = Secret::random(random_, 32);
  Bytes plain_{'h', 'e', 'l', 'l', 'o'};
};

TEST_F(Seal, OpensWhatItSealed) {
  for (std::size_t size : {0UL, 1UL, 15UL, 16UL, 17UL, 500UL, 100'000UL}) {
    Bytes plain(size);
    random_.fill(plain);
    const Bytes sealed = seal(key_.view(), kContext, plain, random_);
    EXPECT_EQ(sealed.size(), size + kSealOverhead);
    EXPECT_EQ(open(key_.view(), kContext, sealed).value(), plain);
  }
}

TEST_F(Seal, NeverSealsTheSameWayTwice) {
  EXPECT_NE(seal(key_.view(), kContext, plain_, random_),
            seal(key_.view(), kContext, plain_, random_));
}

TEST_F(Seal, RefusesAnotherPlaceOrKey) {
  const Bytes sealed = seal(key_.view(), kContext, plain_, random_);
  const auto refused = [&](auto change) {
    SealContext context = kContext;
    change(context);
    const auto opened = open(key_.view(), context, sealed);
    return !opened && opened.error().code == ErrorCode::corrupt;
  };
  EXPECT_TRUE(refused([](auto& c) { c.tenant = "shoq"; }));
  EXPECT_TRUE(refused([](auto& c) { c.tenant = ""; }));
  EXPECT_TRUE(refused([](auto& c) { c.persona[15] = 1; }));
  EXPECT_TRUE(refused([](auto& c) { c.kind = "wrap"; }));
  EXPECT_TRUE(refused([](auto& c) { c.record = 78; }));
  EXPECT_TRUE(refused([](auto& c) { c.key_version = 4; }));
  // Moving a character from one text to the other gives other associated data.
  EXPECT_TRUE(refused([](auto& c) {
    c.tenant = "shopf";
    c.kind = "act";
  }));
  const Secret other = Secret::random(random_, 32);
  EXPECT_EQ(open(other.view(), kContext, sealed).error().code, ErrorCode::corrupt);
}

TEST_F(Seal, RefusesEveryTruncationAndEveryFlippedBit) {
  const Bytes sealed = seal(key_.view(), kContext, plain_, random_);
  for (std::size_t size = 0; size < sealed.size(); ++size) {
    EXPECT_FALSE(open(key_.view(), kContext, ByteView(sealed).first(size))) << size;
  }
  for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
    Bytes changed = sealed;
    changed[bit / 8] = static_cast<std::uint8_t>(changed[bit / 8] ^ (1U << (bit % 8)));
    EXPECT_FALSE(open(key_.view(), kContext, changed)) << bit;
  }
  Bytes longer = sealed;
  longer.push_back(0);
  EXPECT_FALSE(open(key_.view(), kContext, longer));
}

TEST_F(Seal, TakesATenantOfAnyLength) {
  const std::string tenant(1000, 't');
  SealContext context = kContext;
  context.tenant = tenant;
  const Bytes sealed = seal(key_.view(), context, plain_, random_);
  EXPECT_EQ(open(key_.view(), context, sealed).value(), plain_);
  EXPECT_FALSE(open(key_.view(), kContext, sealed));
}

TEST_F(Seal, RefusesAKeyOfAnotherLength) {
  const Bytes sealed = seal(key_.view(), kContext, plain_, random_);
  EXPECT_EQ(open(key_.view().first(16), kContext, sealed).error().code, ErrorCode::internal);
}

}  // namespace
}  // namespace cdp::crypto
