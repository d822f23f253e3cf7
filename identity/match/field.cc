#include "identity/match/field.h"

#include <array>

namespace cdp::identity::match {
namespace {

constexpr std::array<std::string_view, kKinds> kWords{
    "given_name", "family_name",   "date_of_birth", "email",      "phone", "postcode",
    "street",     "street_number", "place",         "identifier", "text"};

}  // namespace

std::string_view to_string(Kind kind) { return kWords[static_cast<std::size_t>(kind)]; }

std::optional<Kind> kind_of(std::string_view word) {
  for (std::size_t i = 0; i < kWords.size(); ++i) {
    if (kWords[i] == word) return static_cast<Kind>(i);
  }
  return std::nullopt;
}

}  // namespace cdp::identity::match
