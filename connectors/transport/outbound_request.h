// OutboundRequest: bytes cut from a passport, on their way to a vendor. Only a class that was
// handed a passport can make one: the constructor takes it by value and consumes it. There is no
// other constructor (invariant 1).
//
// Thread-safety: a value; moved, never copied.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "cdp/core/base/time.h"
#include "connectors/erasure_order.h"
#include "consent/choice_order.h"
#include "consent/consented_view.h"
#include "consent/subject_message.h"

namespace cdp::connectors::transport {

class OutboundRequest {
 public:
  struct Parts {
    std::string url;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
  };
  OutboundRequest(consent::ConsentedView /*spent*/, Parts parts) : parts_(std::move(parts)) {}
  OutboundRequest(consent::ChoiceOrder /*spent*/, Parts parts) : parts_(std::move(parts)) {}
  OutboundRequest(ErasureOrder /*spent*/, Parts parts) : parts_(std::move(parts)) {}
  OutboundRequest(consent::SubjectMessage /*spent*/, Parts parts) : parts_(std::move(parts)) {}
  OutboundRequest(OutboundRequest&&) noexcept = default;
  OutboundRequest& operator=(OutboundRequest&&) noexcept = default;
  OutboundRequest(const OutboundRequest&) = delete;
  OutboundRequest& operator=(const OutboundRequest&) = delete;

  const Parts& parts() const { return parts_; }

 private:
  Parts parts_;
};

struct Answer {
  enum class Kind : std::uint8_t {
    answered,
    timeout,
    refused_connection,
    tls,
    blocked_address,
    broken
  };
  Kind kind = Kind::broken;
  int status = 0;
  Duration retry_after;
};

// Sends one request. https only, unless the address is loopback and `allow_loopback` (demo, tests);
// resolves once and connects to the checked address; private ranges are refused; no redirects;
// bounded time and answer size (SSRF rules, DESIGN reference/reliability-security §4).
class Transport {
 public:
  virtual ~Transport() = default;
  virtual Answer send(OutboundRequest request) = 0;
};

}  // namespace cdp::connectors::transport
