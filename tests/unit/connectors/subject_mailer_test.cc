// A message to the person, by relay or by the shop's own mailer.
#include "connectors/mail/subject_mailer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cdp/core/event/json.h"
#include "connectors/signed_webhook/signed_webhook.h"
#include "tests/support/recording_ways_out.h"

namespace cdp::connectors::mail {
namespace {

using ::testing::HasSubstr;
using transport::Answer;

constexpr Time kNow{1'763'843'000'000'000};

consent::SubjectMessage message() {
  return testing::message_to(
      "email", "ada@home.example",
      {consent::SubjectMessage::Kind::preference_link, Token{1}, "de", "https://p/l"});
}

class Mailers : public ::testing::Test {
 protected:
  Result<std::unique_ptr<SubjectMailer>> make(const consent::MailConfig& config,
                                              const std::string& secret) {
    const auto kept = crypto::Secret::copy_of(as_bytes(secret));
    return SubjectMailer::make(config, secret.empty() ? nullptr : &kept,
                               {hook_, relay_, clock_, random_});
  }

  testing::RecordingHook hook_;
  testing::RecordingRelay relay_;
  ManualClock clock_{kNow};
  SeededRandom random_{5};
  consent::MailConfig smtp_{consent::MailConfig::Kind::smtp, "smtps://relay.example:465",
                            "Shop <privacy@shop.example>", "user", "relay"};
  consent::MailConfig webhook_{consent::MailConfig::Kind::webhook, "https://shop.example/mail", "",
                               "", "mailer"};
  const std::string key_ = "whsec_" + to_base64(Bytes(32, 7));
};

TEST_F(Mailers, HandALetterToTheRelay) {
  const auto mailer = make(smtp_, "password\n");
  ASSERT_TRUE(mailer.has_value()) << mailer.error().what;
  EXPECT_TRUE((*mailer)->send(message(), {"Hello", "https://p/l\n"}));
  ASSERT_EQ(relay_.sent.size(), 1U);
  EXPECT_EQ(relay_.sent[0].relay, "smtps://relay.example:465");
  EXPECT_EQ(relay_.sent[0].from, "privacy@shop.example");
  EXPECT_EQ(relay_.sent[0].to, "ada@home.example");
  EXPECT_EQ(relay_.sent[0].password, "password");
  EXPECT_THAT(relay_.sent[0].text, HasSubstr("To: ada@home.example\r\n"));
  EXPECT_TRUE(hook_.sent.empty());
}

TEST_F(Mailers, HandASignedWebhookToTheShopsOwnMailer) {
  const auto mailer = make(webhook_, key_);
  ASSERT_TRUE(mailer.has_value()) << mailer.error().what;
  EXPECT_TRUE((*mailer)->send(message(), {"Hello", "words"}));
  ASSERT_EQ(hook_.sent.size(), 1U);
  const auto& parts = hook_.sent[0];
  EXPECT_EQ(parts.url, "https://shop.example/mail");
  std::map<std::string, std::string> headers(parts.headers.begin(), parts.headers.end());
  EXPECT_EQ(headers["webhook-signature"], signed_webhook::sign(Bytes(32, 7), headers["webhook-id"],
                                                               kNow.us / 1'000'000, parts.body));
  const auto body = json::Document::parse(parts.body);
  ASSERT_TRUE(body.has_value());
  EXPECT_EQ(body->root().text("type"), "message.preference_link");
  EXPECT_EQ(body->root().text("to"), "ada@home.example");
  EXPECT_EQ(body->root().text("language"), "de");
  EXPECT_EQ(body->root().text("link"), "https://p/l");
  EXPECT_EQ(body->root().text("text"), "words");
  EXPECT_TRUE(relay_.sent.empty());
}

TEST_F(Mailers, NameTheMailAsItGoesOut) {
  const auto by_mail = make(smtp_, "password");
  const auto by_hook = make(webhook_, key_);
  ASSERT_TRUE((*by_mail)->send(message(), {"s", "words", "<p>words</p>", Token{7}}));
  EXPECT_THAT(relay_.sent.at(0).text,
              HasSubstr("Message-ID: <" + (*by_mail)->message_id(Token{7}) + ">\r\n"));
  EXPECT_THAT(relay_.sent.at(0).text, HasSubstr("multipart/alternative"));
  ASSERT_TRUE((*by_hook)->send(message(), {"s", "words", "<p>words</p>", Token{7}}));
  const auto& headers = hook_.sent.at(0).headers;
  const auto id =
      std::ranges::find(headers, "webhook-id", [](const auto& one) { return one.first; });
  ASSERT_NE(id, headers.end());
  EXPECT_EQ(id->second, (*by_hook)->message_id(Token{7}));
  const auto body = json::Document::parse(hook_.sent.at(0).body);
  ASSERT_TRUE(body.has_value());
  EXPECT_EQ(body->root().text("html"), "<p>words</p>");
}

TEST_F(Mailers, SayWhenNobodyTookTheMessage) {
  const auto by_mail = make(smtp_, "password");
  const auto by_hook = make(webhook_, key_);
  for (const auto& [kind, status] :
       {std::pair{Answer::Kind::answered, 550}, std::pair{Answer::Kind::timeout, 0},
        std::pair{Answer::Kind::tls, 0}}) {
    relay_.answer = hook_.answer = {kind, status, {}};
    EXPECT_FALSE((*by_mail)->send(message(), {"s", "t"}));
    EXPECT_FALSE((*by_hook)->send(message(), {"s", "t"}));
  }
}

TEST_F(Mailers, RefuseASecretThatCannotServe) {
  EXPECT_EQ(make(webhook_, "too short").error().code, ErrorCode::unprocessable);
  EXPECT_EQ(make(webhook_, "").error().code, ErrorCode::unprocessable);
  EXPECT_THAT(make(smtp_, "").error().hint, HasSubstr("cdp secret set relay"));
  const auto none = make({}, "");
  ASSERT_TRUE(none.has_value());
  EXPECT_EQ(*none, nullptr);
}

}  // namespace
}  // namespace cdp::connectors::mail
