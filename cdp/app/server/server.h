// The HTTP/1.1 server: one I/O thread, a bounded pool of workers, and handlers that may answer
// later (Responder).
//
//   auto server = Server::start({.port = 0}, handler, clock, logger, metrics);
//   (*server)->port(); ... (*server)->stop();
//
// Refusals it answers itself, as JSON {"error":{...}}: 400 and close (header gate), 408 (slow), 413
// (body, or body after gzip), 415 (other Content-Encodings), 417, 429 with Retry-After (too many
// requests in flight, or too many bytes of body held), 431 (header), 500 (a handler threw), 503 (a
// handler dropped its Responder). Request bodies in gzip are undone whatever their Content-Type.
//
// Thread-safety: stop() and port() from any thread; handlers run on many threads at once.
// Lifetime: clock, logger, metrics and whatever the handler captures outlive the Server. A
// Responder may outlive it; its answer is then dropped.
// Errors of start(): what Error says of addresses, sockets and TLS files; nothing runs then.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "cdp/app/server/connection.h"
#include "cdp/app/server/dispatcher.h"
#include "cdp/app/server/logger.h"
#include "cdp/app/server/metrics.h"
#include "cdp/core/base/limits.h"
#include "cdp/core/base/result.h"
#include "cdp/core/base/time.h"

namespace cdp::app {

struct ServerOptions {
  struct Tls {
    std::filesystem::path certificate_chain;  // PEM, leaf first
    std::filesystem::path private_key;        // PEM
  };

  std::string address = "127.0.0.1";  // numeric; empty: no TCP
  std::uint16_t port = 0;             // 0: a free one, see port()
  std::optional<Tls> tls;             // TLS 1.2 and later
  std::filesystem::path unix_socket;  // 0600, requests marked `admin`; empty: none
  std::size_t worker_threads = 2;
  // The bounded label of a request for metrics (Router::label); "all" when empty.
  std::function<std::string(const http::Request&)> route_label;

  ConnectionLimits connection;
  std::size_t connections_max = limits::kConnectionsMax;
  std::size_t requests_in_flight_max = limits::kRequestsQueuedMax;
  std::size_t decompressed_bytes = limits::kDecompressedBytesMax;
  std::int64_t drain_ms = limits::kDrainMs;
  std::int64_t tick_ms = 100;  // how finely deadlines are looked at, in real time
};

class Server {
 public:
  static Result<std::unique_ptr<Server>> start(ServerOptions options, Handler handler, Clock& clock,
                                               const Logger& logger, Metrics& metrics);
  ~Server();  // stops
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  std::uint16_t port() const;  // 0 without TCP
  // Accepts no more, lets requests in flight finish for `drain_ms`, then closes what is left.
  // Waits for handlers that are running. Idempotent.
  void stop();

 private:
  struct Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace cdp::app
