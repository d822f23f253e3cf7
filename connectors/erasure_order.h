// ErasureOrder: a passport that carries "forget this vendor id" to a vendor that was given the
// person, minted by compliance (DESIGN §1, §8 step 1).
//
// Thread-safety: a value; moved, never copied.
#pragma once

#include <string>

#include "cdp/core/base/ids.h"
#include "cdp/core/base/time.h"

namespace cdp::compliance {
class Eraser;
}

namespace cdp::connectors {

class ErasureOrder {
 public:
  ErasureOrder(ErasureOrder&&) noexcept = default;
  ErasureOrder& operator=(ErasureOrder&&) noexcept = default;
  ErasureOrder(const ErasureOrder&) = delete;
  ErasureOrder& operator=(const ErasureOrder&) = delete;

  const std::string& destination() const { return destination_; }
  const std::string& vendor_id() const { return vendor_id_; }
  const RequestId& request() const { return request_; }
  Time ordered_at() const { return ordered_at_; }

 private:
  friend class compliance::Eraser;
  ErasureOrder() = default;

  std::string destination_;
  std::string vendor_id_;
  RequestId request_;
  Time ordered_at_;
};

}  // namespace cdp::connectors
