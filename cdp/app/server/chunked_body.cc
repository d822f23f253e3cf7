#include "cdp/app/server/chunked_body.h"

#include <algorithm>

namespace cdp::app {
namespace {

// Extensions and trailers of one body together; no client we know sends any.
constexpr std::size_t kDroppedBytesMax = 4 * 1024;
// 2^60 bytes; larger sizes are an attempt to overflow.
constexpr int kDigitsMax = 15;

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

ChunkedBody::State ChunkedBody::feed(std::string_view bytes, std::size_t* used) {
  std::size_t at = 0;
  while (state_ == State::more && at < bytes.size()) {
    if (next_ == Next::data) {
      const auto here =
          static_cast<std::size_t>(std::min<std::uint64_t>(chunk_, bytes.size() - at));
      body_.append(bytes.substr(at, here));
      at += here;
      chunk_ -= here;
      if (chunk_ == 0) next_ = Next::data_cr;
    } else {
      state_ = step(bytes[at++]);
    }
  }
  *used = at;
  return state_;
}

ChunkedBody::State ChunkedBody::step(char c) {
  switch (next_) {
    case Next::first_digit:
    case Next::digit:
      return read_digit(c);
    case Next::extension:
      return drop(c, Next::size_lf);
    case Next::size_lf:
      if (chunk_ > body_bytes_max_ - body_.size()) return State::too_large;
      return expect(c, '\n', chunk_ == 0 ? Next::trailer_start : Next::data);
    case Next::data:
      return State::malformed;  // feed() reads data
    case Next::data_cr:
      return expect(c, '\r', Next::data_lf);
    case Next::data_lf:
      digits_ = 0;
      return expect(c, '\n', Next::first_digit);
    case Next::trailer_start:
      if (c == '\r') return expect(c, '\r', Next::last_lf);
      if (c == ' ' || c == '\t') return State::malformed;  // a folded line
      next_ = Next::trailer;
      return drop(c, Next::trailer_lf);
    case Next::trailer:
      return drop(c, Next::trailer_lf);
    case Next::trailer_lf:
      return expect(c, '\n', Next::trailer_start);
    case Next::last_lf:
      return c == '\n' ? State::done : State::malformed;
  }
  return State::malformed;
}

ChunkedBody::State ChunkedBody::read_digit(char c) {
  const int value = hex_value(c);
  if (value >= 0) {
    if (++digits_ > kDigitsMax) return State::malformed;
    chunk_ = chunk_ * 16 + static_cast<std::uint64_t>(value);
    next_ = Next::digit;
    return State::more;
  }
  if (next_ == Next::first_digit) return State::malformed;
  if (c == ';') return expect(c, ';', Next::extension);
  return expect(c, '\r', Next::size_lf);
}

ChunkedBody::State ChunkedBody::drop(char c, Next at_end) {
  if (c == '\r') return expect(c, '\r', at_end);
  const auto byte = static_cast<unsigned char>(c);
  if ((byte < 0x20 && c != '\t') || byte == 0x7f) return State::malformed;
  return ++dropped_ > kDroppedBytesMax ? State::malformed : State::more;
}

ChunkedBody::State ChunkedBody::expect(char c, char wanted, Next next) {
  if (c != wanted) return State::malformed;
  next_ = next;
  return State::more;
}

}  // namespace cdp::app
