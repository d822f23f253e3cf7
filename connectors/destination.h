// Destination: the outbound half of a connector. Takes a passport, cuts one request from it, and
// reads the vendor's answer. It cannot be handed a profile: the signatures below are the law
// (tests/laws).
//
// Thread-safety: const and safe. Errors from cut(): unprocessable when the passport cannot be
// expressed for this vendor.
#pragma once

#include <string>
#include <variant>

#include "connectors/erasure_order.h"
#include "connectors/transport/outbound_request.h"
#include "consent/choice_order.h"
#include "consent/consented_view.h"

namespace cdp::connectors {

// What became of one try. A vendor's body becomes a code; its words are never kept.
struct Outcome {
  enum class Kind : std::uint8_t { delivered, try_again, refused };
  Kind kind = Kind::try_again;
  std::string code;      // "http_204", "timeout", "tls"
  Duration retry_after;  // from Retry-After; 0 = none
};

class Destination {
 public:
  virtual ~Destination() = default;
  // `delivery_id` is stable over retries of one delivery: the vendor's idempotency key.
  virtual Result<transport::OutboundRequest> cut(consent::ConsentedView view,
                                                 const std::string& delivery_id,
                                                 Time now) const = 0;
  virtual Result<transport::OutboundRequest> cut(consent::ChoiceOrder order,
                                                 const std::string& delivery_id,
                                                 Time now) const = 0;
  virtual Result<transport::OutboundRequest> cut(ErasureOrder order, const std::string& delivery_id,
                                                 Time now) const = 0;
  virtual Outcome read(const transport::Answer& answer) const = 0;
};

}  // namespace cdp::connectors
