#include "cdp/app/cli/live_server.h"

#include <charconv>

namespace cdp::app::cli {

Result<ListenAddress> parse_listen_address(std::string_view text) {
  const auto bad = [] {
    return fail(ErrorCode::invalid_argument, "an address to listen on is a number and a port",
                "for example 127.0.0.1:8080, 0.0.0.0:443 or [::1]:8080");
  };
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return bad();
  ListenAddress out;
  const std::string_view port = text.substr(colon + 1);
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), out.port);
  if (error != std::errc() || end != port.data() + port.size() || port.empty()) return bad();
  std::string_view address = text.substr(0, colon);
  const bool bracketed = address.starts_with('[') && address.ends_with(']');
  if (bracketed) address = address.substr(1, address.size() - 2);
  if (address.empty() || (!bracketed && address.find(':') != std::string_view::npos)) return bad();
  out.address = std::string(address);
  return out;
}

std::string to_text(const ListenAddress& address) {
  const bool v6 = address.address.find(':') != std::string::npos;
  return (v6 ? "[" + address.address + "]" : address.address) + ":" + std::to_string(address.port);
}

bool is_loopback(const ListenAddress& address) {
  return address.address.starts_with("127.") || address.address == "::1";
}

Result<std::unique_ptr<LiveServer>> LiveServer::start(Options options, crypto::KekProvider& kek,
                                                      PlatformWorld world) {
  auto live = std::unique_ptr<LiveServer>(new LiveServer(std::move(options)));
  const Options& chosen = live->options_;
  CDP_TRY(live->platform_,
          Platform::open({chosen.directory, chosen.allow_loopback_destinations}, kek, world));
  const http::Router& router = live->platform_->router();
  ServerOptions server;
  server.address = chosen.listen.address;
  server.port = chosen.listen.port;
  server.tls = chosen.tls;
  server.unix_socket = chosen.directory / "admin.sock";
  server.route_label = [&router](const http::Request& request) { return router.label(request); };
  CDP_TRY(
      live->server_,
      Server::start(
          server,
          [&router, &policy = live->platform_->policy()](http::Request request, Responder respond) {
            request.peer = http::client_address(request, policy.active()->policy.trusted_proxies);
            router.handle(std::move(request), std::move(respond));
          },
          world.clock, world.logger, world.metrics));
  if (chosen.metrics_listen) {
    ServerOptions metrics;
    metrics.address = chosen.metrics_listen->address;
    metrics.port = chosen.metrics_listen->port;
    metrics.worker_threads = 1;
    Metrics& shown = world.metrics;
    const auto show = [&shown](const http::Request& request, const Responder& respond) {
      if (request.method != "GET" || request.path != "/metrics") {
        return respond(http::Response::error(
            {ErrorCode::not_found, "this listener serves /metrics only", "GET /metrics"}));
      }
      respond(http::Response::text(200, shown.render()));
    };
    CDP_TRY(live->metrics_server_,
            Server::start(metrics, show, world.clock, world.logger, world.metrics));
  }
  live->platform_->start_background();
  return live;
}

std::optional<ListenAddress> LiveServer::metrics_address() const {
  if (!metrics_server_) return std::nullopt;
  return ListenAddress{options_.metrics_listen->address, metrics_server_->port()};
}

void LiveServer::stop() {
  if (server_) server_->stop();
  if (metrics_server_) metrics_server_->stop();
  if (platform_) platform_->stop();
}

}  // namespace cdp::app::cli
