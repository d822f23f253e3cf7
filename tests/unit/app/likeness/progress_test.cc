// How far a training or a run over the store is: told while it lasts, of nobody in particular.
#include "cdp/app/likeness/progress.h"

#include <gmock/gmock.h>

#include <vector>

#include "cdp/app/likeness/likeness.h"
#include "tests/support/likeness_world.h"

namespace cdp {
namespace {

using app::MatchProgress;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(MatchProgress, OneIsUnderWayAtATime) {
  MatchProgress progress;
  EXPECT_FALSE(progress.now().running);
  {
    auto first = progress.begin();
    ASSERT_TRUE(first.has_value());
    (*first)->teller()("scoring", 0.5);
    const auto second = progress.begin();
    ASSERT_FALSE(second.has_value());
    EXPECT_EQ(second.error().code, ErrorCode::conflict);
    EXPECT_TRUE(progress.now().running);
    EXPECT_EQ(progress.now().step, "scoring") << "the refused one leaves it alone";
    EXPECT_EQ(progress.now().done, 0.5);
  }
  EXPECT_FALSE(progress.now().running);
  EXPECT_EQ(progress.now().step, "");
  EXPECT_TRUE(progress.begin().has_value());
}

class Progressing : public testing::LikenessWorld {
 protected:
  // The steps in the order in which they are told; each must go forward.
  identity::match::Progress noting() {
    return [this](std::string_view step, double done) {
      EXPECT_GE(done, 0);
      EXPECT_LE(done, 1);
      if (steps_.empty() || steps_.back() != step) {
        steps_.emplace_back(step);
        last_ = 0;
      }
      EXPECT_GE(done, last_) << step;
      last_ = done;
    };
  }
  std::shared_ptr<const app::ActivePolicy> active() { return world_.platform().policy().active(); }

  std::vector<std::string> steps_;
  double last_ = 0;
};

TEST_F(Progressing, ATrainingAndARunTellEveryStepInOrder) {
  invent(80);
  auto& platform = world_.platform();
  const auto policy = active();
  ASSERT_TRUE(
      app::train_on_people(platform.pipeline(), policy->policy, platform.match_models(), noting())
          .has_value());
  EXPECT_THAT(steps_, ElementsAre("reading", "learning", "refining"));
  steps_.clear();
  ASSERT_TRUE(
      app::match_people(platform.pipeline(), policy->policy, platform.match_models(), noting())
          .has_value());
  EXPECT_THAT(steps_, ElementsAre("reading", "scoring", "deciding"));
}

TEST_F(Progressing, TheOperatorAsksBesideItAndASecondOneIsRefused) {
  invent(40);
  EXPECT_EQ(world_.call("GET", "/admin/match/progress").body,
            R"({"running":false,"step":"","done":0.000000})");
  {
    const auto under_way = world_.platform().match_progress().begin();
    ASSERT_TRUE(under_way.has_value());
    (*under_way)->teller()("refining", 0.25);
    EXPECT_EQ(world_.call("GET", "/admin/match/progress").body,
              R"({"running":true,"step":"refining","done":0.250000})");
    for (const char* route : {"/admin/match/run", "/admin/match/train"}) {
      const auto refused = world_.call("POST", route, "{}");
      EXPECT_EQ(refused.status, 409);
      EXPECT_THAT(refused.body, HasSubstr("right now"));
    }
  }
  train();
  EXPECT_THAT(world_.call("GET", "/admin/match/progress").body, HasSubstr(R"("running":false)"));
}

}  // namespace
}  // namespace cdp
