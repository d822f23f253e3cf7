// Which orders are evidence for a soft opt-in.
#include "consent/sales.h"

#include "tests/support/household.h"
#include "tests/support/pii_for_tests.h"

namespace cdp::consent {
namespace {

class Sales : public ::testing::Test {
 protected:
  Sales() {
    policy_.purposes["marketing.similar"] =
        testing::make_purpose("marketing.similar", "email", event::Basis::soft_opt_in);
    policy_.purposes["marketing.similar"].opt_out_offered = "checkout";
    policy_.purposes["marketing.news"] = testing::make_purpose("marketing.news", "email");
    source_.trust = event::Trust::vendor_signed;
    order_.event = event::Event{"Order Completed", {}};
    order_.identifiers.push_back({"user_id", Pii<std::string>("7")});
    order_.identifiers.push_back({"email", Pii<std::string>("a@shop.example")});
    order_.occurred_at = testing::day(1);
    order_.received_at = testing::day(2);
  }
  std::size_t sales() { return sales_in(order_, source_, policy_).size(); }

  Policy policy_;
  SourceConfig source_;
  event::Observation order_;
};

TEST_F(Sales, AnOrderWithAnAddressIsOneForEachSuchPurpose) {
  const auto sales = sales_in(order_, source_, policy_);
  ASSERT_EQ(sales.size(), 1U);
  EXPECT_EQ(sales[0].purpose, "marketing.similar");
  EXPECT_EQ(sales[0].basis, event::Basis::soft_opt_in);
  EXPECT_EQ(sales[0].method, "sale");
  EXPECT_EQ(sales[0].place, "checkout");
  EXPECT_EQ(sales[0].occurred_at, testing::day(1));
  EXPECT_EQ(testing::reveal(sales[0].contact_point->value), "a@shop.example");
}

TEST_F(Sales, ABrowserSellsNothing) {
  source_.trust = event::Trust::public_key;
  EXPECT_EQ(sales(), 0U);
}

TEST_F(Sales, ADeviceBuysNothing) {
  order_.anonymous = true;
  EXPECT_EQ(sales(), 0U);
}

TEST_F(Sales, AnotherEventIsNoSale) {
  order_.event->name = "Order Cancelled";
  EXPECT_EQ(sales(), 0U);
  order_.event.reset();
  EXPECT_EQ(sales(), 0U);
}

TEST_F(Sales, AnOrderWithoutAnAddressOpensNone) {
  order_.identifiers.pop_back();
  EXPECT_EQ(sales(), 0U);
}

}  // namespace
}  // namespace cdp::consent
