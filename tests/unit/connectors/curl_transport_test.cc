// What the transport promises: only where it may go, only so long, and nothing of the answer but
// its status.
#include "connectors/transport/curl_transport.h"

#include <gtest/gtest.h>
#include <netinet/in.h>

#include <cstring>

#include "connectors/transport/address.h"
#include "tests/support/loopback_server.h"
#include "tests/support/passports_for_tests.h"

namespace cdp::connectors::transport {
namespace {

using testing::http_answer;
using testing::LoopbackServer;

constexpr Time kNow{784'111'777'000'000};  // 1994-11-06T08:49:37Z

class CurlTransportTest : public ::testing::Test {
 protected:
  CurlTransportTest() { EXPECT_TRUE(crypto::initialise().has_value()); }

  OutboundRequest request(const std::string& url, const std::string& body = "{}") {
    return OutboundRequest(office_.view(), {url, {{"webhook-id", "msg_1"}}, body});
  }
  Answer send(const std::string& url, bool allow_loopback = true,
              Duration timeout = Duration::seconds(10)) {
    CurlTransport transport(clock_, {allow_loopback, timeout, 1'024, {}});
    return transport.send(request(url));
  }

  ManualClock clock_{kNow};
  testing::PassportOffice office_;
};

TEST_F(CurlTransportTest, PostsHeadersAndBodyAndReadsTheStatus) {
  LoopbackServer server([](const std::string&) { return http_answer(204); });
  const auto answer = send(server.url("/hook"));
  EXPECT_EQ(answer.kind, Answer::Kind::answered);
  EXPECT_EQ(answer.status, 204);
  ASSERT_EQ(server.requests().size(), 1U);
  const std::string sent = server.requests().front();
  EXPECT_TRUE(sent.starts_with("POST /hook HTTP/1.1\r\n")) << sent;
  EXPECT_NE(sent.find("webhook-id: msg_1\r\n"), std::string::npos);
  EXPECT_EQ(sent.find("Expect"), std::string::npos);
  EXPECT_TRUE(sent.ends_with("\r\n\r\n{}"));
}

TEST_F(CurlTransportTest, FollowsNoRedirect) {
  LoopbackServer elsewhere([](const std::string&) { return http_answer(200); });
  LoopbackServer server([&](const std::string&) {
    return http_answer(307, "Location: " + elsewhere.url() + "\r\n");
  });
  EXPECT_EQ(send(server.url()).status, 307);
  EXPECT_TRUE(elsewhere.requests().empty());
}

TEST_F(CurlTransportTest, CutsOffALongAnswerAndKeepsItsStatus) {
  LoopbackServer server(
      [](const std::string&) { return http_answer(200, {}, std::string(1'000'000, 'x')); });
  const auto answer = send(server.url());
  EXPECT_EQ(answer.kind, Answer::Kind::answered);
  EXPECT_EQ(answer.status, 200);
}

TEST_F(CurlTransportTest, GivesUpOnAnEndlessHead) {
  LoopbackServer server([](const std::string&) {
    std::string head = "HTTP/1.1 200 OK\r\n";
    for (int i = 0; i < 1'000; ++i) head += "x-" + std::to_string(i) + ": y\r\n";
    return head + "\r\n";
  });
  EXPECT_EQ(send(server.url()).kind, Answer::Kind::broken);
}

TEST_F(CurlTransportTest, TimesOutOnSilence) {
  LoopbackServer server([](const std::string&) { return std::string(); });
  EXPECT_EQ(send(server.url(), true, Duration::millis(150)).kind, Answer::Kind::timeout);
}

TEST_F(CurlTransportTest, ReportsWhatIsNoHttp) {
  LoopbackServer server([](const std::string&) { return "SSH-2.0-x\r\n\r\n"; });
  EXPECT_EQ(send(server.url()).kind, Answer::Kind::broken);
}

TEST_F(CurlTransportTest, ReportsAClosedPort) {
  std::string url;
  {
    LoopbackServer server([](const std::string&) { return std::string(); });
    url = server.url();
  }
  EXPECT_EQ(send(url).kind, Answer::Kind::refused_connection);
}

TEST_F(CurlTransportTest, ReadsRetryAfter) {
  LoopbackServer server(
      [](const std::string&) { return http_answer(503, "RETRY-after: 120 \r\n"); });
  EXPECT_EQ(send(server.url()).retry_after, Duration::seconds(120));
}

TEST_F(CurlTransportTest, GoesNowhereButToHttpsUnlessLoopbackIsAllowed) {
  LoopbackServer server([](const std::string&) { return http_answer(200); });
  EXPECT_EQ(send(server.url(), false).kind, Answer::Kind::blocked_address);
  EXPECT_TRUE(server.requests().empty());
  for (const std::string url :
       {"http://shop.example/", "ftp://shop.example/", "file:///etc/passwd", "gopher://127.0.0.1/",
        "https://user:pass@shop.example/", "https://user@shop.example/", "https://shop.example:22/",
        "shop.example", "https://", ""}) {
    EXPECT_EQ(send(url, false).kind, Answer::Kind::blocked_address) << url;
  }
}

TEST_F(CurlTransportTest, ConnectsToNoPrivateAddress) {
  for (const std::string host :
       {"127.0.0.1", "10.0.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "[::1]",
        "[::ffff:10.0.0.1]", "[fe80::1]", "[fd00::1]", "2130706433", "0x7f.1", "localhost"}) {
    const auto answer = send("https://" + host + "/", false, Duration::millis(500));
    EXPECT_EQ(answer.kind, Answer::Kind::blocked_address) << host;
  }
}

TEST_F(CurlTransportTest, AllowingLoopbackOpensNothingElse) {
  for (const std::string url : {"http://10.0.0.1/", "http://192.168.0.1:8080/",
                                "https://169.254.169.254:8444/", "http://[fe80::1]/"}) {
    EXPECT_EQ(send(url, true, Duration::millis(500)).kind, Answer::Kind::blocked_address) << url;
  }
}

TEST_F(CurlTransportTest, RefusesHeadersWithLineBreaks) {
  LoopbackServer server([](const std::string&) { return http_answer(200); });
  CurlTransport transport(clock_, {true, Duration::seconds(5), 1'024, {}});
  const auto answer = transport.send(
      OutboundRequest(office_.view(), {server.url(), {{"a", "b\r\nx-forged: 1"}}, "{}"}));
  EXPECT_EQ(answer.kind, Answer::Kind::broken);
  EXPECT_TRUE(server.requests().empty());
}

TEST_F(CurlTransportTest, SaysNothingInClearToAnHttpsAddress) {
  LoopbackServer server([](const std::string&) { return http_answer(200); });
  std::string url = server.url();
  url.replace(0, 4, "https");
  EXPECT_NE(send(url, true, Duration::millis(200)).kind, Answer::Kind::answered);
  EXPECT_TRUE(server.requests().empty());
}

TEST_F(CurlTransportTest, SendsNothingAfterStop) {
  LoopbackServer server([](const std::string&) { return http_answer(200); });
  CurlTransport transport(clock_, {true, Duration::seconds(5), 1'024, {}});
  transport.stop();
  EXPECT_EQ(transport.send(request(server.url())).kind, Answer::Kind::broken);
  EXPECT_TRUE(server.requests().empty());
}

TEST(RetryAfter, IsSecondsOrADate) {
  EXPECT_EQ(parse_retry_after(" 7\r\n", kNow), Duration::seconds(7));
  EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 08:51:37 GMT", kNow), Duration::seconds(120));
  EXPECT_EQ(parse_retry_after("Sun, 06 Nov 1994 08:40:00 GMT", kNow), Duration());
  EXPECT_EQ(parse_retry_after("99999999999999999999", kNow), Duration::days(7));
  for (const auto* nonsense : {"", "-5", "soon", "7 minutes"}) {
    EXPECT_EQ(parse_retry_after(nonsense, kNow), Duration()) << nonsense;
  }
}

Reach reach4(std::uint32_t address) {
  sockaddr_in in{};
  in.sin_family = AF_INET;
  in.sin_addr.s_addr = htonl(address);
  return reach_of(reinterpret_cast<const sockaddr&>(in));
}

Reach reach6(const char* text) {
  sockaddr_in6 in{};
  in.sin6_family = AF_INET6;
  EXPECT_EQ(::inet_pton(AF_INET6, text, &in.sin6_addr), 1) << text;
  return reach_of(reinterpret_cast<const sockaddr&>(in));
}

TEST(Reach, OpensOnlyGlobalUnicast) {
  for (const std::uint32_t open : {0x08080808U, 0xAC0FFFFFU, 0xAC200000U, 0x643FFFFFU, 0x64800000U,
                                   0xC0A7FFFFU, 0xDFFFFFFFU, 0x01000000U}) {
    EXPECT_EQ(reach4(open), Reach::open) << open;
  }
  for (const std::uint32_t closed :
       {0x00000000U, 0x0A000001U, 0x64400000U, 0x647FFFFFU, 0xA9FEA9FEU, 0xAC100000U, 0xAC1FFFFFU,
        0xC0000001U, 0xC0000201U, 0xC0A80001U, 0xC6120001U, 0xE0000001U, 0xF0000001U,
        0xFFFFFFFFU}) {
    EXPECT_EQ(reach4(closed), Reach::closed) << closed;
  }
  EXPECT_EQ(reach4(0x7F000001U), Reach::loopback);
  EXPECT_EQ(reach4(0x7FFFFFFFU), Reach::loopback);
  EXPECT_EQ(reach6("2606:4700::1"), Reach::open);
  EXPECT_EQ(reach6("64:ff9b::8.8.8.8"), Reach::open);
  EXPECT_EQ(reach6("::ffff:8.8.8.8"), Reach::open);
  EXPECT_EQ(reach6("::1"), Reach::loopback);
  EXPECT_EQ(reach6("::ffff:127.0.0.1"), Reach::loopback);
  for (const auto* closed :
       {"::", "::2", "::ffff:10.0.0.1", "64:ff9b::10.0.0.1", "64:ff9b::127.0.0.1", "fe80::1",
        "fc00::1", "fd12::1", "ff02::1", "2001::1", "2001:db8::1", "2002:0a00:0001::1", "3fff::1",
        "::10.0.0.1", "100::1"}) {
    EXPECT_EQ(reach6(closed), Reach::closed) << closed;
  }
  sockaddr other{};
  other.sa_family = AF_UNIX;
  EXPECT_EQ(reach_of(other), Reach::closed);
}

}  // namespace
}  // namespace cdp::connectors::transport
