// A vendor's echo of our own order is told from what the person said (DESIGN §7 rule 11).
#include <gmock/gmock.h>

#include "cdp/app/activation/vendor_echoes.h"
#include "cdp/app/ingest/intake.h"
#include "tests/support/delivery_world.h"

namespace cdp::app {
namespace {

using event::Choice;
using testing::DeliveryWorld;
using ::testing::IsEmpty;
using testing::kPersonal;
using ::testing::SizeIs;

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

  event::StatementDraft no(Choice choice = Choice::withdrawn) {
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
    const FactBuilder facts(world.world.pipeline().keyed(), world.world.pipeline().codec());
    const auto policy = std::make_shared<consent::Policy>(world.world.policy());
    const VendorEchoes echoes(world.world.pipeline(), [policy] { return policy; });
    const Intake intake(
        world.world.pipeline(), facts,
        [](const event::PrivacyOrder&, const consent::SourceConfig&) { return Result<void>(); },
        [&](const event::Fact& fact, const event::Statement& said) {
          return echoes.take(fact, said);
        });
    std::vector<connectors::Translated> messages;
    messages.emplace_back(std::move(observation));
    std::promise<bool> taken;
    intake.take(std::move(messages), mailer_, *policy,
                [&](const Result<IntakeReport>& report) { taken.set_value(report.has_value()); });
    EXPECT_TRUE(taken.get_future().get());
    world.settle();
  }
  // We say no, and the vendor takes the order.
  void tell_vendor(Choice choice = Choice::withdrawn) {
    world.later(Duration::seconds(1));
    world.choose("u1", choice);
    world.run();
    world.later(Duration::seconds(5));
  }
  void allow_again() {
    event::StatementDraft yes = no(Choice::granted);
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
};

TEST(VendorEcho, OfOurOrderIsNoStatementButAMarkAndAnEntry) {
  EchoWorld one;
  one.tell_vendor();
  const auto sent = one.world.transport.sent().size();
  one.deliver({one.no()});
  one.world.run();
  EXPECT_EQ(one.said_by_vendor(), 0U);
  EXPECT_EQ(one.echoes_audited(), 1U);
  EXPECT_THAT(one.world.transport.sent(), SizeIs(sent));
  std::vector<std::string> codes;
  for (const auto& row : one.world.rows("u1")) codes.push_back(row.last_code);
  EXPECT_THAT(codes, ::testing::Contains("echoed"));
}

TEST(VendorEcho, IsRecognisedInWhateverWordsAndAfterARestart) {
  for (const Choice ours :
       {Choice::withdrawn, Choice::denied, Choice::objected, Choice::restricted}) {
    EchoWorld one;
    one.tell_vendor(ours);
    one.world.restart();
    auto other = one.no(Choice::denied);
    other.method = "customers/update";
    other.is_state = true;
    one.deliver({other});
    EXPECT_EQ(one.said_by_vendor(), 0U) << event::to_string(ours);
  }
}

TEST(VendorEcho, LeavesTheRestOfTheMessage) {
  EchoWorld one;
  one.tell_vendor();
  auto ads = one.no();
  ads.purpose = "marketing.advertising";
  one.deliver({one.no(), ads});
  EXPECT_EQ(one.said_by_vendor(), 1U);
}

TEST(VendorEcho, ComesOnce) {
  EchoWorld one;
  one.tell_vendor();
  one.deliver({one.no()});
  one.world.later(Duration::seconds(60));
  one.deliver({one.no()});
  EXPECT_EQ(one.said_by_vendor(), 1U);
  EXPECT_EQ(one.echoes_audited(), 1U);
}

TEST(VendorEcho, DeliveredAgainIsADuplicateAndNoStatement) {
  EchoWorld one;
  one.tell_vendor();
  const auto echo = one.no();
  one.deliver({echo}, "1", "same");
  one.deliver({echo}, "1", "same");
  EXPECT_EQ(one.said_by_vendor(), 0U);
}

TEST(VendorEcho, AsAStateMayRepeatItself) {
  EchoWorld one;
  one.tell_vendor();
  auto state = one.no();
  state.is_state = true;
  for (int i = 0; i < 3; ++i) {
    one.deliver({state});
    one.world.later(Duration::days(2));  // pulled again and again, with the date of the change
  }
  EXPECT_EQ(one.said_by_vendor(), 0U);
  EXPECT_EQ(one.echoes_audited(), 1U);
}

TEST(VendorEcho, WhileTheOrderIsUnderWayIsOne) {
  EchoWorld one;
  one.world.transport.answer([&](const auto& parts) {
    if (parts.body.find("consent.withdrawn") != std::string::npos) one.deliver({one.no()});
    return testing::ScriptedTransport::Answer{
        testing::ScriptedTransport::Answer::Kind::answered, 204, {}};
  });
  one.tell_vendor();
  EXPECT_EQ(one.said_by_vendor(), 0U);
  EXPECT_EQ(one.echoes_audited(), 1U);
}

TEST(VendorEcho, ANoWithoutAnOrderIsThePersons) {
  EchoWorld one;
  one.world.later(Duration::seconds(1));
  one.deliver({one.no()});
  EXPECT_EQ(one.said_by_vendor(), 1U);
}

TEST(VendorEcho, ANoBeforeTheOrderIsThePersons) {
  EchoWorld one;
  auto earlier = one.no();
  one.world.later(Duration::hours(1));
  one.tell_vendor();
  one.deliver({earlier});
  EXPECT_EQ(one.said_by_vendor(), 1U);
}

TEST(VendorEcho, ANoLongAfterTheOrderIsThePersons) {
  EchoWorld one;
  one.tell_vendor();
  one.world.later(consent::kEchoWindow + Duration::seconds(1));
  one.deliver({one.no()});
  EXPECT_EQ(one.said_by_vendor(), 1U);
}

TEST(VendorEcho, ANoAfterANewerYesIsThePersons) {
  EchoWorld one;
  one.tell_vendor();
  one.allow_again();
  one.deliver({one.no()});
  EXPECT_EQ(one.said_by_vendor(), 1U);
  one.world.run();
}

TEST(VendorEcho, AnObjectionOrAComplaintIsThePersons) {
  EchoWorld one;
  one.tell_vendor();
  auto complaint = one.no();
  complaint.method = "spam_complaint";
  one.deliver({one.no(Choice::objected), complaint, one.no(Choice::restricted)});
  EXPECT_EQ(one.said_by_vendor(), 3U);
}

TEST(VendorEcho, ForARecordThatDoesNotHoldTheNoItselfIsThePersons) {
  EchoWorld one;
  one.tell_vendor();
  one.deliver({one.no()}, "2");  // never heard of: a split could take it away
  EXPECT_EQ(one.said_by_vendor(), 1U);
}

TEST(VendorEcho, ThroughASourceThatIsNotTheDestinationsIsThePersons) {
  EchoWorld one;
  one.world.world.policy().destinations["hook"].source = "another";
  one.tell_vendor();
  one.deliver({one.no()});
  EXPECT_EQ(one.said_by_vendor(), 1U);
}

TEST(VendorEcho, OfARefusedOrderIsNone) {
  EchoWorld one;
  one.world.transport.answer(400);
  one.tell_vendor();
  one.deliver({one.no()});
  EXPECT_EQ(one.said_by_vendor(), 1U);
}

}  // namespace
}  // namespace cdp::app
