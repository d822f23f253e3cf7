// Who sent a request, when proxies stand in between: the address in `Forwarded` (RFC 7239) or
// `X-Forwarded-For` that the nearest machine we do not trust had.
//
//   request.peer = client_address(request, policy.trusted_proxies);
//
// Each proxy adds the address it saw at the right; whatever stands further left may be invented by
// the client. So the list is read from the right, over addresses we trust, up to the first that we
// do not: nothing left of it counts.
//
// Thread-safety: pure; values.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "cdp/core/http/message.h"

namespace cdp::http {

// IPv4 or IPv6. An IPv4 address mapped into IPv6 (::ffff:192.0.2.1) is that IPv4 address, so that
// nobody has two names.
class Address {
 public:
  // A numeric address alone: no port, no brackets, no zone.
  static std::optional<Address> parse(std::string_view text);
  std::string text() const;
  bool is_v4() const;

  friend bool operator==(const Address&, const Address&) = default;

 private:
  friend class AddressRange;
  friend std::string limit_key(std::string_view peer);
  std::array<std::uint8_t, 16> bytes_{};  // IPv4 as mapped
};

// "10.0.0.0/8", "2001:db8::/32", or one address.
class AddressRange {
 public:
  // Nothing for a prefix that is too long, or bits set behind it: 10.1.0.0/8 is a slip of the pen.
  static std::optional<AddressRange> parse(std::string_view text);
  bool contains(const Address& address) const;

 private:
  Address base_;
  int bits_ = 0;  // of the 128
};

// The address to count a request under. The socket's own peer when that is no trusted proxy, when
// there is no such header, when what has to be read is malformed or names nobody ("unknown",
// "_hidden"), and when both headers are there and name different addresses: a proxy that writes
// one of them and hands the other on unread would let the client choose. When everybody in the list
// is trusted, the leftmost.
std::string client_address(const Request& request, std::span<const AddressRange> trusted);

// What a limit counts a peer under: an IPv4 address itself (mapped into IPv6 or not), of an IPv6
// address its /64, the least that one subscriber is given (RFC 6177, BCP 157), whose 2^64 addresses
// are one party's. What is no address is its own name.
std::string limit_key(std::string_view peer);

}  // namespace cdp::http
