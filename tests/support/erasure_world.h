// ErasureWorld: a data directory on disk with a pipeline, an eraser over it, and a ground that can
// fail after any step; closes and opens again as a crash would.
#pragma once

#include <gtest/gtest.h>

#include <future>

#include "cdp/app/activation/disclosures.h"
#include "cdp/app/erasure_platform.h"
#include "cdp/app/ingest/fact_builder.h"
#include "cdp/core/event/json.h"
#include "cdp/core/store/directory.h"
#include "compliance/erasure/eraser.h"
#include "identity/identifier.h"
#include "tests/support/shared_random.h"
#include "tests/support/temp_directory.h"

namespace cdp::testing {

// Hands everything on until `calls_left` changing calls were made; then every one fails, before or
// after it has been done.
class FailingGround final : public compliance::ErasureGround {
 public:
  enum class When : std::uint8_t { before, after };
  explicit FailingGround(compliance::ErasureGround& inner) : inner_(inner) {}
  void fail_at(int call, When when) {
    calls_left_ = call;
    when_ = when;
  }
  int changes() const { return changes_; }

  Time now() override { return inner_.now(); }
  Random& random() override { return inner_.random(); }
  const store::Ledger& ledger() const override { return inner_.ledger(); }
  Result<void> drain() override { return inner_.drain(); }
  std::vector<PersonaOrdinal> holders(const Token& identifier, event::Tier tier) override {
    return inner_.holders(identifier, tier);
  }
  bool is_vouched(PersonaOrdinal persona) override { return inner_.is_vouched(persona); }
  Result<std::optional<identity::Profile>> profile_of(PersonaOrdinal persona) override {
    return inner_.profile_of(persona);
  }
  Position head(PersonaOrdinal persona) override { return inner_.head(persona); }
  Result<std::optional<store::KeyRow>> key(PersonaOrdinal persona) override {
    return inner_.key(persona);
  }
  Result<std::string> message_id(const store::Record& record) override {
    return inner_.message_id(record);
  }
  Result<Bytes> stored_document(PersonaOrdinal persona) override {
    return inner_.stored_document(persona);
  }
  bool is_in_use(const Token& token) override { return inner_.is_in_use(token); }
  bool is_latched(const Token& token) override { return inner_.is_latched(token); }
  Token tombstone_of(const Token& token) override { return inner_.tombstone_of(token); }
  bool can_be_told(const std::string& destination) override {
    return inner_.can_be_told(destination);
  }
  Result<std::vector<Bytes>> controls() override { return inner_.controls(); }

  Result<void> commit_intent(compliance::ErasureIntent intent) override {
    return change([&] { return inner_.commit_intent(std::move(intent)); });
  }
  Result<void> commit(compliance::ErasureProgress progress) override {
    return change([&] { return inner_.commit(std::move(progress)); });
  }
  Result<void> forget(const std::vector<PersonaOrdinal>& personas) override {
    return change([&] { return inner_.forget(personas); });
  }
  Result<void> show_anew(const std::vector<PersonaOrdinal>& personas) override {
    return change([&] { return inner_.show_anew(personas); });
  }
  Result<void> destroy_keys(const std::vector<PersonaOrdinal>& personas) override {
    return change([&] { return inner_.destroy_keys(personas); });
  }
  Result<void> delete_rows(const std::vector<Position>& records,
                           const std::vector<PersonaOrdinal>& personas) override {
    return change([&] { return inner_.delete_rows(records, personas); });
  }
  Result<void> truncate_logs() override {
    return change([&] { return inner_.truncate_logs(); });
  }
  Result<void> rewrite_files() override {
    return change([&] { return inner_.rewrite_files(); });
  }
  Result<std::vector<std::uint64_t>> find_bytes(const std::vector<Bytes>& needles) override {
    Result<std::vector<std::uint64_t>> found = std::vector<std::uint64_t>();
    CDP_CHECK(change([&]() -> Result<void> {
      found = inner_.find_bytes(needles);
      return {};
    }));
    return found;
  }

 private:
  static tl::unexpected<Error> crashed() {
    return fail(ErrorCode::internal, "the test pulled the plug");
  }
  Result<void> change(const std::function<Result<void>()>& call) {
    ++changes_;
    if (calls_left_ == 0) return crashed();
    if (calls_left_ > 0 && --calls_left_ == 0) {
      if (when_ == When::before) return crashed();
      (void)call().has_value();
      return crashed();
    }
    return call();
  }

  compliance::ErasureGround& inner_;
  int calls_left_ = -1;
  int changes_ = 0;
  When when_ = When::before;
};

class ErasureWorld {
 public:
  static constexpr Time kStart{1'767'225'600'000'000};  // 2026-01-01T00:00:00Z

  ErasureWorld() {
    EXPECT_TRUE(crypto::initialise());
    auto kek = crypto::key_file_kek(*directory_ / "kek", true);
    auto made = crypto::Keyring::create(*directory_ / "keyring", *kek, random_);
    EXPECT_TRUE(made.has_value());
    keyring_ = std::make_unique<crypto::Keyring>(std::move(*made));
    for (const char* name : {"personalize.content", "marketing.communications.email"}) {
      policy_.purposes[name].key = name;
    }
    add_source("shop", event::Trust::vendor_signed);
    add_source("web", event::Trust::server);
    add_source("browser", event::Trust::public_key);
    add_source("list", event::Trust::server);
    open();
  }
  ~ErasureWorld() { close(); }

  void open() {
    auto stores = store::Directory::open(directory_->path(), *keyring_, "test/1");
    ASSERT_TRUE(stores.has_value()) << stores.error().what;
    stores_ = std::make_unique<store::Directory>(std::move(*stores));
    auto opened = app::Pipeline::open(
        {stores_->keys(), stores_->ledger(), stores_->state(), *keyring_, clock_, random_}, options,
        [this](const app::Folded& folded) {
          return plan ? plan(folded) : std::vector<app::PlannedEffect>{};
        });
    ASSERT_TRUE(opened.has_value()) << opened.error().what;
    pipeline_ = std::move(*opened);
    facts_ = std::make_unique<app::FactBuilder>(pipeline_->keyed(), pipeline_->codec());
    disclosures_ = std::make_unique<app::Disclosures>(pipeline_->writer(), clock_);
    platform_ = std::make_unique<app::ErasurePlatform>(app::ErasurePlatform::Services{
        *pipeline_, *disclosures_, pending_,
        [this](const std::vector<Bytes>& needles) { return stores_->find_bytes(needles); },
        [](const std::string& destination) { return destination != "by_hand"; },
        [this](PersonaOrdinal subject, Position cause) {
          return views_of ? views_of(subject, cause) : std::vector<store::OutboxItem>{};
        }});
    ground_ = std::make_unique<FailingGround>(*platform_);
    eraser_ = std::make_unique<compliance::Eraser>(*ground_, *keyring_, "default");
  }
  void close() {
    eraser_.reset();
    ground_.reset();
    platform_.reset();
    disclosures_.reset();
    if (pipeline_) pipeline_->stop();
    pipeline_.reset();
    stores_.reset();
  }
  void reopen() {
    close();
    open();
  }
  // As after kill -9: the files as they lie there now, without what a graceful end would write.
  void crash() {
    auto left = std::make_unique<TempDirectory>();
    for (const auto& file : std::filesystem::directory_iterator(directory_->path())) {
      const auto name = file.path().filename().string();
      if (!name.ends_with("-shm")) std::filesystem::copy_file(file.path(), *left / name);
    }
    close();
    directory_ = std::move(left);
    open();
  }

  event::Observation observation(const std::string& key, const std::string& message_id) {
    event::Observation o;
    o.message_id = message_id;
    o.persona_key = Pii<std::string>(key);
    o.occurred_at = clock_.now();
    o.received_at = clock_.now();
    return o;
  }
  static void identify(event::Observation& o, const std::string& type, const std::string& value) {
    o.identifiers.push_back({type, Pii<std::string>(value)});
  }
  static void attribute(event::Observation& o, const std::string& name, const std::string& text) {
    o.attributes.push_back({name, Pii<std::string>(json::quote(text))});
  }
  app::Verdict send(const std::string& source, event::Observation o) {
    std::promise<Result<app::Verdicts>> promise;
    auto answer = promise.get_future();
    app::Submission submission;
    submission.items.push_back(facts_->build(std::move(o), policy_.sources.at(source), policy_));
    submission.done = [&](Result<app::Verdicts> v) { promise.set_value(std::move(v)); };
    EXPECT_EQ(pipeline_->submit(submission), app::Busy::no);
    const auto verdicts = answer.get();
    EXPECT_TRUE(verdicts.has_value());
    return verdicts ? verdicts->at(0) : app::Verdict::duplicate;
  }
  void send_all(const std::string& source, std::vector<event::Observation> observations) {
    std::promise<Result<app::Verdicts>> promise;
    auto answer = promise.get_future();
    app::Submission submission;
    for (auto& o : observations) {
      submission.items.push_back(facts_->build(std::move(o), policy_.sources.at(source), policy_));
    }
    submission.done = [&](Result<app::Verdicts> v) { promise.set_value(std::move(v)); };
    EXPECT_EQ(pipeline_->submit(submission), app::Busy::no);
    EXPECT_TRUE(answer.get().has_value());
  }
  // As the profile API would after showing the person to a destination.
  void disclose(const std::string& destination, const std::string& vendor_id, Token identifier) {
    const auto holders = pipeline_->live().holders(identifier);
    ASSERT_FALSE(holders.empty());
    const auto members = pipeline_->live().explain(holders.front()).members;
    store::Disclosure row;
    row.persona = members.front().persona;
    row.destination = destination;
    row.purpose = "personalize.content";
    row.attributes = "first_name";
    row.vendor_id = vendor_id;
    row.last_at = clock_.now();
    ASSERT_TRUE(pipeline_->writer().run([&](app::BatchBuilder& builder) -> Result<void> {
      builder.batch().disclosures.push_back(row);
      return {};
    }));
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
  compliance::ErasureAsk ask(const std::string& type, const std::string& value) {
    return {{token(type, value)}, false, "", ""};
  }
  std::vector<std::uint64_t> find(const std::vector<Bytes>& needles) {
    pipeline_->fold().flush_now();
    EXPECT_TRUE(platform_->truncate_logs());
    auto found = stores_->find_bytes(needles);
    EXPECT_TRUE(found.has_value());
    return found ? *found : std::vector<std::uint64_t>();
  }
  std::vector<store::OutboxItem> erasure_orders() {
    std::vector<store::OutboxItem> orders;
    for (std::uint64_t i = 1; i <= stores_->keys().size() + 20; ++i) {
      const auto items = stores_->ledger().outbox_of(PersonaOrdinal(i));
      for (const auto& item : *items) {
        if (item.kind == store::OutboxKind::erasure) orders.push_back(item);
      }
    }
    return orders;
  }
  void deliver(const store::OutboxItem& item) {
    ASSERT_TRUE(pipeline_->writer().run([&](app::BatchBuilder& builder) -> Result<void> {
      builder.batch().outbox_done.push_back(item.id);
      return {};
    }));
  }

  // Both in force from the next open() on.
  app::PipelineOptions options;
  app::PlanEffects plan;
  std::function<std::vector<store::OutboxItem>(PersonaOrdinal, Position)> views_of;

  compliance::Eraser& eraser() { return *eraser_; }
  FailingGround& ground() { return *ground_; }
  app::Pipeline& pipeline() { return *pipeline_; }
  store::Directory& stores() { return *stores_; }
  crypto::Keyring& keyring() { return *keyring_; }
  ManualClock& clock() { return clock_; }
  Random& random() { return random_; }
  app::PendingViews& pending() { return pending_; }
  Token random_token() { return random_.next_token(); }

 private:
  void add_source(const std::string& name, event::Trust trust) {
    auto& source = policy_.sources[name];
    source.name = name;
    source.trust = trust;
  }

  std::unique_ptr<TempDirectory> directory_ = std::make_unique<TempDirectory>();
  ManualClock clock_{kStart};
  SharedRandom random_{7};
  std::unique_ptr<crypto::Keyring> keyring_;
  consent::Policy policy_;
  app::PendingViews pending_;
  std::unique_ptr<store::Directory> stores_;
  std::unique_ptr<app::Pipeline> pipeline_;
  std::unique_ptr<app::FactBuilder> facts_;
  std::unique_ptr<app::Disclosures> disclosures_;
  std::unique_ptr<app::ErasurePlatform> platform_;
  std::unique_ptr<FailingGround> ground_;
  std::unique_ptr<compliance::Eraser> eraser_;
};

}  // namespace cdp::testing
