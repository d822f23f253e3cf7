// A platform whose double opt-in is called through its routes, on a clock moved by hand, with the
// shop's mailer on the other end of a webhook.
//
// Thread-safety: as a test's fixture: one thread.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "consent/effective.h"
#include "tests/support/loopback_server.h"
#include "tests/support/pii_for_tests.h"
#include "tests/support/platform_world.h"

namespace cdp::app {

inline constexpr const char* kBase = "https://privacy.shop.example";
inline constexpr const char* kShop = "https://shop.example";
inline constexpr const char* kNews = "marketing.communications.email";

class SubscribeWorld : public ::testing::Test {
 protected:
  SubscribeWorld() {
    world_.platform().keyring().set_secret(
        "mailer", crypto::Secret::copy_of(as_bytes("whsec_" + to_base64(Bytes(32, 7)))));
    world_.configure(lines(true));
    EXPECT_TRUE(world_.platform().reload_policy().has_value());
    centre().start([](Duration) {});  // waits for nobody
  }
  std::string lines(bool with_mail) const {
    std::string text =
        "[source]\n"
        "shop = {kind = \"segment\", trust = \"server\"}\n"
        "web = {kind = \"segment\", trust = \"public\"}\n"
        "[preference_centre]\nbase_url = \"" +
        std::string(kBase) + "\"\n";
    if (!with_mail) return text;
    return text + "[mail]\nwebhook = \"" + mailer_.url("/mail") +
           "\"\nsecret = \"mailer\"\n[double_opt_in]\npurposes = [\"" + kNews +
           "\"]\norigins = [\"" + kShop + "\"]\n";
  }
  PreferenceCentre& centre() { return world_.platform().preference_centre(); }

  http::Response call(const std::string& method, const std::string& path,
                      const std::string& body = "", const std::string& origin = kBase,
                      const std::string& type = "application/x-www-form-urlencoded") {
    http::Request request;
    request.method = method;
    const auto query = path.find("?lang=");
    request.path = path.substr(0, query);
    if (query != std::string::npos) request.query.emplace_back("lang", path.substr(query + 6));
    request.body = body;
    request.peer = peer_;
    request.headers.emplace_back("host", "privacy.shop.example");
    request.headers.emplace_back("content-type", type);
    if (!origin.empty()) request.headers.emplace_back("origin", origin);
    return world_.platform().router().handle(std::move(request));
  }
  http::Response ask(const std::string& email, const std::string& more = "",
                     const std::string& origin = kShop) {
    return call("POST", "/preferences/subscribe",
                "email=" + http::percent_encode(email) + "&lang=en&form=footer" + more, origin);
  }
  // What the shop's mailer was handed so far.
  std::vector<std::string> mails() {
    centre().drain();
    std::vector<std::string> bodies;
    for (const auto& request : mailer_.requests())
      bodies.push_back(request.substr(request.find("\r\n\r\n") + 4));
    return bodies;
  }
  std::vector<std::string> recipients() {
    std::vector<std::string> out;
    for (const auto& mail : mails()) out.push_back(field(mail, "to"));
    return out;
  }
  static std::string field(const std::string& json, const std::string& key) {
    const auto document = json::Document::parse(json);
    return document ? std::string(document->root().text(key).value_or("")) : "no JSON";
  }
  std::string path_in(const std::string& mail) const {
    const std::string link = field(mail, "link");
    return link.starts_with(kBase) ? link.substr(std::string(kBase).size()) : "elsewhere";
  }
  std::string link_in(const std::string& mail) const {
    const std::string path = path_in(mail);
    const auto from = path.rfind('/') + 1;
    return path.substr(from, path.find('?') - from);
  }
  // Reads the page, then presses its button.
  http::Response confirm(const std::string& link, const std::string& origin = kBase) {
    const auto page = call("GET", "/preferences/opt-in/" + link);
    return call("POST", "/preferences/opt-in",
                "link=" + link + "&notice=" + hidden(page.body, "notice"), origin);
  }
  static std::string hidden(const std::string& page, const std::string& name) {
    const std::string mark = "name=\"" + name + "\" value=\"";
    const auto at = page.find(mark);
    if (at == std::string::npos) return {};
    return page.substr(at + mark.size(), page.find('"', at + mark.size()) - at - mark.size());
  }
  // A customer whom the shop's own server told us of, with what they said.
  void customer(const std::string& name, std::optional<event::Choice> choice = std::nullopt,
                const std::string& source = "shop", const std::string& mailbox = "",
                const std::string& domain = "home.example") {
    auto o = world_.observation(name, "seed-" + name + std::to_string(++seeds_));
    testing::PlatformWorld::identify(o, "user_id", name);
    testing::PlatformWorld::identify(o, "email", (mailbox.empty() ? name : mailbox) + "@" + domain);
    if (choice) {
      event::StatementDraft draft;
      draft.purpose = *choice == event::Choice::restricted ? consent::kEveryPurpose : kNews;
      draft.choice = *choice;
      draft.grade = event::Grade::recorded;
      draft.method = "form";
      draft.occurred_at = world_.clock().now();
      if (*choice == event::Choice::granted)
        draft.contact_point = {{"email", Pii<std::string>(name + "@home.example")}};
      o.statements.push_back(std::move(draft));
    }
    world_.send(source, std::move(o));
  }
  void erase(const std::string& email) {
    world_.settle();
    erased_ =
        world_.call("POST", "/v1/requests",
                    R"({"kind":"erasure","confirm":true,"identifier":{"type":"email","value":")" +
                        email + R"("}})");
  }
  std::vector<event::Statement> statements_of(const std::string& email) {
    std::vector<event::Statement> out;
    const auto profile = world_.profile("email", email);
    if (!profile) return out;
    for (const auto& member : profile->members) {
      out.insert(out.end(), member.document.statements.begin(), member.document.statements.end());
    }
    return out;
  }
  std::uint64_t counted(const std::string& result) {
    return world_.metrics()
        .counter("cdp_opt_ins_total", "Double opt-ins asked for, by what became of them",
                 {{"result", result}})
        .value();
  }

  testing::LoopbackServer mailer_{[](const std::string&) { return testing::http_answer(204); }};
  testing::PlatformWorld world_{lines(false)};
  std::string peer_ = "192.0.2.1";
  int seeds_ = 0;
  http::Response erased_;
};

}  // namespace cdp::app
