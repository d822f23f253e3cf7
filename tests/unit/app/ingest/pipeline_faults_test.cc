// The pipeline over stores that fail on purpose (invariants 5, 7 and 10): what was acknowledged is
// there once, what was refused may be sent again, and nothing hangs.

#include "tests/support/faulty_stores.h"
#include "tests/support/pipeline_words.h"

namespace cdp {
namespace {

using testing::choice;
using testing::document_of;
using testing::Fault;
using testing::is_unavailable;
using testing::PipelineWorld;
using testing::send_later;
using testing::text_attribute;

class PipelineFaults : public ::testing::Test {
 protected:
  PipelineFaults() : faulty_(world_.engine()) {
    world_.use_keys(&faulty_.keys);
    world_.use_ledger(&faulty_.ledger);
    world_.use_state(&faulty_.state);
  }
  ~PipelineFaults() override { world_.close(); }

  event::Observation observation(const std::string& user, const std::string& message,
                                 const std::string& value) {
    auto o = world_.observation(user, message);
    o.attributes.push_back(text_attribute("a_" + message, value));
    return o;
  }
  event::Observation denial(const std::string& user, const std::string& message) {
    auto o = world_.observation(user, message);
    o.statements.push_back(choice(event::Choice::denied));
    return o;
  }
  app::Verdict must_send(event::Observation o) {
    const auto verdicts = world_.send(std::move(o));
    EXPECT_TRUE(verdicts.has_value());
    return verdicts ? verdicts->at(0) : app::Verdict::suppressed;
  }
  std::uint64_t last_position() { return world_.engine().ledger->last_position()->value(); }

  PipelineWorld world_;
  testing::FaultyEngine faulty_;
};

TEST_F(PipelineFaults, EveryWaiterOfAFailedCommitIsRefused) {
  world_.open();
  faulty_.ledger.plan.hold();
  auto first = send_later(world_, observation("u0", "m0", "v"));
  faulty_.ledger.plan.wait_until_held();
  // These gather behind the gate into one group.
  std::vector<std::future<Result<app::Verdicts>>> rest;
  for (int i = 1; i < 20; ++i) {
    const auto name = std::to_string(i);
    rest.push_back(send_later(world_, observation("u" + name, "m" + name, "v")));
  }
  faulty_.ledger.plan.at(2, Fault::refused);
  faulty_.ledger.plan.release();
  EXPECT_TRUE(first.get().has_value());
  for (auto& answer : rest) EXPECT_TRUE(is_unavailable(answer.get()));
  EXPECT_EQ(last_position(), 1U);
  for (int i = 1; i < 20; ++i) {
    const auto name = std::to_string(i);
    EXPECT_EQ(must_send(observation("u" + name, "m" + name, "v")), app::Verdict::accepted);
  }
  EXPECT_EQ(last_position(), 20U);
  EXPECT_EQ(world_.engine().keys->size(), 20U) << "the orphan keys were not used again";
}

TEST_F(PipelineFaults, ADuplicateOfAnUncommittedRecordWaitsForThatCommitAndFailsWithIt) {
  world_.open();
  faulty_.ledger.plan.hold();
  auto blocker = send_later(world_, observation("u0", "m0", "v"));
  faulty_.ledger.plan.wait_until_held();
  auto one = send_later(world_, observation("u1", "m1", "v"));
  auto two = send_later(world_, observation("u1", "m1", "v"));
  EXPECT_EQ(two.wait_for(std::chrono::milliseconds(0)), std::future_status::timeout);
  faulty_.ledger.plan.at(2, Fault::refused);
  faulty_.ledger.plan.release();
  EXPECT_TRUE(blocker.get().has_value());
  EXPECT_TRUE(is_unavailable(one.get()));
  EXPECT_TRUE(is_unavailable(two.get()));
  EXPECT_EQ(must_send(observation("u1", "m1", "v")), app::Verdict::accepted);
}

// One message after the other, the n-th commit failing in one way or the other, sent again until it
// is acknowledged, as a client does: the same as if nothing had failed.
TEST_F(PipelineFaults, NothingIsLostOrDoubledWhicheverCommitFails) {
  for (const Fault fault : {Fault::refused, Fault::ambiguous}) {
    for (std::uint64_t n = 1; n <= 8; ++n) {
      PipelineWorld world;
      testing::FaultyEngine faulty(world.engine());
      world.use_ledger(&faulty.ledger);
      world.open();
      faulty.ledger.plan.at(n, fault);
      int refused = 0;
      for (int m = 0; m < 8; ++m) {
        auto o = world.observation("u" + std::to_string(m % 3), "m" + std::to_string(m));
        o.attributes.push_back(text_attribute("a" + std::to_string(m), std::to_string(m)));
        const auto first = world.send(o);
        if (first) {
          EXPECT_EQ(first->at(0), app::Verdict::accepted);
          continue;
        }
        ++refused;
        const auto again = world.send(o);
        ASSERT_TRUE(again.has_value());
        EXPECT_EQ(again->at(0),
                  fault == Fault::ambiguous ? app::Verdict::duplicate : app::Verdict::accepted);
      }
      EXPECT_EQ(refused, 1);
      EXPECT_EQ(world.engine().ledger->last_position()->value(), 8U);
      for (int round = 0; round < 2; ++round) {
        for (int m = 0; m < 8; ++m) {
          const auto document = document_of(world, "u" + std::to_string(m % 3));
          ASSERT_TRUE(document.has_value());
          EXPECT_TRUE(document->attributes.contains("a" + std::to_string(m)));
        }
        world.close();
        world.open();
      }
      world.close();
    }
  }
}

TEST_F(PipelineFaults, AfterAnAmbiguousCommitTheResendIsADuplicateAndTheFirstIsVisible) {
  world_.open();
  faulty_.ledger.plan.next(Fault::ambiguous);
  EXPECT_TRUE(is_unavailable(world_.send(denial("u1", "m1"))));
  EXPECT_EQ(must_send(denial("u1", "m1")), app::Verdict::duplicate);
  // No drain: the duplicate's acknowledgement alone must be enough (invariant 10).
  const auto profile =
      world_.pipeline().live().profile_by_identifier(world_.token("user_id", "u1"));
  ASSERT_TRUE(profile.has_value() && profile->has_value());
  EXPECT_EQ((*profile)->members.at(0).document.statements.size(), 1U);
}

TEST_F(PipelineFaults, KeysThatBecameDurableWithoutTheirRecordAreUsedAgain) {
  world_.open();
  faulty_.keys.plan.next(Fault::ambiguous);
  EXPECT_TRUE(is_unavailable(world_.send(observation("u1", "m1", "v"))));
  faulty_.ledger.plan.next(Fault::refused);
  EXPECT_TRUE(is_unavailable(world_.send(observation("u1", "m1", "v"))));
  world_.close();
  world_.open();
  EXPECT_EQ(must_send(observation("u1", "m1", "v")), app::Verdict::accepted);
  EXPECT_EQ(world_.engine().keys->size(), 1U);
  EXPECT_EQ(last_position(), 1U);
}

TEST_F(PipelineFaults, ARecordSealedAfterDoubtAboutItsKeyOpensAfterARestart) {
  world_.open();
  faulty_.keys.plan.next(Fault::ambiguous);
  EXPECT_TRUE(is_unavailable(world_.send(observation("u1", "m1", "v"))));
  EXPECT_EQ(must_send(observation("u1", "m1", "v")), app::Verdict::accepted);
  faulty_.state.plan.die();  // the next start reads the ledger, not the state
  world_.close();
  faulty_.state.plan.revive();
  world_.open();
  EXPECT_TRUE(document_of(world_, "u1").has_value());
}

TEST_F(PipelineFaults, TheTrailCarriesOnWithoutGapsAfterFailedCommits) {
  world_.open();
  for (int i = 0; i < 12; ++i) {
    if (i % 3 == 1) faulty_.ledger.plan.next(i % 2 == 0 ? Fault::refused : Fault::ambiguous);
    const auto name = std::to_string(i);
    if (!world_.send(denial("u" + name, "m" + name))) {
      EXPECT_TRUE(world_.send(denial("u" + name, "m" + name)).has_value());
    }
  }
  world_.close();
  std::uint64_t expected = 0;
  ASSERT_TRUE(world_.engine().ledger->read_audit(
      0, UINT64_MAX, [&](const store::AuditRow& row) { EXPECT_EQ(row.index, expected++); }));
  EXPECT_EQ(expected, 24U);  // one for each commit, one for each statement
  world_.open();
  EXPECT_EQ(must_send(denial("u1", "after")), app::Verdict::accepted);
}

TEST_F(PipelineFaults, ANewestRowThatWasErasedDoesNotHandItsPositionToTheNext) {
  world_.open();
  must_send(observation("u1", "m1", "v"));
  must_send(observation("u2", "m2", "v"));
  const auto fence = world_.pipeline().writer().ledger_fence();
  ASSERT_TRUE(world_.engine().ledger->erase({Position(2)}, {PersonaOrdinal(2)}, fence));
  world_.close();
  world_.open();
  must_send(observation("u3", "m3", "v"));
  EXPECT_EQ(last_position(), 3U);
  EXPECT_TRUE(document_of(world_, "u3").has_value()) << "the new row was never folded";
}

TEST_F(PipelineFaults, StoppingWithADeadDiskEnds) {
  world_.plan = testing::plan_copies;
  world_.open();
  must_send(observation("u1", "m1", "v"));
  faulty_.die();
  EXPECT_TRUE(is_unavailable(world_.send(observation("u1", "m2", "v"))));
  world_.close();  // the test's time limit is the watchdog
  SUCCEED();
}

TEST_F(PipelineFaults, AStartThatFailsEnds) {
  class NoDedup final : public testing::ForwardingLedger {
   public:
    using ForwardingLedger::ForwardingLedger;
    Result<void> each_dedup(
        Time, const std::function<void(const Token&, Position, Time)>&) const override {
      return fail(ErrorCode::unavailable, "a fault of the test");
    }
  } broken(*world_.engine().ledger);
  world_.use_ledger(&broken);
  EXPECT_FALSE(world_.try_open().has_value());
  world_.use_ledger(&faulty_.ledger);
  EXPECT_TRUE(world_.try_open().has_value());
}

TEST_F(PipelineFaults, WaitingForAFoldThatHasEndedEnds) {
  world_.open();
  must_send(observation("u1", "m1", "v"));
  world_.pipeline().stop();
  world_.pipeline().fold().drain();
  world_.pipeline().fold().flush_now();
  EXPECT_FALSE(
      world_.pipeline().writer().run([](app::BatchBuilder&) -> Result<void> { return {}; }));
}

TEST_F(PipelineFaults, AFailedFlushStopsIntakeAndLosesNothing) {
  world_.options.flush_observations = 4;
  world_.options.cached_documents = 2;
  world_.open();
  faulty_.state.plan.next(Fault::refused);
  for (int i = 0; i < 4; ++i) {
    const auto name = std::to_string(i);
    must_send(observation("u" + name, "m" + name, "v"));
  }
  world_.pipeline().fold().flush_now();
  EXPECT_FALSE(world_.pipeline().health().has_value());
  // What readers see is still what was acknowledged.
  for (int i = 0; i < 4; ++i) {
    EXPECT_TRUE(document_of(world_, "u" + std::to_string(i)).has_value());
  }
  world_.close();
  world_.open();
  EXPECT_TRUE(world_.pipeline().health().has_value());
  for (int i = 0; i < 4; ++i) {
    EXPECT_TRUE(document_of(world_, "u" + std::to_string(i)).has_value());
  }
}

TEST_F(PipelineFaults, AStatementThatReadersWillNotSeeIsNotAcknowledged) {
  world_.options.flush_observations = 1;
  world_.open();
  faulty_.state.plan.next(Fault::refused);
  must_send(observation("u1", "m1", "v"));
  world_.pipeline().fold().flush_now();
  EXPECT_FALSE(world_.pipeline().health().has_value());
  EXPECT_TRUE(is_unavailable(world_.send(denial("u1", "m2"))));
  world_.close();
  world_.open();
  EXPECT_EQ(document_of(world_, "u1")->statements.size(), 1U) << "it was durable all the same";
  EXPECT_EQ(must_send(denial("u1", "m2")), app::Verdict::duplicate);
}

// The key of a new life is durable before its first record: were a key taken for a life, whatever
// the tombstone holds back would pass after a commit that failed in between.
TEST_F(PipelineFaults, AKeyWhoseFirstRecordFailedOpensNoTombstone) {
  world_.open();
  auto import = world_.prepare(world_.observation("u1", "old"));
  const store::Tombstone erased{store::Tombstone::Scope::persona,
                                world_.pipeline().keyed().tombstone_of(import.fact.persona_token),
                                world_.clock().now()};
  ASSERT_TRUE(world_.pipeline().writer().run([&](app::BatchBuilder& builder) -> Result<void> {
    builder.batch().tombstones.push_back(erased);
    world_.pipeline().writer().add_tombstones({erased});
    return {};
  }));
  world_.clock().advance(Duration::seconds(5));
  auto grant = world_.observation("u1", "new");
  grant.statements.push_back(choice(event::Choice::granted));
  auto act = world_.prepare(std::move(grant));
  act.new_act = true;

  faulty_.ledger.plan.next(Fault::refused);
  EXPECT_FALSE(world_.send(std::vector{act}).has_value());
  EXPECT_EQ(world_.send(std::vector{import})->at(0), app::Verdict::suppressed);
  EXPECT_EQ(world_.send(std::vector{act})->at(0), app::Verdict::accepted);
  const auto life = testing::document_of(world_, "u1");
  ASSERT_TRUE(life.has_value());
  EXPECT_TRUE(life->statements.empty()) << "a new life starts with no grants";
}

// What a delivery confirms is used up in its own commit: no cut leaves the one without the other.
TEST_F(PipelineFaults, AConfirmedRequestGoesWithItsGrantOrNotAtAll) {
  world_.open();
  store::PendingOptIn row;
  row.id[0] = 7;
  row.ends_at = world_.clock().now() + Duration::days(30);
  ASSERT_TRUE(world_.pipeline().writer().run([&](app::BatchBuilder& builder) -> Result<void> {
    builder.batch().opt_ins.push_back(row);
    return {};
  }));
  const auto grant = [&](const std::string& message) {
    auto o = world_.observation("u1", message);
    o.statements.push_back(choice(event::Choice::granted));
    return std::vector{world_.prepare(std::move(o))};
  };
  const auto waits = [&] { return world_.engine().ledger->opt_in(row.id)->has_value(); };
  const std::uint64_t before = last_position();
  faulty_.ledger.plan.next(Fault::refused);
  EXPECT_FALSE(world_.send(grant("m1"), {{row.id}}).has_value());
  EXPECT_EQ(last_position(), before);
  EXPECT_TRUE(waits());
  faulty_.ledger.plan.next(Fault::ambiguous);
  EXPECT_FALSE(world_.send(grant("m1"), {{row.id}}).has_value());
  EXPECT_GT(last_position(), before);
  EXPECT_FALSE(waits());
}

// A ledger whose counter of orders cannot be read.
class ForgetfulLedger final : public testing::ForwardingLedger {
 public:
  using ForwardingLedger::ForwardingLedger;
  Result<std::uint64_t> last_outbox_id() const override {
    if (forgetful) return fail(ErrorCode::unavailable, "a fault of the test");
    return inner_.last_outbox_id();
  }
  bool forgetful = false;
};

TEST_F(PipelineFaults, AStartThatFailsHalfWaySaysSo) {
  ForgetfulLedger ledger(*world_.engine().ledger);
  world_.use_ledger(&ledger);
  world_.open();
  ASSERT_TRUE(world_.send(observation("u1", "m1", "x")).has_value());
  world_.pipeline().fold().drain();
  faulty_.state.plan.die();  // so that the next start has something to fold
  world_.close();
  faulty_.state.plan.revive();
  ledger.forgetful = true;
  const auto opened = world_.try_open();
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code, ErrorCode::unavailable);
  ledger.forgetful = false;
  EXPECT_TRUE(world_.try_open().has_value());
  world_.close();
  world_.use_ledger(&faulty_.ledger);
}

TEST_F(PipelineFaults, AnotherProcessWithTheDirectoryStopsThisOne) {
  world_.open();
  must_send(observation("u1", "m1", "v"));
  ASSERT_TRUE(world_.engine().ledger->take_fence());
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(is_unavailable(world_.send(observation("u1", "n" + std::to_string(i), "v"))));
  }
  EXPECT_FALSE(world_.pipeline().health().has_value());
  world_.close();
}

TEST_F(PipelineFaults, OneClientsLongWordsDoNotCostItsNeighboursTheirCommit) {
  world_.open();
  auto shouting = world_.observation("u1", "m1");
  auto draft = choice(event::Choice::denied);
  draft.channel = std::string(100'000, 'x');
  shouting.statements.push_back(draft);
  std::vector<app::Prepared> items;
  items.push_back(world_.prepare(std::move(shouting)));
  items.push_back(world_.prepare(observation("u2", "m2", "v")));
  EXPECT_TRUE(world_.send(std::move(items)).has_value());
}

TEST_F(PipelineFaults, AFullQueueAndALateFoldAreSaid) {
  world_.options.queue_max = 3;
  world_.options.fold_lag_max = 2;
  world_.open();
  faulty_.ledger.plan.hold();
  std::vector<std::future<Result<app::Verdicts>>> taken;
  taken.push_back(send_later(world_, observation("u0", "m0", "v")));
  faulty_.ledger.plan.wait_until_held();
  for (int i = 1; i <= 3; ++i) {
    taken.push_back(send_later(world_, observation("u1", "m" + std::to_string(i), "v")));
  }
  app::Submission one_more{{}, [](const Result<app::Verdicts>&) { ADD_FAILURE(); }};
  one_more.items.push_back(world_.prepare(observation("u1", "m4", "v")));
  EXPECT_EQ(world_.pipeline().submit(one_more), app::Busy::queue_full);
  EXPECT_EQ(one_more.items.size(), 1U) << "a refused submission stays whole";
  faulty_.ledger.plan.release();
  for (auto& answer : taken) EXPECT_TRUE(answer.get().has_value());
  world_.pipeline().fold().drain();

  // The fold stands at a gate of ours while the writer goes on.
  std::promise<void> entered, leave;
  std::atomic<bool> first{true};
  world_.plan = [&, gone = leave.get_future().share()](const app::Folded&) {
    if (first.exchange(false)) {
      entered.set_value();
      gone.wait();
    }
    return std::vector<app::PlannedEffect>{};
  };
  world_.close();
  world_.open();
  for (int i = 0; i < 3; ++i) must_send(observation("u2", "late" + std::to_string(i), "v"));
  entered.get_future().wait();
  EXPECT_EQ(world_.pipeline().submit(one_more), app::Busy::fold_behind);
  leave.set_value();
  world_.pipeline().fold().drain();
  EXPECT_EQ(world_.pipeline().fold().lag(), 0U);
}

}  // namespace
}  // namespace cdp
