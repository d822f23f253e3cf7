#include "cdp/app/server/server.h"

// Asio 1.74 uses std::exchange without including it.
#include <unistd.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <utility>

#include "cdp/app/server/listener.h"
#include "cdp/app/server/response_writer.h"

namespace cdp::app {
namespace asio = boost::asio;
using boost::system::error_code;

namespace {

// Connections taken at one go, so that a flood of them leaves time for those there are.
constexpr int kAcceptsPerTurn = 64;

Result<std::unique_ptr<asio::ssl::context>> make_tls(const ServerOptions::Tls& files) {
  auto tls = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_server);
  if (SSL_CTX_set_min_proto_version(tls->native_handle(), TLS1_2_VERSION) != 1) {
    return fail(ErrorCode::internal, "TLS 1.2 is not to be had", "install OpenSSL 3");
  }
  SSL_CTX_set_options(tls->native_handle(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                                SSL_OP_CIPHER_SERVER_PREFERENCE |
                                                SSL_OP_IGNORE_UNEXPECTED_EOF);
  error_code error;
  tls->use_certificate_chain_file(files.certificate_chain.native(), error);
  if (error) {
    return fail(ErrorCode::invalid_argument, "the TLS certificate cannot be read",
                "give --tls-cert a PEM file, leaf first");
  }
  tls->use_private_key_file(files.private_key.native(), asio::ssl::context::pem, error);
  if (error || SSL_CTX_check_private_key(tls->native_handle()) != 1) {
    return fail(ErrorCode::invalid_argument, "the TLS key cannot be read or is another's",
                "give --tls-key the PEM key of that certificate");
  }
  return tls;
}

std::string_view known_method(std::string_view method) {
  for (const std::string_view known :
       {"GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"}) {
    if (method == known) return known;
  }
  return "_OTHER";
}

}  // namespace

struct Server::Impl final : ConnectionHost {
  struct Door {
    Door(asio::io_context& io, ListenSocket listening)
        : socket(std::move(listening)), readable(io, socket.fd()) {}
    ~Door() { readable.release(); }  // `socket` closes it
    Door(const Door&) = delete;
    Door& operator=(const Door&) = delete;
    ListenSocket socket;
    asio::posix::stream_descriptor readable;
    bool paused = false;  // out of descriptors until the next tick
  };

  Impl(ServerOptions given, Handler handler, Clock& the_clock, const Logger& the_logger,
       Metrics& the_metrics)
      : options(std::move(given)),
        clock(the_clock),
        logger(the_logger),
        metrics(the_metrics),
        open_connections(metrics.gauge("cdp_http_connections", "Connections that are open.")),
        in_flight(metrics.gauge("cdp_http_requests_in_flight", "Requests without an answer yet.")),
        dispatcher({options.worker_threads, options.requests_in_flight_max,
                    options.decompressed_bytes, options.route_label},
                   std::move(handler), clock, logger,
                   [this] { asio::post(io, [this] { deliver(); }); }) {
    read_time();
  }

  Result<void> open_doors();
  void run();
  void stop();
  // All below: the I/O thread only.
  void wait_for_connections(Door& door);
  void accept_some(Door& door);
  void welcome(Door& door, ListenSocket::Accepted accepted);
  void deliver();
  void observe(const Answer& answer);
  void read_time();
  void wait_for_tick();
  void tick();
  void begin_drain();
  void note_if_drained();

  const ConnectionLimits& connection_limits() const override { return options.connection; }
  bool has_room() const override { return dispatcher.has_room(); }
  void dispatch(std::uint64_t connection, http::Request request) override;
  bool hold_bytes(std::ptrdiff_t change) override;
  void count_refusal(std::string_view reason) override;
  void forget(std::uint64_t connection) override;
  Duration coarse_now() const override { return now; }
  std::string_view date() const override { return date_text; }
  bool draining() const override { return is_draining; }

  ServerOptions options;
  Clock& clock;
  const Logger& logger;
  Metrics& metrics;
  Gauge& open_connections;
  Gauge& in_flight;
  asio::io_context io{1};
  asio::executor_work_guard<asio::io_context::executor_type> work{io.get_executor()};
  asio::steady_timer timer{io};
  std::unique_ptr<asio::ssl::context> tls;
  std::vector<std::unique_ptr<Door>> doors;
  std::uint16_t port = 0;
  std::unordered_map<std::uint64_t, std::shared_ptr<Connection>> connections;
  std::uint64_t next_connection = 1;
  std::ptrdiff_t held_bytes = 0;
  bool flush_waits = false;
  bool is_draining = false;
  Duration now;  // of the next tick, so that no deadline comes early
  Duration drain_deadline;
  std::string date_text;
  std::int64_t date_second = -1;
  std::unordered_map<std::string, Histogram*> durations;
  std::mutex mutex;
  std::condition_variable drained;
  bool is_drained = false;  // by mutex
  bool stopped = false;     // by stop_mutex
  std::mutex stop_mutex;
  std::thread thread;
  Dispatcher dispatcher;  // last: its workers stop before what they use goes
};

Result<void> Server::Impl::open_doors() {
  if (options.tls) {
    CDP_TRY(tls, make_tls(*options.tls));
  }
  if (!options.address.empty()) {
    CDP_TRY(ListenSocket socket, ListenSocket::listen_tcp(options.address, options.port));
    port = socket.port();
    doors.push_back(std::make_unique<Door>(io, std::move(socket)));
  }
  if (!options.unix_socket.empty()) {
    CDP_TRY(ListenSocket socket, ListenSocket::listen_unix(options.unix_socket));
    doors.push_back(std::make_unique<Door>(io, std::move(socket)));
  }
  return {};
}

void Server::Impl::run() {
  for (const auto& door : doors) wait_for_connections(*door);
  wait_for_tick();
  while (!io.stopped()) {
    // Only the lack of memory throws here; the connection it struck is lost, the others are not.
    try {
      io.run();
    } catch (const std::exception&) {
      logger.error("io_callback_threw");
    }
  }
}

void Server::Impl::wait_for_connections(Door& door) {
  door.readable.async_wait(asio::posix::stream_descriptor::wait_read,
                           [this, &door](const error_code& error) {
                             if (!error && !is_draining) accept_some(door);
                           });
}

void Server::Impl::accept_some(Door& door) {
  for (int i = 0; i < kAcceptsPerTurn; ++i) {
    auto accepted = door.socket.accept(&door.paused);
    if (!accepted) break;
    welcome(door, std::move(*accepted));
  }
  if (door.paused) {
    count_refusal("descriptors");
    return;
  }
  wait_for_connections(door);
}

void Server::Impl::welcome(Door& door, ListenSocket::Accepted accepted) {
  if (connections.size() >= options.connections_max) {
    count_refusal("connections");
    ::close(accepted.fd);
    return;
  }
  const bool local = door.socket.kind() == ListenSocket::Kind::local;
  const std::uint64_t id = next_connection++;
  auto connection = Connection::open(
      io, local ? nullptr : tls.get(),
      {id, accepted.fd, door.socket.family(), std::move(accepted.peer), local}, *this);
  if (!connection) {
    ::close(accepted.fd);
    return;
  }
  connections.emplace(id, connection);
  open_connections.add(1);
  connection->start();
}

void Server::Impl::dispatch(std::uint64_t connection, http::Request request) {
  dispatcher.submit(connection, std::move(request));
  if (std::exchange(flush_waits, true)) return;
  // Behind the sockets that are readable now: one wake-up of the workers serves them all.
  asio::post(io, [this] {
    flush_waits = false;
    dispatcher.flush();
    in_flight.set(static_cast<double>(dispatcher.in_flight()));
  });
}

void Server::Impl::deliver() {
  for (Answer& answer : dispatcher.take_answers()) {
    observe(answer);
    const auto found = connections.find(answer.connection);
    if (found == connections.end()) continue;
    const auto connection = found->second;  // it may be forgotten meanwhile
    connection->answer(std::move(answer.response));
  }
  in_flight.set(static_cast<double>(dispatcher.in_flight()));
}

void Server::Impl::observe(const Answer& answer) {
  const std::string_view method = known_method(answer.method);
  const std::string status = std::to_string(answer.response.status);
  std::string key(method);
  key.append(" ").append(answer.route).append(" ").append(status);
  Histogram*& series = durations[key];
  if (series == nullptr) {
    series = &metrics.histogram("http_server_request_duration_seconds",
                                "From the whole request read to its answer.", latency_bounds_s(),
                                {{"http_request_method", method},
                                 {"http_route", answer.route},
                                 {"http_response_status_code", status}});
  }
  series->observe(static_cast<double>(clock.elapsed().us - answer.started.us) / 1e6);
}

bool Server::Impl::hold_bytes(std::ptrdiff_t change) {
  held_bytes += change;
  return held_bytes <= static_cast<std::ptrdiff_t>(options.connection.buffered_body_bytes);
}

void Server::Impl::count_refusal(std::string_view reason) {
  metrics
      .counter("cdp_http_refused_total", "Requests and connections the server refused itself.",
               {{"reason", reason}})
      .add();
}

void Server::Impl::forget(std::uint64_t connection) {
  if (connections.erase(connection) > 0) open_connections.add(-1);
  note_if_drained();
}

void Server::Impl::read_time() {
  now = Duration::micros(clock.elapsed().us + options.tick_ms * 1'000);
  const Time wall = clock.now();
  if (wall.us / 1'000'000 == date_second) return;
  date_second = wall.us / 1'000'000;
  date_text = http_date(wall);
}

void Server::Impl::wait_for_tick() {
  timer.expires_after(std::chrono::milliseconds(options.tick_ms));
  timer.async_wait([this](const error_code& error) {
    if (!error) tick();
  });
}

void Server::Impl::tick() {
  read_time();
  const Duration real = clock.elapsed();
  std::vector<std::shared_ptr<Connection>> all;  // ticking may forget some
  all.reserve(connections.size());
  for (const auto& [id, connection] : connections) all.push_back(connection);
  const bool over = is_draining && real >= drain_deadline;
  for (const auto& connection : all) {
    if (over) {
      connection->close();
    } else {
      connection->tick(real);
    }
  }
  for (const auto& door : doors) {
    if (std::exchange(door->paused, false)) accept_some(*door);
  }
  wait_for_tick();
}

void Server::Impl::begin_drain() {
  if (std::exchange(is_draining, true)) return;
  drain_deadline = Duration::micros(clock.elapsed().us + options.drain_ms * 1'000);
  doors.clear();
  std::vector<std::shared_ptr<Connection>> all;
  for (const auto& [id, connection] : connections) all.push_back(connection);
  for (const auto& connection : all) connection->drain();
  note_if_drained();
}

void Server::Impl::note_if_drained() {
  if (!is_draining || !connections.empty()) return;
  const std::lock_guard lock(mutex);
  is_drained = true;
  drained.notify_all();
}

void Server::Impl::stop() {
  const std::lock_guard once(stop_mutex);
  if (std::exchange(stopped, true) || !thread.joinable()) return;
  asio::post(io, [this] { begin_drain(); });
  {
    std::unique_lock lock(mutex);
    drained.wait(lock, [this] { return is_drained; });
  }
  dispatcher.stop();
  io.stop();
  thread.join();
  logger.info("server_stopped");
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() { stop(); }
std::uint16_t Server::port() const { return impl_->port; }
void Server::stop() { impl_->stop(); }

Result<std::unique_ptr<Server>> Server::start(ServerOptions options, Handler handler, Clock& clock,
                                              const Logger& logger, Metrics& metrics) {
  auto impl =
      std::make_unique<Impl>(std::move(options), std::move(handler), clock, logger, metrics);
  CDP_CHECK(impl->open_doors());
  const bool secure = impl->tls != nullptr;
  const std::uint16_t port = impl->port;
  impl->thread = std::thread([running = impl.get()] { running->run(); });
  logger.info("server_started", {{"port", port}, {"tls", secure}});
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

}  // namespace cdp::app
