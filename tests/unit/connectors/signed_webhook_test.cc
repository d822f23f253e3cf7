// The webhook destination: what it says, how it signs, what it makes of an answer.
#include "connectors/signed_webhook/signed_webhook.h"

#include <gtest/gtest.h>

#include "cdp/core/base/limits.h"
#include "connectors/destination_factory.h"
#include "tests/support/passports_for_tests.h"

namespace cdp::connectors {
namespace {

using testing::day;
using transport::Answer;

// The example of the Standard Webhooks specification.
constexpr const char* kSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
constexpr const char* kId = "msg_p5jXN8AQM9LWM0D4loKWxJek";

crypto::Secret secret(std::string_view text) { return crypto::Secret::copy_of(as_bytes(text)); }

consent::DestinationConfig config() {
  consent::DestinationConfig hook;
  hook.name = "hook";
  hook.kind = "signed_webhook";
  hook.url = "https://tool.example/hook";
  hook.secret = "hook-key";
  return hook;
}

class SignedWebhookTest : public ::testing::Test {
 protected:
  SignedWebhookTest() {
    EXPECT_TRUE(crypto::initialise().has_value());
    auto made = make_destination(config(), secret(kSecret));
    EXPECT_TRUE(made.has_value());
    destination_ = std::move(*made);
  }
  Outcome outcome(Answer::Kind kind, int status = 0, Duration retry_after = {}) {
    return destination_->read({kind, status, retry_after});
  }
  static std::string header(const transport::OutboundRequest& request, const std::string& name) {
    for (const auto& [key, value] : request.parts().headers) {
      if (key == name) return value;
    }
    return {};
  }

  testing::PassportOffice office_;
  std::unique_ptr<Destination> destination_;
};

TEST_F(SignedWebhookTest, SignsAsTheSpecificationDoes) {
  const auto key = from_base64("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
  EXPECT_EQ(signed_webhook::sign(*key, kId, 1614265330, R"({"test": 2432232314})"),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

TEST_F(SignedWebhookTest, TellsAViewAndNothingElse) {
  const auto request = destination_->cut(office_.view(), kId, day(100));
  ASSERT_TRUE(request.has_value());
  const auto& parts = request->parts();
  EXPECT_EQ(parts.url, "https://tool.example/hook");
  const auto subject = office_.view().subject();
  EXPECT_EQ(parts.body,
            R"({"type":"profile.updated","subject":")" + subject +
                R"(","purpose":"personalize.content","attributes":{"first_name":"Ada"},)"
                R"("withheld":["city"],"occurred_at":")" +
                to_rfc3339(day(100)) + R"("})");
}

TEST_F(SignedWebhookTest, KeepsTheIdOverRetriesAndSignsTheNewTime) {
  const auto first = destination_->cut(office_.view(), kId, day(100));
  const auto again = destination_->cut(office_.view(), kId, day(100) + Duration::seconds(5));
  EXPECT_EQ(header(*first, "webhook-id"), kId);
  EXPECT_EQ(header(*again, "webhook-id"), kId);
  EXPECT_NE(header(*first, "webhook-timestamp"), header(*again, "webhook-timestamp"));
  const auto key = from_base64("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
  EXPECT_EQ(header(*again, "webhook-signature"),
            signed_webhook::sign(*key, kId, std::stoll(header(*again, "webhook-timestamp")),
                                 again->parts().body));
}

TEST_F(SignedWebhookTest, TellsEveryKindOfNo) {
  const std::pair<event::Choice, std::string> choices[] = {
      {event::Choice::withdrawn, "withdrawn"},
      {event::Choice::denied, "denied"},
      {event::Choice::objected, "objected"},
      {event::Choice::restricted, "restricted"}};
  for (const auto& [choice, name] : choices) {
    const auto request = destination_->cut(office_.choice_order(choice), kId, day(100));
    ASSERT_TRUE(request.has_value());
    EXPECT_EQ(request->parts().body,
              R"({"type":"consent.)" + name +
                  R"(","subject":"dsb_1","purpose":"personalize.content","choice":")" + name +
                  R"(","occurred_at":")" + to_rfc3339(day(100)) + R"("})");
  }
}

TEST_F(SignedWebhookTest, TellsANoToACategoryWithTheNamesOfWhatItConcerns) {
  const auto request = destination_->cut(office_.category_order(), kId, day(100));
  ASSERT_TRUE(request.has_value());
  EXPECT_EQ(request->parts().body,
            R"({"type":"consent.denied","subject":"dsb_1","category":"user.name",)"
            R"("attributes":["first_name"],"choice":"denied","occurred_at":")" +
                to_rfc3339(day(100)) + R"("})");
}

TEST_F(SignedWebhookTest, TellsACorrectionWithoutAValue) {
  const auto request = destination_->cut(office_.correction(), kId, day(100));
  ASSERT_TRUE(request.has_value());
  EXPECT_EQ(request->parts().body,
            R"({"type":"profile.corrected","subject":"dsb_before","purpose":"personalize.content",)"
            R"("refetch":true,"occurred_at":")" +
                to_rfc3339(day(100)) + R"("})");
}

TEST_F(SignedWebhookTest, ReadsAnswersAsCodes) {
  using Kind = Outcome::Kind;
  const std::pair<int, Kind> table[] = {
      {200, Kind::delivered}, {204, Kind::delivered}, {299, Kind::delivered},
      {302, Kind::refused},   {307, Kind::refused},   {400, Kind::refused},
      {401, Kind::try_again}, {403, Kind::try_again}, {404, Kind::try_again},
      {408, Kind::try_again}, {410, Kind::refused},   {413, Kind::refused},
      {422, Kind::refused},   {425, Kind::try_again}, {429, Kind::try_again},
      {500, Kind::try_again}, {503, Kind::try_again}, {0, Kind::try_again}};
  for (const auto& [status, kind] : table) {
    const auto read = outcome(Answer::Kind::answered, status);
    EXPECT_EQ(read.kind, kind) << status;
    EXPECT_EQ(read.code, "http_" + std::to_string(status));
  }
  for (const auto kind : {Answer::Kind::timeout, Answer::Kind::refused_connection,
                          Answer::Kind::tls, Answer::Kind::blocked_address, Answer::Kind::broken}) {
    EXPECT_EQ(outcome(kind).kind, Kind::try_again);
  }
}

TEST_F(SignedWebhookTest, CapsRetryAfter) {
  EXPECT_EQ(outcome(Answer::Kind::answered, 429, Duration::seconds(30)).retry_after,
            Duration::seconds(30));
  EXPECT_EQ(outcome(Answer::Kind::answered, 503, Duration::days(6)).retry_after,
            Duration::millis(limits::kDeliveryBackoffMaxMs));
}

TEST_F(SignedWebhookTest, TakesTheSecretsThatTheStandardTakes) {
  const std::string key24 = to_base64(Bytes(24, 7));
  for (const std::string& text :
       {"whsec_" + key24, key24, " whsec_" + key24 + "\n", "whsec_" + to_base64(Bytes(64, 7))}) {
    EXPECT_TRUE(make_destination(config(), secret(text)).has_value());
  }
  for (const std::string& text :
       {std::string(), std::string("whsec_"), std::string("hunter2"),
        "whsec_" + to_base64(Bytes(23, 7)), "whsec_" + to_base64(Bytes(65, 7))}) {
    const auto made = make_destination(config(), secret(text));
    ASSERT_FALSE(made.has_value());
    EXPECT_EQ(made.error().code, ErrorCode::unprocessable);
    EXPECT_EQ(made.error().what.find("hunter2"), std::string::npos);
  }
}

TEST_F(SignedWebhookTest, KindsThatAreNotSentToHaveNoDestination) {
  auto other = config();
  other.kind = "profile_api";
  EXPECT_EQ(make_destination(other, secret(kSecret)).error().code, ErrorCode::invalid_argument);
  auto nowhere = config();
  nowhere.url.clear();
  EXPECT_EQ(make_destination(nowhere, secret(kSecret)).error().code, ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace cdp::connectors
