// Which vendors hold a person's data, and whether each was told.
#include "cdp/app/preferences/vendors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cdp/core/store/memory/engine.h"

namespace cdp::app {
namespace {

using consent::preference_centre::VendorStatus;
using ::testing::ElementsAre;

constexpr PersonaOrdinal kPerson{1};

class Vendors : public ::testing::Test {
 protected:
  Vendors() {
    policy_.destinations["mailer"].name = "mailer";
    policy_.destinations["ads"].name = "ads";
  }
  void held(const std::string& destination, const std::string& purpose) {
    store::Disclosure disclosure;
    disclosure.persona = kPerson;
    disclosure.destination = destination;
    disclosure.purpose = purpose;
    batch_.disclosures.push_back(disclosure);
  }
  void order(const std::string& destination, store::OutboxStatus status, int attempts,
             store::OutboxKind kind = store::OutboxKind::choice) {
    store::OutboxItem item;
    item.id = ++last_;
    item.destination = destination;
    item.kind = kind;
    item.persona = kPerson;
    item.status = status;
    item.attempts = attempts;
    batch_.outbox.push_back(item);
  }
  std::vector<std::string> told() {
    const auto fence = ledger_->take_fence();
    EXPECT_TRUE(fence.has_value());
    batch_.batch_id = Token{static_cast<std::uint8_t>(++last_)};
    EXPECT_TRUE(ledger_->commit(batch_, *fence).has_value());
    batch_ = {};
    const auto views = vendors_of(*ledger_, {kPerson}, policy_,
                                  [](const std::string& purpose) { return "title of " + purpose; });
    EXPECT_TRUE(views.has_value());
    static const std::vector<std::string> names = {"told", "waiting", "trying", "failed"};
    std::vector<std::string> out;
    for (const auto& view : *views) {
      std::string line = view.name + " " + names[static_cast<std::size_t>(view.status)];
      for (const auto& purpose : view.purposes) line += ", " + purpose;
      out.push_back(line);
    }
    return out;
  }

  consent::Policy policy_;
  std::unique_ptr<store::Ledger> ledger_ = store::memory::make_ledger();
  store::LedgerBatch batch_;
  std::uint64_t last_ = 0;
};

TEST_F(Vendors, AreNamedOnceWithTheirPurposes) {
  held("mailer", "b");
  held("mailer", "a");
  held("mailer", "a");
  EXPECT_THAT(told(), ElementsAre("mailer told, title of a, title of b"));
}

TEST_F(Vendors, ShowTheWorstOfWhatIsOwed) {
  held("mailer", "a");
  order("mailer", store::OutboxStatus::waiting, 0);
  EXPECT_THAT(told(), ElementsAre("mailer waiting, title of a"));
  order("mailer", store::OutboxStatus::waiting, 3);
  EXPECT_THAT(told(), ElementsAre("mailer trying, title of a"));
  order("mailer", store::OutboxStatus::failed, 12);
  EXPECT_THAT(told(), ElementsAre("mailer failed, title of a"));
}

TEST_F(Vendors, WhoHoldNothingAreNotNamed) {
  order("ads", store::OutboxStatus::waiting, 0);
  held("mailer", "a");
  order("mailer", store::OutboxStatus::waiting, 0, store::OutboxKind::view);
  order("mailer", store::OutboxStatus::failed, 9, store::OutboxKind::correction);
  EXPECT_THAT(told(), ElementsAre("mailer told, title of a")) << "news is not a choice";
}

TEST_F(Vendors, ThatAreConfiguredNoMoreAreLeftToPeople) {
  held("former", "a");
  EXPECT_THAT(told(), ElementsAre("former failed, title of a"));
}

}  // namespace
}  // namespace cdp::app
