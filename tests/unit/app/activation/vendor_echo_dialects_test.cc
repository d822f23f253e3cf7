// The echo in the words of vendors: what their webhooks really say (DESIGN §7 rule 11).
#include <gmock/gmock.h>

#include "tests/support/echo_world.h"

namespace cdp::app {
namespace {

using event::Choice;
using testing::EchoWorld;

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
