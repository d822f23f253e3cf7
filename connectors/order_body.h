// OrderBody: what an outbox row of a choice or an erasure order must remember, because by the time
// it is sent the person may be gone: the vendor's id, never an attribute. Sealed: choice orders
// under the keyring's request key, erasure orders under the erasure's own key, which dies with the
// last answer (DESIGN §8).
//
// Thread-safety: a value. Errors of open(): corrupt.
#pragma once

#include <string>

#include "cdp/core/base/time.h"
#include "cdp/core/crypto/seal.h"
#include "cdp/core/event/statement.h"

namespace cdp::connectors {

struct OrderBody {
  std::string vendor_id;
  std::string purpose;  // choice orders
  event::Choice choice = event::Choice::withdrawn;
  RequestId request;  // erasure orders
  Time decided_at;

  Bytes seal(ByteView key32, std::string_view tenant, std::uint64_t cause, Random& random) const;
  static Result<OrderBody> open(ByteView key32, std::string_view tenant, std::uint64_t cause,
                                ByteView sealed);
};

}  // namespace cdp::connectors
