#include "cdp/core/base/random.h"

#include <sys/random.h>

#include <algorithm>
#include <cstdlib>

namespace cdp {

void SystemRandom::fill(std::span<std::uint8_t> out) {
  while (!out.empty()) {
    const std::size_t want = std::min<std::size_t>(out.size(), 256);
    const ssize_t got = ::getrandom(out.data(), want, 0);
    if (got <= 0) std::abort();
    out = out.subspan(static_cast<std::size_t>(got));
  }
}

void SeededRandom::fill(std::span<std::uint8_t> out) {
  while (!out.empty()) {
    state_ += 0x9E3779B97F4A7C15ULL;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    z ^= z >> 31;
    const std::size_t take = std::min<std::size_t>(out.size(), sizeof z);
    std::memcpy(out.data(), &z, take);
    out = out.subspan(take);
  }
}

}  // namespace cdp
