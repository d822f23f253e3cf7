// Field: what a column of a record means, and so how two values of it are compared.
//
// Thread-safety: values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cdp::identity::match {

enum class Kind : std::uint8_t {
  given_name,
  family_name,
  date_of_birth,
  email,
  phone,
  postcode,
  street,         // a line of an address, without or with its number
  street_number,  // the number alone
  place,          // city, suburb, town, place of birth
  identifier,     // a number somebody gave this one person: social security, membership
  text,           // anything else: gender, state, occupation
};
inline constexpr std::size_t kKinds = 11;

// "given_name", as configuration and model documents spell it.
std::string_view to_string(Kind kind);
std::optional<Kind> kind_of(std::string_view word);

struct Field {
  std::string name;  // unique within a configuration; shown in explanations
  Kind kind = Kind::text;
  friend bool operator==(const Field&, const Field&) = default;
};

// A record is compared on 2 to kFieldsMax fields.
inline constexpr std::size_t kFieldsMax = 15;

}  // namespace cdp::identity::match
