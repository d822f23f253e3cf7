// PipelineWorld: a pipeline over the memory engine with a manual clock and seeded randomness, and
// short words to feed and ask it.
#pragma once

#include <gtest/gtest.h>

#include <future>

#include "cdp/app/ingest/fact_builder.h"
#include "cdp/app/ingest/pipeline.h"
#include "cdp/core/store/directory.h"
#include "identity/identifier.h"
#include "tests/support/shared_clock.h"
#include "tests/support/shared_random.h"
#include "tests/support/temp_directory.h"

namespace cdp::testing {

// Logins that may meet: most tests of the pipeline are about what happens when two people become
// one, not about whether they should.
inline identity::IdentifierPolicy logins_that_meet() {
  identity::TypeOverride login;
  login.unique = false;
  login.anchor = false;
  auto rules = identity::Rules::with({{"user_id", login}});
  EXPECT_TRUE(rules.has_value());
  return *identity::IdentifierPolicy::with(std::move(*rules), {});
}

inline constexpr Time kStart{1'767'225'600'000'000};  // 2026-01-01T00:00:00Z

class PipelineWorld {
 public:
  PipelineWorld() : PipelineWorld(store::open_memory()) {}
  explicit PipelineWorld(store::Engine engine) : engine_(std::move(engine)) {
    EXPECT_TRUE(crypto::initialise());
    auto kek = crypto::key_file_kek(directory_.path() / "kek", true);
    auto made = crypto::Keyring::create(directory_.path() / "keyring", *kek, random_);
    EXPECT_TRUE(made.has_value());
    keyring_ = std::make_unique<crypto::Keyring>(std::move(*made));
    policy_.purposes["personalize.content"] = purpose("personalize.content", "");
    policy_.purposes["marketing.communications.email"] =
        purpose("marketing.communications.email", "email");
    source_.name = "web";
    source_.kind = "segment";
    source_.trust = event::Trust::server;
  }
  ~PipelineWorld() { close(); }

  void open() {
    const auto opened = try_open();
    ASSERT_TRUE(opened.has_value()) << opened.error().what;
  }
  Result<void> try_open() {
    CDP_TRY(pipeline_, app::Pipeline::open(services(), options, [this](const app::Folded& folded) {
              return plan ? plan(folded) : std::vector<app::PlannedEffect>{};
            }));
    facts_ = std::make_unique<app::FactBuilder>(pipeline_->keyed(), pipeline_->codec());
    return {};
  }
  void close() {
    if (pipeline_) pipeline_->stop();
    pipeline_.reset();
  }

  event::Observation observation(const std::string& user, const std::string& message_id) {
    event::Observation o;
    o.message_id = message_id;
    o.persona_key = Pii<std::string>("user:" + user);
    o.identifiers.push_back({"user_id", Pii<std::string>(user)});
    o.occurred_at = clock_.now();
    o.received_at = clock_.now();
    return o;
  }
  app::Prepared prepare(event::Observation o) {
    return facts_->build(std::move(o), source_, policy_);
  }
  Result<app::Verdicts> send(std::vector<app::Prepared> items, app::UsedUp used_up = {}) {
    std::promise<Result<app::Verdicts>> promise;
    auto answer = promise.get_future();
    app::Submission submission{std::move(items),
                               [&](Result<app::Verdicts> v) { promise.set_value(std::move(v)); },
                               std::move(used_up)};
    EXPECT_EQ(pipeline_->submit(submission), app::Busy::no);
    return answer.get();
  }
  Result<app::Verdicts> send(event::Observation o) {
    std::vector<app::Prepared> items;
    items.push_back(prepare(std::move(o)));
    return send(std::move(items));
  }
  Token token(const std::string& type, const std::string& value) {
    return identity::Normaliser::token(type, value, pipeline_->keyed().link);
  }
  std::optional<identity::Profile> profile(const std::string& type, const std::string& value) {
    pipeline_->fold().drain();
    auto found = pipeline_->live().profile_by_identifier(token(type, value));
    EXPECT_TRUE(found.has_value());
    return found ? std::move(*found) : std::nullopt;
  }

  app::Pipeline& pipeline() { return *pipeline_; }
  store::Engine& engine() { return engine_; }
  store::Ledger* ledger() { return ledger_override_ ? ledger_override_ : engine_.ledger.get(); }
  void use_ledger(store::Ledger* ledger) { ledger_override_ = ledger; }
  void use_keys(store::KeyStore* keys) { keys_override_ = keys; }
  void use_state(store::State* state) { state_override_ = state; }
  app::PipelineServices services() {
    return {keys_override_ ? *keys_override_ : *engine_.keys,
            *ledger(),
            state_override_ ? *state_override_ : *engine_.state,
            *keyring_,
            clock_,
            random_};
  }
  SharedClock& clock() { return clock_; }
  consent::SourceConfig& source() { return source_; }
  consent::Policy& policy() { return policy_; }
  crypto::Keyring& keyring() { return *keyring_; }
  SharedRandom& random() { return random_; }
  std::function<std::vector<app::PlannedEffect>(const app::Folded&)> plan;
  app::PipelineOptions options = [] {
    app::PipelineOptions made;
    made.identifiers = logins_that_meet();
    return made;
  }();

 private:
  static consent::Purpose purpose(std::string key, std::string channel) {
    consent::Purpose p;
    p.key = std::move(key);
    p.channel = std::move(channel);
    return p;
  }

  TempDirectory directory_;
  SharedClock clock_{kStart};
  SharedRandom random_{42};
  store::Engine engine_;
  store::Ledger* ledger_override_ = nullptr;
  store::KeyStore* keys_override_ = nullptr;
  store::State* state_override_ = nullptr;
  std::unique_ptr<crypto::Keyring> keyring_;
  consent::Policy policy_;
  consent::SourceConfig source_;
  std::unique_ptr<app::Pipeline> pipeline_;
  std::unique_ptr<app::FactBuilder> facts_;
};

}  // namespace cdp::testing
