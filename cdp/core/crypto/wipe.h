// Wipes ordinary memory that held a secret for a moment (a decrypted body, a KEK's answer).
//
// Thread-safety: a Wiped belongs to one thread.
#pragma once

#include <sodium.h>

#include <string>
#include <utility>

#include "cdp/core/base/bytes.h"

namespace cdp::crypto {

// Wipes `value` (a Bytes, a std::string, an array) when the scope ends, whatever the way out.
// Only the buffer that it holds then: reserve before filling, so that none is left behind.
template <class T>
class Wiped {
 public:
  Wiped() = default;
  explicit Wiped(T from) : value(std::move(from)) {}
  Wiped(const Wiped&) = delete;
  Wiped& operator=(const Wiped&) = delete;
  ~Wiped() { sodium_memzero(value.data(), value.size()); }

  T value{};
};

}  // namespace cdp::crypto
