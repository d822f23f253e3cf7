// EchoWorld: a DeliveryWorld whose vendor "hook" speaks to us too, through the source "mailer": we
// tell it a no, and its webhook tells us.
#pragma once

#include "cdp/app/activation/vendor_echoes.h"
#include "cdp/app/ingest/intake.h"
#include "connectors/source_factory.h"
#include "tests/support/delivery_world.h"

namespace cdp::testing {

// A person who was shown to "hook", and hook's own webhook: the source "mailer".
class EchoWorld {
 public:
  EchoWorld() {
    auto& policy = world.world.policy();
    policy.destinations["hook"].source = "mailer";
    consent::Purpose ads;
    ads.key = "marketing.advertising";
    policy.purposes[ads.key] = ads;
    world.use_policy(policy);
    mailer_.name = "mailer";
    mailer_.kind = "mailchimp";
    mailer_.trust = event::Trust::vendor_signed;
    deliver({});  // the vendor knows the person
    world.person("u1", "Ada");
    world.run();
  }

  event::StatementDraft no(event::Choice choice = event::Choice::withdrawn) {
    event::StatementDraft draft;
    draft.purpose = kPersonal;
    draft.choice = choice;
    draft.method = "mailer_unsubscribe";
    draft.occurred_at = world.world.clock().now();
    return draft;
  }
  // The vendor's webhook about the person, through everything that a webhook goes through.
  void deliver(std::vector<event::StatementDraft> drafts, const std::string& member = "1",
               const std::string& message = "") {
    auto observation = world.world.observation("u1", "");
    observation.message_id = message.empty() ? "w" + std::to_string(++messages_) : message;
    observation.persona_key = Pii<std::string>("member:" + member);
    observation.statements = std::move(drafts);
    std::vector<connectors::Translated> messages;
    messages.emplace_back(std::move(observation));
    take(std::move(messages), mailer_);
  }
  // In the vendor's own words.
  void deliver(const consent::SourceConfig& vendor, const std::string& body,
               std::vector<std::pair<std::string, std::string>> headers = {}) {
    const auto source =
        connectors::make_source(vendor, crypto::Secret::copy_of(as_bytes("a secret of ours")));
    ASSERT_TRUE(source.has_value());
    auto messages = (*source)->translate({body, std::move(headers), {}, world.world.clock().now()});
    ASSERT_TRUE(messages.has_value());
    ASSERT_TRUE(std::holds_alternative<event::Observation>(messages->front()));
    take(std::move(*messages), vendor);
  }
  void take(std::vector<connectors::Translated> messages, const consent::SourceConfig& source) {
    const app::FactBuilder facts(world.world.pipeline().keyed(), world.world.pipeline().codec());
    const auto policy = std::make_shared<consent::Policy>(world.world.policy());
    const app::VendorEchoes echoes(world.world.pipeline(), [policy] { return policy; });
    const app::Intake intake(
        world.world.pipeline(), facts,
        [](const event::PrivacyOrder&, const consent::SourceConfig&) { return Result<void>(); },
        [&](const event::Fact& fact, const event::Statement& said) {
          const bool echo = echoes.take(fact, said);
          world.ledger.refuse_all = fails_;
          return echo;
        });
    std::promise<bool> taken;
    intake.take(std::move(messages), source, *policy, [&](const Result<app::IntakeReport>& report) {
      taken.set_value(report.has_value());
    });
    EXPECT_NE(taken.get_future().get(), fails_);
    world.ledger.refuse_all = false;
    world.settle();
  }
  // What is delivered meanwhile is looked at and then not stored: the vendor hears 503.
  void failing(const std::function<void()>& delivery) {
    fails_ = true;
    delivery();
    fails_ = false;
  }
  // We say no, and the vendor takes the order.
  void tell_vendor(event::Choice choice = event::Choice::withdrawn) {
    world.later(Duration::seconds(1));
    world.choose("u1", choice);
    world.run();
    world.later(Duration::seconds(5));
  }
  void allow_again() {
    event::StatementDraft yes = no(event::Choice::granted);
    yes.grade = event::Grade::double_opt_in;
    yes.method = "double_opt_in";
    world.tell("u1", {}, {yes});
    world.later(Duration::seconds(5));
  }

  // What the ledger has from the vendor's mouth.
  std::size_t said_by_vendor() {
    std::size_t count = 0;
    const auto profile = world.world.profile("user_id", "u1");
    for (const auto& member : profile->members) {
      for (const auto& said : member.document.statements) {
        count += said.source == "mailer" && said.copied_from.none() ? 1U : 0U;
      }
    }
    return count;
  }
  std::size_t echoes_audited() {
    std::size_t count = 0;
    const auto size = world.ledger.audit_size();
    EXPECT_TRUE(world.ledger.read_audit(0, *size, [&](const store::AuditRow& row) {
      count += as_text(row.entry).find("\"order_echoed\"") != std::string_view::npos ? 1U : 0U;
    }));
    return count;
  }

  DeliveryWorld world;

 private:
  consent::SourceConfig mailer_;
  int messages_ = 0;
  bool fails_ = false;
};

}  // namespace cdp::testing
