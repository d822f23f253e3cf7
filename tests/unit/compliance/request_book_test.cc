#include "compliance/requests/request_book.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cdp/core/store/memory/engine.h"
#include "tests/support/pii_for_tests.h"
#include "tests/support/temp_directory.h"

namespace cdp::compliance {
namespace {

using ::testing::SizeIs;

class RequestBookTest : public ::testing::Test {
 protected:
  RequestBookTest() : ledger_(store::memory::make_ledger()), fence_(*ledger_->take_fence()) {
    EXPECT_TRUE(crypto::initialise());
    auto kek = crypto::key_file_kek(directory_ / "kek", true);
    keyring_ = std::make_unique<crypto::Keyring>(
        std::move(*crypto::Keyring::create(directory_ / "keyring", *kek, random_)));
    book_ = std::make_unique<RequestBook>(
        RequestBook::Services{*ledger_, *keyring_, clock_, random_, "default",
                              [this](store::RequestRow row, audit::Entry entry) -> Result<void> {
                                entries_.push_back(std::move(entry));
                                store::LedgerBatch batch;
                                batch.batch_id = random_.next_token();
                                batch.requests.push_back(std::move(row));
                                return ledger_->commit(batch, fence_);
                              }});
  }
  static event::PrivacyOrder order(const std::string& id, const std::string& email) {
    event::PrivacyOrder order;
    order.vendor_request_id = id;
    order.identifiers.push_back({"email", Pii<std::string>(email)});
    return order;
  }

  testing::TempDirectory directory_;
  SeededRandom random_{11};
  ManualClock clock_{Time{1'767'225'600'000'000}};
  std::unique_ptr<store::Ledger> ledger_;
  store::Fence fence_;
  std::unique_ptr<crypto::Keyring> keyring_;
  std::unique_ptr<RequestBook> book_;
  std::vector<audit::Entry> entries_;
};

TEST_F(RequestBookTest, QueuesAVendorsOrderOnceHoweverOftenItComes) {
  const auto first = book_->queue(order("r-1", "a@shop.example"), "shop");
  const auto again = book_->queue(order("r-1", "a@shop.example"), "shop");
  ASSERT_TRUE(first.has_value() && again.has_value());
  EXPECT_EQ(first->id, again->id);
  EXPECT_THAT(entries_, SizeIs(1));
  EXPECT_NE(book_->queue(order("r-1", "a@shop.example"), "other")->id, first->id);
  EXPECT_NE(book_->queue(order("r-2", "a@shop.example"), "shop")->id, first->id);
}

TEST_F(RequestBookTest, TellsOrdersWithoutANumberApartByWhomTheyName) {
  const auto one = book_->queue(order("", "a@shop.example"), "shop");
  EXPECT_EQ(book_->queue(order("", "a@shop.example"), "shop")->id, one->id);
  EXPECT_NE(book_->queue(order("", "b@shop.example"), "shop")->id, one->id);
}

TEST_F(RequestBookTest, SealsWhomItIsAboutAndForgetsThemWhenDone) {
  const auto row = book_->queue(order("r-1", "a@shop.example"), "shop");
  EXPECT_EQ(as_text(row->sealed).find("a@shop.example"), std::string_view::npos);
  const auto contents = book_->contents_of(*row);
  ASSERT_TRUE(contents.has_value());
  EXPECT_EQ(contents->source, "shop");
  EXPECT_EQ(testing::reveal(contents->identifiers.at(0).value), "a@shop.example");
  const auto done = book_->complete(row->id);
  ASSERT_TRUE(done.has_value());
  EXPECT_EQ(done->status, "complete");
  EXPECT_FALSE(book_->contents_of(*done).has_value());
  EXPECT_TRUE(book_->complete(row->id).has_value());
  EXPECT_THAT(entries_, SizeIs(2));
}

TEST_F(RequestBookTest, OpensWhatOfficersMayOpenAndNothingElse) {
  EXPECT_TRUE(book_->open("access", order("", "a@shop.example").identifiers).has_value());
  EXPECT_EQ(book_->open("erasure", {}).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(book_->open("vendor_redact", {}).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(book_->list("open", 10)->size(), 1U);
  EXPECT_EQ(book_->list("complete", 10)->size(), 0U);
}

TEST(DueAt, IsOneCalendarMonthLater) {
  const auto due = [](const char* from) { return to_rfc3339(due_at(*from_rfc3339(from))); };
  EXPECT_EQ(due("2026-01-15T10:00:00Z"), "2026-02-15T10:00:00Z");
  EXPECT_EQ(due("2026-01-31T10:00:00Z"), "2026-02-28T10:00:00Z");
  EXPECT_EQ(due("2024-01-31T00:00:00Z"), "2024-02-29T00:00:00Z");
  EXPECT_EQ(due("2026-12-31T23:59:59.5Z"), "2027-01-31T23:59:59.500000Z");
}

}  // namespace
}  // namespace cdp::compliance
