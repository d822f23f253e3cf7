#include "cdp/app/server/chunked_body.h"

// Asio 1.74 uses std::exchange without including it.
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <utility>

namespace cdp::app {
namespace http = boost::beast::http;

// Lines of chunk sizes, extensions and trailers are bounded by this.
constexpr std::uint32_t kLineBytesMax = 4 * 1024;

struct ChunkedBody::Parser {
  http::request_parser<http::string_body> parser;
  bool over = false;
};

ChunkedBody::ChunkedBody(std::size_t body_bytes_max) : parser_(std::make_unique<Parser>()) {
  parser_->parser.body_limit(body_bytes_max);
  parser_->parser.header_limit(kLineBytesMax);
  parser_->parser.eager(true);
  constexpr std::string_view kHead = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
  boost::system::error_code error;
  parser_->parser.put(boost::asio::buffer(kHead.data(), kHead.size()), error);
}

ChunkedBody::~ChunkedBody() = default;
ChunkedBody::ChunkedBody(ChunkedBody&&) noexcept = default;
ChunkedBody& ChunkedBody::operator=(ChunkedBody&&) noexcept = default;

ChunkedBody::State ChunkedBody::feed(std::string_view bytes, std::size_t* used) {
  *used = 0;
  while (!parser_->over) {
    boost::system::error_code error;
    const std::size_t n =
        parser_->parser.put(boost::asio::buffer(bytes.data() + *used, bytes.size() - *used), error);
    *used += n;
    if (error == http::error::body_limit) {
      parser_->over = true;
      return State::too_large;
    }
    if (error && error != http::error::need_more) {
      parser_->over = true;
      return State::malformed;
    }
    if (parser_->parser.is_done()) {
      parser_->over = true;
      return State::done;
    }
    // A size line, its extensions or the trailers that do not end within the bound.
    if (error == http::error::need_more || n == 0 || *used == bytes.size()) {
      if (bytes.size() - *used > kLineBytesMax) {
        parser_->over = true;
        return State::malformed;
      }
      return State::more;
    }
  }
  return State::malformed;
}

std::size_t ChunkedBody::size() const { return parser_->parser.get().body().size(); }

std::string ChunkedBody::take() { return std::move(parser_->parser.get().body()); }

}  // namespace cdp::app
