// DemoReceiver: the tool at the other end: takes the destination's webhooks on a port of this
// machine and believes only what is signed (Standard Webhooks v1).
//
// Thread-safety: safe. Lifetime: clock, logger and metrics outlive it. Errors of start: those of
// Server::start.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "cdp/app/server/server.h"

namespace cdp::app::cli {

struct DemoReceived {
  std::string id;    // webhook-id
  std::string body;  // JSON
};

class DemoReceiver {
 public:
  // `secret`: "whsec_..." as the platform holds it.
  static Result<std::unique_ptr<DemoReceiver>> start(const std::string& secret, Clock& clock,
                                                     const Logger& logger, Metrics& metrics);
  ~DemoReceiver();

  std::string url() const;
  std::vector<DemoReceived> received() const;
  std::size_t forged() const;
  // Waits until `enough` is true of what has come, at most `deadline`. Its last answer.
  bool wait(const std::function<bool(const std::vector<DemoReceived>&)>& enough, Duration deadline);

 private:
  struct Inbox;
  DemoReceiver(std::shared_ptr<Inbox> inbox, std::unique_ptr<Server> server);
  std::shared_ptr<Inbox> inbox_;
  std::unique_ptr<Server> server_;
};

}  // namespace cdp::app::cli
