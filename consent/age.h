// BirthDate: how old a person is, by the calendar. A child's own consent counts from an age that
// the law of their place sets (GDPR Art. 8, COPPA).
//
// Thread-safety: a value.
#pragma once

#include <compare>
#include <optional>
#include <string_view>

#include "cdp/core/base/time.h"

namespace cdp::consent {

struct BirthDate {
  int year = 0;
  int month = 0;
  int day = 0;
  friend auto operator<=>(const BirthDate&, const BirthDate&) = default;

  // A date however people and shops write it: "2012-05-31" with or without a time behind it,
  // "31.5.2012", "5/31/12", "2012-05", "2012", "20120531", Unix time in seconds or milliseconds.
  // Where it can be read in several ways, the youngest of them: 1/2/2012 is 1 February, and 2012
  // its last day. Empty for anything else (a day without a year tells no age) and for dates that do
  // not exist or lie after `now`.
  static std::optional<BirthDate> parse(std::string_view text, Time now);
  // "02-03", "--02-03", "3/2": a birthday that keeps its year to itself.
  static bool is_without_year(std::string_view text);
  // Of somebody who was `age` on that day: the youngest it can be.
  static std::optional<BirthDate> of_age(std::string_view age, Time said_at);

  // Full years on that day, UTC; negative before birth. Who was born on 29 February is a year older
  // on 1 March.
  int age_at(Time time) const;
};

}  // namespace cdp::consent
