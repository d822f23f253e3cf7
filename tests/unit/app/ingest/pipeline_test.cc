// What the pipeline promises: durable before the ack, once, in order, visible when it says so.

#include <gmock/gmock.h>

#include "cdp/core/event/json.h"
#include "tests/support/pipeline_words.h"

namespace cdp {
namespace {

using testing::PipelineWorld;
using testing::reveal;

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
  EXPECT_EQ(reveal(profile->members.at(0).document.attributes.at("first_name").json), R"("Ada")");
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

// Two spellings of a Gmail address are one mailbox perhaps, and two accounts for sure: folded
// spellings and a shared phone do not make them one person.
TEST(Pipeline, FoldedSpellingsLinkLessThanTheAddressItself) {
  PipelineWorld world;
  world.open();
  const auto customer = [&](const std::string& id, const std::string& email) {
    auto o = world.observation(id, id);
    o.identifiers = {{"shopify.customer_id", Pii<std::string>(id)}};
    o.identifiers.push_back({"phone", Pii<std::string>("+12125552368")});
    o.identifiers.push_back({"email", Pii<std::string>(email)});
    ASSERT_TRUE(world.send(std::move(o)).has_value());
  };
  customer("one", "k.roe2@gmail.com");
  customer("two", "kroe2+x@gmail.com");
  EXPECT_EQ(world.profile("shopify.customer_id", "one")->members.size(), 1U);
  // The very same address is another thing: two independent identifiers (DESIGN §7).
  customer("three", "k.roe2@gmail.com");
  EXPECT_EQ(world.profile("shopify.customer_id", "one")->members.size(), 2U);
}

TEST(Pipeline, AnIdentifierThatIsTooLongIsAnAttributeWithAWarning) {
  PipelineWorld world;
  world.open();
  auto o = world.observation("u1", "m1");
  const std::string address = std::string(1'100, 'a') + "@home.example";
  o.identifiers.push_back({"email", Pii<std::string>(address)});
  auto prepared = world.prepare(std::move(o));
  EXPECT_THAT(prepared.warnings, ::testing::Contains("identifier_too_long"));
  std::vector<app::Prepared> items;
  items.push_back(std::move(prepared));
  ASSERT_TRUE(world.send(std::move(items)).has_value());
  const auto document = testing::document_of(world, "u1");
  ASSERT_TRUE(document.has_value());
  EXPECT_EQ(reveal(document->attributes.at("email").json), json::quote(address));
  EXPECT_EQ(document->identifiers.size(), 1U);
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
