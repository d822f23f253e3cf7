// The demo's last act: the person's own page, opened as she would open it, and a link for whoever
// watches.
#include "cdp/app/cli/demo_facts.h"
#include "cdp/app/cli/demo_story.h"

namespace cdp::app::cli {
namespace {

std::string header_of(const http::Response& response, std::string_view name) {
  for (const auto& [key, value] : response.headers) {
    const bool same = std::equal(key.begin(), key.end(), name.begin(), name.end(),
                                 [](char a, char b) { return (a | 0x20) == (b | 0x20); });
    if (same) return value;
  }
  return {};
}

}  // namespace

Result<std::string> DemoStory::preference_path(const DemoPerson& person) {
  const auto path = stage_.platform().preference_centre().path_for(
      {"email", Pii<std::string>(person.email)}, "en");
  CDP_CHECK(check(path.has_value(), "a link to the preference page can be made"));
  return *path;
}

// What a browser does with the link: look at it, press the button, see the page.
Result<void> DemoStory::own_page() {
  act("Everybody has a page of their own");
  CDP_TRY(const auto path, preference_path(shop_.heroine()));
  http::Request look, press, read;
  look.method = read.method = "GET";
  press.method = "POST";
  look.path = path;
  press.path = "/preferences/open";
  read.path = "/preferences";
  press.body = "link=" + path.substr(path.rfind('/') + 1);
  press.headers = {{"Origin", stage_.url()}, {"Content-Type", "application/x-www-form-urlencoded"}};
  CDP_TRY(const auto looked, stage_.send_all({look}));
  CDP_TRY(const auto opened, stage_.send_all({press}));
  CDP_TRY(const auto again, stage_.send_all({press}));
  const std::string cookie = header_of(opened.front(), "Set-Cookie");
  read.headers = {{"Cookie", cookie.substr(0, cookie.find(';'))}};
  CDP_TRY(const auto page, stage_.send_all({read}));
  CDP_CHECK(check(looked.front().status == 200 && opened.front().status == 303,
                  "the link opens the page"));
  CDP_CHECK(check(again.front().status == 400, "the link works once"));
  CDP_CHECK(check(page.front().body.find("No, since") != std::string::npos,
                  "the page shows the withdrawal"));
  say(shop_.heroine().first_name +
      " opens the link that would be mailed to her: her choices in plain words, in four");
  say("languages, without JavaScript if need be, " +
      std::to_string(page.front().body.size() / 1024) +
      " KiB. Her withdrawal stands there. The link works " + screen_.good("once") + ".");
  return {};
}

}  // namespace cdp::app::cli
