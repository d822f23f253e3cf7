// CurlTransport: requests on libcurl, with the rules that keep an outbound request from being
// turned against us (SSRF; report: reliability-security §4):
//
//   - https on port 443 or 8443, nothing else; with `allow_loopback` also http and any port, but
//     then only to this machine
//   - every address is judged when its socket is opened, so what was checked is what is connected
//     to, also when a name answers differently a second time
//   - no redirects, no proxy from the environment, no user name in the URL, certificates verified
//   - bounded time, bounded answer; the vendor's body is counted and dropped, never kept
//
// Thread-safety: safe; concurrent sends do not wait for each other. Connections are reused. Errors:
// none, every end is an Answer. An answer longer than the bound is cut off and counts by its
// status.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "cdp/core/base/limits.h"
#include "cdp/core/base/time.h"
#include "connectors/transport/outbound_request.h"

namespace cdp::connectors::transport {

struct CurlOptions {
  bool allow_loopback = false;
  Duration timeout = Duration::millis(limits::kDeliveryTimeoutMs);  // the whole exchange
  std::size_t answer_bytes_max = 64 * 1024;                         // of the head, and of the body
  std::string ca_file;  // PEM; empty = the system's authorities
};

class CurlTransport final : public Transport {
 public:
  CurlTransport(Clock& clock, CurlOptions options);
  ~CurlTransport() override;

  Answer send(OutboundRequest request) override;
  // Ends the sends under way within about a second, as `broken`, and every later one at once.
  void stop() { stopping_ = true; }

 private:
  struct Handle;
  struct Exchange;
  std::unique_ptr<Handle> take();
  void give_back(std::unique_ptr<Handle> handle);
  void set_up(Handle& handle, Exchange& exchange, const OutboundRequest::Parts& parts) const;

  Clock& clock_;
  CurlOptions options_;
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::vector<std::unique_ptr<Handle>> idle_;
};

// Retry-After (RFC 9110 §10.2.3): seconds, or an HTTP date. Anything else, and the past: 0.
Duration parse_retry_after(std::string_view value, Time now);

}  // namespace cdp::connectors::transport
