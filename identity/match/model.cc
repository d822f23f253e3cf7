#include "identity/match/model.h"

#include <algorithm>
#include <cmath>

namespace cdp::identity::match {

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
