// One connection: reads requests, hands each to the host, writes its answer, one at a time, so
// that pipelined requests are answered in order. Plain callbacks; a coarse deadline that the
// host's tick looks at instead of a timer per read.
//
// Thread-safety: the I/O thread only. Lifetime: shared with the operations in flight; the host
// outlives it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "cdp/app/server/request_reader.h"
#include "cdp/core/base/time.h"
#include "cdp/core/http/message.h"

namespace boost::asio {
class io_context;
namespace ssl {
class context;
}
}  // namespace boost::asio

namespace cdp::app {

struct ConnectionLimits {
  ReaderLimits reader;
  std::size_t buffered_body_bytes = limits::kBufferedBodyBytesMax;
  std::int64_t header_read_ms = limits::kHeaderReadMs;
  std::int64_t body_read_ms = limits::kBodyReadMs;
  std::int64_t idle_ms = limits::kIdleMs;
  std::int64_t write_ms = limits::kWriteMs;
  std::int64_t linger_ms = limits::kLingerMs;
};

// What a connection needs of its server.
class ConnectionHost {
 public:
  virtual ~ConnectionHost() = default;
  virtual const ConnectionLimits& connection_limits() const = 0;
  virtual bool has_room() const = 0;  // for one more request in flight
  virtual void dispatch(std::uint64_t connection, http::Request request) = 0;
  // Adds to the bytes of body held by all connections; false when that is over the limit.
  virtual bool hold_bytes(std::ptrdiff_t change) = 0;
  virtual void count_refusal(std::string_view reason) = 0;
  virtual void forget(std::uint64_t connection) = 0;
  virtual Duration coarse_now() const = 0;  // as of the last tick
  virtual std::string_view date() const = 0;
  virtual bool draining() const = 0;
};

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  struct Origin {
    std::uint64_t id = 0;
    int fd = -1;     // connected and non-blocking; owned from here on
    int family = 0;  // AF_INET, AF_INET6, AF_UNIX
    std::string peer;
    bool admin = false;
  };

  // `tls` may be null. Null when the descriptor could not be taken.
  static std::shared_ptr<Connection> open(boost::asio::io_context& io,
                                          boost::asio::ssl::context* tls, Origin origin,
                                          ConnectionHost& host);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void start();
  // The answer to the request that was dispatched last.
  void answer(http::Response response);
  // Looks at the deadline.
  void tick(Duration now);
  // Closes as soon as nothing is being served.
  void drain();
  void close();

 private:
  enum class Phase { handshake, idle, head, body, interim, waiting, writing, lingering, closed };
  struct Wire;

  Connection(std::unique_ptr<Wire> wire, Origin origin, ConnectionHost& host);
  void enter(Phase phase, std::int64_t deadline_ms);
  void read();
  void on_read(bool failed, std::size_t bytes);
  void advance();
  void on_head_read();
  void dispatch();
  void refuse(const Rejection& rejection);
  void send(http::Response response);
  void write();
  void write_plain();
  void write_tls();
  void on_progress(std::size_t bytes);
  void on_written();
  void next_request();
  void linger();
  bool hold(std::size_t bytes);

  std::unique_ptr<Wire> wire_;
  Origin origin_;
  ConnectionHost& host_;
  RequestReader reader_;
  Phase phase_ = Phase::idle;
  Duration deadline_;  // 0 = none
  bool reading_ = false;
  bool keep_alive_ = true;
  bool head_request_ = false;
  bool close_after_ = false;
  std::size_t held_ = 0;
  std::size_t lingered_ = 0;
  std::string out_;       // head, with the body behind it when that is short
  std::string out_body_;  // else the body
  std::size_t written_ = 0;
  std::size_t written_since_deadline_ = 0;
};

}  // namespace cdp::app
