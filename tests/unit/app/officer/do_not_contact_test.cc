// The do-not-contact list through the platform: what was put there stays closed whatever comes
// later, an old list, an order after an erasure, a yes of lower grade; and it closes nobody else.
#include "tests/support/subscribe_world.h"

namespace cdp::app {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class DoNotContactTest : public SubscribeWorld {
 protected:
  DoNotContactTest() {
    world_.configure(with_destination(true));
    const auto reloaded = world_.platform().reload_policy();
    EXPECT_TRUE(reloaded.has_value()) << (reloaded ? "" : reloaded.error().what);
    token_ = world_.token("destination", "mail");
  }
  std::string with_destination(bool with_mail) const {
    return lines(with_mail) +
           "[destination]\nmail = {kind = \"profile_api\", role = \"processor\", purposes = [\"" +
           kNews + "\"], attributes = [\"email\"]}\n";
  }
  http::Response put(const std::string& address, const std::string& channel = "email") {
    world_.settle();
    return world_.call(
        "POST", "/v1/do-not-contact",
        R"({"addresses":[{"channel":")" + channel + R"(","address":")" + address + R"("}]})");
  }
  // What a destination that may mail is shown of whoever has the address.
  bool reachable(const std::string& address) {
    world_.settle();
    const auto answer = world_.call("POST", "/v1/profiles/lookup",
                                    R"({"identifier":{"type":"email","value":")" + address +
                                        R"("},"purpose":")" + std::string(kNews) + R"("})",
                                    token_);
    EXPECT_EQ(answer.status, 200) << answer.body;
    return answer.body.find("\"email\":\"" + address + "\"") != std::string::npos;
  }
  bool listed(const std::string& address) {
    const auto answer = world_.call("POST", "/v1/do-not-contact/lookup",
                                    R"({"channel":"email","address":")" + address + R"("})");
    EXPECT_EQ(answer.status, 200) << answer.body;
    return answer.body.find(R"("listed":true)") != std::string::npos;
  }
  event::Observation granted(const std::string& name, const std::string& address) {
    auto o = world_.observation(name, "row-" + std::to_string(++seeds_));
    testing::PlatformWorld::identify(o, "user_id", name);
    testing::PlatformWorld::identify(o, "email", address);
    event::StatementDraft draft;
    draft.purpose = kNews;
    draft.choice = event::Choice::granted;
    draft.grade = event::Grade::recorded;
    draft.method = "form";
    draft.occurred_at = world_.clock().now();
    draft.contact_point = {{"email", Pii<std::string>(address)}};
    o.statements.push_back(std::move(draft));
    return o;
  }
  // A row of an old list, with the yes that it claims.
  void import(const std::string& name, const std::string& address) {
    auto o = granted(name, address);
    o.arrival = event::Arrival::import;
    world_.send("shop", std::move(o));
  }
  // The yes of somebody who ticks a box in the shop.
  void tick_box(const std::string& name, const std::string& address) {
    world_.clock().advance(Duration::hours(1));
    world_.send("shop", granted(name, address));
  }
  // An order: a new act, by the shop's own server.
  void order(const std::string& name, const std::string& address) {
    world_.clock().advance(Duration::hours(1));
    auto o = world_.observation(name, "order-" + std::to_string(++seeds_));
    testing::PlatformWorld::identify(o, "user_id", name);
    testing::PlatformWorld::identify(o, "email", address);
    o.new_act = true;
    world_.send("shop", std::move(o));
  }
  http::Response erase_for_good(const std::string& address, bool do_not_contact) {
    world_.settle();
    return world_.call("POST", "/v1/requests",
                       R"({"kind":"erasure","confirm":true,"do_not_contact":)" +
                           std::string(do_not_contact ? "true" : "false") +
                           R"(,"identifier":{"type":"email","value":")" + address + R"("}})");
  }
  // A page of the preference centre, for whoever proved the address.
  http::Response signed_in(const std::string& address, const std::string& path) {
    world_.settle();
    const auto link = centre().path_for({"email", Pii<std::string>(address)}, "en");
    request_ = {};
    request_.method = "POST";
    request_.path = "/preferences/open";
    request_.body = "link=" + link.value().substr(link->rfind('/') + 1);
    request_.headers = {{"host", "privacy.shop.example"}, {"origin", kBase}};
    const auto opened = world_.platform().router().handle(request_);
    EXPECT_EQ(opened.status, 303);
    for (const auto& [name, value] : opened.headers) {
      if (name == "Set-Cookie")
        request_.headers.emplace_back("cookie", value.substr(0, value.find(';')));
    }
    request_.method = "GET";
    request_.path = path;
    request_.body.clear();
    return world_.platform().router().handle(request_);
  }
  // The person's own yes there.
  void allow(const std::string& address) {
    const auto page = signed_in(address, "/preferences");
    request_.method = "POST";
    const std::string read = "n:" + std::string(kNews);
    request_.body = "action=save&p:" + std::string(kNews) + "=yes&" + read + "=" +
                    hidden(page.body, read) + "&form_key=" + hidden(page.body, "form_key");
    EXPECT_EQ(world_.platform().router().handle(request_).status, 303);
  }

  std::string token_;
  http::Request request_;  // of the session
};

TEST_F(DoNotContactTest, AnOldListDoesNotMakeAnAddressReachable) {
  EXPECT_EQ(put("ada@home.example").status, 200);
  import("ada", "ada@home.example");
  import("bea", "bea@home.example");
  EXPECT_FALSE(reachable("ada@home.example"));
  EXPECT_TRUE(reachable("bea@home.example")) << "the same row of somebody else";
  tick_box("ada", "ada@home.example");
  EXPECT_FALSE(reachable("ada@home.example")) << "nor does less than a verified yes";
}

TEST_F(DoNotContactTest, WhoeverHasTheAddressHasTheNoAtOnce) {
  tick_box("ada", "ada@home.example");
  tick_box("dots", "j.doe@gmail.com");
  tick_box("tag", "jdoe+shop@gmail.com");
  for (const char* one : {"ada@home.example", "j.doe@gmail.com", "jdoe+shop@gmail.com"})
    ASSERT_TRUE(reachable(one)) << one;
  EXPECT_EQ(put("ada@home.example").body, R"({"listed":1,"already":0,"rejected":[]})");
  EXPECT_FALSE(reachable("ada@home.example"));
  put("jdoe@googlemail.com");
  EXPECT_FALSE(reachable("j.doe@gmail.com"));
  EXPECT_FALSE(reachable("jdoe+shop@gmail.com"));
  import("other", "jd.oe@gmail.com");
  EXPECT_FALSE(reachable("jd.oe@gmail.com"));
}

TEST_F(DoNotContactTest, EverybodyWhoSharesTheMailboxHasTheNo) {
  for (const char* name : {"ada", "bea"}) tick_box(name, "both@home.example");
  put("both@home.example");
  for (const char* name : {"ada", "bea"}) {
    const auto profile = world_.profile("user_id", name);
    ASSERT_TRUE(profile.has_value());
    bool told = false;
    for (const auto& member : profile->members) {
      for (const auto& said : member.document.statements)
        told = told || said.choice == event::Choice::objected;
    }
    EXPECT_TRUE(told) << name;
  }
}

// Whoever was erased and came back lives, and what is said of them then is heard: by the list, by
// the consent API, on the person's own page.
TEST_F(DoNotContactTest, ANoAfterANewLifeIsHeardAtEveryDoor) {
  for (const char* name : {"ada", "bea", "cas"}) {
    const std::string address = std::string(name) + "@home.example";
    tick_box(name, address);
    ASSERT_EQ(erase_for_good(address, false).status, 202);
    order(name, address);
    tick_box(name, address);
    ASSERT_TRUE(reachable(address)) << name;
    world_.clock().advance(Duration::hours(1));
  }
  EXPECT_EQ(put("ada@home.example").status, 200);
  EXPECT_FALSE(reachable("ada@home.example"));
  const auto said = world_.call("POST", "/v1/consents",
                                R"({"identifier":{"type":"email","value":"bea@home.example"},)"
                                R"("purpose":")" +
                                    std::string(kNews) + R"(","choice":"withdrawn"})",
                                world_.token("consent"));
  EXPECT_EQ(said.status, 200) << said.body;
  EXPECT_FALSE(reachable("bea@home.example"));
  const auto page = signed_in("cas@home.example", "/preferences");
  request_.method = "POST";
  request_.body = "action=withdraw_all&form_key=" + hidden(page.body, "form_key");
  EXPECT_EQ(world_.platform().router().handle(request_).status, 303);
  EXPECT_FALSE(reachable("cas@home.example"));
}

TEST_F(DoNotContactTest, OutlivesTheErasureOfThePerson) {
  for (const char* name : {"ada", "bea"}) {
    const std::string address = std::string(name) + "@home.example";
    tick_box(name, address);
    ASSERT_TRUE(reachable(address));
    const auto erased = erase_for_good(address, std::string_view(name) == "ada");
    ASSERT_EQ(erased.status, 202) << erased.body;
    import(name, address);
    EXPECT_FALSE(reachable(address)) << "an import starts no new life";
    order(name, address);
    tick_box(name, address);
  }
  EXPECT_FALSE(reachable("ada@home.example"));
  EXPECT_TRUE(reachable("bea@home.example")) << "who did not ask for it starts anew";
  EXPECT_TRUE(listed("ada@home.example"));
  EXPECT_FALSE(listed("bea@home.example"));
}

TEST_F(DoNotContactTest, KeepsNothingOfAPersonButTheHash) {
  EXPECT_EQ(put("nobody@home.example").status, 200);
  EXPECT_EQ(world_.together("email", "nobody@home.example"), 0U);
  EXPECT_EQ(erase_for_good("unknown@home.example", true).status, 404) << "nobody to erase";
  EXPECT_TRUE(listed("unknown@home.example")) << "and listed all the same";
  EXPECT_EQ(world_.audited("do_not_contact").size(), 2U);
  for (const auto& entry : world_.audited("do_not_contact"))
    EXPECT_THAT(entry, Not(HasSubstr("home.example")));
}

TEST_F(DoNotContactTest, YieldsToThePersonsOwnVerifiedYesAlone) {
  tick_box("ada", "ada@home.example");
  put("ada@home.example");
  ask("ada@home.example");
  EXPECT_EQ(mails().size(), 0U);
  EXPECT_EQ(counted("do_not_contact"), 1U);
  world_.clock().advance(Duration::hours(1));
  allow("ada@home.example");
  EXPECT_TRUE(reachable("ada@home.example"));
  EXPECT_FALSE(listed("ada@home.example"));
  world_.clock().advance(Duration::hours(1));
  tick_box("ada", "ada@home.example");
  EXPECT_TRUE(reachable("ada@home.example")) << "what comes later brings the no no more";
  world_.clock().advance(Duration::hours(1));
  EXPECT_EQ(put("ada@home.example").body, R"({"listed":1,"already":0,"rejected":[]})");
  EXPECT_FALSE(reachable("ada@home.example")) << "listed anew";
}

TEST_F(DoNotContactTest, IsSeenByThePersonAsTheControllersWord) {
  tick_box("ada", "ada@home.example");
  put("ada@home.example");
  const auto page = signed_in("ada@home.example", "/preferences/history").body;
  EXPECT_THAT(page, HasSubstr("by E"));
  EXPECT_THAT(page, Not(HasSubstr("here, by you")));
}

TEST_F(DoNotContactTest, SurvivesARestart) {
  put("ada@home.example");
  world_.configure(with_destination(false));  // the mailer's key is the fixture's alone
  world_.reopen();
  import("ada", "ada@home.example");
  EXPECT_FALSE(reachable("ada@home.example"));
  EXPECT_TRUE(listed("ada@home.example"));
}

// Anybody who holds the browser key can claim any address beside anybody's login.
TEST_F(DoNotContactTest, ClaimsOfBrowsersBlockNobody) {
  tick_box("ada", "ada@home.example");
  put("listed@home.example");
  auto claim = world_.observation("ada", "claim");
  testing::PlatformWorld::identify(claim, "user_id", "ada");
  testing::PlatformWorld::identify(claim, "email", "listed@home.example");
  world_.send("web", std::move(claim));
  EXPECT_TRUE(reachable("ada@home.example"));
}

TEST_F(DoNotContactTest, SaysWhatItCannotPutThereAndPutsTheRest) {
  const auto answer = world_.call(
      "POST", "/v1/do-not-contact",
      R"({"addresses":[{"channel":"email","address":"no address"},{"channel":"pigeon","address":"a"},
          {"channel":"sms","address":"+49 170 1234567"},{"channel":"email","address":"Ada@Home.example"}]})");
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.body, HasSubstr(R"({"listed":2,"already":0,"rejected":[{"index":0,)"));
  EXPECT_THAT(answer.body, HasSubstr(R"({"index":1,"reason":"the channel has no addresses)"));
  EXPECT_THAT(answer.body, Not(HasSubstr("no address\"")));
  EXPECT_TRUE(listed("ada@home.example"));
  EXPECT_EQ(put("ada@home.example").body, R"({"listed":0,"already":1,"rejected":[]})");
  EXPECT_EQ(put("no address").status, 422);
  EXPECT_EQ(world_.call("POST", "/v1/do-not-contact", R"({"addresses":"ada"})").status, 400);
  EXPECT_EQ(world_.call("POST", "/v1/do-not-contact", R"({"addresses":[]})", token_).status, 403);
  EXPECT_EQ(erase_for_good("no address", true).status, 400);
}

}  // namespace
}  // namespace cdp::app
