// By seed: random messages, random faults, random kills and restarts over the sqlcipher engine,
// against a model that knows only what was acknowledged (invariants 5, 6, 7, 9 and 10). A failure
// names its seed.

#include <map>
#include <set>

#include "tests/support/faulty_stores.h"
#include "tests/support/pipeline_words.h"
#include "tests/support/store_fixture.h"

namespace cdp {
namespace {

using testing::Fault;
using testing::PipelineWorld;

constexpr std::uint64_t kSeeds = 40;
constexpr std::uint64_t kSteps = 25;
constexpr std::uint64_t kPeople = 6;

// What a message said; sent again it says the same.
struct Message {
  std::string user, id, attribute, value;
  std::optional<event::Choice> said;
};

class Simulation {
 public:
  explicit Simulation(std::uint64_t seed) : random_(seed), stores_(testing::EngineKind::sqlcipher) {
    world_.options.flush_observations = 1 + random_.below(8);
    world_.options.cached_documents = 2 + random_.below(4);
    world_.options.group_max = 1 + random_.below(4);
    world_.plan = [](const app::Folded& folded) {
      auto effects = testing::plan_copies(folded);
      store::OutboxItem item;
      item.destination = "mail";
      item.persona = PersonaOrdinal(1);
      item.cause = folded.position;
      if (folded.document_changed) effects.push_back({folded.position, app::Deliver{item}});
      return effects;
    };
    start();
  }

  void run() {
    for (std::uint64_t step = 0; step < kSteps; ++step) {
      switch (random_.below(12)) {
        case 0:
          restart(/*killed=*/random_.below(2) == 0);
          break;
        case 1:
          break_something();
          break;
        case 2:
          if (!sent_.empty()) send({sent_[random_.below(sent_.size())]});
          break;
        default:
          send_some();
          break;
      }
      if (::testing::Test::HasFatalFailure()) return;
    }
    restart(random_.below(2) == 0);
    check();
    stop();
  }

 private:
  void start() {
    world_.use_keys(nullptr);
    stores_.reopen();
    engine_ = std::make_unique<Faulty>(stores_);
    world_.use_keys(&engine_->keys);
    world_.use_ledger(&engine_->ledger);
    world_.use_state(&engine_->state);
    world_.open();
  }
  void stop() {
    world_.close();
    engine_.reset();
  }
  // Killed: from some moment on nothing reaches the disk any more.
  void restart(bool killed) {
    if (killed) {
      engine_->keys.plan.die();
      engine_->ledger.plan.die();
      engine_->state.plan.die();
      if (random_.below(2) == 0) send_some();
    }
    stop();
    start();
  }
  void break_something() {
    const Fault fault = random_.below(2) == 0 ? Fault::refused : Fault::ambiguous;
    switch (random_.below(4)) {
      case 0:
        return engine_->keys.plan.next(fault);
      case 1:
        return engine_->state.plan.next(fault);
      default:
        return engine_->ledger.plan.at(engine_->ledger.plan.writes() + 1 + random_.below(4), fault);
    }
  }

  void send_some() {
    std::vector<Message> messages;
    for (std::uint64_t i = 0; i <= random_.below(4); ++i) {
      Message message;
      message.user = "u" + std::to_string(random_.below(kPeople));
      message.id = "m" + std::to_string(next_++);
      message.attribute = "a" + message.id;
      message.value = message.id;
      if (random_.below(3) == 0) {
        message.said = random_.below(2) == 0 ? event::Choice::denied : event::Choice::granted;
      }
      messages.push_back(message);
      sent_.push_back(message);
    }
    send(messages);
  }
  event::Observation observation(const Message& message) {
    auto o = world_.observation(message.user, message.id);
    o.attributes.push_back(testing::text_attribute(message.attribute, message.value));
    if (message.said) o.statements.push_back(testing::choice(*message.said));
    return o;
  }
  void send(const std::vector<Message>& messages) {
    std::vector<std::future<Result<app::Verdicts>>> answers;
    for (const auto& message : messages) {
      answers.push_back(testing::send_later(world_, observation(message)));
    }
    for (std::size_t i = 0; i < messages.size(); ++i) {
      const auto answer = answers[i].get();
      if (!answer) continue;
      const bool known = acked_.contains(messages[i].id);
      if (known) {
        EXPECT_EQ(answer->at(0), app::Verdict::duplicate);
      }
      acked_[messages[i].id] = messages[i];
      if (messages[i].said) check_visible(messages[i]);
    }
  }
  // Read your writes: no drain, the acknowledgement alone.
  void check_visible(const Message& message) {
    const auto profile =
        world_.pipeline().live().profile_by_identifier(world_.token("user_id", message.user));
    ASSERT_TRUE(profile.has_value() && profile->has_value());
    const auto& document = (*profile)->members.at(0).document;
    EXPECT_TRUE(document.attributes.contains(message.attribute)) << message.id;
  }

  void check() {
    ASSERT_TRUE(world_.pipeline().fold().settle());
    std::map<std::string, std::size_t> choices;
    for (const auto& [id, message] : acked_) {
      const auto document = testing::document_of(world_, message.user);
      ASSERT_TRUE(document.has_value()) << "lost: " << id;
      const auto found = document->attributes.find(message.attribute);
      ASSERT_NE(found, document->attributes.end()) << "lost: " << id;
      EXPECT_EQ(testing::reveal(found->second.json), "\"" + message.value + "\"");
    }
    check_statements();
    check_ledger();
  }
  // Every attribute comes of one message, so a person's statements are those of the messages that
  // are there, acknowledged or not, each once.
  void check_statements() {
    for (std::uint64_t u = 0; u < kPeople; ++u) {
      const auto user = "u" + std::to_string(u);
      const auto document = testing::document_of(world_, user);
      if (!document) continue;
      std::size_t expected = 0;
      for (const auto& message : sent_) {
        if (message.user != user || !message.said) continue;
        expected += document->attributes.contains(message.attribute) ? 1U : 0U;
      }
      EXPECT_EQ(document->statements.size(), expected) << user;
    }
  }
  // No message twice, no effect twice, none missing, no key twice, the trail without gaps.
  void check_ledger() {
    std::set<Token> dedup;
    std::set<std::uint64_t> positions;
    auto& ledger = stores_.ledger();
    ASSERT_TRUE(ledger.each_header(Position(), [&](const store::Record& record) {
      EXPECT_TRUE(dedup.insert(record.dedup).second) << "a message twice";
      positions.insert(record.position.value());
    }));
    std::multiset<std::uint64_t> causes;
    const auto rows = ledger.outbox_of(PersonaOrdinal(1));
    for (const auto& item : *rows) {
      causes.insert(item.cause.value());
    }
    EXPECT_EQ(causes, std::multiset<std::uint64_t>(positions.begin(), positions.end()));
    EXPECT_LE(stores_.keys().size(), kPeople);
    std::uint64_t leaf = 0;
    ASSERT_TRUE(ledger.read_audit(
        0, UINT64_MAX, [&](const store::AuditRow& row) { EXPECT_EQ(row.index, leaf++); }));
    EXPECT_TRUE(ledger.integrity_check());
  }

  struct Faulty {
    explicit Faulty(testing::StoreUnderTest& stores)
        : keys(stores.keys()), ledger(stores.ledger()), state(stores.state()) {}
    testing::FaultyKeyStore keys;
    testing::FaultyLedger ledger;
    testing::FaultyState state;
  };

  SeededRandom random_;
  testing::StoreUnderTest stores_;
  std::unique_ptr<Faulty> engine_;
  PipelineWorld world_;
  std::uint64_t next_ = 0;
  std::vector<Message> sent_;
  std::map<std::string, Message> acked_;
};

TEST(PipelineSimulation, KilledFailedAndRestartedItKeepsWhatItAcknowledged) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Simulation simulation(seed);
    simulation.run();
    if (::testing::Test::HasFailure()) return;
  }
}

}  // namespace
}  // namespace cdp
