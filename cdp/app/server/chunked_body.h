// Reads a chunked body (RFC 9112 §7.1) with Beast's parser, which never sees the request's own
// head: the header gate has judged that. Trailers are read and dropped.
//
// Thread-safety: one thread at a time.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace cdp::app {

class ChunkedBody {
 public:
  enum class State { more, done, too_large, malformed };

  explicit ChunkedBody(std::size_t body_bytes_max);
  ~ChunkedBody();
  ChunkedBody(ChunkedBody&&) noexcept;
  ChunkedBody& operator=(ChunkedBody&&) noexcept;

  // Reads from `bytes` and says through `used` how many it is done with; hand in the rest again,
  // with more behind it. After anything but `more` it reads nothing.
  State feed(std::string_view bytes, std::size_t* used);
  // Bytes of body so far.
  std::size_t size() const;
  std::string take();

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
};

}  // namespace cdp::app
