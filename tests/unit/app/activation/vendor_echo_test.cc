// A vendor's echo of our own order is told from what the person said (DESIGN §7 rule 11).
#include <gmock/gmock.h>

#include "cdp/app/activation/vendor_echoes.h"
#include "cdp/app/ingest/intake.h"
#include "connectors/source_factory.h"
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
    const FactBuilder facts(world.world.pipeline().keyed(), world.world.pipeline().codec());
    const auto policy = std::make_shared<consent::Policy>(world.world.policy());
    const VendorEchoes echoes(world.world.pipeline(), [policy] { return policy; });
    const Intake intake(
        world.world.pipeline(), facts,
        [](const event::PrivacyOrder&, const consent::SourceConfig&) { return Result<void>(); },
        [&](const event::Fact& fact, const event::Statement& said) {
          const bool echo = echoes.take(fact, said);
          world.ledger.refuse_all = fails_;
          return echo;
        });
    std::promise<bool> taken;
    intake.take(std::move(messages), source, *policy,
                [&](const Result<IntakeReport>& report) { taken.set_value(report.has_value()); });
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
  bool fails_ = false;
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
  EXPECT_THAT(codes, ::testing::Contains(::testing::StartsWith("echoed")));
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

// What an older version noted says nothing of the message.
TEST(VendorEcho, ThatWasNotedWithoutItsMessageHasBeen) {
  EchoWorld one;
  one.tell_vendor();
  auto order = one.world.rows("u1").back();
  ASSERT_EQ(order.kind, store::OutboxKind::choice);
  order.last_code = "echoed";
  ASSERT_TRUE(one.world.world.pipeline()
                  .writer()
                  .run([&](BatchBuilder& builder) -> Result<void> {
                    builder.batch().outbox.push_back(order);
                    return {};
                  })
                  .has_value());
  one.deliver({one.no()});
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

TEST(VendorEcho, IsOneAgainWhenTheVendorRepeatsTheMessageThatWeCouldNotStore) {
  for (const bool dated : {true, false}) {
    EchoWorld one;
    one.tell_vendor();
    auto echo = one.no();
    if (!dated) echo.occurred_at = {};
    one.failing([&] { one.deliver({echo}, "1", "same"); });
    EXPECT_EQ(one.echoes_audited(), 1U);
    one.world.restart();
    one.world.later(Duration::hours(3));
    one.failing([&] { one.deliver({echo}, "1", "same"); });
    one.deliver({echo}, "1", "same");
    EXPECT_EQ(one.said_by_vendor(), 0U) << "dated " << dated;
    EXPECT_EQ(one.echoes_audited(), 1U);
    one.deliver({one.no()});
    EXPECT_EQ(one.said_by_vendor(), 1U) << "another message is the person's word";
  }
}

TEST(VendorEcho, IsOneAgainAlsoWhenAYesCameBetweenTheMessageAndItsRepetition) {
  EchoWorld one;
  one.tell_vendor();
  auto echo = one.no();
  echo.occurred_at = {};  // else its date would lose against the yes in any case
  one.failing([&] { one.deliver({echo}, "1", "same"); });
  one.allow_again();
  one.deliver({echo}, "1", "same");
  EXPECT_EQ(one.said_by_vendor(), 0U);
}

TEST(VendorEcho, IsOneAgainWhenTheOrderWasStillUnderWay) {
  EchoWorld one;
  auto echo = one.no();
  echo.occurred_at = {};
  one.world.transport.answer([&](const auto& parts) {
    if (parts.body.find("consent.withdrawn") != std::string::npos) {
      one.failing([&] { one.deliver({echo}, "1", "same"); });
    }
    return testing::ScriptedTransport::Answer{
        testing::ScriptedTransport::Answer::Kind::answered, 204, {}};
  });
  one.tell_vendor();
  one.world.later(Duration::hours(3));
  one.deliver({echo}, "1", "same");
  EXPECT_EQ(one.said_by_vendor(), 0U);
  EXPECT_EQ(one.echoes_audited(), 1U);
}

TEST(VendorEcho, RepeatedTakesNoMoreOfTheMessageThanAtFirst) {
  EchoWorld one;
  one.tell_vendor();
  auto ads = one.no();
  ads.purpose = "marketing.advertising";
  auto objection = one.no(Choice::objected);
  auto at_an_address = one.no();
  at_an_address.contact_point = event::Identifier{"email", Pii<std::string>("a@shop.example")};
  const std::vector<event::StatementDraft> all = {one.no(), ads, objection, at_an_address};
  one.failing([&] { one.deliver(all, "1", "same"); });
  one.deliver(all, "1", "same");
  EXPECT_EQ(one.said_by_vendor(), 3U);
}

TEST(VendorEcho, OfTwoOrdersEachHasItsOwn) {
  EchoWorld one;
  one.world.later(Duration::seconds(1));
  one.tell_vendor();
  one.deliver({one.no()}, "1", "first");
  one.allow_again();
  one.tell_vendor();
  one.failing([&] { one.deliver({one.no()}, "1", "second"); });
  one.deliver({one.no()}, "1", "second");
  EXPECT_EQ(one.said_by_vendor(), 0U);
  EXPECT_EQ(one.echoes_audited(), 2U);
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

TEST(VendorEcho, WhileTheOrderIsUnderWayComesOnce) {
  EchoWorld one;
  one.world.transport.answer([&](const auto& parts) {
    if (parts.body.find("consent.withdrawn") != std::string::npos) {
      one.deliver({one.no()});
      one.deliver({one.no()});
    }
    return testing::ScriptedTransport::Answer{
        testing::ScriptedTransport::Answer::Kind::answered, 204, {}};
  });
  one.tell_vendor();
  EXPECT_EQ(one.said_by_vendor(), 1U);
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

TEST(VendorEcho, ANoAfterTheOrderIsThePersons) {
  EchoWorld one;
  one.tell_vendor();
  one.world.later(consent::kEchoSkew + Duration::seconds(1));
  one.deliver({one.no()});
  EXPECT_EQ(one.said_by_vendor(), 1U);
}

TEST(VendorEcho, ANoLongAfterAnOrderOfWhichNobodyKnowsWhetherItCameIsThePersons) {
  EchoWorld one;
  one.world.transport.answer(503);
  one.tell_vendor();
  auto late = one.no();
  late.occurred_at = {};
  one.world.later(Duration::days(60));
  one.deliver({late});
  EXPECT_EQ(one.said_by_vendor(), 1U);
}

TEST(VendorEcho, OfANewerNoStandsAgainstAYesThatTheVendorTellsOfLate) {
  EchoWorld one;
  one.tell_vendor();
  one.world.later(Duration::hours(12));
  auto yes = one.no(Choice::granted);
  yes.grade = event::Grade::double_opt_in;
  yes.method = "double_opt_in";
  one.world.later(Duration::hours(8));
  one.deliver({one.no()});
  one.world.later(Duration::seconds(5));
  one.deliver({yes});
  EXPECT_EQ(one.said_by_vendor(), 2U) << "both are the person's, and the no is the newer one";
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

// A newsletter's vendor who was given the address: our no goes out, its own webhook comes in.
constexpr const char* kNews = "marketing.communications.email";
constexpr const char* kAddress = "ada@shop.example";

class DialectWorld : public EchoWorld {
 public:
  explicit DialectWorld(const std::string& kind) {
    vendor_.name = "newsletter";
    vendor_.kind = kind;
    vendor_.trust = event::Trust::vendor_signed;
    auto& policy = world.world.policy();
    policy.attributes["email"] = testing::make_attribute("email", "user.contact.email");
    policy.destinations["hook"].source = vendor_.name;
    policy.destinations["hook"].purposes.emplace_back(kNews);
    policy.destinations["hook"].attributes.emplace_back("email");
    world.use_policy(policy);
  }
  // The shop's record and the vendor's become one person, who agrees and is shown to the vendor.
  void meet(const std::function<void()>& first_webhook) {
    first_webhook();
    say(Choice::granted);
    world.run();
    ASSERT_THAT(world.transport.bodies(), ::testing::Contains(::testing::HasSubstr(kAddress)));
  }
  void say(Choice choice) {
    world.later(Duration::seconds(1));
    auto observation = world.world.observation("u1", "s" + std::to_string(++said_));
    observation.identifiers.push_back({"email", Pii<std::string>(kAddress)});
    auto draft = no(choice);
    draft.purpose = kNews;
    draft.channel = "email";
    draft.grade = event::Grade::recorded;
    draft.contact_point = event::Identifier{"email", Pii<std::string>(kAddress)};
    observation.statements.push_back(std::move(draft));
    ASSERT_TRUE(world.world.send(std::move(observation)).has_value());
    world.settle();
  }
  void tell_newsletter() {
    say(Choice::withdrawn);
    world.run();
    ASSERT_THAT(world.transport.bodies(),
                ::testing::Contains(::testing::HasSubstr("consent.withdrawn")));
    world.later(Duration::seconds(5));
  }
  std::size_t withdrawn_by_vendor() {
    std::size_t count = 0;
    const auto profile = world.world.profile("user_id", "u1");
    for (const auto& member : profile->members) {
      for (const auto& said : member.document.statements) {
        count += said.source == vendor_.name && said.copied_from.none() &&
                         said.choice == Choice::withdrawn
                     ? 1U
                     : 0U;
      }
    }
    return count;
  }
  std::string now() { return to_rfc3339(world.world.clock().now()); }

  const consent::SourceConfig& vendor() const { return vendor_; }

 private:
  consent::SourceConfig vendor_;
  int said_ = 0;
};

class MailchimpWorld : public DialectWorld {
 public:
  MailchimpWorld() : DialectWorld("mailchimp") {}
  // "2026-01-01 00:00:06", in UTC.
  void webhook(const std::string& type) {
    const std::string at = now();
    deliver(vendor(), "type=" + type + "&fired_at=" + at.substr(0, 10) + "%20" + at.substr(11, 8) +
                          "&data[id]=8a25ff1d98&data[list_id]=a6b5da1054&data[email]=" + kAddress);
  }
};

TEST(VendorEcho, OfMailchimpIsAnUnsubscribeThatTheFormTells) {
  MailchimpWorld one;
  one.meet([&] { one.webhook("profile"); });
  one.tell_newsletter();
  one.webhook("unsubscribe");
  EXPECT_EQ(one.withdrawn_by_vendor(), 0U);
  EXPECT_EQ(one.echoes_audited(), 1U);
  one.world.later(Duration::seconds(90));
  one.webhook("unsubscribe");  // the person's own, from the foot of a mail
  EXPECT_EQ(one.withdrawn_by_vendor(), 1U);
}

TEST(VendorEcho, OfMailchimpIsNoneWithoutAnOrder) {
  MailchimpWorld one;
  one.meet([&] { one.webhook("profile"); });
  one.webhook("unsubscribe");
  EXPECT_EQ(one.withdrawn_by_vendor(), 1U);
}

class ShopifyWorld : public DialectWorld {
 public:
  ShopifyWorld() : DialectWorld("shopify") {}
  void webhook(const std::string& topic, const std::string& state, const std::string& changed_at) {
    const std::string consent = R"("email_marketing_consent":{"state":")" + state +
                                R"(","opt_in_level":"single_opt_in","consent_updated_at":")" +
                                changed_at + R"("})";
    const bool whole = topic == "customers/update";
    deliver(vendor(),
            (whole ? R"({"id":7,"email":")" : R"({"customer_id":7,"email_address":")") +
                std::string(kAddress) + R"(",)" + consent + "}",
            {{"x-shopify-topic", topic},
             {"x-shopify-webhook-id", "hook-" + std::to_string(++hooks_)},
             {"x-shopify-triggered-at", now()}});
  }

 private:
  int hooks_ = 0;
};

TEST(VendorEcho, OfShopifyIsAStateInTwoKindsOfWebhook) {
  ShopifyWorld one;
  one.meet([&] { one.webhook("customers/update", "not_subscribed", one.now()); });
  one.tell_newsletter();
  const std::string changed_at = one.now();
  one.webhook("customers_email_marketing_consent/update", "unsubscribed", changed_at);
  for (int day = 0; day < 3; ++day) {
    one.webhook("customers/update", "unsubscribed", changed_at);
    one.world.later(Duration::days(1));
  }
  EXPECT_EQ(one.withdrawn_by_vendor(), 0U);
  EXPECT_EQ(one.echoes_audited(), 1U);
  one.webhook("customers/update", "unsubscribed", one.now());  // changed again: by the person
  EXPECT_EQ(one.withdrawn_by_vendor(), 1U);
}

}  // namespace
}  // namespace cdp::app
