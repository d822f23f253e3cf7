#include "cdp/app/server/dispatcher.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <utility>

#include "cdp/app/server/gzip_body.h"

namespace cdp::app {

// Where answers wait for the I/O thread. Shared with responders, which may outlive the server.
struct Dispatcher::Inbox {
  std::mutex mutex;
  std::vector<Answer> answers;  // by mutex
  std::function<void()> wake;   // by mutex; empty once closed
  std::atomic<std::size_t> in_flight{0};

  void push(Answer answer) {
    const std::lock_guard lock(mutex);
    if (!wake) return;
    answers.push_back(std::move(answer));
    if (answers.size() == 1) wake();
  }
};

// One request that waits for its answer.
struct Dispatcher::Pending {
  Pending(std::shared_ptr<Inbox> to, std::uint64_t from, std::string by, Duration at)
      : inbox(std::move(to)), connection(from), method(std::move(by)), started(at) {
    inbox->in_flight.fetch_add(1, std::memory_order_relaxed);
  }
  ~Pending() {
    answer(http::Response::error({ErrorCode::unavailable, "the request was dropped unanswered",
                                  "send the same again after Retry-After"}));
  }
  Pending(const Pending&) = delete;
  Pending& operator=(const Pending&) = delete;

  void answer(http::Response response) {
    if (answered.exchange(true, std::memory_order_acq_rel)) return;
    inbox->in_flight.fetch_sub(1, std::memory_order_relaxed);
    inbox->push({connection, std::move(response), std::move(method), std::move(route), started});
  }

  std::shared_ptr<Inbox> inbox;
  std::uint64_t connection;
  std::string method;
  std::string route = "all";  // set by the worker before the handler sees the request
  Duration started;
  std::atomic<bool> answered{false};
};

namespace {

// Undoes Content-Encoding in place; an answer when that is refused.
std::optional<http::Response> decode_body(http::Request* request, std::size_t bytes_max) {
  std::size_t encodings = 0;
  bool gzip = false;
  for (const auto& [name, value] : request->headers) {
    if (name != "content-encoding" || value == "identity") continue;
    ++encodings;
    gzip = value == "gzip" || value == "x-gzip";
  }
  if (encodings > 1 || (encodings == 1 && !gzip)) {
    return http::Response::json(415, R"({"error":{"code":"unsupported_encoding",)"
                                     R"("message":"only gzip is undone here",)"
                                     R"("hint":"send the body plain or with gzip"}})");
  }
  if (request->body.empty() || (!gzip && !looks_like_gzip(request->body))) return std::nullopt;
  auto plain = gunzip(request->body, bytes_max);
  if (!plain) return http::Response::error(plain.error());
  request->body = std::move(plain).value();
  std::erase_if(request->headers, [](const auto& h) { return h.first == "content-encoding"; });
  return std::nullopt;
}

}  // namespace

Handler synchronous(std::function<http::Response(http::Request)> answer) {
  return [answer = std::move(answer)](http::Request request, const Responder& respond) {
    respond(answer(std::move(request)));
  };
}

Dispatcher::Dispatcher(Options options, Handler handler, Clock& clock, const Logger& logger,
                       std::function<void()> wake)
    : options_(std::move(options)),
      handler_(std::move(handler)),
      clock_(clock),
      logger_(logger),
      inbox_(std::make_shared<Inbox>()) {
  inbox_->wake = std::move(wake);
  const std::size_t threads = std::max<std::size_t>(options_.threads, 1);
  for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
}

Dispatcher::~Dispatcher() { stop(); }

std::size_t Dispatcher::in_flight() const {
  return inbox_->in_flight.load(std::memory_order_relaxed);
}

void Dispatcher::submit(std::uint64_t connection, http::Request request) {
  auto pending = std::make_shared<Pending>(inbox_, connection, request.method, clock_.elapsed());
  collected_.push_back({std::move(request), std::move(pending)});
}

void Dispatcher::flush() {
  if (collected_.empty()) return;
  std::size_t wake = 0;
  {
    const std::lock_guard lock(mutex_);
    wake = std::min(sleeping_, collected_.size());
    for (Job& job : collected_) jobs_.push_back(std::move(job));
  }
  collected_.clear();
  for (std::size_t i = 0; i < wake; ++i) work_waits_.notify_one();
}

std::vector<Answer> Dispatcher::take_answers() {
  const std::lock_guard lock(inbox_->mutex);
  return std::exchange(inbox_->answers, {});
}

void Dispatcher::stop() {
  std::deque<Job> dropped;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    dropped.swap(jobs_);
  }
  work_waits_.notify_all();
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
  collected_.clear();
  dropped.clear();
  const std::lock_guard lock(inbox_->mutex);
  inbox_->wake = nullptr;
  inbox_->answers.clear();
}

void Dispatcher::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    if (stopping_) return;
    if (jobs_.empty()) {
      ++sleeping_;
      work_waits_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
      --sleeping_;
      continue;
    }
    Job job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    run(std::move(job));
    lock.lock();
  }
}

void Dispatcher::run(Job job) {
  // Handlers may not throw (docs/style.md); this is the wall if one does.
  try {
    if (options_.route_label) job.pending->route = options_.route_label(job.request);
    if (auto refused = decode_body(&job.request, options_.decompressed_bytes)) {
      job.pending->answer(std::move(*refused));
      return;
    }
    handler_(std::move(job.request), [pending = job.pending](http::Response response) {
      pending->answer(std::move(response));
    });
  } catch (const std::exception&) {
    logger_.error("handler_threw");  // its text may quote input
    job.pending->answer(http::Response::error(
        {ErrorCode::internal, "the request could not be served", "report it with the time"}));
  }
}

}  // namespace cdp::app
