#include "cdp/app/server/request_reader.h"

#include <cstring>

namespace cdp::app {
namespace {

using Step = RequestReader::Step;

// Hands over `bytes` in pieces of `piece`; answers the requests read and the last step.
std::pair<std::vector<http::Request>, Step> feed(RequestReader* reader, std::string_view bytes,
                                                 std::size_t piece) {
  std::vector<http::Request> requests;
  while (true) {
    const Step step = reader->advance();
    if (step == Step::refused) return {std::move(requests), step};
    if (step == Step::head_read) continue;
    if (step == Step::ready) {
      requests.push_back(reader->take());
      continue;
    }
    if (bytes.empty()) return {std::move(requests), step};
    const auto room = reader->prepare();
    const std::size_t n = std::min({piece, bytes.size(), room.size()});
    std::memcpy(room.data(), bytes.data(), n);
    bytes.remove_prefix(n);
    reader->commit(n);
  }
}

constexpr std::string_view kThree =
    "\r\nPOST /a%20b?q=1+2 HTTP/1.1\r\nHost: h\r\nX-Key: V\r\nContent-Length: 5\r\n\r\nhello"
    "POST /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
    "5;x=\"y\"\r\nhello\r\n6\r\n world\r\n0\r\nTrailer: t\r\n\r\n"
    "GET /d HTTP/1.1\r\nHost: h\r\n\r\n";

TEST(RequestReader, ReadsPipelinedRequestsInPiecesOfAnySize) {
  for (std::size_t piece = 1; piece <= kThree.size(); ++piece) {
    RequestReader reader{ReaderLimits{}};
    const auto [requests, last] = feed(&reader, kThree, piece);
    ASSERT_EQ(requests.size(), 3U) << piece;
    EXPECT_EQ(last, Step::need_more);
    EXPECT_FALSE(reader.begun());
    EXPECT_EQ(requests[0].path, "/a b");
    EXPECT_EQ(requests[0].query_value("q"), "1 2");
    EXPECT_EQ(requests[0].header("x-key"), "V");
    EXPECT_EQ(requests[0].body, "hello");
    EXPECT_EQ(requests[1].body, "hello world");
    EXPECT_EQ(requests[1].header("trailer"), "");
    EXPECT_EQ(requests[2].method, "GET");
    EXPECT_EQ(requests[2].body, "");
  }
}

TEST(RequestReader, RefusesALargeHeaderBeforeItEnds) {
  RequestReader reader{ReaderLimits{.header_bytes = 64}};
  EXPECT_EQ(feed(&reader, "GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(80, 'a'), 7).second,
            Step::refused);
  EXPECT_EQ(reader.rejection().status, 431);
  EXPECT_FALSE(reader.keep_alive());
}

TEST(RequestReader, RefusesADeclaredBodyOverTheLimitUnread) {
  RequestReader reader{ReaderLimits{.body_bytes = 10}};
  EXPECT_EQ(feed(&reader, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\n\r\n", 100).second,
            Step::refused);
  EXPECT_EQ(reader.rejection().status, 413);
}

TEST(RequestReader, RefusesAChunkedBodyOnceItPassesTheLimit) {
  RequestReader reader{ReaderLimits{.body_bytes = 10}};
  EXPECT_EQ(feed(&reader,
                 "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
                 "6\r\nhello \r\n6\r\nworld!\r\n",
                 5)
                .second,
            Step::refused);
  EXPECT_EQ(reader.rejection().status, 413);
}

TEST(RequestReader, RefusesMalformedChunks) {
  for (const char* body :
       {"5\nhello\r\n0\r\n\r\n", "-5\r\nhello\r\n0\r\n\r\n", "0x5\r\nhello\r\n0\r\n\r\n",
        "5\r\nhelloX\r\n0\r\n\r\n", "FFFFFFFFFFFFFFFFF\r\nhello\r\n", "\r\n\r\n",
        "5 5\r\nhello\r\n", "5;\nx\r\nhello\r\n0\r\n\r\n", "5 ;x\r\nhello\r\n0\r\n\r\n",
        "5\r\nhello\n0\r\n\r\n", "0\r\n\n", "0\r\n T: t\r\n\r\n", "0\r\nT: \x01\r\n\r\n",
        "5\r\rhello\r\n0\r\n\r\n", ";x\r\n\r\n", "1000000000000000\r\n"}) {
    RequestReader reader{ReaderLimits{}};
    EXPECT_EQ(
        feed(&reader,
             "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" + std::string(body),
             1000)
            .second,
        Step::refused)
        << body;
  }
}

// Beast 1.74 ends the process here, hence our own reader.
TEST(RequestReader, ReadsAnEmptyChunkedBodyInPiecesOfAnySize) {
  const std::string bytes =
      "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
      "GET /next HTTP/1.1\r\nHost: h\r\n\r\n";
  for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
    RequestReader reader{ReaderLimits{}};
    const auto requests = feed(&reader, bytes, piece).first;
    ASSERT_EQ(requests.size(), 2U) << piece;
    EXPECT_EQ(requests[0].body, "");
    EXPECT_EQ(requests[1].path, "/next");
  }
}

TEST(RequestReader, BoundsEndlessTrailers) {
  std::string bytes = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n";
  for (int i = 0; i < 10'000; ++i) bytes += "T: t\r\n";
  RequestReader reader{ReaderLimits{}};
  EXPECT_EQ(feed(&reader, bytes, 1000).second, Step::refused);
}

TEST(RequestReader, BoundsEndlessChunkExtensions) {
  RequestReader reader{ReaderLimits{}};
  EXPECT_EQ(feed(&reader,
                 "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5;x=" +
                     std::string(100'000, 'a'),
                 1000)
                .second,
            Step::refused);
}

TEST(RequestReader, TakesNoMemoryForAMereClaim) {
  RequestReader reader{ReaderLimits{}};
  feed(&reader, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 8000000\r\n\r\nabc", 1000);
  EXPECT_TRUE(reader.in_body());
  EXPECT_LE(reader.prepare().size(), 64U * 1024);
  EXPECT_LE(reader.body_bytes(), 128U * 1024);
}

TEST(RequestReader, RefusesEncodedControlCharactersInThePath) {
  RequestReader reader{ReaderLimits{}};
  EXPECT_EQ(feed(&reader, "GET /a%00b HTTP/1.1\r\nHost: h\r\n\r\n", 100).second, Step::refused);
}

}  // namespace
}  // namespace cdp::app
