// Consent over HTTP and from our own pages, through a whole platform in memory of one directory:
// statements in, effective consent and receipts out, imports that repeat nothing, and no oracle
// round the gate.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cdp/app/api/own_statements.h"
#include "cdp/app/config/config.h"
#include "cdp/app/durable_file.h"
#include "cdp/app/wiring.h"
#include "cdp/core/event/json.h"
#include "compliance/evidence/consent_receipt.h"
#include "tests/support/shared_clock.h"
#include "tests/support/shared_random.h"
#include "tests/support/temp_directory.h"

namespace cdp::app {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kEmail = "marketing.communications.email";
constexpr const char* kPersonal = "personalize.content";
constexpr const char* kShop = R"(pack = "shop-eu@1"
controller = {name = "Example", country = "DE", contact = "privacy@shop.example"}
[source]
shop = {kind = "segment", trust = "server"}
[destination]
mail = {kind = "profile_api", role = "processor", purposes = ["marketing.communications.email", "personalize.content"], attributes = ["email", "first_name"]}
)";

std::string about(const std::string& address, const std::string& rest = "") {
  return R"({"identifier":{"type":"email","value":")" + address + R"("})" + rest + "}";
}

class ConsentApi : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(crypto::initialise());
    const auto kek = crypto::key_file_kek(directory_ / "kek", true);
    ASSERT_TRUE(crypto::Keyring::create(directory_ / "keyring", *kek, random_));
    ASSERT_TRUE(write_durably(directory_ / "cdp.toml", kShop, 0600));
    auto opened =
        Platform::open({directory_.path(), false}, *kek, {clock_, random_, logger_, metrics_});
    ASSERT_TRUE(opened) << opened.error().what;
    platform_ = std::move(*opened);
    consent_ = token("consent", "");
    destination_ = token("destination", "mail");
    const auto key =
        platform_->access().create(platform_->pipeline().writer(), "source", "shop", "");
    write_key_ = key->text;
  }

  std::string token(const std::string& role, const std::string& binding) {
    return platform_->access().create(platform_->pipeline().writer(), role, binding, "test")->text;
  }
  http::Response post(const std::string& path, const std::string& body, const std::string& bearer) {
    http::Request request;
    request.method = "POST";
    request.path = path;
    request.body = body;
    request.admin = bearer == "admin";
    request.headers.emplace_back("authorization", "Bearer " + bearer);
    return platform_->router().handle(std::move(request));
  }
  void identify(const std::string& id, const std::string& address, const std::string& name,
                const std::string& message = "") {
    http::Request request;
    request.method = "POST";
    request.path = "/v1/identify";
    request.body = R"({"userId":")" + id + R"(","messageId":"m-)" + id + message +
                   R"(","writeKey":")" + write_key_ + R"(","traits":{"email":")" + address +
                   R"(","firstName":")" + name + R"("}})";
    EXPECT_EQ(platform_->router().handle(std::move(request)).status, 200);
    platform_->pipeline().fold().drain();
  }
  json::Document lookup(const std::string& address) {
    const auto response = post("/v1/consents/lookup", about(address), consent_);
    EXPECT_EQ(response.status, 200) << response.body;
    return std::move(*json::Document::parse(response.body));
  }
  std::size_t history(const std::string& address) {
    return lookup(address).root().get("history")->size();
  }
  // "yes granted" for a purpose.
  std::string holds(const std::string& address, const std::string& purpose) {
    std::string out = "-";
    const auto document = lookup(address);
    document.root().get("effective")->each([&](json::Value row) {
      if (row.text("purpose").value_or("") != purpose) return true;
      out = row.get("allowed")->boolean().value_or(false) ? "yes " : "no ";
      out += row.text("reason").value_or("");
      return false;
    });
    return out;
  }

  ApiServices services() {
    return {platform_->pipeline(),
            platform_->intake(),
            platform_->policy(),
            platform_->access(),
            platform_->disclosures(),
            misses_,
            platform_->stores().ledger(),
            metrics_,
            logger_,
            clock_,
            random_,
            *receipts_};
  }
  OwnPerson person(const std::string& address) { return {{"email", Pii<std::string>(address)}}; }
  consent::OwnChoice choice(const std::string& purpose, event::Choice said) {
    consent::OwnChoice choice;
    choice.purpose = purpose;
    choice.choice = said;
    choice.method = event::method::kSave;
    choice.notice_version = "2026-01";
    choice.notice_language = "de";
    choice.place = "preferences";
    choice.evidence = Pii<std::string>(R"({"agent":"a browser"})");
    return choice;
  }
  Result<Recorded> record(const std::string& address, std::vector<consent::OwnChoice> choices,
                          const std::string& session) {
    receipts_ = std::make_unique<ReceiptDesk>(
        ReceiptDesk::Services{platform_->pipeline(), platform_->policy(), platform_->keyring(),
                              clock_, [this] { return platform_->sign_checkpoint(); }});
    std::promise<Result<Recorded>> promise;
    OwnStatements(services())
        .record(person(address), std::move(choices), session,
                [&](Result<Recorded> recorded) { promise.set_value(std::move(recorded)); });
    return promise.get_future().get();
  }

  testing::TempDirectory directory_;
  testing::SharedClock clock_{Time{1'767'225'600'000'000}};
  testing::SharedRandom random_{11};
  Logger logger_ = Logger::silent(clock_);
  Metrics metrics_;
  MissBudget misses_{clock_};
  std::unique_ptr<Platform> platform_;
  std::unique_ptr<ReceiptDesk> receipts_;
  std::string consent_, destination_, write_key_;
};

TEST_F(ConsentApi, AChoiceOnOurOwnPageIsVerifiedAndReachesTheShopsRecord) {
  identify("u1", "ada@shop.example", "Ada");
  EXPECT_EQ(holds("ada@shop.example", kPersonal), "no no_statement");
  const auto recorded = record(
      "ada@shop.example",
      {choice(kPersonal, event::Choice::granted), choice(kEmail, event::Choice::granted)}, "s1");
  ASSERT_TRUE(recorded.has_value()) << recorded.error().what;
  ASSERT_EQ(recorded->statements.size(), 2U);
  EXPECT_EQ(holds("ada@shop.example", kPersonal), "yes granted");
  EXPECT_EQ(holds("ada@shop.example", kEmail), "yes granted");
  const auto seen =
      post("/v1/profiles/lookup", about("ada@shop.example", R"(,"purpose":"personalize.content")"),
           destination_);
  EXPECT_THAT(seen.body, HasSubstr(R"("first_name":"Ada")"));
  // Posted once more by a double click: the same statements, and no new ones.
  const auto again = record(
      "ada@shop.example",
      {choice(kPersonal, event::Choice::granted), choice(kEmail, event::Choice::granted)}, "s1");
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->statements, recorded->statements);
  EXPECT_EQ(history("ada@shop.example"), 2U);
}

// The shop's record has a second address: who reads one of them does not speak for the account.
TEST_F(ConsentApi, AYesOfOnesMailboxIsNotToldWhereAnotherRecordsNoClosesTheGate) {
  identify("u1", "ada@shop.example", "Ada");
  identify("u1", "second@shop.example", "Ada", "again");
  for (const char* purpose : {kPersonal, kEmail}) {
    const std::string body = R"({"identifier":{"type":"user_id","value":"u1"},"purpose":")" +
                             std::string(purpose) + R"(","choice":"denied"})";
    ASSERT_EQ(post("/v1/consents", body, consent_).status, 200);
  }
  clock_.advance(Duration::seconds(1));
  ASSERT_TRUE(
      record("ada@shop.example",
             {choice(kPersonal, event::Choice::granted), choice(kEmail, event::Choice::granted)},
             "s1")
          .has_value());
  EXPECT_EQ(holds("ada@shop.example", kPersonal), "no denied");
  const auto seen =
      post("/v1/profiles/lookup", about("ada@shop.example", R"(,"purpose":"personalize.content")"),
           destination_);
  EXPECT_THAT(seen.body, Not(HasSubstr("Ada")));
  // The mailbox itself is open, the shop's record is not: the whole is a no, and the parts are
  // told.
  EXPECT_EQ(holds("ada@shop.example", kEmail), "no denied");
  const auto told = post("/v1/consents/lookup", about("ada@shop.example"), consent_);
  EXPECT_THAT(told.body, HasSubstr(R"({"source":"shop","allowed":false,"reason":"denied",)"));
  EXPECT_THAT(told.body,
              HasSubstr(R"({"source":"cdp-preferences","allowed":true,"reason":"granted",)"));
}

TEST_F(ConsentApi, AChoiceThatCannotBeTakenLosesItsNeighbours) {
  EXPECT_FALSE(record("ada@shop.example",
                      {choice(kPersonal, event::Choice::granted),
                       choice("no.such.purpose", event::Choice::granted)},
                      "s1")
                   .has_value());
  auto old = choice(kPersonal, event::Choice::granted);
  old.notice_version = "2025-01";
  EXPECT_FALSE(record("ada@shop.example", {old}, "s2").has_value());
  EXPECT_EQ(history("ada@shop.example"), 0U);
}

// A role mailbox links nobody, and yet whoever reads it may say no for what goes there.
TEST_F(ConsentApi, ANoThroughASharedMailboxReachesEveryRecordThatHasIt) {
  identify("u1", "info@shop.example", "Ada");
  identify("u2", "info@shop.example", "Bo");
  const auto recorded =
      record("info@shop.example",
             {choice(std::string(consent::kEveryPurpose), event::Choice::withdrawn)}, "s1");
  ASSERT_TRUE(recorded.has_value()) << recorded.error().what;
  EXPECT_TRUE(recorded->statements.at(0).starts_with("stm_"));
  for (const char* user : {"u1", "u2"}) {
    const auto told = post(
        "/v1/consents/lookup",
        R"({"identifier":{"type":"user_id","value":")" + std::string(user) + R"("}})", consent_);
    EXPECT_THAT(told.body, HasSubstr(R"("purpose":"personalize.content","channel":"",)"
                                     R"("allowed":false,"reason":"withdrawn")"))
        << user;
  }
}

TEST_F(ConsentApi, EveryStatementHasAReceiptThatAnybodyVerifies) {
  const auto recorded =
      record("ada@shop.example", {choice(kPersonal, event::Choice::granted)}, "s1");
  ASSERT_TRUE(recorded.has_value());
  const std::string& id = recorded->statements.at(0);
  const auto answer = post("/v1/consents/receipt",
                           about("ada@shop.example", R"(,"statement":")" + id + "\""), consent_);
  ASSERT_EQ(answer.status, 200) << answer.body;
  const auto key = platform_->checkpoints().key().to_string();
  const auto report = compliance::verify_receipt(answer.body, key);
  ASSERT_TRUE(report.has_value()) << report.error().what;
  EXPECT_EQ(report->id, id);
  EXPECT_EQ(report->status, compliance::LogStatus::committed);
  EXPECT_EQ(report->choice, "granted");
  EXPECT_THAT(answer.body, HasSubstr("Ein Shop, der zu Ihnen passt"));
  EXPECT_THAT(answer.body, Not(HasSubstr("ada@")));
  EXPECT_THAT(answer.body, Not(HasSubstr("a browser")));
  // Nobody else's statement, known or not, is told from one that does not exist.
  const auto other = post("/v1/consents/receipt",
                          about("bob@shop.example", R"(,"statement":")" + id + "\""), consent_);
  const auto none = post("/v1/consents/receipt",
                         about("bob@shop.example", R"(,"statement":"stm_none")"), consent_);
  EXPECT_EQ(other.status, 404);
  EXPECT_EQ(other.body, none.body);
}

TEST_F(ConsentApi, AnImportThatIsRunAgainAddsNothing) {
  const auto rows = [](const std::string& run) {
    std::string out = R"({"import":true,"statements":[)";
    for (const char* row : {R"("granted","occurred_at":"2024-01-01T00:00:00Z")",
                            R"("withdrawn","occurred_at":"2025-01-01T00:00:00Z")"}) {
      if (!out.ends_with('[')) out += ",";
      out += about("ada@shop.example", R"(,"purpose":"personalize.content","message_id":")" + run +
                                           std::to_string(out.size()) + R"(","choice":)" + row);
    }
    return out + "]}";
  };
  EXPECT_EQ(post("/v1/consents", rows("first"), consent_).status, 200);
  EXPECT_EQ(post("/v1/consents", rows("second"), consent_).status, 200);
  EXPECT_EQ(history("ada@shop.example"), 2U);
  EXPECT_EQ(holds("ada@shop.example", kPersonal), "no withdrawn");
  const auto told = post("/v1/consents/lookup", about("ada@shop.example"), consent_);
  EXPECT_THAT(told.body, HasSubstr(R"("method":"import")"));
  EXPECT_THAT(told.body, HasSubstr(R"("occurred_at":"2025-01-01T00:00:00Z")"));
}

TEST_F(ConsentApi, AnIdentifierInAnUrlIsNoWayToAsk) {
  http::Request request;
  request.method = "GET";
  request.path = "/v1/consents/receipt";
  request.headers.emplace_back("authorization", "Bearer " + consent_);
  EXPECT_EQ(platform_->router().handle(std::move(request)).status, 405);
}

TEST_F(ConsentApi, WhoMayNotAskIsToldNothing) {
  for (const char* path : {"/v1/consents", "/v1/consents/lookup", "/v1/consents/receipt"}) {
    EXPECT_EQ(post(path, about("ada@shop.example"), destination_).status, 403) << path;
    EXPECT_EQ(post(path, about("ada@shop.example"), "wrong").status, 401) << path;
  }
}

TEST_F(ConsentApi, TheDoctorCountsAndHidesSmallCountsFromOutside) {
  ASSERT_TRUE(
      record("ada@shop.example", {choice(kPersonal, event::Choice::granted)}, "s1").has_value());
  const auto inside = post("/admin/consent/survey", "{}", "admin");
  EXPECT_THAT(inside.body, HasSubstr(R"("purpose":"personalize.content","channel":"","contacts":1,)"
                                     R"("reachable":1,"addresses":0,"addresses_reachable":0,)"));
  EXPECT_THAT(inside.body, HasSubstr(R"("channel":"email","contacts":1,"reachable":0,)"
                                     R"("addresses":1,"addresses_reachable":0,)"));
  const auto outside = post("/admin/consent/survey", R"({"outside":true})", "admin");
  EXPECT_THAT(outside.body, HasSubstr(R"("contacts":"<20","reachable":"<20","addresses":0,)"
                                      R"("addresses_reachable":0,"undated":0)"));
}

TEST_F(ConsentApi, SimulatingAnotherPolicyTellsWhoLosesAndChangesNothing) {
  ASSERT_TRUE(
      record("ada@shop.example", {choice(kPersonal, event::Choice::granted)}, "s1").has_value());
  const std::string next = std::string(kShop) +
                           "[purpose.\"personalize.content\"]\nnotice = \"2026-11\"\n"
                           "material = true\n";
  const auto answer =
      post("/admin/consent/simulate", R"({"config":)" + json::quote(next) + "}", "admin");
  EXPECT_THAT(answer.body, HasSubstr(R"("lost":1)"));
  EXPECT_THAT(answer.body, HasSubstr(R"({"from":"granted","to":"stale_notice","count":1})"));
  EXPECT_THAT(answer.body, HasSubstr(R"("lost_examples":["sub_)"));
  EXPECT_EQ(holds("ada@shop.example", kPersonal), "yes granted");
  EXPECT_EQ(post("/admin/consent/simulate", R"({"config":"pack = 7"})", "admin").status, 400);
}

// DESIGN §7: unknown, erased and refused answer alike: the same status, headers and shape, and the
// same work: one commit before the answer, as for somebody who is shown.
TEST_F(ConsentApi, UnknownErasedAndRefusedAreOneAnswer) {
  identify("u1", "refused@shop.example", "Ada");
  identify("u2", "erased@shop.example", "Bea");
  ASSERT_EQ(post("/v1/requests",
                 R"({"kind":"erasure","confirm":true,"identifier":{"type":"email",)"
                 R"("value":"erased@shop.example"}})",
                 "admin")
                .status,
            202);
  const auto asked = [&](const std::string& address) {
    const auto commits = platform_->pipeline().writer().stats().commits;
    const auto response = post("/v1/profiles/lookup",
                               about(address, R"(,"purpose":"personalize.content")"), destination_);
    std::string told = std::to_string(response.status);
    for (const auto& [name, value] : response.headers) told += "|" + name + "=" + value;
    // The subject is another pseudonym for each of them, of one length.
    std::string body = response.body;
    const auto subject = body.find("dsb_");
    const auto end = body.find('"', subject);
    body.replace(subject, end - subject, std::string(end - subject, 'x'));
    return told + "|" + body + "|commits " +
           std::to_string(platform_->pipeline().writer().stats().commits - commits);
  };
  const auto unknown = asked("unknown@shop.example");
  EXPECT_THAT(unknown, HasSubstr("200"));
  EXPECT_THAT(unknown, HasSubstr("commits 1"));
  EXPECT_EQ(asked("erased@shop.example"), unknown);
  EXPECT_EQ(asked("refused@shop.example"), unknown);
  // And asked once more, within the hour: no more work for any of them.
  const auto repeated = asked("unknown@shop.example");
  EXPECT_THAT(repeated, HasSubstr("commits 0"));
  EXPECT_EQ(asked("erased@shop.example"), repeated);
  EXPECT_EQ(asked("refused@shop.example"), repeated);
}

}  // namespace
}  // namespace cdp::app
