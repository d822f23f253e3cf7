// What POST /v1/consents takes, what it tells apart, and what it refuses, through a whole platform:
// no choice is swallowed by the caller's message id, and nothing is accepted that could never
// apply.
#include <gmock/gmock.h>

#include "tests/support/platform_world.h"

namespace cdp::app {
namespace {

using ::testing::HasSubstr;

constexpr const char* kEmail = "marketing.communications.email";
constexpr const char* kPersonal = "personalize.content";
constexpr const char* kAda = "ada@shop.example";
constexpr const char* kBea = "bea@shop.example";
constexpr const char* kDated = R"("method":"form","occurred_at":"2025-12-01T00:00:00Z")";
constexpr const char* kLines = R"([destination]
mail = {kind = "profile_api", role = "processor", purposes = ["marketing.communications.email", "personalize.content"], attributes = ["email", "first_name"]}
)";

class ConsentRecord : public ::testing::Test {
 protected:
  static std::string who(const std::string& type, const std::string& value) {
    return R"("identifier":{"type":")" + type + R"(","value":")" + value + "\"}";
  }
  // {"identifier":{...},"purpose":...,"choice":...,REST}
  static std::string said(const std::string& identifier, const std::string& purpose,
                          const std::string& choice, const std::string& rest = "") {
    return "{" + identifier + R"(,"purpose":")" + purpose + R"(","choice":")" + choice + "\"" +
           (rest.empty() ? "" : "," + rest) + "}";
  }
  // "accepted duplicates", or why it was refused.
  std::string verdict(const std::string& body) {
    const auto response = world_.call("POST", "/v1/consents", body, consent_);
    const auto document = json::Document::parse(response.body);
    const auto rejected = document->root().get("rejected");
    std::string out;
    if (rejected) {
      rejected->each([&](json::Value item) {
        out += std::string(item.text("reason").value_or("")) + " ";
        hint_ = item.text("hint").value_or("");
        return true;
      });
    }
    const auto count = [&](const char* key) {
      return std::to_string(document->root().get(key)->integer().value_or(-1));
    };
    return out + count("accepted") + " " + count("duplicates");
  }
  std::string holds(const std::string& identifier, const std::string& purpose) {
    const auto response =
        world_.call("POST", "/v1/consents/lookup", "{" + identifier + "}", consent_);
    const auto document = json::Document::parse(response.body);
    std::string out = "-";
    document->root().get("effective")->each([&](json::Value row) {
      if (row.text("purpose").value_or("") != purpose) return true;
      out = std::string(row.get("allowed")->boolean().value_or(false) ? "yes " : "no ") +
            std::string(row.text("reason").value_or(""));
      return false;
    });
    return out;
  }

  const std::string ada_ = who("email", kAda);
  const std::string bea_ = who("email", kBea);
  testing::PlatformWorld world_{kLines};
  const std::string consent_ = world_.token("consent");
  std::string hint_;
};

TEST_F(ConsentRecord, OneMessageIdForSeveralWishesSwallowsNone) {
  for (const auto& person : {ada_, bea_}) {
    for (const char* purpose : {kEmail, kPersonal}) {
      EXPECT_EQ(verdict(said(person, purpose, "granted", kDated)), "1 0");
      EXPECT_EQ(holds(person, purpose), "yes granted");
    }
  }
  const std::string ticket = R"("message_id":"ticket-4711")";
  EXPECT_EQ(verdict(said(ada_, kPersonal, "withdrawn", ticket)), "1 0");
  EXPECT_EQ(verdict(said(ada_, kEmail, "withdrawn", ticket)), "1 0");
  EXPECT_EQ(verdict(said(bea_, kEmail, "withdrawn", ticket)), "1 0");
  EXPECT_EQ(holds(ada_, kPersonal), "no withdrawn");
  EXPECT_EQ(holds(ada_, kEmail), "no withdrawn");
  EXPECT_EQ(holds(bea_, kEmail), "no withdrawn");
  EXPECT_EQ(holds(bea_, kPersonal), "yes granted");
}

TEST_F(ConsentRecord, ARetryIsADuplicateAndTheOppositeUnderTheSameIdIsNot) {
  const std::string ticket = R"("message_id":"t1")";
  EXPECT_EQ(verdict(said(ada_, kPersonal, "withdrawn", ticket)), "1 0");
  EXPECT_EQ(verdict(said(ada_, kPersonal, "withdrawn", ticket)), "0 1");
  // Another spelling of the address is the same person.
  EXPECT_EQ(verdict(said(who("email", "Ada@Shop.example"), kPersonal, "withdrawn", ticket)), "0 1");
  EXPECT_EQ(verdict(said(ada_, kPersonal, "objected", ticket)), "1 0");
  EXPECT_EQ(verdict(said(ada_, kPersonal, "withdrawn",
                         ticket + R"(,"occurred_at":"2025-12-24T00:00:00Z")")),
            "1 0");
  EXPECT_EQ(verdict(said(ada_, kPersonal, "withdrawn", ticket + R"(,"vendor":"mail")")), "1 0");
  EXPECT_EQ(holds(ada_, kPersonal), "no objected");
}

TEST_F(ConsentRecord, TwoAddressesOfOnePersonAreTwoGrantsInOneImport) {
  const std::string login = who("user_id", "u1");
  const auto grant = [&](const std::string& address) {
    return said(login, kEmail, "granted",
                R"("contact_point":{"type":"email","value":")" + address + "\"}," + kDated);
  };
  const std::string body =
      R"({"import":true,"statements":[)" + grant(kAda) + "," + grant(kBea) + "]}";
  EXPECT_EQ(verdict(body), "2 0");
  EXPECT_EQ(verdict(body), "0 2");
}

TEST_F(ConsentRecord, ANoThatCouldNeverApplyIsRefusedWithWhatIsKnown) {
  EXPECT_EQ(verdict(said(ada_, kEmail, "granted", kDated)), "1 0");
  for (const char* channel : {"Email", "e-mail", "mail"}) {
    EXPECT_EQ(
        verdict(said(ada_, kEmail, "withdrawn", R"("channel":")" + std::string(channel) + "\"")),
        "unknown_channel 0 0")
        << channel;
    EXPECT_THAT(hint_, HasSubstr("email, sms, whatsapp"));
  }
  EXPECT_EQ(verdict(said(ada_, kEmail, "withdrawn", R"("channel":"sms")")), "channel_mismatch 0 0");
  for (const char* vendor : {"klaviyo", "Mail"}) {
    EXPECT_EQ(
        verdict(said(ada_, kEmail, "withdrawn", R"("vendor":")" + std::string(vendor) + "\"")),
        "unknown_vendor 0 0")
        << vendor;
    EXPECT_THAT(hint_, HasSubstr("(mail)"));
  }
  EXPECT_EQ(holds(ada_, kEmail), "yes granted");
  EXPECT_EQ(verdict(said(ada_, "marketing", "withdrawn", R"("channel":"email")")), "1 0");
  EXPECT_EQ(holds(ada_, kEmail), "no withdrawn");
}

TEST_F(ConsentRecord, ABatchNamesTheRowThatIsRefusedAndTakesTheRest) {
  const auto response = world_.call("POST", "/v1/consents",
                                    "[" + said(ada_, kPersonal, "denied") + "," +
                                        said(ada_, kEmail, "denied", R"("channel":"mail")") + "]",
                                    consent_);
  EXPECT_EQ(response.status, 200);
  EXPECT_THAT(response.body, HasSubstr(R"("accepted":1)"));
  EXPECT_THAT(response.body, HasSubstr(R"("index":1,"reason":"unknown_channel")"));
}

TEST_F(ConsentRecord, AGrantByAnAddressIsOneOfThatAddress) {
  EXPECT_EQ(verdict(said(ada_, kEmail, "granted", kDated)), "1 0");
  EXPECT_EQ(holds(ada_, kEmail), "yes granted");
  const auto seen = world_.call("POST", "/v1/profiles/lookup",
                                "{" + ada_ + R"(,"purpose":"marketing.communications.email"})",
                                world_.token("destination", "mail"));
  EXPECT_THAT(seen.body, HasSubstr(R"("email":"ada@shop.example")"));
  EXPECT_EQ(
      verdict(R"({"import":true,"statements":[)" + said(bea_, kEmail, "granted", kDated) + "]}"),
      "1 0");
  EXPECT_EQ(holds(bea_, kEmail), "yes granted");
}

TEST_F(ConsentRecord, AGrantForAChannelThatNamesNoAddressIsRefusedAndSaysHow) {
  EXPECT_EQ(verdict(said(who("user_id", "u1"), kEmail, "granted", kDated)),
            "missing_contact_point 0 0");
  EXPECT_THAT(hint_, HasSubstr(R"(contact_point = {"type":"email")"));
  EXPECT_EQ(verdict(said(ada_, "marketing.communications.sms", "granted", kDated)),
            "missing_contact_point 0 0");
  EXPECT_EQ(verdict(said(who("user_id", "u1"), kEmail, "granted",
                         R"("contact_point":{"type":"email","value":"nonsense"})")),
            "malformed_contact_point 0 0");
  // A no needs none, and a purpose without a channel has none.
  EXPECT_EQ(verdict(said(who("user_id", "u1"), kEmail, "denied")), "1 0");
  EXPECT_EQ(verdict(said(who("user_id", "u1"), kPersonal, "granted", kDated)), "1 0");
}

TEST_F(ConsentRecord, AYesUnderANoticeThatWasNeverOursIsTakenOnlyAsAnImport) {
  const std::string hash(64, 'a');
  const auto grant = [&](const std::string& notice) {
    return said(ada_, kPersonal, "granted", std::string(kDated) + "," + notice);
  };
  const std::string foreign = R"("notice_version":"1999-01")";
  const std::string text = R"("notice_hash":")" + hash + "\"";
  EXPECT_EQ(verdict(grant(foreign)), "unknown_notice 0 0");
  EXPECT_EQ(verdict(grant(text)), "notice_mismatch 0 0");
  EXPECT_EQ(verdict(grant(R"("notice_version":"2026-01",)" + text)), "notice_mismatch 0 0");
  EXPECT_EQ(holds(ada_, kPersonal), "no no_statement");
  EXPECT_EQ(verdict(grant(R"("notice_version":"2026-01")")), "1 0");
  EXPECT_EQ(verdict(R"({"import":true,"statements":[)" + grant(foreign + "," + text) + "]}"),
            "1 0");
}

}  // namespace
}  // namespace cdp::app
