// The preference centre's routes on a clock moved by hand: who gets in, for how long, and what a
// page never does.
#include "cdp/app/api/preference_api.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cdp/app/config/config.h"
#include "cdp/app/durable_file.h"
#include "cdp/app/wiring.h"
#include "tests/support/shared_clock.h"
#include "tests/support/shared_random.h"
#include "tests/support/temp_directory.h"

namespace cdp::app {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kBase = "https://privacy.shop.example";
constexpr const char* kHostileName = "<b>Shop</b> \\\"&\\\" Co";

class PreferenceApi : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(crypto::initialise());
    const auto kek = crypto::key_file_kek(directory_ / "kek", true);
    ASSERT_TRUE(crypto::Keyring::create(directory_ / "keyring", *kek, random_));
    ASSERT_TRUE(write_durably(directory_ / "cdp.toml", config(), 0600));
    auto opened =
        Platform::open({directory_.path(), false}, *kek, {clock_, random_, logger_, metrics_});
    ASSERT_TRUE(opened) << opened.error().what;
    platform_ = std::move(*opened);
  }

  static std::string config() {
    return "pack = \"shop-eu@1\"\ncontroller = {name = \"" + std::string(kHostileName) +
           "\", country = \"DE\", contact = \"p@shop.example\"}\n"
           "preference_centre = {base_url = \"" +
           kBase + "\"}\n";
  }
  http::Response call(const std::string& method, const std::string& path,
                      const std::string& body = "", const std::string& origin = kBase,
                      const std::string& peer = "192.0.2.1") {
    http::Request request;
    request.method = method;
    const auto query = path.find("?lang=");
    request.path = path.substr(0, query);
    if (query != std::string::npos) request.query.emplace_back("lang", path.substr(query + 6));
    request.body = body;
    request.peer = peer;
    request.headers.emplace_back("host", "privacy.shop.example");
    if (!origin.empty()) request.headers.emplace_back("origin", origin);
    if (!cookie_.empty()) request.headers.emplace_back("cookie", "a=b; " + cookie_);
    if (gpc_) request.headers.emplace_back("sec-gpc", "1");
    return platform_->router().handle(std::move(request));
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
  std::string new_link() {
    const auto path = platform_->preference_centre().path_for(
        {"email", Pii<std::string>("ada@home.example")}, "en");
    return path ? path->substr(path->rfind('/') + 1) : "none";
  }
  http::Response open(const std::string& link) {
    auto response = call("POST", "/preferences/open", "link=" + link);
    const std::string set = header(response, "Set-Cookie");
    if (!set.empty()) cookie_ = set.substr(0, set.find(';'));
    return response;
  }

  testing::TempDirectory directory_;
  testing::SharedClock clock_{Time{1'767'225'600'000'000}};
  testing::SharedRandom random_{11};
  Logger logger_ = Logger::silent(clock_);
  Metrics metrics_;
  std::unique_ptr<Platform> platform_;
  // What a form says of the text that a page shows for a purpose.
  static std::string shown(const std::string& page, const std::string& purpose) {
    return "&n:" + purpose + "=" + hidden(page, "n:" + purpose);
  }
  // How many statements the history holds.
  std::size_t statements() {
    gpc_ = false;
    const auto page = call("GET", "/preferences/history").body;
    const std::string receipt = "/preferences/receipts/";
    std::size_t count = 0;
    for (auto at = page.find(receipt); at != std::string::npos; at = page.find(receipt, at + 1))
      ++count;
    return count;
  }

  // The first page that the browser asks for once its signal is on.
  void notes_it_on(const std::string& path, const std::string& again = "") {
    ASSERT_EQ(open(new_link()).status, 303);
    gpc_ = true;
    const auto first = call("GET", path);
    EXPECT_EQ(first.status, 303);
    EXPECT_EQ(header(first, "Location"), (again.empty() ? path : again) + "?lang=en");
    EXPECT_NE(call("GET", path).status, 303);
    EXPECT_EQ(statements(), 1U);
  }

  static constexpr const char* kTaste = "personalize.content";
  static constexpr const char* kSignal = "Global Privacy Control";
  std::string cookie_;
  bool gpc_ = false;  // the browser sends Sec-GPC: 1
};

TEST_F(PreferenceApi, OpensByALinkOnceWithinAQuarterOfAnHour) {
  const std::string link = new_link();
  EXPECT_EQ(call("GET", "/preferences/open/" + link).status, 200);
  EXPECT_EQ(open(link).status, 303);
  EXPECT_THAT(call("GET", "/preferences").body, HasSubstr("a•••@home.example"));
  cookie_.clear();
  EXPECT_EQ(open(link).status, 400);
  const std::string late = new_link();
  clock_.advance(Duration::seconds(15 * 60));
  EXPECT_EQ(open(late).status, 400);
  EXPECT_THAT(call("GET", "/preferences").body, Not(HasSubstr("name=\"form_key\"")))
      << "nobody is signed in";
}

TEST_F(PreferenceApi, ShowsTheSamePageForEveryLinkThereCouldBe) {
  const auto page_of = [&](const std::string& link) {
    std::string page = call("GET", "/preferences/open/" + link).body;
    for (auto at = page.find(link); at != std::string::npos; at = page.find(link))
      page.erase(at, link.size());
    return page;
  };
  const std::string used = new_link();
  ASSERT_EQ(open(used).status, 303);
  cookie_.clear();
  EXPECT_EQ(page_of(new_link()), page_of("nonsense"));
  EXPECT_EQ(page_of(used), page_of("nonsense"));
}

TEST_F(PreferenceApi, SignsOutAfterHalfAnHour) {
  ASSERT_EQ(open(new_link()).status, 303);
  clock_.advance(Duration::seconds(30 * 60 - 1));
  EXPECT_THAT(call("GET", "/preferences").body, HasSubstr("name=\"form_key\""));
  clock_.advance(Duration::seconds(1));
  const auto page = call("GET", "/preferences").body;
  EXPECT_THAT(page, HasSubstr("You have been signed out"));
  EXPECT_THAT(page, Not(HasSubstr("name=\"form_key\"")));
  EXPECT_EQ(header(call("GET", "/preferences/history"), "Location"), "/preferences?lang=en");
}

TEST_F(PreferenceApi, GivesEveryLinkASessionOfItsOwn) {
  ASSERT_EQ(open(new_link()).status, 303);
  const std::string first = cookie_;
  ASSERT_EQ(open(new_link()).status, 303);
  EXPECT_NE(cookie_, first);
  cookie_ = first;
  EXPECT_THAT(call("GET", "/preferences").body, Not(HasSubstr("name=\"form_key\"")))
      << "the browser's old session has ended";
}

TEST_F(PreferenceApi, SavesWhatComesFromItsOwnFormAndNothingElse) {
  ASSERT_EQ(open(new_link()).status, 303);
  const std::string shows = call("GET", "/preferences").body;
  const std::string key = hidden(shows, "form_key");
  ASSERT_EQ(key.size(), 43U);
  const std::string form =
      "action=save&p:personalize.content=yes" + shown(shows, kTaste) + "&form_key=";
  for (const std::string& origin :
       {std::string("https://evil.example"), std::string("null"), std::string()}) {
    EXPECT_EQ(call("POST", "/preferences", form + key, origin).status, 403) << origin;
  }
  EXPECT_EQ(call("POST", "/preferences", form + "wrong").status, 403);
  EXPECT_THAT(call("GET", "/preferences").body, Not(HasSubstr("value=\"yes\" checked")));
  EXPECT_EQ(call("POST", "/preferences", form + key).status, 303);
  const auto page = call("GET", "/preferences").body;
  EXPECT_THAT(page, HasSubstr("name=\"p:personalize.content\" value=\"yes\" checked"));
  EXPECT_THAT(page, HasSubstr("Saved. It counts from this moment on."));
  EXPECT_THAT(call("GET", "/preferences").body, Not(HasSubstr("Saved."))) << "said once";
}

// The forms of one page share their `once`: saving, then withdrawing everything from the page that
// the browser still shows, are two acts.
TEST_F(PreferenceApi, TakesNoSecondThoughtForARepetition) {
  ASSERT_EQ(open(new_link()).status, 303);
  const std::string first = call("GET", "/preferences").body;
  const std::string same = "&once=" + hidden(first, "once") +
                           "&form_key=" + hidden(first, "form_key") + shown(first, kTaste);
  EXPECT_EQ(call("POST", "/preferences", "action=save&p:personalize.content=yes" + same).status,
            303);
  EXPECT_THAT(call("GET", "/preferences").body,
              HasSubstr("name=\"p:personalize.content\" value=\"yes\" checked"));
  EXPECT_EQ(call("POST", "/preferences", "action=withdraw_all" + same).status, 303);
  EXPECT_THAT(call("GET", "/preferences").body,
              Not(HasSubstr("name=\"p:personalize.content\" value=\"yes\" checked")));
}

// Two different answers from the same session are two statements; the same form twice is one.
TEST_F(PreferenceApi, TakesEachFormOnce) {
  ASSERT_EQ(open(new_link()).status, 303);
  const auto say = [&](const std::string& answer, const std::string& once) {
    const std::string page = call("GET", "/preferences").body;
    return call("POST", "/preferences",
                "action=save&p:personalize.content=" + answer + "&once=" + once +
                    "&form_key=" + hidden(page, "form_key") + shown(page, kTaste))
        .status;
  };
  const auto lines = [&] {
    const auto page = call("GET", "/preferences/history").body;
    std::size_t count = 0;
    for (auto at = page.find("/receipts/stm_"); at != std::string::npos;
         at = page.find("/receipts/stm_", at + 1))
      ++count;
    return count;
  };
  EXPECT_EQ(say("yes", "1"), 303);
  clock_.advance(Duration::seconds(1));
  EXPECT_EQ(say("no", "2"), 303);
  clock_.advance(Duration::seconds(1));
  EXPECT_EQ(say("yes", "3"), 303);
  EXPECT_EQ(lines(), 3U);
  EXPECT_EQ(say("yes", "3"), 303);
  EXPECT_EQ(say("yes", "4"), 303) << "what stays as it was says nothing";
  EXPECT_EQ(lines(), 3U);
}

// The page was loaded, then a text came into force, then the form was sent: GDPR Art. 4(11), 7(1).
TEST_F(PreferenceApi, RecordsNoYesToATextThatWasNotShown) {
  ASSERT_EQ(open(new_link()).status, 303);
  const auto page = call("GET", "/preferences").body;
  const std::string said = "&form_key=" + hidden(page, "form_key") + shown(page, kTaste);
  ASSERT_TRUE(write_durably(directory_ / "cdp.toml", config() + R"([purpose."personalize.content"]
notice = "2027-01"
[notice."2027-01"]
material = ["personalize.content"]
[notice."2027-01".text."personalize.content"]
en = {title = "A new use", collected = "c", why = "w", recipients = "r", in_return = "i"}
)",
                            0600));
  ASSERT_TRUE(platform_->reload_policy().has_value());
  EXPECT_EQ(call("POST", "/preferences", "action=save&p:personalize.content=yes" + said).status,
            303);
  const auto again = call("GET", "/preferences").body;
  EXPECT_THAT(again, HasSubstr("does not count yet: A new use. Please read it"));
  EXPECT_THAT(again, Not(HasSubstr("name=\"p:personalize.content\" value=\"yes\" checked")));
  EXPECT_EQ(statements(), 0U);
  EXPECT_THAT(call("GET", "/preferences").body, Not(HasSubstr("does not count yet"))) << "once";
  // The new text was read; and a no needs none.
  const std::string read = "&form_key=" + hidden(again, "form_key") + shown(again, kTaste);
  EXPECT_EQ(call("POST", "/preferences", "action=save&p:personalize.content=yes" + read).status,
            303);
  EXPECT_EQ(statements(), 1U);
  EXPECT_EQ(call("POST", "/preferences", "action=save&p:personalize.content=no" + said).status,
            303);
  EXPECT_EQ(statements(), 2U);
}

TEST_F(PreferenceApi, SlowsDownWhoeverAsksTooOften) {
  int status = 303;
  int taken = 0;
  while (status == 303 && taken < 100) {
    status = call("POST", "/preferences/link", "email=a%40b.example").status;
    ++taken;
  }
  EXPECT_EQ(status, 429);
  EXPECT_EQ(taken, 21);
  EXPECT_EQ(call("POST", "/preferences/link", "email=a%40b.example", kBase, "192.0.2.2").status,
            303)
      << "another peer waits for nobody";
  clock_.advance(Duration::seconds(30));
  EXPECT_EQ(call("POST", "/preferences/link", "email=a%40b.example").status, 303);
}

TEST_F(PreferenceApi, EscapesTheNameThatTheConfigurationGives) {
  ASSERT_EQ(open(new_link()).status, 303);
  for (const char* path :
       {"/preferences", "/preferences/sent", "/preferences/history", "/preferences/open/x"}) {
    const auto page = call("GET", path).body;
    EXPECT_THAT(page, Not(HasSubstr("<b>Shop"))) << path;
    EXPECT_THAT(page, HasSubstr("&lt;b&gt;Shop&lt;/b&gt;")) << path;
  }
  const auto odd = call("GET", "/preferences/open/\"><script>x").body;
  EXPECT_THAT(odd, Not(HasSubstr("<script>x")));
}

TEST_F(PreferenceApi, KeepsEveryPageFromFramesStoresAndStrangers) {
  for (const char* path : {"/preferences", "/preferences/sent", "/preferences/open/x"}) {
    const auto page = call("GET", path);
    EXPECT_THAT(header(page, "Content-Security-Policy"), HasSubstr("frame-ancestors 'none'"));
    EXPECT_EQ(header(page, "Cache-Control"), "no-store") << path;
    EXPECT_EQ(header(page, "Referrer-Policy"), "same-origin") << path;
    EXPECT_EQ(header(page, "Set-Cookie"), "") << "no cookie before a session";
  }
}

TEST_F(PreferenceApi, ServesItsFilesForEverUnderTheirVersion) {
  const auto page = call("GET", "/preferences").body;
  const auto at = page.find("style.css?v=") + 12;
  http::Request request;
  request.method = "GET";
  request.path = "/preferences/assets/style.css";
  request.query.emplace_back("v", page.substr(at, 12));
  EXPECT_THAT(header(platform_->router().handle(request), "Cache-Control"), HasSubstr("immutable"));
  request.query[0].second = "old";
  EXPECT_EQ(header(platform_->router().handle(request), "Cache-Control"), "no-cache");
  EXPECT_EQ(call("GET", "/preferences/assets/brand.css").status, 404);
  EXPECT_EQ(call("GET", "/preferences/assets/..%2fcdp.toml").status, 404);
}

TEST_F(PreferenceApi, SpeaksTheLanguageThatIsAskedFor) {
  EXPECT_THAT(call("GET", "/preferences?lang=es").body, HasSubstr("Sus datos, su decisión"));
  EXPECT_THAT(call("GET", "/preferences?lang=xx").body, HasSubstr("Your data, your choice"));
}

TEST_F(PreferenceApi, NotesTheBrowsersSignalOnAnyPageOfASessionOnce) {
  for (const char* path : {"/preferences", "/preferences/history"}) {
    ASSERT_EQ(open(new_link()).status, 303);
    gpc_ = true;
    const auto first = call("GET", path);
    const std::size_t before = path == std::string("/preferences") ? 0 : 1;
    if (before == 0) {
      // Asked for once more when the signal is in force, and then it shows it.
      EXPECT_EQ(first.status, 303);
      EXPECT_EQ(header(first, "Location"), std::string(path) + "?lang=en");
    } else {
      EXPECT_EQ(first.status, 200) << "another session's signal: known already";
    }
    const auto commits = platform_->pipeline().writer().stats().commits;
    for (int i = 0; i < 3; ++i) EXPECT_THAT(call("GET", path).body, HasSubstr(kSignal));
    EXPECT_EQ(platform_->pipeline().writer().stats().commits, commits);
    EXPECT_EQ(statements(), 1U);
  }
}

TEST_F(PreferenceApi, NotesTheSignalOfASessionThatBeganWithoutIt) {
  ASSERT_EQ(open(new_link()).status, 303);
  EXPECT_EQ(call("GET", "/preferences").status, 200);
  EXPECT_EQ(statements(), 0U);
  gpc_ = true;
  EXPECT_EQ(call("GET", "/preferences/history").status, 303);
  EXPECT_EQ(statements(), 1U);
}

TEST_F(PreferenceApi, NotesTheSignalOnThePageThatALinkWasSent) { notes_it_on("/preferences/sent"); }

TEST_F(PreferenceApi, NotesTheSignalOnThePageOfALinkAndSpendsNoLink) {
  const std::string link = new_link();
  notes_it_on("/preferences/open/" + link);
  EXPECT_EQ(open(link).status, 303);
}

TEST_F(PreferenceApi, NotesTheSignalOnThePathThatWasAskedFor) {
  notes_it_on("/preferences/open/a \"b", "/preferences/open/a%20%22b");
}

TEST_F(PreferenceApi, NotesTheSignalWithAReceipt) { notes_it_on("/preferences/receipts/stm_x"); }

TEST_F(PreferenceApi, NotesTheSignalThatComesWithSigningOut) {
  ASSERT_EQ(open(new_link()).status, 303);
  const std::string key = hidden(call("GET", "/preferences").body, "form_key");
  gpc_ = true;
  EXPECT_EQ(call("POST", "/preferences/sign-out", "form_key=wrong").status, 403);
  const auto out = call("POST", "/preferences/sign-out", "form_key=" + key);
  EXPECT_THAT(header(out, "Location"), HasSubstr("signed-out"));
  gpc_ = false;
  ASSERT_EQ(open(new_link()).status, 303);
  EXPECT_EQ(statements(), 1U);
}

TEST_F(PreferenceApi, NotesNoSignalOfSomebodyItDoesNotKnow) {
  gpc_ = true;
  const auto commits = platform_->pipeline().writer().stats().commits;
  EXPECT_EQ(call("GET", "/preferences").status, 200);
  EXPECT_EQ(call("GET", "/preferences/history").status, 303);  // to the start
  EXPECT_EQ(platform_->pipeline().writer().stats().commits, commits);
}

// Switched on between the page and its form: the signal is noted, and what was chosen with both
// steps, knowing of it, counts after it.
TEST_F(PreferenceApi, NotesASignalThatComesWithAFormBeforeWhatTheFormSays) {
  ASSERT_EQ(open(new_link()).status, 303);
  const std::string page = call("GET", "/preferences").body;
  const std::string key =
      "&form_key=" + hidden(page, "form_key") + shown(page, "third_party_sharing");
  gpc_ = true;
  const auto saved = call("POST", "/preferences", "action=save&p:third_party_sharing=yes" + key);
  EXPECT_EQ(header(saved, "Location"), "/preferences/confirm?lang=en");
  clock_.advance(Duration::seconds(1));
  EXPECT_EQ(call("POST", "/preferences/confirm", "action=yes" + key).status, 303);
  EXPECT_THAT(call("GET", "/preferences").body,
              HasSubstr("name=\"p:third_party_sharing\" value=\"yes\" checked"));
  EXPECT_EQ(statements(), 2U);  // the signal and the yes
}

}  // namespace
}  // namespace cdp::app
