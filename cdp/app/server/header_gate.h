// The header gate: reads the head of an HTTP/1 request and refuses everything that two parsers
// could read in two ways (request smuggling). Beast 1.74 accepts `Transfer-Encoding: gzip` beside a
// Content-Length, chunked in HTTP/1.0, `Content-Length: 5, 5`, folded lines and two Hosts, so this
// is the only reader of heads.
//
// Rules (RFC 9112, narrowed): lines end in CRLF; no control characters, no folded lines, no space
// before a colon; HTTP/1.1 with exactly one Host, or HTTP/1.0 without Transfer-Encoding; at most
// one Content-Length, digits only; at most one Transfer-Encoding, exactly `chunked`; never both.
//
// Thread-safety: pure. Lifetime: views point into the bytes handed in. A Rejection is a value: the
// server answers it and closes the connection, because what follows has no certain start.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

namespace cdp::app {

struct Head {
  std::string_view method;  // upper-case letters
  std::string_view path;    // as sent: still percent-encoded; "*" only with OPTIONS
  std::string_view query;   // without '?', still encoded
  std::vector<std::pair<std::string_view, std::string_view>> fields;  // names as sent
  std::optional<std::uint64_t> content_length;
  bool chunked = false;
  bool keep_alive = true;
  bool expects_continue = false;
};

struct Rejection {
  int status = 400;
  std::string_view reason;   // a metric label and the error's code
  std::string_view message;  // one sentence for the client; a literal, quotes no input
};

// `bytes` ends with the empty line (CRLF CRLF) and holds nothing after it.
tl::expected<Head, Rejection> read_head(std::string_view bytes, std::size_t fields_max);

// Where the head ends: the offset after the first CRLF CRLF at or after `from`; npos when it is not
// there yet.
std::size_t head_end(std::string_view bytes, std::size_t from);

}  // namespace cdp::app
