// Config: what a matcher is told beforehand. One generic set of defaults for every schema, chosen
// on synthetic people (synthetic_people.h), never on the data that is matched.
//
// Weights are in bits (log2 of the odds): 0 is even odds, 3.17 is p = .9, 6.63 is .99, 9.97 is
// .999.
//
// Thread-safety: values.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cdp/core/base/result.h"
#include "identity/match/field.h"

namespace cdp::identity::match {

// How the digits of a date stand when they do not tell themselves (03/04/1990).
enum class DateOrder : std::uint8_t { day_first, month_first };

// Thresholds lie within this, either way: beyond it no weight goes.
inline constexpr double kThresholdBitsMax = 1000;

struct Config {
  std::vector<Field> fields;

  // Reading values.
  std::string region;  // ISO 3166 alpha-2 of phone numbers without a country code; may be empty
  DateOrder dates = DateOrder::day_first;

  // Blocking: two records are compared when a block of at most this many records holds both.
  std::size_t block_records_max = 60;

  // Clustering: clusters are joined while their mean weight is at least this.
  double join_bits = -1.0;
  // Decisions about a pair: at least this to link without a person, or to show it to one.
  double link_bits = 10.0;
  double review_bits = 3.0;

  // Training.
  std::uint64_t seed = 1;
  std::size_t random_pairs = 1'000'000;
  std::size_t training_pairs_max = 4'000'000;

  friend bool operator==(const Config&, const Config&) = default;
};

// Errors: invalid_argument for fewer than two or more than kFieldsMax fields, a name twice or
// empty, only fields that cannot tell people apart, thresholds that are no numbers in range or out
// of order, a block of fewer than two.
Result<void> check(const Config& config);

}  // namespace cdp::identity::match
