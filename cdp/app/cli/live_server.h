// LiveServer: a data directory, opened and served: platform, HTTP server, admin socket, and the
// listener for metrics. What `cdp serve` and `cdp demo` run.
//
// Thread-safety: start and stop from one thread. Lifetime: clock, random, logger and metrics
// outlive it. Errors: those of Platform::open and Server::start; nothing runs then.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "cdp/app/server/server.h"
#include "cdp/app/wiring.h"

namespace cdp::app::cli {

struct ListenAddress {
  std::string address;  // numeric
  std::uint16_t port = 0;
};
// "127.0.0.1:8080", "[::1]:0". Errors: invalid_argument.
Result<ListenAddress> parse_listen_address(std::string_view text);
// What a person or a program can connect to.
std::string to_text(const ListenAddress& address);
bool is_loopback(const ListenAddress& address);

class LiveServer {
 public:
  struct Options {
    std::filesystem::path directory;
    ListenAddress listen{"127.0.0.1", 0};
    std::optional<ServerOptions::Tls> tls;
    std::optional<ListenAddress> metrics_listen;
    bool allow_loopback_destinations = false;
  };
  static Result<std::unique_ptr<LiveServer>> start(Options options, crypto::KekProvider& kek,
                                                   PlatformWorld world);
  ~LiveServer() { stop(); }
  // Accepts no more, answers what is under way, then closes the directory. Idempotent.
  void stop();

  ListenAddress address() const { return {options_.listen.address, server_->port()}; }
  std::optional<ListenAddress> metrics_address() const;
  Platform& platform() { return *platform_; }

 private:
  explicit LiveServer(Options options) : options_(std::move(options)) {}

  Options options_;
  std::unique_ptr<Platform> platform_;
  std::unique_ptr<Server> server_;
  std::unique_ptr<Server> metrics_server_;
};

}  // namespace cdp::app::cli
