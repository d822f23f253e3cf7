// Secret bytes: in guarded, locked memory (sodium_malloc), wiped when freed, never printed.
//
// Thread-safety: a Secret is immutable after construction and may be read by several threads.
// Moves, never copies.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "cdp/core/base/bytes.h"
#include "cdp/core/base/random.h"

namespace cdp::crypto {

class Secret {
 public:
  Secret() = default;
  static Secret copy_of(ByteView bytes);
  static Secret random(Random& random, std::size_t size);

  ByteView view() const { return {data_.get(), size_}; }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  Secret clone() const { return copy_of(view()); }

 private:
  struct Free {
    void operator()(std::uint8_t* p) const;
  };
  std::unique_ptr<std::uint8_t[], Free> data_;
  std::size_t size_ = 0;
};

// Must run once before anything else in this folder; safe to call again. Errors: internal when
// libsodium cannot start.
Result<void> initialise();

}  // namespace cdp::crypto
