// Randomness as a constructor argument: only main makes the system's (DESIGN invariant 12).
//
// Thread-safety: SystemRandom is safe for concurrent use; SeededRandom is not.
#pragma once

#include <cstdint>
#include <span>

#include "cdp/core/base/ids.h"

namespace cdp {

class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(std::span<std::uint8_t> out) = 0;

  std::uint64_t next_u64() {
    std::array<std::uint8_t, 8> bytes{};
    fill(bytes);
    std::uint64_t value = 0;
    std::memcpy(&value, bytes.data(), sizeof value);
    return value;
  }
  // Uniform in [0, bound); 0 for bound 0. The modulo bias is below 2^-32 for bounds under 2^32.
  std::uint64_t below(std::uint64_t bound) { return bound == 0 ? 0 : next_u64() % bound; }
  Token next_token() {
    Token token{};
    fill(token);
    return token;
  }
};

// The kernel's generator, getrandom(2). Aborts if the kernel refuses: without randomness nothing is
// safe.
class SystemRandom final : public Random {
 public:
  void fill(std::span<std::uint8_t> out) override;
};

// Deterministic (splitmix64): tests, simulation, the demo's shop. Never for keys.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : state_(seed) {}
  void fill(std::span<std::uint8_t> out) override;

 private:
  std::uint64_t state_;
};

}  // namespace cdp
