#include "identity/match/model.h"

#include <algorithm>
#include <cmath>

namespace cdp::identity::match {

bool shared_by_household(Kind kind) {
  switch (kind) {
    case Kind::family_name:
    case Kind::phone:
    case Kind::postcode:
    case Kind::street:
    case Kind::street_number:
    case Kind::place:
      return true;
    case Kind::given_name:
    case Kind::date_of_birth:
    case Kind::email:
    case Kind::identifier:
    case Kind::text:
      return false;
  }
  return false;
}

double Terms::rarity_bits(const std::string& folded) const {
  if (persons == 0) return 0;
  const auto known = counts.find(folded);
  const auto count = known == counts.end() ? kCountMin : known->second;
  return std::max(0.0, std::log2(static_cast<double>(persons) / static_cast<double>(count)));
}

double Terms::rarest_bits() const {
  if (persons == 0) return 0;
  return std::max(0.0, std::log2(static_cast<double>(persons) / static_cast<double>(kCountMin)));
}

double Model::prior_bits() const { return std::log2(lambda / (1.0 - lambda)); }

}  // namespace cdp::identity::match
