// What the pipeline promises: durable before the ack, once, in order, visible when it says so.

#include "cdp/core/event/json.h"
#include "tests/support/pii_for_tests.h"
#include "tests/support/pipeline_world.h"

namespace cdp {
namespace {

using testing::PipelineWorld;

event::Attribute attribute(const std::string& name, const std::string& text) {
  return {name, Pii<std::string>(json::quote(text))};
}

TEST(Pipeline, AcknowledgesWhatIsDurable) {
  PipelineWorld world;
  world.open();
  const auto verdicts = world.send(world.observation("u1", "m1"));
  ASSERT_TRUE(verdicts.has_value());
  EXPECT_EQ(verdicts->at(0), app::Verdict::accepted);
  EXPECT_EQ(world.engine().ledger->last_position()->value(), 1U);
}

TEST(Pipeline, CountsADuplicateOfTheSameMessageOnce) {
  PipelineWorld world;
  world.open();
  ASSERT_TRUE(world.send(world.observation("u1", "m1")).has_value());
  EXPECT_EQ(world.send(world.observation("u1", "m1"))->at(0), app::Verdict::duplicate);
  EXPECT_EQ(world.engine().ledger->last_position()->value(), 1U);
}

TEST(Pipeline, CountsADuplicateWithinOneGroupOnce) {
  PipelineWorld world;
  world.open();
  std::vector<app::Prepared> items;
  items.push_back(world.prepare(world.observation("u1", "m1")));
  items.push_back(world.prepare(world.observation("u1", "m1")));
  const auto verdicts = world.send(std::move(items));
  EXPECT_EQ(*verdicts, (app::Verdicts{app::Verdict::accepted, app::Verdict::duplicate}));
}

TEST(Pipeline, KeepsDedupAcrossRestart) {
  PipelineWorld world;
  world.open();
  ASSERT_TRUE(world.send(world.observation("u1", "m1")).has_value());
  world.close();
  world.open();
  EXPECT_EQ(world.send(world.observation("u1", "m1"))->at(0), app::Verdict::duplicate);
}

TEST(Pipeline, ShowsAttributesToReadersAfterTheFold) {
  PipelineWorld world;
  world.open();
  auto observation = world.observation("u1", "m1");
  observation.attributes.push_back(attribute("first_name", "Ada"));
  ASSERT_TRUE(world.send(std::move(observation)).has_value());
  const auto profile = world.profile("user_id", "u1");
  ASSERT_TRUE(profile.has_value());
  EXPECT_EQ(testing::reveal(profile->members.at(0).document.attributes.at("first_name").json),
            R"("Ada")");
}

TEST(Pipeline, JoinsPersonasThatShareALoginAndKeepsThemAfterRestart) {
  PipelineWorld world;
  world.open();
  auto anonymous = world.observation("device", "m1");
  anonymous.persona_key = Pii<std::string>("anon:a1");
  anonymous.identifiers = {{"anonymous_id", Pii<std::string>("a1")}};
  anonymous.anonymous = true;
  ASSERT_TRUE(world.send(std::move(anonymous)).has_value());
  auto login = world.observation("u1", "m2");
  login.identifiers.push_back({"anonymous_id", Pii<std::string>("a1")});
  ASSERT_TRUE(world.send(std::move(login)).has_value());
  EXPECT_EQ(world.profile("user_id", "u1")->members.size(), 2U);
  world.close();
  world.open();
  EXPECT_EQ(world.profile("anonymous_id", "a1")->members.size(), 2U);
}

TEST(Pipeline, StatementsAreVisibleWhenAcknowledged) {
  PipelineWorld world;
  world.open();
  auto observation = world.observation("u1", "m1");
  event::StatementDraft draft;
  draft.purpose = "personalize.content";
  draft.choice = event::Choice::denied;
  observation.statements.push_back(draft);
  ASSERT_TRUE(world.send(std::move(observation)).has_value());
  // No drain: the acknowledgement alone must be enough.
  const auto profile = world.pipeline().live().profile_by_identifier(world.token("user_id", "u1"));
  ASSERT_TRUE(profile.has_value() && profile->has_value());
  EXPECT_EQ((*profile)->members.at(0).document.statements.size(), 1U);
}

TEST(Pipeline, CarriesOnInPositionOrderAfterManyRestarts) {
  PipelineWorld world;
  for (int round = 0; round < 5; ++round) {
    world.open();
    for (int i = 0; i < 20; ++i) {
      auto observation =
          world.observation("u" + std::to_string(i % 7), "m" + std::to_string(round * 20 + i));
      observation.attributes.push_back(attribute("n", std::to_string(round * 20 + i)));
      ASSERT_TRUE(world.send(std::move(observation)).has_value());
    }
    world.close();
  }
  EXPECT_EQ(world.engine().ledger->last_position()->value(), 100U);
  EXPECT_EQ(world.engine().keys->size(), 7U);
}

}  // namespace
}  // namespace cdp
