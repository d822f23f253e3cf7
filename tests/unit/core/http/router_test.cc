#include "cdp/core/http/router.h"

namespace cdp::http {
namespace {

Request request(std::string method, std::string path) {
  Request r;
  r.method = std::move(method);
  r.path = std::move(path);
  return r;
}

Handler says(std::string text) {
  return [text = std::move(text)](const Request& r) {
    std::string body = text;
    for (const std::string& parameter : r.path_parameters) body += "|" + parameter;
    return Response::text(200, body);
  };
}

Router sample() {
  Router router;
  router.add("GET", "/", says("root"));
  router.add("POST", "/v1/requests", says("open"));
  router.add("GET", "/v1/requests/{id}", says("show"));
  router.add("POST", "/v1/requests/{id}/verify", says("verify"));
  router.add("GET", "/v1/requests/open", says("list"));
  router.add("GET", "/v1/audit/tile/{path...}", says("tile"));
  router.add("DELETE", "/v1/requests/{id}", says("delete"));
  return router;
}

TEST(Router, FillsParametersInTheOrderOfThePattern) {
  const Router router = sample();
  EXPECT_EQ(router.handle(request("GET", "/v1/requests/req_1")).body, "show|req_1");
  EXPECT_EQ(router.handle(request("POST", "/v1/requests/req_1/verify")).body, "verify|req_1");
  EXPECT_EQ(router.handle(request("DELETE", "/v1/requests/req_1")).body, "delete|req_1");
}

TEST(Router, TrailingParameterTakesTheRest) {
  const Router router = sample();
  EXPECT_EQ(router.handle(request("GET", "/v1/audit/tile/0/x001/067")).body, "tile|0/x001/067");
  EXPECT_EQ(router.handle(request("GET", "/v1/audit/tile/")).status, 404);
}

TEST(Router, PathWithoutParametersWins) {
  EXPECT_EQ(sample().handle(request("GET", "/v1/requests/open")).body, "list");
}

TEST(Router, UnknownPathsAnswer404) {
  const Router router = sample();
  for (const char* path : {"/v1", "/v1/requests/", "/v1/requests//verify", "/v1/requests/a/b",
                           "/v1/requests/a/verify/", "//", "", "v1/requests", "*"}) {
    EXPECT_EQ(router.handle(request("GET", path)).status, 404) << path;
  }
}

TEST(Router, OtherMethodsAnswer405WithAllow) {
  const Response response = sample().handle(request("PUT", "/v1/requests/req_1"));
  EXPECT_EQ(response.status, 405);
  EXPECT_THAT(response.headers, ::testing::Contains(std::pair<std::string, std::string>{
                                    "Allow", "DELETE, GET, HEAD"}));
  EXPECT_THAT(response.body, ::testing::StartsWith(R"({"error":{"code":"method_not_allowed")"));
}

TEST(Router, HeadIsGetWithoutBodyButWithItsLength) {
  const Response response = sample().handle(request("HEAD", "/v1/requests/req_1"));
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, "");
  EXPECT_THAT(response.headers,
              ::testing::Contains(std::pair<std::string, std::string>{"Content-Length", "10"}));
  EXPECT_EQ(sample().handle(request("HEAD", "/v1/requests/req_1/verify")).status, 405);
}

TEST(Router, LabelIsThePatternAndNeverThePath) {
  const Router router = sample();
  EXPECT_EQ(router.label(request("GET", "/v1/requests/req_1")), "/v1/requests/{id}");
  EXPECT_EQ(router.label(request("POST", "/v1/requests")), "/v1/requests");
  EXPECT_EQ(router.label(request("PUT", "/v1/requests/req_1")), "unmatched");
  EXPECT_EQ(router.label(request("GET", "/a@b.example")), "unmatched");
}

TEST(Router, ShowsItsRoutesAsATable) {
  const Router router = sample();
  ASSERT_EQ(router.routes().size(), 7U);
  EXPECT_EQ(router.routes()[3].method, "POST");
  EXPECT_EQ(router.routes()[3].pattern, "/v1/requests/{id}/verify");
}

}  // namespace
}  // namespace cdp::http
