#include "cdp/core/http/forwarded.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <vector>

namespace cdp::http {
namespace {

constexpr std::array<std::uint8_t, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr int kMappedBits = 96;
// Far above any chain of proxies; a longer list is nobody's honest one.
constexpr std::size_t kHopsMax = 64;

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool is_port(std::string_view text) {
  return !text.empty() && text.size() <= 5 &&
         std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// "192.0.2.1", "192.0.2.1:80", "2001:db8::1", "[2001:db8::1]", "[2001:db8::1]:80": what proxies
// write, and RFC 7239 section 6 without its quotes.
std::optional<Address> node(std::string_view text) {
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view rest = text.substr(end + 1);
    if (!rest.empty() && (rest.front() != ':' || !is_port(rest.substr(1)))) return std::nullopt;
    const auto address = Address::parse(text.substr(1, end - 1));
    return address && text.find(':') < end ? address : std::nullopt;
  }
  const std::size_t colon = text.find(':');
  if (colon != std::string_view::npos && text.find(':', colon + 1) == std::string_view::npos) {
    if (!is_port(text.substr(colon + 1))) return std::nullopt;
    text = text.substr(0, colon);
  }
  return Address::parse(text);
}

// The hops of a header, the client's end first; an empty one is a hop that names nobody.
using Hops = std::vector<std::string>;

Hops split_plain(std::string_view value) {
  Hops hops;
  for (;;) {
    const std::size_t comma = value.find(',');
    hops.emplace_back(trimmed(value.substr(0, comma)));
    if (comma == std::string_view::npos) return hops;
    value.remove_prefix(comma + 1);
  }
}

bool is_token(char c) {
  constexpr std::string_view kSpecial = "!#$%&'*+-.^_`|~";
  // Not of a token, but what proxies write unquoted: an address with a port or in brackets.
  constexpr std::string_view kTolerated = ":[]";
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         kSpecial.find(c) != std::string_view::npos || kTolerated.find(c) != std::string_view::npos;
}

bool equals_for(std::string_view name) {
  return name.size() == 3 && (name[0] | 0x20) == 'f' && (name[1] | 0x20) == 'o' &&
         (name[2] | 0x20) == 'r';
}

// `for=192.0.2.43;proto=https, for="[2001:db8::1]:80"`: what each element's `for` says; a parameter
// must not come twice (RFC 7239 section 4). Nothing when the header cannot be read.
class ForwardedReader {
 public:
  explicit ForwardedReader(std::string_view text) : text_(text) {}

  std::optional<Hops> hops() {
    Hops out;
    for (;;) {
      auto who = element();
      if (!who) return std::nullopt;
      out.push_back(*std::move(who));
      if (at_ == text_.size()) return out;
      if (text_[at_] != ',') return std::nullopt;
      ++at_;
    }
  }

 private:
  std::optional<std::string> element() {
    std::optional<std::string> who;
    for (;;) {
      blanks();
      const std::string_view name = token();
      if (!name.empty()) {
        if (at_ == text_.size() || text_[at_] != '=') return std::nullopt;
        ++at_;
        auto value = this->value();
        if (!value || (equals_for(name) && who)) return std::nullopt;
        if (equals_for(name)) who = std::move(value);
      }
      blanks();
      if (at_ == text_.size() || text_[at_] != ';') return who.value_or(std::string());
      ++at_;
    }
  }
  void blanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
  }
  std::string_view token() {
    const std::size_t from = at_;
    while (at_ < text_.size() && is_token(text_[at_])) ++at_;
    return text_.substr(from, at_ - from);
  }
  std::optional<std::string> value() {
    if (at_ == text_.size() || text_[at_] != '"') return std::string(token());
    std::string out;
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] == '"') {
        ++at_;
        return out;
      }
      if (text_[at_] == '\\' && ++at_ == text_.size()) return std::nullopt;
      out += text_[at_];
    }
    return std::nullopt;  // the quote is never closed
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

// Several lines of one header are one list (RFC 9110 section 5.3).
std::optional<std::string> joined(const Request& request, std::string_view name) {
  std::optional<std::string> out;
  for (const auto& [key, value] : request.headers) {
    if (key != name) continue;
    if (out) *out += ',';
    out = out.value_or(std::string()) + value;
  }
  return out;
}

bool is_trusted(const Address& address, std::span<const AddressRange> trusted) {
  return std::ranges::any_of(trusted, [&](const auto& range) { return range.contains(address); });
}

// From the right, over those we trust. Nothing when it cannot be told.
std::optional<Address> client_in(const Hops& hops, std::span<const AddressRange> trusted) {
  if (hops.size() > kHopsMax) return std::nullopt;
  std::optional<Address> last;
  for (auto hop = hops.rbegin(); hop != hops.rend(); ++hop) {
    last = node(*hop);
    if (!last || !is_trusted(*last, trusted)) return last;
  }
  return last;
}

}  // namespace

std::optional<Address> Address::parse(std::string_view text) {
  if (text.empty() || text.size() >= INET6_ADDRSTRLEN) return std::nullopt;
  const std::string copy(text);
  if (copy.find('\0') != std::string::npos) return std::nullopt;
  Address out;
  if (::inet_pton(AF_INET6, copy.c_str(), out.bytes_.data()) == 1) return out;
  std::ranges::copy(kMapped, out.bytes_.begin());
  if (::inet_pton(AF_INET, copy.c_str(), out.bytes_.data() + kMapped.size()) == 1) return out;
  return std::nullopt;
}

bool Address::is_v4() const { return std::equal(kMapped.begin(), kMapped.end(), bytes_.begin()); }

std::string Address::text() const {
  std::array<char, INET6_ADDRSTRLEN> out{};
  const bool v4 = is_v4();
  ::inet_ntop(v4 ? AF_INET : AF_INET6, bytes_.data() + (v4 ? kMapped.size() : 0), out.data(),
              out.size());
  return out.data();
}

std::optional<AddressRange> AddressRange::parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto base = Address::parse(text.substr(0, slash));
  if (!base) return std::nullopt;
  AddressRange out;
  out.base_ = *base;
  // As it is written: ::ffff:10.0.0.0/104 counts from the first of the 128 bits.
  const int before = text.substr(0, slash).find(':') == std::string_view::npos ? kMappedBits : 0;
  out.bits_ = 128;
  if (slash != std::string_view::npos) {
    const std::string_view bits = text.substr(slash + 1);
    int given = 0;
    const auto [end, error] = std::from_chars(bits.data(), bits.data() + bits.size(), given);
    if (error != std::errc() || end != bits.data() + bits.size() || given < 0 ||
        given + before > 128 || bits.size() > 3) {
      return std::nullopt;
    }
    out.bits_ = given + before;
  }
  for (int bit = out.bits_; bit < 128; ++bit) {
    const auto byte = out.base_.bytes_[static_cast<std::size_t>(bit / 8)];
    if ((byte >> (7 - bit % 8) & 1) != 0) return std::nullopt;
  }
  return out;
}

bool AddressRange::contains(const Address& address) const {
  const auto whole = static_cast<std::size_t>(bits_ / 8);
  if (!std::equal(base_.bytes_.begin(), base_.bytes_.begin() + bits_ / 8, address.bytes_.begin())) {
    return false;
  }
  const int rest = bits_ % 8;
  return rest == 0 || (base_.bytes_[whole] ^ address.bytes_[whole]) >> (8 - rest) == 0;
}

std::string client_address(const Request& request, std::span<const AddressRange> trusted) {
  if (trusted.empty()) return request.peer;
  const auto peer = Address::parse(request.peer);
  if (!peer || !is_trusted(*peer, trusted)) return request.peer;
  std::optional<Address> client;
  if (const auto plain = joined(request, "x-forwarded-for")) {
    client = client_in(split_plain(*plain), trusted);
    if (!client) return request.peer;
  }
  if (const auto standard = joined(request, "forwarded")) {
    const auto hops = ForwardedReader(*standard).hops();
    const auto other = hops ? client_in(*hops, trusted) : std::nullopt;
    if (!other || (client && *client != *other)) return request.peer;
    client = other;
  }
  return client ? client->text() : request.peer;
}

std::string limit_key(std::string_view peer) {
  constexpr std::size_t kSubnetBytes = 8;
  auto address = Address::parse(peer);
  if (!address) return std::string(peer);
  if (address->is_v4()) return address->text();
  std::fill(address->bytes_.begin() + kSubnetBytes, address->bytes_.end(), std::uint8_t{0});
  return address->text() + "/64";
}

}  // namespace cdp::http
