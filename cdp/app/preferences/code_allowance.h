// CodeAllowance: whether a code may be sent to a telephone number now. Each costs the shop money,
// and some numbers earn their owner a share of it (SMS pumping: NCSC, "SMS and telephone best
// practice"; GSMA FS.11), so what a number, all numbers together and a country may have is bounded.
//
// In memory: a restart forgets what was counted.
//
// Thread-safety: safe. Lifetime: the clock outlives it. Errors: none; why nothing is sent is for
// the operator's counter, and for nobody else.
#pragma once

#include <cstdint>
#include <string_view>

#include "cdp/core/base/ids.h"
#include "consent/preference_centre/config.h"
#include "consent/preference_centre/rate_limit.h"

namespace cdp::app {

class CodeAllowance {
 public:
  enum class Verdict : std::uint8_t {
    send,
    country,    // of a country that is sent none, or of none that is known
    too_often,  // this number has had its codes of the hour or of the day
    too_many,   // all numbers together have had theirs
  };
  static constexpr int kPerNumberAndHour = 3;
  static constexpr std::size_t kNumbersMax = 50'000;

  explicit CodeAllowance(Clock& clock);

  // Counts a code when it answers `send`. `number`: the blind index of `e164`.
  Verdict take(const Token& number, std::string_view e164,
               const consent::MessengerConfig& messenger);

 private:
  consent::preference_centre::RateLimit by_hour_, by_day_, all_;
};

// A label for the counter: "country", "too_often", "too_many"; empty for `send`.
std::string_view to_string(CodeAllowance::Verdict verdict);

}  // namespace cdp::app
