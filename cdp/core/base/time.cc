#include "cdp/core/base/time.h"

#include <array>
#include <chrono>
#include <cstdio>

namespace cdp {
namespace {

using std::chrono::day;
using std::chrono::month;
using std::chrono::sys_days;
using std::chrono::year;
using std::chrono::year_month_day;

constexpr std::int64_t kDay = 86'400'000'000;

tl::unexpected<Error> bad_time() {
  return fail(ErrorCode::invalid_argument, "not an RFC 3339 time", "write 2026-01-31T12:00:00Z");
}

// Reads exactly `digits` decimal digits at `*at`; -1 when they are not there.
int read_digits(std::string_view text, std::size_t* at, std::size_t digits) {
  if (*at + digits > text.size()) return -1;
  int value = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    const char c = text[*at + i];
    if (c < '0' || c > '9') return -1;
    value = value * 10 + (c - '0');
  }
  *at += digits;
  return value;
}

bool read_char(std::string_view text, std::size_t* at, char wanted) {
  if (*at >= text.size() || text[*at] != wanted) return false;
  ++*at;
  return true;
}

// The fraction in microseconds; digits past the sixth are cut. -1 when malformed.
std::int64_t read_fraction(std::string_view text, std::size_t* at) {
  if (*at >= text.size() || text[*at] != '.') return 0;
  ++*at;
  std::int64_t micros = 0;
  int digits = 0;
  while (*at < text.size() && text[*at] >= '0' && text[*at] <= '9' && digits < 9) {
    if (digits < 6) micros = micros * 10 + (text[*at] - '0');
    ++digits;
    ++*at;
  }
  if (digits == 0) return -1;
  for (int i = digits; i < 6; ++i) micros *= 10;
  return micros;
}

// Minutes east of UTC, or 10,000 when malformed.
int read_offset(std::string_view text, std::size_t* at) {
  if (*at >= text.size()) return 10'000;
  const char sign = text[(*at)++];
  if (sign == 'Z' || sign == 'z') return 0;
  if (sign != '+' && sign != '-') return 10'000;
  const int hours = read_digits(text, at, 2);
  if (*at < text.size() && text[*at] == ':') ++*at;
  const int minutes = read_digits(text, at, 2);
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return 10'000;
  return (sign == '-' ? -1 : 1) * (hours * 60 + minutes);
}

}  // namespace

std::string to_rfc3339(Time time) {
  std::int64_t days = time.us / kDay;
  std::int64_t rest = time.us % kDay;
  if (rest < 0) {
    rest += kDay;
    --days;
  }
  const year_month_day date{sys_days{std::chrono::days{days}}};
  const std::int64_t seconds = rest / 1'000'000;
  std::array<char, 64> out{};
  int size = std::snprintf(out.data(), out.size(), "%04d-%02u-%02uT%02d:%02d:%02d",
                           static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                           static_cast<unsigned>(date.day()), static_cast<int>(seconds / 3600),
                           static_cast<int>(seconds / 60 % 60), static_cast<int>(seconds % 60));
  std::string text(out.data(), static_cast<std::size_t>(size));
  if (const std::int64_t micros = rest % 1'000'000; micros != 0) {
    size = std::snprintf(out.data(), out.size(), ".%06d", static_cast<int>(micros));
    text.append(out.data(), static_cast<std::size_t>(size));
  }
  return text + "Z";
}

Result<Time> from_rfc3339(std::string_view text) {
  std::size_t at = 0;
  const int y = read_digits(text, &at, 4);
  if (y < 1970 || !read_char(text, &at, '-')) return bad_time();
  const int mo = read_digits(text, &at, 2);
  if (mo < 1 || !read_char(text, &at, '-')) return bad_time();
  const int d = read_digits(text, &at, 2);
  const year_month_day date{year{y}, month{static_cast<unsigned>(mo)},
                            day{static_cast<unsigned>(d < 0 ? 0 : d)}};
  if (!date.ok() || at >= text.size()) return bad_time();
  const char separator = text[at++];
  if (separator != 'T' && separator != 't' && separator != ' ') return bad_time();
  const int h = read_digits(text, &at, 2);
  if (h < 0 || h > 23 || !read_char(text, &at, ':')) return bad_time();
  const int mi = read_digits(text, &at, 2);
  if (mi < 0 || mi > 59 || !read_char(text, &at, ':')) return bad_time();
  const int s = read_digits(text, &at, 2);
  if (s < 0 || s > 60) return bad_time();
  const std::int64_t fraction = read_fraction(text, &at);
  const int offset = read_offset(text, &at);
  if (fraction < 0 || offset == 10'000 || at != text.size()) return bad_time();
  const std::int64_t days = sys_days{date}.time_since_epoch().count();
  const std::int64_t seconds = days * 86'400 + h * 3'600 + (mi - offset) * 60 + s;
  return Time{seconds * 1'000'000 + fraction};
}

Time SystemClock::now() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<std::chrono::microseconds>(since).count()};
}

Duration SystemClock::elapsed() {
  const auto since = std::chrono::steady_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<std::chrono::microseconds>(since).count()};
}

}  // namespace cdp
