// Turns the bytes of one connection into requests: head through the header gate, then the body by
// Content-Length or chunks. No sockets here, so tests and fuzzers drive it byte by byte.
//
//   auto room = reader.prepare();            // read from the socket into it
//   reader.commit(bytes_read);
//   switch (reader.advance()) { ... }        // until it answers `need_more`
//
// Thread-safety: one thread at a time. After `refused` the reader is done: what follows on that
// connection has no certain start.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "cdp/app/server/chunked_body.h"
#include "cdp/app/server/header_gate.h"
#include "cdp/core/base/limits.h"
#include "cdp/core/http/message.h"

namespace cdp::app {

struct ReaderLimits {
  std::size_t header_bytes = limits::kHeaderBytesMax;
  std::size_t header_fields = limits::kHeaderFieldsMax;
  std::size_t body_bytes = limits::kBodyBytesMax;  // on the wire
};

class RequestReader {
 public:
  enum class Step {
    need_more,  // nothing to do until commit()
    head_read,  // once for a request with a body: the moment to refuse it unread, or to say 100
    ready,      // take() it
    refused,    // rejection() says why
  };

  explicit RequestReader(const ReaderLimits& limits) : limits_(limits) {}

  // Room to read into, never empty; valid until the next call.
  std::span<char> prepare();
  void commit(std::size_t bytes);
  Step advance();

  // The request without body decoding; afterwards the next one begins. Only after `ready`.
  http::Request take();
  const Rejection& rejection() const { return rejection_; }

  // Some bytes of the next request are here (or all of them).
  bool begun() const { return phase_ != Phase::head || filled_ > start_; }
  bool in_body() const { return phase_ == Phase::length || phase_ == Phase::chunks; }
  // The body of the request being read is already here as a whole.
  bool body_is_here() const;
  bool expects_continue() const { return expects_continue_; }
  bool keep_alive() const { return keep_alive_; }
  bool is_head() const { return request_.method == "HEAD"; }
  // Bytes of body held, for the sum over all connections.
  std::size_t body_bytes() const;

 private:
  enum class Phase { head, length, chunks, ready, refused };

  Step advance_head();
  Step begin_body(const Head& head);
  Step advance_chunks();
  Step refuse(Rejection rejection);
  void fill(const Head& head);
  std::string_view unread() const { return {buffer_.data() + start_, filled_ - start_}; }
  void compact();

  ReaderLimits limits_;
  Phase phase_ = Phase::head;
  std::string buffer_;  // [start_, filled_) is unread
  std::size_t start_ = 0;
  std::size_t filled_ = 0;
  std::size_t scanned_ = 0;  // of unread(): no end of head before it
  std::string body_;         // Phase::length: [0, body_filled_) is here
  std::size_t body_filled_ = 0;
  std::size_t body_length_ = 0;
  std::optional<ChunkedBody> chunks_;
  http::Request request_;
  bool keep_alive_ = true;
  bool expects_continue_ = false;
  Rejection rejection_;
};

}  // namespace cdp::app
