// OrderBody: what an outbox row of a choice or an erasure order must remember, because by the time
// it is sent the person may be gone: the vendor's id and names of the configuration, never a value.
// Sealed: choice orders under the keyring's request key, erasure orders under the erasure's own
// key, which dies with the last answer (DESIGN §8).
//
// Thread-safety: a value. Errors of open(): corrupt.
#pragma once

#include <string>
#include <vector>

#include "cdp/core/base/time.h"
#include "cdp/core/crypto/seal.h"
#include "cdp/core/event/statement.h"

namespace cdp::connectors {

struct OrderBody {
  // What a choice order is about. Stored: numbers are never given a second meaning.
  enum class About : std::uint8_t {
    purpose = 1,     // a no to `purpose`
    category = 2,    // a no to the data category `purpose`, of which the vendor got `attributes`
    correction = 3,  // `attributes` that the vendor got for `purpose` have changed
  };

  std::string vendor_id;
  std::string purpose;  // choice orders
  event::Choice choice = event::Choice::withdrawn;
  RequestId request;  // erasure orders
  Time decided_at;
  About about = About::purpose;
  std::vector<std::string> attributes;  // names, sorted

  Bytes seal(ByteView key32, std::string_view tenant, std::uint64_t cause, Random& random) const;
  // Reads what was sealed before there was `about` as an order about a purpose.
  static Result<OrderBody> open(ByteView key32, std::string_view tenant, std::uint64_t cause,
                                ByteView sealed);
};

}  // namespace cdp::connectors
