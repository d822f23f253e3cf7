// Strong identifiers: 128 random bits (or a keyed hash), shown as `per_` + Crockford base32; and
// the strong numbers of the store. None converts to another, or to an integer, by accident.
//
// Thread-safety: values.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>

#include "cdp/core/base/bytes.h"

namespace cdp {

// A 128-bit keyed hash or random value: what blind indexes, dedup keys and ids are made of.
using Token = std::array<std::uint8_t, 16>;

struct TokenHash {
  // Tokens are uniformly random already: their first eight bytes are a hash.
  std::size_t operator()(const Token& token) const noexcept {
    std::size_t value = 0;
    std::memcpy(&value, token.data(), sizeof value);
    return value;
  }
};

template <class Tag>
class Id {
 public:
  constexpr Id() = default;
  explicit constexpr Id(const Token& bytes) : bytes_(bytes) {}

  const Token& bytes() const { return bytes_; }
  bool empty() const { return bytes_ == Token{}; }
  // "per_0123456789abcdefghjkmnpqrs"
  std::string to_string() const { return std::string(Tag::kPrefix) + "_" + to_crockford(bytes_); }
  // Errors: invalid_argument for another prefix, length or alphabet.
  static Result<Id> parse(std::string_view text) {
    const std::string_view prefix = Tag::kPrefix;
    if (!text.starts_with(prefix) || text.substr(prefix.size(), 1) != "_") {
      return fail(ErrorCode::invalid_argument,
                  "not an id that starts with " + std::string(prefix) + "_");
    }
    CDP_TRY(auto bytes, from_crockford(text.substr(prefix.size() + 1)));
    return Id(bytes);
  }
  friend auto operator<=>(const Id&, const Id&) = default;

 private:
  Token bytes_{};
};

struct PersonaTag {
  static constexpr std::string_view kPrefix = "per";
};
struct SubjectTag {
  static constexpr std::string_view kPrefix = "sub";
};
struct RequestTag {
  static constexpr std::string_view kPrefix = "req";
};
struct TokenTag {
  static constexpr std::string_view kPrefix = "tok";
};
using PersonaId = Id<PersonaTag>;  // random; one life of one persona
using SubjectId = Id<SubjectTag>;  // derived, keyed (identity/resolver.h)
using RequestId = Id<RequestTag>;
using TokenId = Id<TokenTag>;

// A strong 64-bit number. Zero means "none" for positions and ordinals.
template <class Tag>
class Number {
 public:
  constexpr Number() = default;
  explicit constexpr Number(std::uint64_t value) : value_(value) {}
  constexpr std::uint64_t value() const { return value_; }
  constexpr bool none() const { return value_ == 0; }
  constexpr Number next() const { return Number(value_ + 1); }
  friend constexpr auto operator<=>(const Number&, const Number&) = default;

 private:
  std::uint64_t value_ = 0;
};

// A place in the ledger. Monotonic, never reused, opaque outside the process. None = 0.
using Position = Number<struct PositionTag>;
// A persona's dense local number: the row of its key. Never reused, not even after erasure. None =
// 0.
using PersonaOrdinal = Number<struct PersonaOrdinalTag>;

}  // namespace cdp

template <class Tag>
struct std::hash<cdp::Id<Tag>> {
  std::size_t operator()(const cdp::Id<Tag>& id) const noexcept {
    return cdp::TokenHash{}(id.bytes());
  }
};
template <class Tag>
struct std::hash<cdp::Number<Tag>> {
  std::size_t operator()(const cdp::Number<Tag>& n) const noexcept {
    return std::hash<std::uint64_t>{}(n.value());
  }
};
