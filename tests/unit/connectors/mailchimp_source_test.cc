#include "connectors/mailchimp/mailchimp_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cdp/core/crypto/signature.h"
#include "cdp/core/http/message.h"
#include "tests/support/translated.h"

namespace cdp::connectors::mailchimp {
namespace {

using event::Observation;
using testing::attribute_of;
using ::testing::ElementsAre;
using testing::identifiers_of;
using ::testing::IsEmpty;
using testing::outcome_of;
using testing::reveal;
using testing::statements_of;

constexpr std::string_view kSecret = "mc-secret";
const Time kReceived = *from_rfc3339("2026-11-22T12:00:00Z");

MailchimpSource source(std::string_view auth, std::string_view secret = kSecret) {
  consent::SourceConfig config;
  config.name = "newsletter";
  config.kind = "mailchimp";
  config.auth = std::string(auth);
  config.trust = event::Trust::vendor_signed;
  return {config, crypto::Secret::copy_of(as_bytes(secret))};
}

std::string signature(std::int64_t seconds, std::string_view body,
                      std::string_view secret = kSecret) {
  const std::string content = std::to_string(seconds) + "." + std::string(body);
  return "t=" + std::to_string(seconds) +
         ",v1=" + to_hex(crypto::hmac_sha256(as_bytes(secret), as_bytes(content)));
}

bool accepts(const MailchimpSource& source, std::string_view body, std::string header) {
  return source.authenticate({body, {{"x-mailchimp-signature", std::move(header)}}, {}, kReceived})
      .has_value();
}

using Fields = std::vector<std::pair<std::string, std::string>>;

std::string form(const Fields& fields) {
  std::string body;
  for (const auto& [name, value] : fields) {
    if (!body.empty()) body += "&";
    body += http::percent_encode(name) + "=" + http::percent_encode(value);
  }
  return body;
}

Translated translate(const Fields& fields) {
  const std::string body = form(fields);
  auto result = source("signed").translate({body, {}, {}, kReceived});
  if (!result) return Rejected{"error", ""};
  EXPECT_EQ(result->size(), 1U);
  return std::move(result->front());
}

Observation observe(const Fields& fields) {
  auto verdict = translate(fields);
  EXPECT_EQ(outcome_of(verdict), "observation");
  auto* observation = std::get_if<Observation>(&verdict);
  return observation != nullptr ? std::move(*observation) : Observation{};
}

TEST(MailchimpSource, AcceptsItsSignatureWithinFiveMinutes) {
  const std::string body = "type=subscribe";
  const std::int64_t now = kReceived.us / 1'000'000;
  const auto signed_source = source("");
  EXPECT_TRUE(accepts(signed_source, body, signature(now, body)));
  EXPECT_TRUE(accepts(signed_source, body, signature(now - 300, body)));
  EXPECT_TRUE(accepts(signed_source, body, signature(now + 300, body)));
  EXPECT_TRUE(accepts(signed_source, body, "v1=00, " + signature(now, body)));
  EXPECT_FALSE(accepts(signed_source, body, signature(now - 301, body)));
  EXPECT_FALSE(accepts(signed_source, body, signature(now + 301, body)));
  EXPECT_FALSE(accepts(signed_source, body, signature(now, "type=unsubscribe")));
  EXPECT_FALSE(accepts(signed_source, body, signature(now, body, "other")));
  EXPECT_FALSE(accepts(signed_source, body, signature(now, body).substr(0, 40)));
  EXPECT_FALSE(accepts(signed_source, body, "t=9999999999999999999999,v1=00"));
  EXPECT_FALSE(accepts(signed_source, body, "t=,v1="));
  EXPECT_FALSE(accepts(signed_source, body, ""));
  EXPECT_FALSE(accepts(source("", ""), body, signature(now, body, "")));
}

TEST(MailchimpSource, AcceptsASecretUrlOnlyWhenConfigured) {
  const auto visit = [](std::string_view auth, const Fields& query) {
    return source(auth).authenticate({"type=subscribe", {}, query, kReceived}).has_value();
  };
  EXPECT_TRUE(visit("secret_url", {{"secret", std::string(kSecret)}}));
  EXPECT_FALSE(visit("secret_url", {{"secret", "mc-secreT"}}));
  EXPECT_FALSE(visit("secret_url", {{"secret", ""}}));
  EXPECT_FALSE(visit("secret_url", {}));
  EXPECT_FALSE(visit("signed", {{"secret", std::string(kSecret)}}));
  EXPECT_FALSE(visit("whatever", {{"secret", std::string(kSecret)}}));
}

const Fields kSubscribe = {{"type", "subscribe"},
                           {"fired_at", "2026-11-22 11:35:57"},
                           {"data[id]", "8a25ff1d98"},
                           {"data[list_id]", "a6b5da1054"},
                           {"data[email]", "Api@Shop.example"},
                           {"data[email_type]", "html"},
                           {"data[ip_opt]", "10.20.10.30"},
                           {"data[merges][EMAIL]", "Api@Shop.example"},
                           {"data[merges][FNAME]", "Mail"},
                           {"data[merges][LNAME]", ""},
                           {"data[merges][PHONE]", "+49 30 123"},
                           {"data[merges][ADDRESS][addr1]", "Street 1"},
                           {"data[merges][ADDRESS][city]", "Berlin"},
                           {"data[merges][SIZE]", "M & L"}};

TEST(MailchimpSource, TakesASubscriptionAsARecordedGrantForThatAddress) {
  const auto seen = observe(kSubscribe);
  EXPECT_EQ(reveal(seen.persona_key), "member:8a25ff1d98");
  EXPECT_THAT(
      identifiers_of(seen.identifiers),
      ElementsAre("email=Api@Shop.example", "mailchimp.member_id=8a25ff1d98", "phone=+49 30 123"));
  EXPECT_EQ(attribute_of(seen, "email"), R"("Api@Shop.example")");
  EXPECT_EQ(attribute_of(seen, "first_name"), R"("Mail")");
  EXPECT_EQ(attribute_of(seen, "last_name"), "null");
  EXPECT_EQ(attribute_of(seen, "address"), R"({"addr1":"Street 1","city":"Berlin"})");
  EXPECT_EQ(attribute_of(seen, "size"), R"("M & L")");
  EXPECT_THAT(statements_of(seen),
              ElementsAre("marketing.communications.email granted recorded mailchimp_subscribe "
                          "email=Api@Shop.example"));
  EXPECT_EQ(to_rfc3339(seen.statements[0].occurred_at), "2026-11-22T11:35:57Z");
  EXPECT_EQ(seen.statements[0].channel, "email");
  EXPECT_EQ(seen.event->name, "List Subscribed");
}

TEST(MailchimpSource, ReadsWhatEachTypeSaysAboutConsent) {
  struct Row {
    const char* type;
    const char* reason;
    std::vector<std::string> statements;
  };
  const std::string purpose = "marketing.communications.email ";
  const Row rows[] = {
      {"unsubscribe",
       "manual",
       {purpose + "withdrawn recorded mailchimp_unsubscribe email=a@x.example"}},
      {"unsubscribe", "abuse", {purpose + "objected recorded spam_complaint email=a@x.example"}},
      {"cleaned", "hard", {}},
      {"cleaned", "abuse", {purpose + "objected recorded spam_complaint email=a@x.example"}},
      {"profile", "", {}},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(std::string(row.type) + " " + row.reason);
    EXPECT_EQ(statements_of(observe({{"type", row.type},
                                     {"fired_at", "2026-11-22 11:00:00"},
                                     {"data[reason]", row.reason},
                                     {"data[id]", "1"},
                                     {"data[email]", "a@x.example"}})),
              row.statements);
  }
}

TEST(MailchimpSource, DoesNotTakeAnUndatedSubscriptionAsRecorded) {
  const auto seen =
      observe({{"type", "subscribe"}, {"data[id]", "1"}, {"data[email]", "a@x.example"}});
  EXPECT_EQ(seen.statements.at(0).grade, event::Grade::asserted);
  EXPECT_FALSE(seen.statements.at(0).occurred_at.known());
}

TEST(MailchimpSource, TakesCleanedAsDeliverability) {
  const auto seen = observe({{"type", "cleaned"},
                             {"fired_at", "2026-11-22 11:00:00"},
                             {"data[list_id]", "l"},
                             {"data[campaign_id]", "c"},
                             {"data[reason]", "hard"},
                             {"data[email]", "Api@Shop.example"}});
  EXPECT_EQ(reveal(seen.persona_key), "address:api@shop.example");
  EXPECT_EQ(attribute_of(seen, "email_deliverable"), "false");
  EXPECT_THAT(statements_of(seen), IsEmpty());
  EXPECT_THAT(identifiers_of(seen.identifiers), ElementsAre("email=Api@Shop.example"));
}

TEST(MailchimpSource, LinksBothAddressesWhenOneChanges) {
  const auto seen = observe({{"type", "upemail"},
                             {"fired_at", "2026-11-22 11:00:00"},
                             {"data[list_id]", "l"},
                             {"data[new_id]", "51da8c3259"},
                             {"data[new_email]", "new@x.example"},
                             {"data[old_email]", "old@x.example"}});
  EXPECT_EQ(reveal(seen.persona_key), "member:51da8c3259");
  EXPECT_THAT(
      identifiers_of(seen.identifiers),
      ElementsAre("email=new@x.example", "email=old@x.example", "mailchimp.member_id=51da8c3259"));
  EXPECT_EQ(attribute_of(seen, "email"), R"("new@x.example")");
  EXPECT_THAT(statements_of(seen), IsEmpty());
}

TEST(MailchimpSource, GivesARepeatedDeliveryTheSameMessageId) {
  const auto with = [](std::size_t field, const char* value) {
    Fields changed = kSubscribe;
    changed[field].second = value;
    return observe(changed).message_id;
  };
  EXPECT_EQ(observe(kSubscribe).message_id, observe(kSubscribe).message_id);
  EXPECT_NE(observe(kSubscribe).message_id, with(1, "2026-11-22 11:35:58"));
  EXPECT_NE(observe(kSubscribe).message_id, with(2, "8a25ff1d99"));
  EXPECT_NE(observe(kSubscribe).message_id, with(0, "profile"));
}

TEST(MailchimpSource, IgnoresCampaignsAndRefusesTheRestWithAReason) {
  EXPECT_EQ(outcome_of(translate({{"type", "campaign"}, {"data[id]", "1"}})),
            "ignored:not_personal");
  EXPECT_EQ(outcome_of(translate({{"type", "party"}})), "rejected:unknown_topic");
  EXPECT_EQ(outcome_of(translate({{"type", "subscribe"}})), "rejected:missing_persona");
  EXPECT_EQ(outcome_of(translate({{"kind", "x"}})), "rejected:error");
  EXPECT_EQ(outcome_of(translate({})), "rejected:error");
}

}  // namespace
}  // namespace cdp::connectors::mailchimp
