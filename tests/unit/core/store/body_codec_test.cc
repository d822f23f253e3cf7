#include "cdp/core/store/body_codec.h"

#include "cdp/core/base/limits.h"
#include "cdp/core/store/body_dictionary.h"

namespace cdp::store {
namespace {

Bytes text(std::string_view value) { return {value.begin(), value.end()}; }

TEST(BodyCodec, GivesBackWhatWasPacked) {
  const BodyCodec codec("t");
  SeededRandom random(1);
  for (const std::size_t size : {0U, 1U, 31U, 32U, 300U, 5'000U, 400'000U}) {
    Bytes plain(size);
    random.fill(plain);
    EXPECT_EQ(codec.unpack(codec.pack(plain)).value(), plain);
  }
}

TEST(BodyCodec, PadsToStepsSoThatLengthsTellLess) {
  const BodyCodec codec("t");
  for (std::size_t size = 0; size < 400; ++size) {
    const Bytes packed = codec.pack(Bytes(size, static_cast<std::uint8_t>(size)));
    EXPECT_EQ(packed.size() % 32, 0U);
  }
  EXPECT_EQ(codec.pack(text("a")).size(), codec.pack(text("abcdef")).size());
}

TEST(BodyCodec, UsesTheDictionaryOfSyntheticEvents) {
  EXPECT_LE(body_dictionary_v1().size(), 8U * 1'024U);
  const Bytes plain = text(
      R"({"product_id":"1","sku":"SKU-7","name":"Linen Shirt","brand":"Ahorn","currency":"EUR"})");
  EXPECT_LE(BodyCodec("t").pack(plain).size(), plain.size() * 3 / 4);
}

TEST(BodyCodec, RefusesEveryChangedByteOrGivesTheSameBack) {
  const BodyCodec codec("t");
  const Bytes plain = text("Order Completed, Order Completed, Order Completed");
  const Bytes packed = codec.pack(plain);
  for (std::size_t at = 0; at < 4; ++at) {
    Bytes changed = packed;
    changed[at] ^= 0x80;
    EXPECT_FALSE(codec.unpack(changed)) << at;
  }
  Bytes changed = packed;
  changed.back() ^= 1;
  EXPECT_FALSE(codec.unpack(changed)) << "the padding is zero";
  for (std::size_t size = 0; size < packed.size(); ++size) {
    EXPECT_FALSE(codec.unpack(ByteView(packed).first(size)));
  }
}

TEST(BodyCodec, RefusesAFrameThatPromisesTooMuch) {
  const BodyCodec codec("t");
  const Bytes bomb = codec.pack(Bytes(2 * limits::kEventBytesMax + 1, 0));
  EXPECT_LT(bomb.size(), 2'000U);
  EXPECT_EQ(codec.unpack(bomb).error().code, ErrorCode::corrupt);
  EXPECT_TRUE(codec.unpack(codec.pack(Bytes(2 * limits::kEventBytesMax, 0))));
}

TEST(BodyCodec, OpensOnlyWhereItWasSealed) {
  const BodyCodec codec("tenant");
  SeededRandom random(2);
  const Bytes key(32, 4);
  const PersonaId persona(random.next_token());
  const Bytes packed = codec.pack(text("body"));
  const Bytes sealed = codec.seal(packed, key, persona, "fact", 7, random);
  EXPECT_EQ(codec.open(sealed, key, persona, "fact", 7).value(), packed);
  EXPECT_FALSE(codec.open(sealed, key, persona, "fact", 8));
  EXPECT_FALSE(codec.open(sealed, key, persona, "document", 7));
  EXPECT_FALSE(codec.open(sealed, key, PersonaId(random.next_token()), "fact", 7));
  EXPECT_FALSE(codec.open(sealed, Bytes(32, 5), persona, "fact", 7));
  EXPECT_FALSE(BodyCodec("other").open(sealed, key, persona, "fact", 7));
}

}  // namespace
}  // namespace cdp::store
