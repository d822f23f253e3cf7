// Which addresses an outbound request may connect to: the public internet, and nothing that is only
// reachable from where we stand (report: reliability-security §4; IANA special-purpose registries,
// RFC 6890, RFC 6598, RFC 6052).
//
// Thread-safety: pure.
#pragma once

#include <sys/socket.h>

#include <cstdint>

namespace cdp::connectors::transport {

enum class Reach : std::uint8_t {
  open,      // a global unicast address
  loopback,  // this machine
  closed     // private, shared, link-local, multicast, unspecified, reserved, or not IP at all
};

// IPv4 inside IPv6 (mapped, NAT64) is judged as what it leads to. An unknown family is closed.
Reach reach_of(const sockaddr& address);

}  // namespace cdp::connectors::transport
