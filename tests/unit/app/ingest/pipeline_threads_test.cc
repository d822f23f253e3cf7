// Many threads at once: an acknowledged statement is visible, nothing uncommitted ever is, and
// stopping in the middle of it ends (invariant 10).

#include <atomic>
#include <thread>

#include "tests/support/faulty_stores.h"
#include "tests/support/pipeline_words.h"
#include "tests/support/store_fixture.h"

namespace cdp {
namespace {

using testing::choice;
using testing::Fault;
using testing::is_unavailable;
using testing::PipelineWorld;
using testing::send_later;

std::size_t statements_seen(PipelineWorld& world, const Token& identifier) {
  const auto profile = world.pipeline().live().profile_by_identifier(identifier);
  if (!profile || !*profile) return 0;
  return (*profile)->members.at(0).document.statements.size();
}

TEST(PipelineThreads, AnUncommittedGrantIsNeverSeen) {
  PipelineWorld world;
  testing::FaultyEngine faulty(world.engine());
  world.use_ledger(&faulty.ledger);
  world.open();
  const Token user = world.token("user_id", "u1");
  auto grant = world.observation("u1", "m1");
  grant.statements.push_back(choice(event::Choice::granted));
  faulty.ledger.plan.hold();
  faulty.ledger.plan.next(Fault::refused);
  auto answer = send_later(world, grant);
  faulty.ledger.plan.wait_until_held();
  EXPECT_EQ(statements_seen(world, user), 0U);
  faulty.ledger.plan.release();
  EXPECT_TRUE(is_unavailable(answer.get()));
  world.pipeline().fold().drain();
  EXPECT_EQ(statements_seen(world, user), 0U);
  ASSERT_TRUE(world.send(grant).has_value());
  EXPECT_EQ(statements_seen(world, user), 1U);
  world.close();
}

// A key store whose log has grown until somebody copies it.
class GrownKeyStore final : public testing::ForwardingKeyStore {
 public:
  using ForwardingKeyStore::ForwardingKeyStore;
  Result<std::size_t> wal_bytes() const override {
    return copied_ ? std::size_t{0} : limits::kCheckpointWalBytes;
  }
  Result<void> checkpoint() override {
    if (!copied_.exchange(true)) copied.set_value();
    return inner_.checkpoint();
  }
  std::promise<void> copied;

 private:
  std::atomic<bool> copied_{false};
};

TEST(PipelineThreads, TheKeysLogIsCopiedWhenItHasGrown) {
  PipelineWorld world;
  GrownKeyStore keys(*world.engine().keys);
  auto copied = keys.copied.get_future();
  world.use_keys(&keys);
  world.open();
  ASSERT_TRUE(world.send(world.observation("u1", "m1")).has_value());
  copied.wait();
  world.close();
}

// Two groups of two, the second prepared while the first is held at the ledger's door.
class TwoGroups : public ::testing::Test {
 protected:
  using Answer = std::future<Result<app::Verdicts>>;

  TwoGroups() : stores_(world_.engine()) {
    world_.use_keys(&stores_.keys);
    world_.use_ledger(&stores_.ledger);
    world_.options.group_max = 2;
    world_.open();
  }
  ~TwoGroups() override { world_.close(); }

  event::Observation by(const std::string& user, const std::string& message) {
    return world_.observation(user, message);
  }
  // Returns when the keys of the second group's new people are made and its commit has to wait.
  std::vector<Answer> meet_at_the_door(const std::vector<event::Observation>& all,
                                       Fault first = Fault::none) {
    stores_.ledger.plan.hold();
    stores_.ledger.plan.at(stores_.ledger.plan.writes() + 1, first);
    const auto keys = stores_.keys.plan.writes();
    auto answers = send_at_once(all);
    stores_.ledger.plan.wait_until_held();
    stores_.keys.plan.wait_for_write(keys + 2);
    return answers;
  }
  // So that they are all in the queue when the writer looks: it is busy with a command until then.
  std::vector<Answer> send_at_once(const std::vector<event::Observation>& all) {
    const auto started = std::make_shared<std::promise<void>>();
    std::promise<void> go;
    world_.pipeline().writer().command(
        {[started, gone = go.get_future().share()](app::BatchBuilder&) -> Result<void> {
           started->set_value();
           gone.wait();
           return fail(ErrorCode::conflict, "nothing to commit");
         },
         nullptr, nullptr});
    started->get_future().wait();
    std::vector<Answer> answers;
    for (const auto& one : all) answers.push_back(send_later(world_, one));
    go.set_value();
    return answers;
  }
  std::vector<store::Record> records() {
    std::vector<store::Record> all;
    EXPECT_TRUE(stores_.ledger.read({}, 100, [&](const auto& record) { all.push_back(record); }));
    return all;
  }
  app::Verdict verdict(Answer& answer) {
    const auto verdicts = answer.get();
    EXPECT_TRUE(verdicts.has_value());
    return verdicts ? verdicts->at(0) : app::Verdict::suppressed;
  }

  PipelineWorld world_;
  testing::FaultyEngine stores_;
};

TEST_F(TwoGroups, TheSecondIsPreparedWhileTheFirstIsOnItsWay) {
  auto answers = meet_at_the_door({by("u1", "1"), by("u2", "2"), by("u1", "3"), by("u3", "4")});
  EXPECT_EQ(stores_.ledger.last_position()->value(), 0U);
  stores_.ledger.plan.release();
  for (auto& answer : answers) EXPECT_EQ(verdict(answer), app::Verdict::accepted);
  const auto all = records();
  ASSERT_EQ(all.size(), 4U);
  EXPECT_EQ(all[2].persona, all[0].persona) << "u1 again";
  EXPECT_EQ(all[2].previous, all[0].position) << "chained over the border of the groups";
}

TEST_F(TwoGroups, TheSecondFailsWithTheFirst) {
  const std::vector all{by("u1", "1"), by("u2", "2"), by("u1", "3"), by("u3", "4")};
  const auto writes = stores_.ledger.plan.writes();
  auto answers = meet_at_the_door(all, Fault::refused);
  stores_.ledger.plan.release();
  for (auto& answer : answers) EXPECT_TRUE(is_unavailable(answer.get()));
  EXPECT_EQ(stores_.ledger.plan.writes(), writes + 1) << "the second was never sent";
  EXPECT_TRUE(records().empty());
  for (const auto& one : all) ASSERT_TRUE(world_.send(one).has_value());
  EXPECT_EQ(records().size(), 4U);
  EXPECT_EQ(records()[2].previous, records()[0].position);
}

TEST_F(TwoGroups, TheSecondFailsWithTheFirstThatWasDurableAfterAll) {
  const std::vector all{by("u1", "1"), by("u2", "2"), by("u3", "3"), by("u4", "4")};
  auto answers = meet_at_the_door(all, Fault::ambiguous);
  stores_.ledger.plan.release();
  for (auto& answer : answers) EXPECT_TRUE(is_unavailable(answer.get()));
  std::vector<app::Verdict> again;
  for (const auto& one : all) again.push_back(world_.send(one)->at(0));
  EXPECT_EQ(again, (std::vector{app::Verdict::duplicate, app::Verdict::duplicate,
                                app::Verdict::accepted, app::Verdict::accepted}));
}

TEST_F(TwoGroups, ADuplicateOfARecordOnItsWayIsAnsweredAfterIt) {
  auto answers = meet_at_the_door({by("u1", "1"), by("u2", "2"), by("u1", "1"), by("u3", "4")});
  stores_.ledger.plan.release();
  EXPECT_EQ(verdict(answers[0]), app::Verdict::accepted);
  EXPECT_EQ(verdict(answers[2]), app::Verdict::duplicate);
  EXPECT_EQ(records().size(), 3U);
}

TEST_F(TwoGroups, ADuplicateOfARecordThatFailsIsNoDuplicate) {
  auto answers = meet_at_the_door({by("u1", "1"), by("u2", "2"), by("u1", "1"), by("u3", "4")},
                                  Fault::refused);
  stores_.ledger.plan.release();
  EXPECT_TRUE(is_unavailable(answers[2].get()));
  EXPECT_EQ(world_.send(by("u1", "1"))->at(0), app::Verdict::accepted);
}

TEST_F(TwoGroups, ACommandWaitsForTheOneOnItsWay) {
  stores_.keys.plan.hold();
  auto answers = send_at_once({by("u1", "1"), by("u2", "2"), by("u3", "3"), by("u4", "4")});
  stores_.keys.plan.wait_until_held();
  std::promise<std::uint64_t> durable;
  auto seen = durable.get_future();
  world_.pipeline().writer().command({[&](app::BatchBuilder&) -> Result<void> {
                                        durable.set_value(stores_.ledger.last_position()->value());
                                        return {};
                                      },
                                      nullptr, nullptr});
  stores_.keys.plan.release();
  EXPECT_EQ(seen.get(), 2U);
  for (auto& answer : answers) EXPECT_EQ(verdict(answer), app::Verdict::accepted);
}

class PipelineStress : public ::testing::TestWithParam<testing::EngineKind> {
 protected:
  static constexpr int kThreads = 4, kRounds = 60;
  PipelineStress()
      : stores_(GetParam()),
        keys_(stores_.keys()),
        ledger_(stores_.ledger()),
        state_(stores_.state()) {
    world_.use_keys(&keys_);
    world_.use_ledger(&ledger_);
    world_.use_state(&state_);
    world_.options.flush_observations = 20;
    world_.options.queue_max = 100;
    world_.options.cached_documents = 4;
    world_.plan = testing::plan_copies;
  }
  ~PipelineStress() override { world_.close(); }

  // One person's life: a statement at a time, sent until it is acknowledged, and looked up at once.
  void live(int thread) {
    const auto user = "u" + std::to_string(thread);
    const Token token = world_.token("user_id", user);
    for (int i = 0; i < kRounds; ++i) {
      auto o = world_.observation(user, user + "-" + std::to_string(i));
      o.statements.push_back(choice(i % 2 == 0 ? event::Choice::granted : event::Choice::denied));
      while (!world_.send(o)) {
      }
      if (statements_seen(world_, token) != static_cast<std::size_t>(i) + 1) ++unseen_;
    }
  }
  // Sends one and waits for its answer; false when the queue is full.
  bool taken(const event::Observation& o) {
    std::promise<bool> acked;
    auto answer = acked.get_future();
    app::Submission submission{
        {}, [&](const Result<app::Verdicts>& v) { acked.set_value(v.has_value()); }};
    submission.items.push_back(world_.prepare(o));
    return world_.pipeline().submit(submission) == app::Busy::no && answer.get();
  }
  // Readers beside them: no position beyond what is durable.
  void watch(const std::atomic<bool>& stop) {
    while (!stop) {
      for (int t = 0; t < kThreads; ++t) {
        const auto profile = world_.pipeline().live().profile_by_identifier(
            world_.token("user_id", "u" + std::to_string(t)));
        if (!profile || !*profile) continue;
        const auto durable = stores_.ledger().last_position();
        for (const auto& s : (*profile)->members.at(0).document.statements) {
          if (s.position > *durable) ++ahead_;
        }
      }
    }
  }

  testing::StoreUnderTest stores_;
  testing::FaultyKeyStore keys_;
  testing::FaultyLedger ledger_;
  testing::FaultyState state_;
  PipelineWorld world_;
  std::atomic<int> unseen_{0}, ahead_{0};
};

TEST_P(PipelineStress, AnAcknowledgedStatementIsVisibleAndNothingIsAhead) {
  ledger_.plan.by([](std::uint64_t n) {
    if (n % 7 == 3) return Fault::refused;
    return n % 11 == 5 ? Fault::ambiguous : Fault::none;
  });
  world_.open();
  std::atomic<bool> stop{false};
  std::vector<std::thread> watchers, people;
  for (int i = 0; i < 2; ++i) watchers.emplace_back([&] { watch(stop); });
  for (int t = 0; t < kThreads; ++t) people.emplace_back([this, t] { live(t); });
  for (auto& thread : people) thread.join();
  stop = true;
  for (auto& thread : watchers) thread.join();
  EXPECT_EQ(unseen_, 0);
  EXPECT_EQ(ahead_, 0);
  ASSERT_TRUE(world_.pipeline().fold().settle());
  EXPECT_EQ(stores_.ledger().last_position()->value(), std::uint64_t{kThreads * kRounds});
}

TEST_P(PipelineStress, StoppingUnderLoadAnswersEverybody) {
  world_.open();
  std::atomic<int> open{0};
  std::atomic<bool> stopped{false};
  std::vector<std::thread> people;
  for (int t = 0; t < kThreads; ++t) {
    people.emplace_back([&, t] {
      for (int i = 0; !stopped; ++i) {
        auto o = world_.observation("u" + std::to_string(t),
                                    std::to_string(t) + "-" + std::to_string(i));
        if (i % 3 == 0) o.statements.push_back(choice(event::Choice::denied));
        app::Submission submission{{}, [&open](const Result<app::Verdicts>&) { --open; }};
        submission.items.push_back(world_.prepare(std::move(o)));
        ++open;
        if (world_.pipeline().submit(submission) != app::Busy::no) --open;
      }
    });
  }
  for (int i = 0; i < 20; ++i) {
    auto o = world_.observation("mine", "mine" + std::to_string(i));
    o.statements.push_back(choice(event::Choice::denied));
    while (!taken(o)) {
    }
  }
  world_.pipeline().stop();
  stopped = true;
  for (auto& thread : people) thread.join();
  EXPECT_EQ(open, 0);
}

INSTANTIATE_TEST_SUITE_P(Engines, PipelineStress,
                         ::testing::Values(testing::EngineKind::memory,
                                           testing::EngineKind::sqlcipher),
                         [](const auto& kind) {
                           return kind.param == testing::EngineKind::memory ? "memory"
                                                                            : "sqlcipher";
                         });

}  // namespace
}  // namespace cdp
