// DeliveryWorld: a pipeline whose effects are planned for real, two webhook destinations, and a
// transport that keeps what was sent and answers as the test says. Lanes are run by hand.
//
// People have a first_name (shown when they agree), a city (never mapped for the purpose) and a
// shoe_size (not configured for any destination).
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "cdp/app/activation/dispatcher.h"
#include "cdp/core/event/json.h"
#include "connectors/destination_factory.h"
#include "tests/support/forwarding_stores.h"
#include "tests/support/household.h"
#include "tests/support/pipeline_world.h"

namespace cdp::testing {

inline constexpr const char* kPersonal = "personalize.content";

class ScriptedTransport final : public connectors::transport::Transport {
 public:
  using Parts = connectors::transport::OutboundRequest::Parts;
  using Answer = connectors::transport::Answer;

  Answer send(connectors::transport::OutboundRequest request) override {
    const Parts& parts = request.parts();
    const std::function<Answer(const Parts&)> answer = [&] {
      const std::lock_guard lock(mutex_);
      sent_.push_back(parts);
      return answer_;
    }();
    return answer ? answer(parts) : Answer{Answer::Kind::answered, 204, {}};
  }
  void answer(std::function<Answer(const Parts&)> answer) {
    const std::lock_guard lock(mutex_);
    answer_ = std::move(answer);
  }
  void answer(int status, Duration retry_after = {}) {
    answer([=](const Parts&) { return Answer{Answer::Kind::answered, status, retry_after}; });
  }
  std::vector<Parts> sent() const {
    const std::lock_guard lock(mutex_);
    return sent_;
  }
  std::vector<std::string> bodies() const {
    std::vector<std::string> all;
    for (const auto& parts : sent()) all.push_back(parts.body);
    return all;
  }

 private:
  mutable std::mutex mutex_;
  std::function<Answer(const Parts&)> answer_;
  std::vector<Parts> sent_;
};

inline std::string delivery_id(const ScriptedTransport::Parts& parts) {
  for (const auto& [name, value] : parts.headers) {
    if (name == "webhook-id") return value;
  }
  return {};
}

// A ledger whose disclosures can be made to fail.
class UndisclosingLedger final : public ForwardingLedger {
 public:
  using ForwardingLedger::ForwardingLedger;
  Result<void> commit(const store::LedgerBatch& batch, store::Fence fence) override {
    const bool refuse = refuse_all || (refuse_disclosures && !batch.disclosures.empty());
    if (refuse) return fail(ErrorCode::unavailable, "a fault of the test");
    return inner_.commit(batch, fence);
  }
  std::atomic<bool> refuse_disclosures{false}, refuse_all{false};
};

class DeliveryWorld {
 public:
  DeliveryWorld() : ledger(*world.engine().ledger) {
    auto& policy = world.policy();
    policy.version = "policy-1";
    policy.attributes["first_name"] = make_attribute("first_name", "user.name.first");
    policy.attributes["city"] = make_attribute("city", "user.contact.address.city", {"essential"});
    for (const std::string name : {"hook", "other"}) {
      consent::DestinationConfig config;
      config.name = name;
      config.kind = "signed_webhook";
      config.url = "https://" + name + ".example/";
      config.role = consent::DestinationRole::processor;
      config.purposes = {kPersonal};
      config.attributes = {"first_name", "city"};
      policy.destinations[name] = config;
    }
    world.use_ledger(&ledger);
    open();
  }
  ~DeliveryWorld() { close(); }

  void open() {
    use_policy(world.policy());
    pending = std::make_unique<app::PendingViews>();
    EXPECT_TRUE(app::DeliveryDispatcher::load_pending(ledger, world.policy(), *pending));
    planner_ = std::make_unique<app::EffectPlanner>(
        [this] {
          const auto rules = rules_.read([](const auto& active) { return active; });
          return std::shared_ptr<const consent::Policy>(rules, &rules->policy);
        },
        ledger, world.keyring(), "default", world.clock(), world.random(), *pending);
    world.plan = [this](const app::Folded& folded) { return planner_->plan(folded); };
    world.open();
    disclosures_ = std::make_unique<app::Disclosures>(world.pipeline().writer(), world.clock());
    use_policy(world.policy());
    services = std::make_unique<app::DeliveryServices>(app::DeliveryServices{
        world.pipeline(), *disclosures_, *pending, transport, [this] { return rules(); },
        [this](const store::OutboxItem& item) { return mint_erasure(item); },
        [this](const store::OutboxItem& item, const connectors::Outcome& outcome) {
          answered_.write([&](auto& kept) { kept.emplace_back(item, outcome); });
        },
        [this](const std::string& destination, std::string_view ended) {
          counted_.write(
              [&](auto& kept) { kept.push_back(destination + " " + std::string(ended)); });
        }});
  }
  void close() {
    lanes_.clear();
    world.close();
  }
  // The process dies and starts again.
  void restart() {
    close();
    open();
  }
  void use_policy(const consent::Policy& policy) {
    auto next = std::make_shared<Active>(policy, world.keyring());
    const std::string secret = "whsec_" + to_base64(Bytes(32, 9));
    for (const auto& [name, config] : policy.destinations) {
      auto made = connectors::make_destination(config, crypto::Secret::copy_of(as_bytes(secret)));
      EXPECT_TRUE(made.has_value());
      next->destinations[name] = std::move(*made);
    }
    rules_.write([&](auto& active) { active = next; });
  }

  void tell(const std::string& user, std::vector<event::Attribute> attributes,
            std::vector<event::StatementDraft> statements = {}) {
    auto observation = world.observation(user, "m" + std::to_string(++messages_));
    observation.attributes = std::move(attributes);
    observation.statements = std::move(statements);
    ASSERT_TRUE(world.send(std::move(observation)).has_value());
    settle();
  }
  void choose(const std::string& user, event::Choice choice) {
    event::StatementDraft draft;
    draft.purpose = kPersonal;
    draft.choice = choice;
    draft.grade = event::Grade::recorded;
    draft.method = "preference_centre";
    draft.occurred_at = world.clock().now();
    tell(user, {}, {draft});
  }
  void person(const std::string& user, const std::string& first_name) {
    choose(user, event::Choice::granted);
    tell(user, {text("first_name", first_name), text("city", "Ulm"), text("shoe_size", "43")});
  }
  static event::Attribute text(const std::string& name, const std::string& value) {
    return {name, Pii<std::string>(json::quote(value))};
  }
  // Everything told so far is folded, and its effects are durable.
  void settle() {
    for (int i = 0; i < 3; ++i) {
      world.pipeline().fold().drain();
      (void)world.pipeline().writer().run([](app::BatchBuilder&) { return Result<void>(); });
    }
  }

  app::DeliveryLane& lane(const std::string& name = "hook") {
    auto& lane = lanes_[name];
    if (!lane) lane = std::make_unique<app::DeliveryLane>(*services, name, stopping);
    return *lane;
  }
  // As after a crash: nothing remembered.
  void forget_lanes() { lanes_.clear(); }
  // Runs a lane until nothing is due now.
  void run(const std::string& name = "hook") {
    for (int i = 0; i < 100; ++i) {
      const auto next = lane(name).run();
      if (!next || *next > world.clock().now()) return;
    }
    ADD_FAILURE() << "the lane never comes to rest";
  }
  void later(Duration by) { world.clock().advance(by); }

  PersonaOrdinal persona(const std::string& user) {
    const auto profile = world.profile("user_id", user);
    return profile ? profile->members.front().persona : PersonaOrdinal();
  }
  std::vector<store::OutboxItem> rows(const std::string& user, const std::string& name = "hook") {
    auto items = ledger.outbox_of(persona(user));
    EXPECT_TRUE(items.has_value());
    std::erase_if(*items, [&](const auto& item) { return item.destination != name; });
    return *items;
  }
  std::vector<store::Disclosure> disclosed(const std::string& user) {
    return *ledger.disclosures_of(persona(user));
  }

  using Answered = std::vector<std::pair<store::OutboxItem, connectors::Outcome>>;

  // What the lanes reported; each lane of a dispatcher reports from a thread of its own.
  std::vector<std::string> counted() const {  // "hook delivered"
    return counted_.read([](const auto& kept) { return kept; });
  }
  Answered answered() const {
    return answered_.read([](const auto& kept) { return kept; });
  }

  PipelineWorld world;
  UndisclosingLedger ledger;
  ScriptedTransport transport;
  std::unique_ptr<app::PendingViews> pending;
  std::unique_ptr<app::DeliveryServices> services;
  std::function<Result<connectors::ErasureOrder>(const store::OutboxItem&)> mint_erasure;
  std::atomic<bool> stopping{false};

 private:
  struct Active {
    Active(consent::Policy from, const crypto::Keyring& keyring)
        : policy(std::move(from)),
          keyed(app::Keyed::from(keyring, "default")),
          gate(policy, keyed.pseudonym, keyed.link) {}
    const consent::Policy policy;
    const app::Keyed keyed;
    const consent::Gate gate;
    std::map<std::string, std::unique_ptr<connectors::Destination>> destinations;
  };
  app::OutboundRules rules() {
    const auto active = rules_.read([](const auto& held) { return held; });
    return {active, &active->policy, &active->gate, &active->destinations};
  }

  Guarded<std::vector<std::string>> counted_;
  Guarded<Answered> answered_;
  Guarded<std::shared_ptr<Active>> rules_;
  std::unique_ptr<app::EffectPlanner> planner_;
  std::unique_ptr<app::Disclosures> disclosures_;
  std::map<std::string, std::unique_ptr<app::DeliveryLane>> lanes_;
  int messages_ = 0;
};

}  // namespace cdp::testing
