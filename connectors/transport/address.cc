#include "connectors/transport/address.h"

#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <span>

namespace cdp::connectors::transport {
namespace {

struct Range4 {
  std::uint32_t base;
  int bits;
};

constexpr std::uint32_t ip4(std::uint32_t a, std::uint32_t b, std::uint32_t c, std::uint32_t d) {
  return a << 24 | b << 16 | c << 8 | d;
}

constexpr std::array kClosed4 = {
    Range4{ip4(0, 0, 0, 0), 8},        // this network, unspecified
    Range4{ip4(10, 0, 0, 0), 8},       // private
    Range4{ip4(100, 64, 0, 0), 10},    // carrier-grade NAT
    Range4{ip4(169, 254, 0, 0), 16},   // link-local; cloud metadata
    Range4{ip4(172, 16, 0, 0), 12},    // private
    Range4{ip4(192, 0, 0, 0), 24},     // protocol assignments
    Range4{ip4(192, 0, 2, 0), 24},     // documentation
    Range4{ip4(192, 88, 99, 0), 24},   // 6to4 relays
    Range4{ip4(192, 168, 0, 0), 16},   // private
    Range4{ip4(198, 18, 0, 0), 15},    // benchmarking
    Range4{ip4(198, 51, 100, 0), 24},  // documentation
    Range4{ip4(203, 0, 113, 0), 24},   // documentation
    Range4{ip4(224, 0, 0, 0), 3},      // multicast, reserved, broadcast
};

Reach reach4(std::uint32_t address) {
  if (address >> 24 == 127) return Reach::loopback;
  const bool closed = std::any_of(kClosed4.begin(), kClosed4.end(), [&](const Range4& range) {
    return (address ^ range.base) >> (32 - range.bits) == 0;
  });
  return closed ? Reach::closed : Reach::open;
}

using Bytes16 = std::array<std::uint8_t, 16>;

bool starts(const Bytes16& address, std::initializer_list<std::uint8_t> prefix) {
  return std::equal(prefix.begin(), prefix.end(), address.begin());
}

std::uint32_t last4(const Bytes16& a) { return ip4(a[12], a[13], a[14], a[15]); }

Reach reach6(const Bytes16& a) {
  constexpr Bytes16 kLoopback{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  if (a == kLoopback) return Reach::loopback;
  if (starts(a, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff})) return reach4(last4(a));  // mapped
  if (starts(a, {0x00, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0})) {                   // NAT64
    return reach4(last4(a)) == Reach::open ? Reach::open : Reach::closed;
  }
  if ((a[0] & 0xe0) != 0x20) return Reach::closed;  // only 2000::/3 is global unicast
  const bool special = (starts(a, {0x20, 0x01}) && (a[2] & 0xfe) == 0) ||  // protocols, Teredo
                       starts(a, {0x20, 0x01, 0x0d, 0xb8}) ||              // documentation
                       starts(a, {0x20, 0x02}) ||                          // 6to4: IPv4 inside
                       (starts(a, {0x3f, 0xff}) && (a[2] & 0xf0) == 0);    // documentation
  return special ? Reach::closed : Reach::open;
}

}  // namespace

Reach reach_of(const sockaddr& address) {
  if (address.sa_family == AF_INET) {
    sockaddr_in in{};
    std::memcpy(&in, &address, sizeof in);
    return reach4(ntohl(in.sin_addr.s_addr));
  }
  if (address.sa_family == AF_INET6) {
    sockaddr_in6 in{};
    std::memcpy(&in, &address, sizeof in);
    Bytes16 bytes{};
    std::memcpy(bytes.data(), &in.sin6_addr, bytes.size());
    return reach6(bytes);
  }
  return Reach::closed;
}

}  // namespace cdp::connectors::transport
