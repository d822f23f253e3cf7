#include "cdp/app/cli/demo_receiver.h"

#include <condition_variable>
#include <mutex>

#include "cdp/core/crypto/signature.h"

namespace cdp::app::cli {
namespace {

constexpr std::string_view kPrefix = "whsec_";

// "v1,<base64>" of HMAC-SHA-256 over "id.timestamp.body"; one of several, separated by blanks.
bool signature_valid(const http::Request& request, ByteView key) {
  std::string content(request.header("webhook-id"));
  content.append(".").append(request.header("webhook-timestamp"));
  content.append(".").append(request.body);
  const std::string expected = "v1," + to_base64(crypto::hmac_sha256(key, as_bytes(content)));
  std::string_view given = request.header("webhook-signature");
  while (!given.empty()) {
    const auto blank = given.find(' ');
    if (equal_constant_time(as_bytes(given.substr(0, blank)), as_bytes(expected))) return true;
    given = blank == std::string_view::npos ? std::string_view() : given.substr(blank + 1);
  }
  return false;
}

}  // namespace

struct DemoReceiver::Inbox {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<DemoReceived> received;
  std::size_t forged = 0;
  Bytes key;

  http::Response take(const http::Request& request) {
    const std::lock_guard lock(mutex);
    if (!signature_valid(request, key)) {
      ++forged;
      return http::Response::json(401, "{}");
    }
    received.push_back({std::string(request.header("webhook-id")), request.body});
    changed.notify_all();
    return http::Response::json(200, "{}");
  }
};

DemoReceiver::DemoReceiver(std::shared_ptr<Inbox> inbox, std::unique_ptr<Server> server)
    : inbox_(std::move(inbox)), server_(std::move(server)) {}
DemoReceiver::~DemoReceiver() = default;

Result<std::unique_ptr<DemoReceiver>> DemoReceiver::start(const std::string& secret, Clock& clock,
                                                          const Logger& logger, Metrics& metrics) {
  auto inbox = std::make_shared<Inbox>();
  CDP_TRY(inbox->key, from_base64(std::string_view(secret).substr(kPrefix.size())));
  ServerOptions options;
  options.worker_threads = 1;
  CDP_TRY(auto server, Server::start(
                           options,
                           [inbox](const http::Request& request, const Responder& respond) {
                             respond(inbox->take(request));
                           },
                           clock, logger, metrics));
  return std::unique_ptr<DemoReceiver>(new DemoReceiver(std::move(inbox), std::move(server)));
}

std::string DemoReceiver::url() const {
  return "http://127.0.0.1:" + std::to_string(server_->port()) + "/hook";
}

std::vector<DemoReceived> DemoReceiver::received() const {
  const std::lock_guard lock(inbox_->mutex);
  return inbox_->received;
}

std::size_t DemoReceiver::forged() const {
  const std::lock_guard lock(inbox_->mutex);
  return inbox_->forged;
}

bool DemoReceiver::wait(const std::function<bool(const std::vector<DemoReceived>&)>& enough,
                        Duration deadline) {
  std::unique_lock lock(inbox_->mutex);
  return inbox_->changed.wait_for(lock, std::chrono::microseconds(deadline.us),
                                  [&] { return enough(inbox_->received); });
}

}  // namespace cdp::app::cli
