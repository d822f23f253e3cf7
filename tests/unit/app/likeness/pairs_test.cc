// What becomes of a pair when somebody refuses or decides between the look at it and the commit.
#include "cdp/app/likeness/pairs.h"

#include <gmock/gmock.h>

#include "cdp/app/officer/decisions.h"
#include "tests/support/likeness_world.h"

namespace cdp {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class BetweenLookAndLink : public testing::LikenessWorld {
 protected:
  BetweenLookAndLink() : LikenessWorld("review = 4\nauto_link = 10\n") {}

  // Links a and b, and c and d, while `meanwhile` happens.
  std::uint64_t linked(std::function<void()> meanwhile) {
    for (const char* name : {"a", "b", "c", "d"}) send(name, {{"first_name", "Ada"}});
    const auto weight = identity::match::weight_of(20.0);
    const auto active = world_.platform().policy().active();
    const std::vector<app::LikePair> pairs = {{ordinal("a"), ordinal("b"), weight, true},
                                              {ordinal("c"), ordinal("d"), weight, true}};
    testing::SharedClock::before_next_read(std::move(meanwhile));
    const auto decided =
        app::decide_pairs(world_.platform().pipeline(), active->policy, "model-1", pairs);
    EXPECT_TRUE(decided.has_value());
    return decided ? decided->linked : 0;
  }
};

TEST_F(BetweenLookAndLink, ARefusalHoldsAndTheOthersAreLinked) {
  EXPECT_EQ(linked([&] { refuse("a"); }), 1U);
  EXPECT_EQ(world_.together("till_row", "a"), 1U);
  EXPECT_EQ(world_.together("till_row", "c"), 2U);
  EXPECT_THAT(world_.audited("match"), ElementsAre(HasSubstr(R"("pairs":1)")));
}

TEST_F(BetweenLookAndLink, WhatAnOfficerDecidesHolds) {
  const auto hold_apart = [&] {
    EXPECT_TRUE(app::commit_decisions(
        world_.platform().pipeline(), [&](app::DecisionWriter& writer) -> Result<void> {
          for (const auto& [first, second] : {std::pair{"a", "b"}, std::pair{"c", "d"}}) {
            app::LinkDecision decision;
            decision.kind = app::LinkDecision::Kind::apart;
            decision.first = ordinal(first);
            decision.second = ordinal(second);
            decision.reason = "shared_contact";
            writer.add(decision);
          }
          return {};
        }));
  };
  EXPECT_EQ(linked(hold_apart), 0U);
  EXPECT_THAT(world_.audited("match"), IsEmpty()) << "of nothing there is no entry";
}

}  // namespace
}  // namespace cdp
