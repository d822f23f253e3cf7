#include "identity/match/explanation.h"

#include <algorithm>
#include <cmath>

#include "identity/match/decimal.h"

namespace cdp::identity::match {
namespace {

std::string padded(std::string text, std::size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text;
}

}  // namespace

double probability_of(double weight_bits) { return 1.0 / (1.0 + std::exp2(-weight_bits)); }

std::string in_words(const Explanation& explanation) {
  std::string out = padded("prior", 18) + padded("two records at random", 42) +
                    signed_bits(explanation.prior_bits);
  for (const Evidence& evidence : explanation.evidence) {
    out += "\n" + padded(evidence.field, 18) + padded(evidence.level, 42) +
           signed_bits(evidence.weight_bits);
    if (evidence.adjustment_bits != 0) {
      out += "  (" + signed_bits(evidence.adjustment_bits) + " for how rare the value is)";
    }
  }
  return out + "\n" + padded("weight", 18) +
         padded("p = " + fixed(explanation.probability, 4), 42) +
         signed_bits(explanation.weight_bits);
}

}  // namespace cdp::identity::match
