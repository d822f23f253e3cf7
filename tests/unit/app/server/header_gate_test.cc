#include "cdp/app/server/header_gate.h"

#include "cdp/core/base/limits.h"

namespace cdp::app {
namespace {

tl::expected<Head, Rejection> read(std::string_view bytes) {
  return read_head(bytes, limits::kHeaderFieldsMax);
}

struct Case {
  const char* why;
  std::string_view bytes;
  std::string_view reason;
};

using namespace std::string_view_literals;

const Case kSmuggled[] = {
    {"unknown encoding beside a length",
     "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\nContent-Length: 5\r\n\r\n",
     "transfer_encoding"},
    {"xchunked", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n",
     "transfer_encoding"},
    {"chunked after another coding",
     "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", "transfer_encoding"},
    {"chunked twice",
     "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
     "Transfer-Encoding: chunked\r\n\r\n",
     "transfer_encoding"},
    {"identity then chunked",
     "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n"
     "Transfer-Encoding: chunked\r\n\r\n",
     "transfer_encoding"},
    {"chunked and a length",
     "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
     "transfer_encoding"},
    {"chunked in HTTP/1.0", "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
     "transfer_encoding"},
    {"a list of lengths", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5, 5\r\n\r\n",
     "content_length"},
    {"two lengths", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n",
     "content_length"},
    {"a signed length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\n",
     "content_length"},
    {"a hexadecimal length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x5\r\n\r\n",
     "content_length"},
    {"an empty length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\n", "content_length"},
    {"a length beyond 64 bits",
     "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 18446744073709551621\r\n\r\n",
     "content_length"},
    {"a folded line", "GET / HTTP/1.1\r\nHost: a\r\nX: b\r\n c\r\n\r\n", "folded_line"},
    {"a folded Transfer-Encoding",
     "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\r\n chunked\r\n\r\n", "transfer_encoding"},
    {"a folded first line", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", "folded_line"},
    {"two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "host"},
    {"the same Host twice", "GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n", "host"},
    {"no Host", "GET / HTTP/1.1\r\nX: y\r\n\r\n", "host"},
    {"an empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", "host"},
    {"a Host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", "host"},
    {"a Host with a user", "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", "host"},
    {"another host in the target", "GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n", "host"},
    {"a space before the colon",
     "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n", "field_name"},
    {"a tab before the colon", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length\t: 5\r\n\r\n",
     "field_name"},
    {"no colon", "GET / HTTP/1.1\r\nHost: a\r\nX\r\n\r\n", "field_name"},
    {"an empty name", "GET / HTTP/1.1\r\nHost: a\r\n: x\r\n\r\n", "field_name"},
    {"a lone line feed", "GET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n", "bare_line_end"},
    {"a lone carriage return", "GET / HTTP/1.1\r\nHost: a\rX: y\r\n\r\n", "bare_line_end"},
    {"a NUL", "GET / HTTP/1.1\r\nHost: a\r\nX: \0y\r\n\r\n"sv, "control_character"},
    {"a vertical tab before chunked",
     "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \x0b"
     "chunked\r\n\r\n",
     "control_character"},
    {"a DEL", "GET / HTTP/1.1\r\nHost: a\r\nX: \x7f\r\n\r\n", "control_character"},
    {"HTTP/2", "PRI * HTTP/2.0\r\n\r\n", "version"},
    {"HTTP/1.2", "GET / HTTP/1.2\r\nHost: a\r\n\r\n", "version"},
    {"HTTP/0.9", "GET /\r\n\r\n", "request_line"},
    {"a lower-case version", "GET / http/1.1\r\nHost: a\r\n\r\n", "version"},
    {"two spaces", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", "target"},
    {"a second target", "GET / /x HTTP/1.1\r\nHost: a\r\n\r\n", "target"},
    {"a tab in the request line", "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n", "request_line"},
    {"a lower-case method", "get / HTTP/1.1\r\nHost: a\r\n\r\n", "method"},
    {"no method", " / HTTP/1.1\r\nHost: a\r\n\r\n", "method"},
    {"a fragment", "GET /#a HTTP/1.1\r\nHost: a\r\n\r\n", "target"},
    {"a byte beyond ASCII in the target", "GET /\xC3\xA4 HTTP/1.1\r\nHost: a\r\n\r\n", "target"},
    {"CONNECT", "CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n", "target"},
    {"an asterisk with GET", "GET * HTTP/1.1\r\nHost: a\r\n\r\n", "target"},
    {"another expectation", "POST / HTTP/1.1\r\nHost: a\r\nExpect: 200\r\n\r\n", "expectation"},
    {"bytes behind the end", "GET / HTTP/1.1\r\nHost: a\r\n\r\nX: y\r\n\r\n", "request_line"},
    {"no end", "GET / HTTP/1.1\r\nHost: a\r\n", "request_line"},
    {"nothing", "\r\n\r\n", "request_line"},
};

TEST(HeaderGate, RefusesWhatTwoParsersCouldReadInTwoWays) {
  for (const Case& c : kSmuggled) {
    const auto head = read(c.bytes);
    ASSERT_FALSE(head) << c.why;
    EXPECT_EQ(head.error().reason, c.reason) << c.why;
    EXPECT_GE(head.error().status, 400) << c.why;
  }
}

TEST(HeaderGate, ReadsAPlainRequest) {
  const auto head = read(
      "POST /v1/batch?a=b HTTP/1.1\r\nHost: shop.example:8080\r\nX-Name: \t caf\xC3\xA9 \r\n"
      "Content-Length: 12\r\n\r\n");
  ASSERT_TRUE(head);
  EXPECT_EQ(head->method, "POST");
  EXPECT_EQ(head->path, "/v1/batch");
  EXPECT_EQ(head->query, "a=b");
  EXPECT_EQ(head->content_length, 12U);
  EXPECT_FALSE(head->chunked);
  EXPECT_TRUE(head->keep_alive);
  ASSERT_EQ(head->fields.size(), 3U);
  EXPECT_EQ(head->fields[1].first, "X-Name");
  EXPECT_EQ(head->fields[1].second, "caf\xC3\xA9");
}

TEST(HeaderGate, ReadsChunkedInAnyCase) {
  const auto head = read("POST / HTTP/1.1\r\nhost: [::1]\r\ntransfer-encoding: Chunked\r\n\r\n");
  ASSERT_TRUE(head);
  EXPECT_TRUE(head->chunked);
  EXPECT_EQ(head->content_length, std::nullopt);
}

TEST(HeaderGate, DecidesWhetherTheConnectionStays) {
  EXPECT_FALSE(read("GET / HTTP/1.1\r\nHost: a\r\nConnection: x, Close\r\n\r\n")->keep_alive);
  EXPECT_FALSE(read("GET / HTTP/1.0\r\n\r\n")->keep_alive);
  EXPECT_TRUE(read("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")->keep_alive);
}

TEST(HeaderGate, ReadsTheAbsoluteFormWhenItNamesTheSameHost) {
  const auto head = read("GET http://A.example/x?y HTTP/1.1\r\nHost: a.example\r\n\r\n");
  ASSERT_TRUE(head);
  EXPECT_EQ(head->path, "/x");
  EXPECT_EQ(head->query, "y");
  EXPECT_EQ(read("GET http://a HTTP/1.1\r\nHost: a\r\n\r\n")->path, "/");
  EXPECT_EQ(read("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n")->path, "*");
}

TEST(HeaderGate, BoundsTheNumberOfFields) {
  std::string bytes = "GET / HTTP/1.1\r\nHost: a\r\n";
  for (std::size_t i = 0; i < limits::kHeaderFieldsMax; ++i) bytes += "X: y\r\n";
  const auto head = read(bytes + "\r\n");
  ASSERT_FALSE(head);
  EXPECT_EQ(head.error().status, 431);
}

// Whatever single byte is put anywhere, the gate either refuses or still reads the same framing.
TEST(HeaderGate, NoInsertedByteChangesTheFraming) {
  const std::string good = "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nAccept: b\r\n\r\n";
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (int byte = 0; byte < 256; ++byte) {
      std::string changed = good;
      changed.insert(at, 1, static_cast<char>(byte));
      const auto head = read(changed);
      if (!head) continue;
      EXPECT_FALSE(head->chunked);
      if (head->content_length && *head->content_length != 5) {
        EXPECT_TRUE(byte >= '0' && byte <= '9') << changed;
      }
    }
  }
}

}  // namespace
}  // namespace cdp::app
