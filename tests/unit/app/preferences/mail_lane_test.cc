// The lane of jobs that may send something, on a clock that only sending and waiting move.
#include "cdp/app/preferences/mail_lane.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "tests/support/shared_clock.h"

namespace cdp::app {
namespace {

using ::testing::ElementsAre;

class Lane : public ::testing::Test {
 protected:
  void post_send(Duration lasting = Duration::seconds(1)) {
    lane_.post([this, lasting] {
      lane_.sends();
      begun_at_.push_back(clock_.elapsed().us / 1'000'000);
      clock_.advance(lasting);
    });
  }
  void post_nothing(Duration lasting = {}) {
    lane_.post([this, lasting] { clock_.advance(lasting); });
  }
  // When each message went, in seconds.
  std::vector<std::int64_t> sent() {
    lane_.start([this](Duration span) { clock_.advance(span); });
    lane_.drain();
    return begun_at_;
  }

  testing::SharedClock clock_{Time{}};
  std::vector<std::int64_t> begun_at_;  // by the lane; read after drain()
  MailLane lane_{clock_, 8};
};

TEST_F(Lane, IsAsFarAfterAJobThatSentNothingAsAfterOneThatSent) {
  post_send();
  post_send();
  post_send();
  EXPECT_THAT(sent(), ElementsAre(0, 1, 2));
  lane_.stop();
  begun_at_.clear();
  post_nothing();
  post_nothing(Duration::millis(400));
  post_send();
  EXPECT_THAT(sent(), ElementsAre(5)) << "3 s, and a second for each of the two";
}

TEST_F(Lane, WaitsAsLongAsTheLastSendAndNeverLongerThanOneMayTake) {
  post_send(Duration::seconds(5));
  post_send(Duration::seconds(2));
  post_nothing();
  post_send(Duration::seconds(90));
  post_nothing();
  post_nothing(Duration::seconds(30));
  post_send();
  EXPECT_THAT(sent(), ElementsAre(0, 5, 9, 9 + 90 + 20 + 30));
}

// What is learnt of the relay by a message tells nothing of whether that message was.
TEST(LaneSinceItsStart, TellsNothingOfItsFirstJob) {
  const auto after = [](bool sends, Duration lasting) {
    testing::SharedClock clock{Time{}};
    std::vector<std::int64_t> begun_at;
    MailLane lane{clock, 8};
    const auto post = [&](bool is_sent, Duration took) {
      lane.post([&, is_sent, took] {
        if (is_sent) lane.sends();
        begun_at.push_back(clock.elapsed().us / 1'000);
        clock.advance(took);
      });
    };
    post(sends, lasting);
    for (int i = 0; i < 3; ++i) post(true, Duration::millis(300));
    lane.start([&](Duration span) { clock.advance(span); });
    lane.drain();
    lane.stop();
    return begun_at;
  };
  for (const bool sends : {false, true}) {
    for (const int millis : {0, 20, 300, 1'000})
      EXPECT_THAT(after(sends, Duration::millis(millis)), ElementsAre(0, 1'000, 2'000, 3'000))
          << sends << " " << millis;
  }
}

TEST_F(Lane, TakesNoMoreThanItHolds) {
  for (int i = 0; i < 8; ++i) EXPECT_TRUE(lane_.post([] {}));
  EXPECT_FALSE(lane_.post([] {}));
}

TEST_F(Lane, StopsWhileItWaits) {
  post_send(Duration::seconds(20));
  std::promise<void> begun;
  lane_.post([&] { begun.set_value(); });
  bool reached = false;
  lane_.post([&] { reached = true; });
  lane_.start();  // the machine's time: 20 s, unless it is stopped
  begun.get_future().wait();
  lane_.stop();
  EXPECT_FALSE(reached);
}

}  // namespace
}  // namespace cdp::app
