// A no through an address counts for everybody who has it, also where it links nobody; and stays so
// whatever happens between the statement and its copies (invariants 2 and 7).
#include "cdp/app/activation/effect_planner.h"
#include "consent/own_choice.h"
#include "tests/support/faulty_stores.h"
#include "tests/support/pipeline_words.h"

namespace cdp {
namespace {

using testing::choice;
using testing::Fault;
using testing::PipelineWorld;

constexpr const char* kMailbox = "info@shop.example";  // a role mailbox: it links nobody

class AddressCopies : public ::testing::Test {
 protected:
  AddressCopies() : faulty_(world_.engine()) {
    world_.use_ledger(&faulty_.ledger);
    const auto policy = std::make_shared<const consent::Policy>(world_.policy());
    planner_ = std::make_unique<app::EffectPlanner>([policy] { return policy; }, *world_.ledger(),
                                                    world_.keyring(), "default", world_.clock(),
                                                    world_.random(), pending_);
    world_.plan = [this](const app::Folded& folded) { return planner_->plan(folded); };
    world_.open();
    for (const std::string user : {"u1", "u2"}) {
      auto o = world_.observation(user, user);
      o.identifiers.push_back({"email", Pii<std::string>(kMailbox)});
      EXPECT_TRUE(world_.send(std::move(o)));
    }
    EXPECT_TRUE(world_.pipeline().fold().settle());
  }
  ~AddressCopies() override { world_.close(); }

  // As our own pages record it, for whoever proved control of the mailbox.
  void say(event::Choice said, std::string_view method = event::method::kSave) {
    const auto shop = world_.source();
    world_.source() = consent::own_source();
    auto o = world_.observation("", "own");
    o.persona_key = Pii<std::string>("own:page");
    o.identifiers = {{"email", Pii<std::string>(kMailbox)}};
    o.statements.push_back(choice(said));
    o.statements.back().method = std::string(method);
    EXPECT_TRUE(world_.send(std::move(o)));
    world_.source() = shop;
  }
  std::size_t statements_of(const std::string& user) {
    return testing::document_of(world_, user)->statements.size();
  }
  std::size_t copies_in_the_ledger() {
    std::size_t found = 0;
    EXPECT_TRUE(world_.ledger()->read(Position(), SIZE_MAX, [&](const store::Record& record) {
      if (record.kind == store::RecordKind::statement_copy) ++found;
    }));
    return found;
  }

  PipelineWorld world_;
  testing::FaultyEngine faulty_;
  app::PendingViews pending_;
  std::unique_ptr<app::EffectPlanner> planner_;
};

TEST_F(AddressCopies, ACrashBetweenTheNoAndItsCopiesLosesNone) {
  const auto written = faulty_.ledger.plan.writes();
  faulty_.ledger.plan.by([written](std::uint64_t write) {
    return write > written + 1 ? Fault::refused : Fault::none;
  });
  say(event::Choice::denied);
  EXPECT_EQ(copies_in_the_ledger(), 0U);
  world_.close();
  faulty_.ledger.plan.revive();
  for (int start = 0; start < 2; ++start) {
    world_.open();
    ASSERT_TRUE(world_.pipeline().fold().settle());
    EXPECT_EQ(statements_of("u1"), 1U);
    EXPECT_EQ(statements_of("u2"), 1U);
    EXPECT_EQ(copies_in_the_ledger(), 2U) << "once each";
    world_.close();
  }
}

// Anybody can claim an address over and over.
TEST_F(AddressCopies, NoNumberOfClaimsKeepsANoFromWhoeverIsVouchedFor) {
  std::vector<app::Prepared> claims;
  world_.source().trust = event::Trust::public_key;
  for (int i = 0; i < 1'100; ++i) {
    const std::string name = "claim-" + std::to_string(i);
    auto o = world_.observation(name, name);
    o.identifiers.push_back({"email", Pii<std::string>(kMailbox)});
    claims.push_back(world_.prepare(std::move(o)));
  }
  world_.source().trust = event::Trust::server;
  ASSERT_TRUE(world_.send(std::move(claims)).has_value());
  ASSERT_TRUE(world_.pipeline().fold().settle());
  say(event::Choice::denied);
  ASSERT_TRUE(world_.pipeline().fold().settle());
  EXPECT_EQ(statements_of("u1"), 1U);
  EXPECT_EQ(statements_of("u2"), 1U);
}

TEST_F(AddressCopies, WhoWaitsForTheEffectsSeesTheCopies) {
  say(event::Choice::denied);
  std::promise<Result<void>> promise;
  world_.pipeline().fold().after_effects(
      [&](const Result<void>& visible) { promise.set_value(visible); });
  ASSERT_TRUE(promise.get_future().get());
  const auto copied = [&](PersonaOrdinal persona) {
    return world_.pipeline().live().profile_of(persona).value()->members[0].document.statements;
  };
  EXPECT_EQ(copied(PersonaOrdinal(1)).size(), 1U);
  EXPECT_EQ(copied(PersonaOrdinal(2)).size(), 1U);
}

TEST_F(AddressCopies, WhoWaitsForEffectsThatDoNotComeIsTold) {
  const auto written = faulty_.ledger.plan.writes();
  faulty_.ledger.plan.by([written](std::uint64_t write) {
    return write > written + 1 ? Fault::refused : Fault::none;
  });
  say(event::Choice::denied);
  std::promise<Result<void>> promise;
  world_.pipeline().fold().after_effects(
      [&](const Result<void>& visible) { promise.set_value(visible); });
  world_.close();
  EXPECT_FALSE(promise.get_future().get());
}

TEST_F(AddressCopies, AYesIsItsRecordsAlone) {
  say(event::Choice::granted);
  ASSERT_TRUE(world_.pipeline().fold().settle());
  EXPECT_EQ(copies_in_the_ledger(), 0U);
}

TEST_F(AddressCopies, AnUnsubscriptionByOneClickIsItsRecordsAlone) {
  say(event::Choice::withdrawn, event::method::kUnsubscribe);
  ASSERT_TRUE(world_.pipeline().fold().settle());
  EXPECT_EQ(copies_in_the_ledger(), 0U);
}

}  // namespace
}  // namespace cdp
