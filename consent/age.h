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

  // "2012-05-31", with or without a time behind it. Empty for anything else (a day without a year
  // tells no age) and for dates that do not exist.
  static std::optional<BirthDate> parse(std::string_view text);

  // Full years on that day, UTC; negative before birth. Who was born on 29 February is a year older
  // on 1 March.
  int age_at(Time time) const;
};

}  // namespace cdp::consent
