// What an order remembers until it is sent.
#include "connectors/order_body.h"

#include <gtest/gtest.h>

#include "cdp/core/base/random.h"
#include "cdp/core/event/cbor.h"
#include "tests/support/shared_random.h"

namespace cdp::connectors {
namespace {

const Bytes kKey(32, 7);

class OrderBodyTest : public ::testing::Test {
 protected:
  OrderBodyTest() { EXPECT_TRUE(crypto::initialise()); }
  Result<OrderBody> again(const OrderBody& body) {
    return OrderBody::open(kKey, "default", 9, body.seal(kKey, "default", 9, random_));
  }
  Result<OrderBody> opened(event::cbor::Writer& plain) {
    return OrderBody::open(kKey, "default", 9,
                           crypto::seal(kKey, crypto::SealContext{"default", {}, "order", 9, 1},
                                        plain.take(), random_));
  }
  static void five_items(event::cbor::Writer& w) {
    w.text("dsb_1");
    w.text("personalize.content");
    w.uint(static_cast<std::uint64_t>(event::Choice::denied));
    w.bytes(Bytes(16, 0));
    w.integer(77);
  }

  testing::SharedRandom random_{1};
};

TEST_F(OrderBodyTest, ComesBackAsItWas) {
  OrderBody body;
  body.vendor_id = "dsb_1";
  body.purpose = "user.name";
  body.choice = event::Choice::objected;
  body.decided_at = Time{77};
  body.about = OrderBody::About::category;
  body.attributes = {"first_name", "last_name"};
  const auto back = again(body);
  ASSERT_TRUE(back.has_value());
  EXPECT_EQ(back->vendor_id, "dsb_1");
  EXPECT_EQ(back->purpose, "user.name");
  EXPECT_EQ(back->choice, event::Choice::objected);
  EXPECT_EQ(back->decided_at, Time{77});
  EXPECT_EQ(back->about, OrderBody::About::category);
  EXPECT_EQ(back->attributes, body.attributes);
}

TEST_F(OrderBodyTest, OfAnOlderVersionIsANoToAPurpose) {
  event::cbor::Writer w;
  w.array(5);
  five_items(w);
  const auto body = opened(w);
  ASSERT_TRUE(body.has_value());
  EXPECT_EQ(body->about, OrderBody::About::purpose);
  EXPECT_EQ(body->choice, event::Choice::denied);
  EXPECT_TRUE(body->attributes.empty());
}

TEST_F(OrderBodyTest, OfAnotherShapeIsCorrupt) {
  for (const std::uint64_t about : {0U, 4U}) {
    event::cbor::Writer w;
    w.array(7);
    five_items(w);
    w.uint(about);
    w.array(0);
    EXPECT_EQ(opened(w).error().code, ErrorCode::corrupt);
  }
  event::cbor::Writer six;
  six.array(6);
  five_items(six);
  six.uint(1);
  EXPECT_EQ(opened(six).error().code, ErrorCode::corrupt);
}

}  // namespace
}  // namespace cdp::connectors
