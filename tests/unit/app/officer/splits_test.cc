// A split looks again: whoever decided on a person who is another by now is told (ADR 16).
#include "cdp/app/officer/splits.h"

#include <gmock/gmock.h>

#include "tests/support/platform_world.h"

namespace cdp {
namespace {

using ::testing::IsEmpty;
using testing::PlatformWorld;
using ::testing::SizeIs;

constexpr const char* kConfig = R"([source.web]
kind = "segment"
trust = "server"
[source.list]
kind = "csv"
columns = {"E-mail" = "email"}
)";
constexpr const char* kAda = "ada@mail.example";

void come(PlatformWorld& world, const std::string& source, const std::string& type,
          const std::string& value) {
  auto o = world.observation(value, value);
  PlatformWorld::identify(o, type, value);
  PlatformWorld::identify(o, "email", kAda);
  world.send(source, std::move(o));
}

// Two officers saw the same page; one takes an assertion back, the other splits.
TEST(Split, OfSomebodyWhoHasOtherRecordsByNowIsToldAndHoldsNobodyApart) {
  PlatformWorld world(kConfig);
  come(world, "web", "user_id", "ada");
  come(world, "list", "list.row", "row-1");
  auto& pipeline = world.platform().pipeline();
  const auto seen = world.profile("email", kAda);
  ASSERT_TRUE(seen.has_value());
  ASSERT_THAT(seen->members, SizeIs(2));
  const auto row = std::ranges::find_if(
      seen->members, [](const auto& member) { return member.document.source == "list"; });
  ASSERT_NE(row, seen->members.end());
  const PersonaId persona = pipeline.persona_keys().open(row->persona)->persona;

  app::Retractions retractions(pipeline);
  const auto joining = retractions.of(*seen).value();
  const auto theirs = std::ranges::find(joining, row->persona, &app::Assertion::persona);
  ASSERT_NE(theirs, joining.end());
  ASSERT_TRUE(retractions.retract(*seen, {theirs->id}, "shared_contact"));
  ASSERT_EQ(world.together("user_id", "ada"), 1U);

  const auto done = app::split(pipeline, *seen, {persona}, "shared_contact");
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error().code, ErrorCode::conflict);
  EXPECT_THAT(world.audited("unmerge"), IsEmpty());
  ASSERT_TRUE(retractions.restore(theirs->id, "data_error"));
  EXPECT_EQ(world.together("user_id", "ada"), 2U) << "nothing else holds them apart";

  const auto again = world.profile("email", kAda);
  ASSERT_TRUE(app::split(pipeline, *again, {persona}, "shared_contact"));
  EXPECT_EQ(world.together("user_id", "ada"), 1U);
}

// A wrong click is not for ever.
TEST(Split, TakenBackLeavesItToWhatTheyShare) {
  PlatformWorld world(kConfig);
  come(world, "web", "user_id", "ada");
  come(world, "list", "list.row", "row-1");
  auto& pipeline = world.platform().pipeline();
  const auto whole = world.profile("email", kAda);
  ASSERT_TRUE(whole && whole->members.size() == 2);
  const auto row = std::ranges::find_if(
      whole->members, [](const auto& member) { return member.document.source == "list"; });
  const PersonaId persona = pipeline.persona_keys().open(row->persona)->persona;
  ASSERT_TRUE(app::split(pipeline, *whole, {persona}, "shared_contact"));
  ASSERT_EQ(world.together("user_id", "ada"), 1U);

  // Both carry the address by now.
  const Token address = identity::Normaliser::token("email", kAda, pipeline.keyed().link);
  const auto subjects = app::rejoin(pipeline, address, persona, "data_error");
  ASSERT_TRUE(subjects.has_value());
  EXPECT_THAT(*subjects, SizeIs(1));
  EXPECT_EQ(world.together("user_id", "ada"), 2U);
  EXPECT_THAT(world.audited("split_taken_back"), SizeIs(1));
  const auto again = app::rejoin(pipeline, address, persona, "data_error");
  ASSERT_FALSE(again.has_value());
  EXPECT_EQ(again.error().code, ErrorCode::not_found);
  world.reopen();
  EXPECT_EQ(world.together("user_id", "ada"), 2U);
}

// The record that was split off shared nothing with one of those it was split from: that pair, too,
// is held apart no more, or the third would be thrown out. What the rules hold is no split.
TEST(Split, TakenBackHoldsNobodyApartFromTheThird) {
  PlatformWorld world(kConfig);
  come(world, "web", "user_id", "ada");
  come(world, "list", "list.row", "row-1");
  auto till = world.observation("till", "till");
  PlatformWorld::identify(till, "user_id", "ada");
  world.send("web", std::move(till));
  auto& pipeline = world.platform().pipeline();
  const auto whole = world.profile("email", kAda);
  ASSERT_TRUE(whole && whole->members.size() == 3);
  const auto row = std::ranges::find_if(
      whole->members, [](const auto& member) { return member.document.source == "list"; });
  const PersonaId persona = pipeline.persona_keys().open(row->persona)->persona;
  ASSERT_TRUE(app::split(pipeline, *whole, {persona}, "shared_contact"));
  ASSERT_EQ(world.together("user_id", "ada"), 2U);
  const Token address = identity::Normaliser::token("email", kAda, pipeline.keyed().link);
  ASSERT_TRUE(app::rejoin(pipeline, address, persona, "data_error"));
  EXPECT_EQ(world.together("user_id", "ada"), 3U);

  come(world, "web", "user_id", "bea");  // held by the rules: two logins, one address
  const auto bea = world.profile("user_id", "bea");
  const PersonaId other = pipeline.persona_keys().open(bea->members.at(0).persona)->persona;
  EXPECT_FALSE(app::rejoin(pipeline, address, other, "data_error").has_value());
}

}  // namespace
}  // namespace cdp
