#include "cdp/app/server/response_writer.h"

namespace cdp::app {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string head_of(const http::Response& response, bool keep_alive = true,
                    bool to_head_request = false) {
  std::string out;
  append_head(response, {"the date", keep_alive, to_head_request}, &out);
  return out;
}

TEST(ResponseHead, IsExactlyThis) {
  EXPECT_EQ(head_of(http::Response::json(200, "{}")),
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nCache-Control: no-store\r\n"
            "X-Content-Type-Options: nosniff\r\nDate: the date\r\nContent-Length: 2\r\n"
            "Connection: keep-alive\r\n\r\n");
}

TEST(ResponseHead, LeavesOutFieldsThatWouldSplitIt) {
  auto response = http::Response::text(200, "x");
  response.with("X-A", "a\r\nSet-Cookie: b").with("X-B\nX-C", "d").with("X-D", "e\nf");
  response.with("X:Y", "z").with("", "empty").with("X-Z", std::string("n\0l", 3));
  const std::string head = head_of(response);
  for (const char* part : {"Set-Cookie", "X-A", "X-B", "X-D", "X:Y", "empty", "X-Z"}) {
    EXPECT_THAT(head, Not(HasSubstr(part)));
  }
}

TEST(ResponseHead, FramingIsTheServersToSay) {
  auto response = http::Response::text(200, "four");
  response.with("content-length", "40").with("Transfer-Encoding", "chunked");
  response.with("Connection", "upgrade").with("Server", "name");
  const std::string head = head_of(response, false);
  EXPECT_THAT(head, HasSubstr("Content-Length: 4\r\n"));
  EXPECT_THAT(head, HasSubstr("Connection: close\r\n"));
  for (const char* part : {"40", "chunked", "upgrade", "Server"}) {
    EXPECT_THAT(head, Not(HasSubstr(part)));
  }
}

TEST(ResponseHead, KeepsTheLengthOfAnAnswerToHead) {
  auto response = http::Response::text(200, "");
  response.with("Content-Length", "40");
  EXPECT_THAT(head_of(response, true, true), HasSubstr("Content-Length: 40\r\n"));
}

TEST(ResponseHead, KeepsTheHandlersCacheControl) {
  auto response = http::Response::text(200, "");
  response.with("cache-control", "public, max-age=60");
  EXPECT_THAT(head_of(response), Not(HasSubstr("no-store")));
}

TEST(ResponseHead, NoContentHasNoLength) {
  EXPECT_THAT(head_of(http::Response::text(204, "")), Not(HasSubstr("Content-Length")));
}

TEST(HttpDate, IsInTheFixedForm) {
  EXPECT_EQ(http_date(from_rfc3339("1994-11-06T08:49:37Z").value()),
            "Sun, 06 Nov 1994 08:49:37 GMT");
}

TEST(Rejection, IsJsonWithAHint) {
  const auto response = rejection_response({429, "overloaded", "too many requests are in flight"});
  EXPECT_EQ(response.body,
            R"({"error":{"code":"overloaded","message":"too many requests are in flight",)"
            R"("hint":"wait for Retry-After, then send the same again"}})");
}

}  // namespace
}  // namespace cdp::app
