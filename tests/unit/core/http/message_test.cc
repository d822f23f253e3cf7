#include "cdp/core/http/message.h"

#include "cdp/core/base/limits.h"

namespace cdp::http {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

TEST(Form, KeepsOrderAndRepeatedNames) {
  EXPECT_EQ(parse_form("b=2&a=1&b=3"), (Fields{{"b", "2"}, {"a", "1"}, {"b", "3"}}));
}

TEST(Form, DecodesPlusAndEscapesInNamesAndValues) {
  EXPECT_EQ(parse_form("data%5Bmerges%5D%5BFNAME%5D=J%C3%B6rg+M&x=a%2Bb"),
            (Fields{{"data[merges][FNAME]", "J\xC3\xB6rg M"}, {"x", "a+b"}}));
}

TEST(Form, KeepsMalformedEscapesAsTheyAre) {
  EXPECT_EQ(parse_form("a=%&b=%4&c=%zz&d=%4g"),
            (Fields{{"a", "%"}, {"b", "%4"}, {"c", "%zz"}, {"d", "%4g"}}));
}

TEST(Form, TakesMissingEqualsAndEmptyPieces) {
  EXPECT_EQ(parse_form("&a&=b&&c=&d=1=2&"),
            (Fields{{"a", ""}, {"", "b"}, {"c", ""}, {"d", "1=2"}}));
  EXPECT_TRUE(parse_form("").empty());
  EXPECT_TRUE(parse_form("&&&").empty());
}

TEST(Form, ReadsNoMoreFieldsThanTheLimit) {
  std::string body;
  for (std::size_t i = 0; i < limits::kFormFieldsMax + 5; ++i) body += "a&";
  EXPECT_EQ(parse_form(body).size(), limits::kFormFieldsMax);
}

TEST(Percent, EncodingIsUndoneByDecoding) {
  std::string every_byte;
  for (int i = 0; i < 256; ++i) every_byte += static_cast<char>(i);
  const std::string encoded = percent_encode(every_byte);
  EXPECT_EQ(percent_decode(encoded, false), every_byte);
  EXPECT_EQ(percent_decode(encoded, true), every_byte);
  EXPECT_EQ(percent_encode("az AZ09-._~/"), "az%20AZ09-._~%2F");
}

TEST(Percent, PlusIsASpaceOnlyInForms) {
  EXPECT_EQ(percent_decode("a+b", false), "a+b");
  EXPECT_EQ(percent_decode("a+b", true), "a b");
}

TEST(Authorization, ReadsBasicCredentials) {
  const auto pair = basic_credentials("Basic dXNlcjpwYTpzcw==");
  ASSERT_TRUE(pair);
  EXPECT_EQ(pair->first, "user");
  EXPECT_EQ(pair->second, "pa:ss");
  EXPECT_EQ(basic_credentials("bAsIc dXNlcjo=")->first, "user");
}

TEST(Authorization, RefusesWhatIsNotBasic) {
  for (const char* bad : {"", "Basic", "Basic ", "Basic !!!", "Basic dXNlcg==", "Bearer dXNlcjo=",
                          "Basicdxnlcjo=", "Basic dXNlcjo= x"}) {
    EXPECT_FALSE(basic_credentials(bad)) << bad;
  }
}

TEST(Authorization, ReadsBearerTokens) {
  EXPECT_EQ(bearer_token("Bearer abc"), "abc");
  EXPECT_EQ(bearer_token("bearer  abc "), "abc");
  EXPECT_FALSE(bearer_token("Bearer a b"));
  EXPECT_FALSE(bearer_token("Bearer"));
  EXPECT_FALSE(bearer_token("Basic abc"));
}

TEST(Request, FindsTheFirstHeaderAndQueryValue) {
  Request request;
  request.headers = {{"a", "1"}, {"a", "2"}};
  request.query = {{"q", ""}, {"q", "2"}};
  EXPECT_EQ(request.header("a"), "1");
  EXPECT_EQ(request.header("b"), "");
  EXPECT_EQ(request.query_value("q"), "");
  EXPECT_EQ(request.query_value("r"), std::nullopt);
}

TEST(Response, ErrorsAreJsonWithCodeMessageAndHint) {
  const Response response =
      Response::error({ErrorCode::invalid_argument, "not \"that\"\n", "back\\slash"});
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(response.body, R"({"error":{"code":"invalid_argument","message":"not \"that\"\u000A",)"
                           R"("hint":"back\\slash"}})");
  EXPECT_EQ(response.headers, (Fields{{"Content-Type", "application/json"}}));
}

TEST(Response, OverloadAndUnavailableSayWhenToRetry) {
  const std::pair<std::string, std::string> retry{"Retry-After", "1"};
  EXPECT_EQ(Response::error({ErrorCode::overloaded, "x", ""}).headers.back(), retry);
  EXPECT_EQ(Response::error({ErrorCode::unavailable, "x", ""}).headers.back(), retry);
}

}  // namespace
}  // namespace cdp::http
