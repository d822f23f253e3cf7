// The session's cookie, the origin of a form, and the headers of every page.
#include "cdp/app/api/page_guard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cdp::app {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

http::Request with(std::vector<std::pair<std::string, std::string>> headers, bool tls = true) {
  http::Request request;
  request.method = "POST";
  request.path = "/preferences";
  request.headers = std::move(headers);
  request.tls = tls;
  return request;
}

std::string header(const http::Response& response, std::string_view name) {
  for (const auto& [key, value] : response.headers) {
    if (key == name) return value;
  }
  return {};
}

TEST(PageGuard, TakesAFormFromOurOwnPageAlone) {
  const std::string base = "https://privacy.shop.example";
  const struct {
    std::vector<std::pair<std::string, std::string>> headers;
    const char* base;
    bool ours;
  } cases[] = {
      {{{"origin", "https://privacy.shop.example"}}, "https://privacy.shop.example", true},
      {{{"origin", "HTTPS://Privacy.Shop.example"}}, "https://privacy.shop.example", true},
      {{{"origin", "https://evil.example"}}, "https://privacy.shop.example", false},
      {{{"origin", "http://privacy.shop.example"}}, "https://privacy.shop.example", false},
      {{{"origin", "https://privacy.shop.example.evil.example"}},
       "https://privacy.shop.example",
       false},
      {{{"origin", "null"}}, "https://privacy.shop.example", false},
      {{}, "https://privacy.shop.example", false},
      {{{"sec-fetch-site", "same-origin"}}, "https://privacy.shop.example", true},
      {{{"sec-fetch-site", "cross-site"}}, "https://privacy.shop.example", false},
      {{{"origin", "https://evil.example"}, {"sec-fetch-site", "same-origin"}},
       "https://privacy.shop.example",
       false},
      {{{"origin", "https://here.example"}, {"host", "here.example"}}, "", true},
      {{{"origin", "https://evil.example"}, {"host", "here.example"}}, "", false},
  };
  for (const auto& one : cases) {
    EXPECT_EQ(is_from_our_page(with(one.headers), one.base), one.ours)
        << (one.headers.empty() ? "no header" : one.headers[0].second);
  }
  EXPECT_FALSE(
      is_from_our_page(with({{"origin", "https://h.example"}, {"host", "h.example"}}, false), ""))
      << "http is another origin than https";
}

TEST(PageGuard, ReadsItsOwnCookieAmongOthers) {
  EXPECT_EQ(session_cookie(with({{"cookie", "a=b; __Host-cdp-preferences=xyz; c=d"}})), "xyz");
  EXPECT_EQ(session_cookie(with({{"cookie", "x__Host-cdp-preferences=xyz"}})), "");
  EXPECT_EQ(session_cookie(with({{"cookie", "__Host-cdp-preferences2=xyz"}})), "");
  EXPECT_EQ(session_cookie(with({})), "");
}

TEST(PageGuard, SetsACookieThatNoScriptReadsAndNoOtherHostSets) {
  EXPECT_EQ(session_cookie_header("v"),
            "__Host-cdp-preferences=v; Path=/; Secure; HttpOnly; SameSite=Lax");
  EXPECT_THAT(ended_session_cookie_header(), HasSubstr("Max-Age=0"));
}

TEST(PageGuard, ForbidsEverythingThatAPageDoesNotNeed) {
  const auto page = as_page(200, "<!doctype html>");
  const std::string policy = header(page, "Content-Security-Policy");
  EXPECT_THAT(policy, HasSubstr("default-src 'none'"));
  EXPECT_THAT(policy, HasSubstr("frame-ancestors 'none'"));
  EXPECT_THAT(policy, HasSubstr("form-action 'self'"));
  EXPECT_THAT(policy, HasSubstr("base-uri 'none'"));
  EXPECT_THAT(policy, Not(HasSubstr("unsafe")));
  EXPECT_THAT(policy, Not(HasSubstr("http")));
  EXPECT_EQ(header(page, "Cache-Control"), "no-store");
  EXPECT_EQ(header(page, "Referrer-Policy"), "same-origin");
  EXPECT_EQ(header(page, "X-Frame-Options"), "DENY");
  const auto onward = see_other("/preferences?lang=de");
  EXPECT_EQ(onward.status, 303);
  EXPECT_EQ(header(onward, "Location"), "/preferences?lang=de");
  EXPECT_EQ(header(onward, "Cache-Control"), "no-store");
}

}  // namespace
}  // namespace cdp::app
