// Carries requests from the I/O thread to a bounded pool of workers, and answers back.
//
// A handler answers through its Responder, at once or later, from any thread, so that waiting for
// a group commit holds no worker. Thread-safety: submit(), flush() and take_answers() belong to
// the I/O thread; responders are safe from any thread and may outlive the Dispatcher (their answer
// is then dropped).
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "cdp/app/server/logger.h"
#include "cdp/core/base/time.h"
#include "cdp/core/http/message.h"

namespace cdp::app {

// Exactly one call counts; further ones do nothing. Dropping every copy uncalled answers 503.
using Responder = std::function<void(http::Response)>;
using Handler = std::function<void(http::Request, Responder)>;

// A handler from value to value.
Handler synchronous(std::function<http::Response(http::Request)> answer);

struct Answer {
  std::uint64_t connection = 0;
  http::Response response;
  std::string method;
  std::string route;  // the bounded label
  Duration started;   // Clock::elapsed() when it was submitted
};

class Dispatcher {
 public:
  struct Options {
    std::size_t threads = 2;
    std::size_t in_flight_max = 0;
    std::size_t decompressed_bytes = 0;
    std::function<std::string(const http::Request&)> route_label;  // may be empty
  };

  // `wake` is called by any thread when answers wait after there were none.
  Dispatcher(Options options, Handler handler, Clock& clock, const Logger& logger,
             std::function<void()> wake);
  ~Dispatcher();
  Dispatcher(const Dispatcher&) = delete;
  Dispatcher& operator=(const Dispatcher&) = delete;

  std::size_t in_flight() const;
  bool has_room() const { return in_flight() < options_.in_flight_max; }
  // Takes the request; workers see it after flush(), so that one wake-up serves many.
  void submit(std::uint64_t connection, http::Request request);
  void flush();
  std::vector<Answer> take_answers();
  // Drops what no worker has begun (answering 503 into the void), waits for handlers to return.
  void stop();

 private:
  struct Inbox;
  struct Pending;
  struct Job {
    http::Request request;
    std::shared_ptr<Pending> pending;
  };

  void work();
  void run(Job job);

  Options options_;
  Handler handler_;
  Clock& clock_;
  const Logger& logger_;
  std::shared_ptr<Inbox> inbox_;
  std::vector<Job> collected_;  // I/O thread only
  std::mutex mutex_;
  std::condition_variable work_waits_;
  std::deque<Job> jobs_;      // by mutex_
  std::size_t sleeping_ = 0;  // by mutex_
  bool stopping_ = false;     // by mutex_
  std::vector<std::thread> threads_;
};

}  // namespace cdp::app
