// A server on a free loopback port, with a handler that tests steer.
#pragma once

#include <condition_variable>
#include <mutex>
#include <stdexcept>

#include "cdp/app/server/server.h"
#include "tests/unit/app/server/loopback.h"

namespace cdp::app::testing {

// Keeps responders for the test to answer.
class Shelf {
 public:
  void put(http::Request request, Responder responder) {
    const std::lock_guard lock(mutex_);
    kept_.emplace_back(std::move(request), std::move(responder));
    changed_.notify_all();
  }
  // Waits until `n` requests are there; takes them.
  std::vector<std::pair<http::Request, Responder>> take(std::size_t n) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return kept_.size() >= n; });
    return std::exchange(kept_, {});
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::pair<http::Request, Responder>> kept_;
};

class ServerTest : public ::testing::Test {
 protected:
  ServerTest() {
    options.tick_ms = 5;
    options.route_label = [](const http::Request&) { return std::string("all"); };
  }

  // /later keeps the responder on the shelf, /drop drops it, /throw throws, /big answers 4 MB; the
  // rest answers with method, path and body.
  void start() {
    auto started = Server::start(
        options,
        [this](http::Request request, Responder respond) {
          if (request.path == "/later") {
            shelf.put(std::move(request), std::move(respond));
          } else if (request.path == "/throw") {
            throw std::runtime_error("ada@shop.example");
          } else if (request.path == "/big") {
            respond(http::Response::text(200, std::string(4'000'000, 'x')));
          } else if (request.path != "/drop") {
            respond(http::Response::text(200,
                                         request.method + " " + request.path + " " + request.body));
          }
        },
        clock, logger, metrics);
    ASSERT_TRUE(started) << started.error().what;
    server = std::move(*started);
  }
  std::uint64_t refused(std::string_view reason) {
    return metrics.counter("cdp_http_refused_total", "", {{"reason", reason}}).value();
  }

  ServerOptions options;
  SharedClock clock;
  std::mutex lines_mutex;
  std::string lines;
  Logger logger{clock, LogLevel::info, [this](std::string_view line) {
                  const std::lock_guard lock(lines_mutex);
                  lines += line;
                }};
  Metrics metrics;
  Shelf shelf;
  std::unique_ptr<Server> server;
};

}  // namespace cdp::app::testing
