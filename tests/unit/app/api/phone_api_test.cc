// The proof of a number through the routes, on a clock moved by hand, with the shop's messenger on
// the other end of a webhook: a code to the number on record, and only then a yes to messages.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/loopback_server.h"
#include "tests/support/platform_world.h"

namespace cdp::app {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr const char* kBase = "https://privacy.shop.example";
constexpr const char* kSms = "marketing.communications.sms";
constexpr const char* kNumber = "+491701234567";

class PhoneApi : public ::testing::Test {
 protected:
  PhoneApi() {
    world_.platform().keyring().set_secret(
        "messenger", crypto::Secret::copy_of(as_bytes("whsec_" + to_base64(Bytes(32, 7)))));
    configure(true);
    centre().start([](Duration) {});
  }
  void configure(bool with_messenger, const std::string& more = "") {
    world_.configure(lines(with_messenger) + more);
    const auto reloaded = world_.platform().reload_policy();
    EXPECT_TRUE(reloaded.has_value()) << (reloaded ? "" : reloaded.error().what);
  }
  std::string lines(bool with_messenger) const {
    const std::string text =
        "[source]\n"
        "shop = {kind = \"segment\", trust = \"server\"}\n"
        "web = {kind = \"segment\", trust = \"public\"}\n"
        "[destination]\n"
        "sms = {kind = \"profile_api\", role = \"processor\", purposes = [\"" +
        std::string(kSms) + "\"], attributes = [\"phone\"]}\n[preference_centre]\nbase_url = \"" +
        kBase + "\"\n";
    if (!with_messenger) return text;
    return text + "[messenger]\nwebhook = \"" + messenger_.url("/sms") +
           "\"\nsecret = \"messenger\"\n";
  }
  PreferenceCentre& centre() { return world_.platform().preference_centre(); }

  // A customer of the shop, who gave an address and perhaps a number.
  void customer(const std::string& source = "shop", const std::string& number = kNumber) {
    auto o = world_.observation("ada", "seed-" + std::to_string(++seeds_));
    testing::PlatformWorld::identify(o, "user_id", "ada");
    testing::PlatformWorld::identify(o, "email", "ada@home.example");
    if (!number.empty()) {
      testing::PlatformWorld::identify(o, "phone", number);
      testing::PlatformWorld::attribute(o, "phone", number);
    }
    world_.send(source, std::move(o));
    world_.settle();
  }
  void sign_in() {
    const auto path = centre().path_for({"email", Pii<std::string>("ada@home.example")}, "en");
    ASSERT_TRUE(path.has_value());
    const auto answer =
        call("POST", "/preferences/open", "link=" + path->substr(path->rfind('/') + 1));
    ASSERT_EQ(answer.status, 303);
    const std::string set = header(answer, "Set-Cookie");
    cookie_ = set.substr(0, set.find(';'));
    key_ = hidden(call("GET", "/preferences").body, "form_key");
    ASSERT_THAT(key_, Not(IsEmpty()));
  }
  http::Response call(const std::string& method, const std::string& path,
                      const std::string& body = "", const std::string& origin = kBase) {
    http::Request request;
    request.method = method;
    request.path = path;
    request.body = body;
    request.peer = "192.0.2.1";
    request.headers.emplace_back("host", "privacy.shop.example");
    if (!origin.empty()) request.headers.emplace_back("origin", origin);
    if (!cookie_.empty()) request.headers.emplace_back("cookie", cookie_);
    if (gpc_) request.headers.emplace_back("sec-gpc", "1");
    return world_.platform().router().handle(std::move(request));
  }
  http::Response ask() { return call("POST", "/preferences/phone", "form_key=" + key_); }
  http::Response type(const std::string& code) {
    return call("POST", "/preferences/phone/code", "form_key=" + key_ + "&code=" + code);
  }
  bool accepted(const std::string& code) {
    return header(type(code), "Location").starts_with("/preferences?");
  }
  http::Response allow_sms() {
    const std::string read = "n:" + std::string(kSms);
    return call("POST", "/preferences",
                "action=save&p:" + std::string(kSms) + "=yes&" + read + "=" +
                    hidden(call("GET", "/preferences").body, read) + "&form_key=" + key_);
  }
  static std::string header(const http::Response& response, std::string_view name) {
    for (const auto& [key, value] : response.headers) {
      if (key == name) return value;
    }
    return {};
  }
  static std::string hidden(const std::string& page, const std::string& name) {
    const std::string mark = "name=\"" + name + "\" value=\"";
    const auto at = page.find(mark);
    if (at == std::string::npos) return {};
    return page.substr(at + mark.size(), page.find('"', at + mark.size()) - at - mark.size());
  }
  std::vector<std::string> messages() {
    centre().drain();
    std::vector<std::string> bodies;
    for (const auto& request : messenger_.requests())
      bodies.push_back(request.substr(request.find("\r\n\r\n") + 4));
    return bodies;
  }
  static std::string field(const std::string& json, const std::string& key) {
    const auto document = json::Document::parse(json);
    return document ? std::string(document->root().text(key).value_or("")) : "no JSON";
  }
  std::string code() {
    const auto sent = messages();
    return sent.empty() ? "none" : field(sent.back(), "code");
  }
  std::uint64_t counted(const std::string& result) {
    return world_.metrics()
        .counter("cdp_phone_codes_total", "Codes asked for, by what became of them",
                 {{"result", result}})
        .value();
  }
  static std::string wrong(const std::string& code) {
    return code == "000000" ? "000001" : "000000";
  }
  // What a lookup for messages gives away.
  std::string looked_up() {
    return world_
        .call("POST", "/v1/profiles/lookup",
              R"({"identifier":{"type":"user_id","value":"ada"},"purpose":")" + std::string(kSms) +
                  R"("})",
              world_.token("destination", "sms"))
        .body;
  }

  testing::LoopbackServer messenger_{[](const std::string&) { return testing::http_answer(204); }};
  testing::PlatformWorld world_{lines(false)};
  std::string cookie_, key_;
  bool gpc_ = false;  // the browser sends Sec-GPC: 1
  int seeds_ = 0;
};

TEST_F(PhoneApi, AYesToMessagesNeedsTheCodeThatWasSentToTheNumber) {
  customer();
  sign_in();
  EXPECT_THAT(call("GET", "/preferences").body, HasSubstr("href=\"/preferences/phone?lang=en\""));
  allow_sms();
  EXPECT_THAT(looked_up(), Not(HasSubstr(kNumber)));
  EXPECT_THAT(call("GET", "/preferences/phone").body, HasSubstr("+49 ••• 67"));
  EXPECT_EQ(header(ask(), "Location"), "/preferences/phone?lang=en&state=sent");
  ASSERT_THAT(messages(), SizeIs(1));
  const std::string sent = messages().front();
  EXPECT_EQ(field(sent, "type"), "message.phone_code");
  EXPECT_EQ(field(sent, "channel"), "sms");
  EXPECT_EQ(field(sent, "to"), kNumber);
  EXPECT_EQ(field(sent, "text"),
            code() +
                " is your code for the privacy choices at E. It works for 10 minutes. Give it "
                "to nobody.");
  EXPECT_TRUE(accepted(code()));
  const std::string page = call("GET", "/preferences").body;
  EXPECT_THAT(page, HasSubstr("Your number is confirmed."));
  EXPECT_THAT(page, Not(HasSubstr("/preferences/phone?")));
  allow_sms();
  EXPECT_THAT(looked_up(), HasSubstr(kNumber));
}

TEST_F(PhoneApi, ACodeWorksOnceWithinTenMinutesAndForFiveTries) {
  customer();
  sign_in();
  ask();
  const std::string late = code();
  world_.clock().advance(Duration::seconds(600));
  EXPECT_FALSE(accepted(late));
  ask();
  const std::string tried = code();
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(accepted(wrong(tried)));
  EXPECT_FALSE(accepted(tried));
  ask();
  const std::string good = code();
  EXPECT_TRUE(accepted(good));
  EXPECT_FALSE(accepted(good));
}

TEST_F(PhoneApi, ANumberGetsThreeCodesAnHourAndThePageSaysTheSame) {
  customer();
  sign_in();
  const auto first = ask();
  for (int i = 0; i < 5; ++i) {
    const auto next = ask();
    EXPECT_EQ(next.status, first.status);
    EXPECT_EQ(header(next, "Location"), header(first, "Location"));
  }
  EXPECT_THAT(messages(), SizeIs(3));
}

TEST_F(PhoneApi, ANumberGetsFiveCodesADay) {
  customer();
  const auto three_from_a_new_session = [&] {
    cookie_.clear();
    sign_in();
    for (int i = 0; i < 3; ++i) ask();
    return messages().size();
  };
  EXPECT_EQ(three_from_a_new_session(), 3U);
  world_.clock().advance(Duration::hours(1));
  EXPECT_EQ(three_from_a_new_session(), 5U);
  world_.clock().advance(Duration::hours(1));
  EXPECT_EQ(three_from_a_new_session(), 5U);
  world_.clock().advance(Duration::hours(4));
  EXPECT_EQ(three_from_a_new_session(), 6U) << "another every 4.8 hours";
}

TEST_F(PhoneApi, WhoIsHeldBackIsAnsweredAsEverybody) {
  const struct {
    const char* number;
    const char* setting;
    const char* result;
  } cases[] = {
      {"+491701234567", "countries = [\"AT\", \"US\"]\n", "country"},
      {"+18764567890", "countries = [\"AT\", \"US\"]\n", "country"},  // Jamaica shares +1
      {"+491701234567", "codes_per_number_a_day = 1\n", "too_often"},
      {"+491701234567", "codes_a_day = 1\n", "too_many"},
  };
  for (const auto& one : cases) {
    SCOPED_TRACE(std::string(one.number) + " " + one.setting);
    cookie_.clear();
    world_.clock().advance(Duration::days(2));
    configure(true);
    customer("shop", one.number);
    sign_in();
    const std::size_t before = messages().size();
    const auto sent = ask();
    EXPECT_THAT(messages(), SizeIs(before + 1));
    const bool is_country = std::string_view(one.result) == "country";
    world_.clock().advance(Duration::days(is_country ? 2 : 0));
    cookie_.clear();
    configure(true, one.setting);
    sign_in();
    const auto held = ask();
    EXPECT_EQ(held.status, sent.status);
    EXPECT_EQ(held.body, sent.body);
    EXPECT_EQ(header(held, "Location"), header(sent, "Location"));
    EXPECT_THAT(messages(), SizeIs(before + 1));
    EXPECT_EQ(counted(one.result), 1U + (std::string_view(one.number).starts_with("+1") ? 1U : 0U));
  }
}

TEST_F(PhoneApi, ACodesTenMinutesBeginWhenItIsSent) {
  customer();
  sign_in();
  centre().stop();
  ask();
  world_.clock().advance(Duration::seconds(9 * 60));
  centre().start([](Duration) {});
  const std::string sent = code();
  world_.clock().advance(Duration::seconds(9 * 60));
  EXPECT_TRUE(accepted(sent));
}

TEST_F(PhoneApi, TheProofIsTheSessionsAndTheNumbers) {
  customer();
  sign_in();
  ask();
  const std::string mine = code();
  const std::string cookie = cookie_, key = key_;
  cookie_.clear();
  sign_in();
  EXPECT_FALSE(accepted(mine)) << "another session";
  cookie_ = cookie;
  key_ = key;
  EXPECT_TRUE(accepted(mine));
}

TEST_F(PhoneApi, NobodyIsSentACodeWithoutANumberOnRecordOrAMessenger) {
  customer("shop", "");
  sign_in();
  EXPECT_THAT(call("GET", "/preferences").body, Not(HasSubstr("/preferences/phone?")));
  EXPECT_EQ(header(call("GET", "/preferences/phone"), "Location"), "/preferences?lang=en");
  EXPECT_EQ(header(ask(), "Location"), "/preferences/phone?lang=en&state=sent");
  EXPECT_FALSE(accepted("000000"));
  customer("web");  // a browser's word for a number is nobody's
  ask();
  EXPECT_THAT(messages(), IsEmpty());
  customer();
  configure(false);
  ask();
  EXPECT_THAT(messages(), IsEmpty());
  EXPECT_THAT(call("GET", "/preferences").body, Not(HasSubstr("/preferences/phone?")));
}

TEST_F(PhoneApi, NotesTheBrowsersSignalOnItsPageAndWithItsForms) {
  customer();
  const auto noted = [&] {
    gpc_ = false;
    const auto page = call("GET", "/preferences/history").body;
    return page.find("Global Privacy Control") != std::string::npos;
  };
  sign_in();
  gpc_ = true;
  EXPECT_EQ(call("POST", "/preferences/phone", "form_key=wrong").status, 403);
  EXPECT_FALSE(noted()) << "not from a form of ours";
  gpc_ = true;
  EXPECT_EQ(header(ask(), "Location"), "/preferences/phone?lang=en&state=sent");
  EXPECT_TRUE(noted());
  EXPECT_THAT(messages(), SizeIs(1)) << "and the form did what it says";
}

TEST_F(PhoneApi, NotesTheSignalThatComesWithItsPage) {
  customer();
  sign_in();
  gpc_ = true;
  EXPECT_EQ(header(call("GET", "/preferences/phone"), "Location"), "/preferences/phone?lang=en");
  EXPECT_THAT(call("GET", "/preferences/phone").body, HasSubstr("+49 ••• 67"));
  gpc_ = false;
  EXPECT_THAT(call("GET", "/preferences/history").body, HasSubstr("Global Privacy Control"));
}

TEST_F(PhoneApi, NotesTheSignalThatComesWithACode) {
  customer();
  sign_in();
  ask();
  const std::string sent = code();
  gpc_ = true;
  EXPECT_TRUE(accepted(sent));
  gpc_ = false;
  EXPECT_THAT(call("GET", "/preferences/history").body, HasSubstr("Global Privacy Control"));
}

TEST_F(PhoneApi, TakesWhatComesFromItsOwnFormsAlone) {
  customer();
  EXPECT_EQ(header(ask(), "Location"), "/preferences?lang=en") << "nobody is signed in";
  sign_in();
  for (const std::string path : {"/preferences/phone", "/preferences/phone/code"}) {
    EXPECT_EQ(call("POST", path, "form_key=" + key_, "https://evil.example").status, 403) << path;
    EXPECT_EQ(call("POST", path, "form_key=wrong").status, 403) << path;
  }
  EXPECT_THAT(messages(), IsEmpty());
}

}  // namespace
}  // namespace cdp::app
