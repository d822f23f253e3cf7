#include "cdp/app/preferences/code_allowance.h"

#include <algorithm>
#include <string>

#include "identity/phone.h"

namespace cdp::app {

CodeAllowance::CodeAllowance(Clock& clock)
    : by_hour_(clock, kPerNumberAndHour, Duration::hours(1), kNumbersMax),
      by_day_(clock, 1, Duration::days(1), kNumbersMax),
      all_(clock, 1, Duration::days(1), 1) {}

CodeAllowance::Verdict CodeAllowance::take(const Token& number, std::string_view e164,
                                           const consent::MessengerConfig& messenger) {
  const auto& countries = messenger.countries;
  if (!countries.empty()) {
    const auto country = identity::phone_country(e164);
    if (!country || std::ranges::find(countries, *country) == countries.end())
      return Verdict::country;
  }
  const std::string key(as_text(number));
  // In this order: a number that has had its codes takes none from the others.
  if (!by_hour_.take(key) || !by_day_.take(key, static_cast<int>(messenger.codes_per_number_a_day)))
    return Verdict::too_often;
  return all_.take("all", static_cast<int>(messenger.codes_a_day)) ? Verdict::send
                                                                   : Verdict::too_many;
}

std::string_view to_string(CodeAllowance::Verdict verdict) {
  switch (verdict) {
    case CodeAllowance::Verdict::send:
      return "";
    case CodeAllowance::Verdict::country:
      return "country";
    case CodeAllowance::Verdict::too_often:
      return "too_often";
    case CodeAllowance::Verdict::too_many:
      return "too_many";
  }
  return "";
}

}  // namespace cdp::app
