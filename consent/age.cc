#include "consent/age.h"

#include <chrono>

namespace cdp::consent {

namespace {

std::optional<int> number(std::string_view digits) {
  int value = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value;
}

}  // namespace

std::optional<BirthDate> BirthDate::parse(std::string_view text) {
  constexpr std::size_t kDateBytes = 10;
  if (text.size() < kDateBytes || text[4] != '-' || text[7] != '-') return std::nullopt;
  if (text.size() > kDateBytes && text[kDateBytes] != 'T' && text[kDateBytes] != ' ') {
    return std::nullopt;
  }
  const auto year = number(text.substr(0, 4));
  const auto month = number(text.substr(5, 2));
  const auto day = number(text.substr(8, 2));
  if (!year || !month || !day || *year < 1800) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  return BirthDate{*year, *month, *day};
}

int BirthDate::age_at(Time time) const {
  const auto days = std::chrono::floor<std::chrono::days>(
      std::chrono::sys_time<std::chrono::microseconds>(std::chrono::microseconds(time.us)));
  const std::chrono::year_month_day today(days);
  const int now_month = static_cast<int>(static_cast<unsigned>(today.month()));
  const int now_day = static_cast<int>(static_cast<unsigned>(today.day()));
  const bool before_birthday = std::pair(now_month, now_day) < std::pair(month, day);
  return static_cast<int>(today.year()) - year - (before_birthday ? 1 : 0);
}

}  // namespace cdp::consent
