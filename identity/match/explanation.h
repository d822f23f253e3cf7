// Why two records were scored as they were, field by field: weights and levels, no values.
//
// Thread-safety: values and pure functions.
#pragma once

#include <string>
#include <vector>

namespace cdp::identity::match {

struct Evidence {
  std::string field;           // "family_name"
  std::string level;           // "exact", "close (Jaro-Winkler at least .92)", "missing"
  double weight_bits = 0;      // log2(m/u), the term adjustment in it
  double adjustment_bits = 0;  // for how rare the shared value is
  double m = 0;                // how often one person's records stand at this level
  double u = 0;                // how often strangers do, this value's rarity apart
};

struct Explanation {
  double prior_bits = 0;   // log2 of the odds that two records taken at random are one person
  double weight_bits = 0;  // prior and evidence together
  double probability = 0;
  std::vector<Evidence> evidence;  // in order of the model's fields
};

// 2^w / (1 + 2^w).
double probability_of(double weight_bits);

// Lines of text, one a field.
std::string in_words(const Explanation& explanation);

}  // namespace cdp::identity::match
