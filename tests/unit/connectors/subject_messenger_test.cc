// A short message to the person's telephone, by the shop's own messenger.
#include "connectors/mail/subject_messenger.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "connectors/signed_webhook/signed_webhook.h"
#include "tests/support/recording_ways_out.h"

namespace cdp::connectors::mail {
namespace {

using transport::Answer;

constexpr Time kNow{1'763'843'000'000'000};

consent::SubjectMessage message() {
  return testing::message_to(
      "phone", "+491701234567",
      {consent::SubjectMessage::Kind::phone_code, Token{1}, "de", {}, "012345"});
}

class Messengers : public ::testing::Test {
 protected:
  Result<std::unique_ptr<SubjectMessenger>> make(const std::string& url,
                                                 const std::string& secret) {
    const auto kept = crypto::Secret::copy_of(as_bytes(secret));
    consent::MessengerConfig config;
    config.url = url;
    config.secret = "messenger";
    return SubjectMessenger::make(config, secret.empty() ? nullptr : &kept,
                                  {hook_, clock_, random_});
  }

  testing::RecordingHook hook_;
  ManualClock clock_{kNow};
  SeededRandom random_{5};
  const std::string url_ = "https://shop.example/sms";
  const std::string key_ = "whsec_" + to_base64(Bytes(32, 7));
};

TEST_F(Messengers, HandTheCodeToTheShopSigned) {
  const auto messenger = make(url_, key_);
  ASSERT_TRUE(messenger.has_value()) << messenger.error().what;
  EXPECT_TRUE((*messenger)->send(message(), "012345 ist Ihr Code."));
  ASSERT_EQ(hook_.sent.size(), 1U);
  const auto& sent = hook_.sent.front();
  EXPECT_EQ(sent.url, url_);
  EXPECT_EQ(sent.body,
            R"({"type":"message.phone_code","channel":"sms","to":"+491701234567","language":"de",)"
            R"("code":"012345","text":"012345 ist Ihr Code.","occurred_at":")" +
                to_rfc3339(kNow) + R"("})");
  std::string id, signature;
  for (const auto& [name, value] : sent.headers) {
    if (name == "webhook-id") id = value;
    if (name == "webhook-signature") signature = value;
  }
  EXPECT_EQ(signature, signed_webhook::sign(Bytes(32, 7), id, kNow.us / 1'000'000, sent.body));
}

TEST_F(Messengers, SayWhetherItWasTaken) {
  const auto messenger = make(url_, key_);
  for (const int status : {200, 204, 299}) {
    hook_.answer = {Answer::Kind::answered, status, {}};
    EXPECT_TRUE((*messenger)->send(message(), "t")) << status;
  }
  for (const int status : {302, 400, 500}) {
    hook_.answer = {Answer::Kind::answered, status, {}};
    EXPECT_FALSE((*messenger)->send(message(), "t")) << status;
  }
  hook_.answer = {Answer::Kind::timeout, 0, {}};
  EXPECT_FALSE((*messenger)->send(message(), "t"));
}

TEST_F(Messengers, AreNoneWithoutAnAddressAndRefusedWithoutAKey) {
  EXPECT_EQ(*make("", ""), nullptr);
  for (const std::string secret : {"", "hunter2"}) {
    const auto made = make(url_, secret);
    ASSERT_FALSE(made.has_value());
    EXPECT_EQ(made.error().code, ErrorCode::unprocessable);
    EXPECT_EQ(made.error().what.find("hunter2"), std::string::npos);
  }
}

}  // namespace
}  // namespace cdp::connectors::mail
