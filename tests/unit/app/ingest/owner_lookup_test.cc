// Whoever holds the browser's key can claim an address as often as he likes: it must not hide the
// address from its owner, nor from what her rights and mails ask of it.
#include <gmock/gmock.h>

#include "tests/support/pipeline_words.h"

namespace cdp {
namespace {

using testing::PipelineWorld;
using ::testing::SizeIs;

constexpr const char* kAda = "ada@home.example";
constexpr int kClaims = 1'500;

class OwnerLookup : public ::testing::Test {
 protected:
  OwnerLookup() { world_.open(); }
  ~OwnerLookup() override { world_.close(); }

  app::Prepared record(const std::string& user, const std::string& message, event::Trust trust) {
    world_.source().trust = trust;
    auto o = world_.observation(user, message);
    o.identifiers.push_back({"email", Pii<std::string>(kAda)});
    auto prepared = world_.prepare(std::move(o));
    world_.source().trust = event::Trust::server;
    return prepared;
  }
  void send(std::vector<app::Prepared> items) {
    ASSERT_TRUE(world_.send(std::move(items)).has_value());
    ASSERT_TRUE(world_.pipeline().fold().settle());
  }
  void owner(const std::string& message = "own", event::Trust trust = event::Trust::server) {
    std::vector<app::Prepared> items;
    items.push_back(record("ada", message, trust));
    send(std::move(items));
  }
  void claims(int count, event::Trust trust = event::Trust::public_key) {
    std::vector<app::Prepared> items;
    for (int i = 0; i < count; ++i) {
      const std::string name = "c" + std::to_string(i);
      items.push_back(record(name, name, trust));
    }
    send(std::move(items));
  }
  Token address() { return world_.token("email", kAda); }
  PersonaOrdinal ada() { return testing::ordinal_of(world_, "ada"); }

  void expect_answers_of_ada() {
    const auto& live = world_.pipeline().live();
    for (const auto& found :
         {live.profile_by_identifier(address()), live.profile_for_owner(address()),
          live.profile_for_lookup(address())}) {
      ASSERT_TRUE(found.has_value() && found->has_value());
      ASSERT_THAT((*found)->members, SizeIs(1));
      EXPECT_EQ((*found)->members[0].persona, ada());
      EXPECT_FALSE((*found)->members[0].withheld);
    }
    EXPECT_EQ(live.vouched_holder(address()).value(), ada());
  }
  void in_every_way_of_folding(const std::function<void()>& check) {
    check();
    world_.close();
    world_.open();
    check();
    world_.close();
    auto rebuilt = store::open_memory();
    ASSERT_TRUE(app::Pipeline::rebuild_state(world_.services(), world_.options, *rebuilt.state));
    world_.use_state(rebuilt.state.get());
    world_.open();
    check();
    world_.close();
  }

  PipelineWorld world_;
};

TEST_F(OwnerLookup, AnswersWhateverBrowsersClaimOfTheAddress) {
  owner();
  claims(kClaims);
  in_every_way_of_folding([&] { expect_answers_of_ada(); });
}

TEST_F(OwnerLookup, AnswersAlsoWhenTheyCameFirst) {
  claims(kClaims);
  owner();
  expect_answers_of_ada();
}

TEST_F(OwnerLookup, IsNobodysWhenAThousandSourcesVouchForIt) {
  owner();
  claims(1'000, event::Trust::server);
  EXPECT_FALSE(world_.pipeline().live().vouched_holder(address()).value().has_value());
}

// Whose own key became a browser's is vouched for no more, whichever came first and whether or not
// anything new was said.
TEST_F(OwnerLookup, ForgetsNoPublicWordOfARecord) {
  for (const bool public_first : {false, true}) {
    PipelineWorld world;
    world.open();
    for (const auto& message : {"first", "second"}) {
      const bool is_public = public_first == (message == std::string_view("first"));
      world.source().trust = is_public ? event::Trust::public_key : event::Trust::server;
      auto o = world.observation("ada", message);
      o.identifiers.push_back({"email", Pii<std::string>(kAda)});
      ASSERT_TRUE(world.send(std::move(o)).has_value());
    }
    for (int round = 0; round < 2; ++round) {
      ASSERT_TRUE(world.pipeline().fold().settle());
      const Token address = world.token("email", kAda);
      EXPECT_FALSE(world.pipeline().live().vouched_holder(address).value().has_value());
      EXPECT_EQ(testing::document_of(world, "ada")->trust, event::Trust::public_key);
      world.close();
      world.open();
    }
    world.close();
  }
}

}  // namespace
}  // namespace cdp
