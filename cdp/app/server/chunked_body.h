// Reads a chunked body (RFC 9112 §7.1), strictly: CRLF only, a size of hexadecimal digits with
// nothing between it and ';' or CRLF, no control characters. Extensions and trailers are dropped
// and bounded.
//
// Why not Beast's: 1.74 asserts, so ends the process, when an empty body's "0 CR LF" arrives apart
// from its last CR LF (basic_parser::parse_chunk_header, `n >= 5`); our fuzzer found that within a
// minute.
//
// Thread-safety: one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace cdp::app {

class ChunkedBody {
 public:
  enum class State { more, done, too_large, malformed };

  explicit ChunkedBody(std::size_t body_bytes_max) : body_bytes_max_(body_bytes_max) {}

  // Reads from `bytes` and says through `used` how many belong to the body: all of them on `more`.
  // After anything but `more` it is over and answers the same again.
  State feed(std::string_view bytes, std::size_t* used);
  // Bytes of body so far.
  std::size_t size() const { return body_.size(); }
  std::string take() { return std::move(body_); }

 private:
  // What the next byte is.
  enum class Next {
    first_digit,
    digit,      // or ';' or CR
    extension,  // or CR
    size_lf,
    data,
    data_cr,
    data_lf,
    trailer_start,  // or CR: the end
    trailer,        // or CR
    trailer_lf,
    last_lf,
  };

  State step(char c);
  State read_digit(char c);
  // A byte that is dropped: an extension's or a trailer's.
  State drop(char c, Next at_end);
  State expect(char c, char wanted, Next next);

  std::size_t body_bytes_max_;
  Next next_ = Next::first_digit;
  State state_ = State::more;
  std::uint64_t chunk_ = 0;  // bytes of the chunk still to come
  int digits_ = 0;
  std::size_t dropped_ = 0;
  std::string body_;
};

}  // namespace cdp::app
