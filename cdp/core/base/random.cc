#include "cdp/core/base/random.h"

#include <sys/random.h>
#include <sys/types.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>

namespace cdp {

namespace {

// getrandom(2) answers up to 256 bytes whole and uninterrupted.
constexpr std::size_t kDraw = 256;

void draw(std::span<std::uint8_t> out) {
  if (::getrandom(out.data(), out.size(), 0) != static_cast<ssize_t>(out.size())) std::abort();
}

// What a thread has drawn and not used yet. A byte is wiped as it is handed out, so that none that
// became a nonce or a key can be read here later.
struct Drawn {
  std::array<std::uint8_t, kDraw> bytes;
  std::size_t left = 0;
  pid_t process = 0;
};

}  // namespace

void SystemRandom::fill(std::span<std::uint8_t> out) {
  // A system call for every 24-byte nonce costs more than the nonce: small requests share one draw.
  // A child process never continues its parent's.
  thread_local Drawn drawn;
  while (out.size() > kDraw / 4) {
    const std::size_t size = std::min(out.size(), kDraw);
    draw(out.first(size));
    out = out.subspan(size);
  }
  if (out.empty()) return;
  if (drawn.left < out.size() || drawn.process != ::getpid()) {
    draw(drawn.bytes);
    drawn.left = kDraw;
    drawn.process = ::getpid();
  }
  std::uint8_t* const from = drawn.bytes.data() + (kDraw - drawn.left);
  std::copy_n(from, out.size(), out.data());
  ::explicit_bzero(from, out.size());
  drawn.left -= out.size();
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
