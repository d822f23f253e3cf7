#include "consent/age.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <vector>

namespace cdp::consent {

namespace {

using std::chrono::sys_days;
using std::chrono::year_month_day;

constexpr int kYearMin = 1800;
constexpr int kYearMax = 9999;
constexpr int kAgeMax = 130;
// Above this an integer counts milliseconds: in seconds it would be the year 5138.
constexpr std::int64_t kSecondsMax = 100'000'000'000;

year_month_day day_of(Time time) {
  return year_month_day(std::chrono::floor<std::chrono::days>(
      std::chrono::sys_time<std::chrono::microseconds>(std::chrono::microseconds(time.us))));
}

BirthDate date_of(const year_month_day& day) {
  return {static_cast<int>(day.year()), static_cast<int>(static_cast<unsigned>(day.month())),
          static_cast<int>(static_cast<unsigned>(day.day()))};
}

// The youngest of the readings that are dates and not after `now`.
class Readings {
 public:
  explicit Readings(Time now) : now_(date_of(day_of(now))) {}

  void add(int year, int month, int day) {
    // Asked first: the calendar's types keep a byte of a day and would take 257 for 1.
    if (year < kYearMin || year > kYearMax || month > 12 || day > 31) return;
    const year_month_day date{std::chrono::year(year),
                              std::chrono::month(static_cast<unsigned>(month)),
                              std::chrono::day(static_cast<unsigned>(day))};
    if (date.ok()) add(date_of(date));
  }
  void add(BirthDate date) {
    if (date <= now_ && (!youngest_ || *youngest_ < date)) youngest_ = date;
  }
  // A year of two digits is one of this century or of the last.
  void add_either_century(int year, int month, int day) {
    add(1900 + year, month, day);
    add(2000 + year, month, day);
  }
  void add_month(int year, int month) {
    for (int day = 28; day <= 31; ++day) add(year, month, day);
    // Of the running month it is today.
    if (year == now_.year && month == now_.month) add(now_);
  }
  std::optional<BirthDate> youngest() const { return youngest_; }

 private:
  BirthDate now_;
  std::optional<BirthDate> youngest_;
};

struct Group {
  int value = 0;
  std::size_t digits = 0;
};

std::optional<Group> group_of(std::string_view digits) {
  Group group{0, digits.size()};
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), group.value);
  const bool whole = read.ec == std::errc() && read.ptr == digits.data() + digits.size();
  if (!whole || digits.empty() || digits.size() > 8 || digits.front() == '-') return std::nullopt;
  return group;
}

// The numbers between '-', '/' and '.'; empty when there is anything else.
std::vector<Group> groups_of(std::string_view text) {
  std::vector<Group> groups;
  for (std::size_t from = 0; from <= text.size();) {
    const std::size_t end = std::min(text.find_first_of("-/.", from), text.size());
    const auto group = group_of(text.substr(from, end - from));
    if (!group) return {};
    groups.push_back(*group);
    from = end + 1;
  }
  return groups;
}

void read_one(const Group& only, Readings* readings) {
  if (only.digits == 4) {
    for (int month = 1; month <= 12; ++month) readings->add_month(only.value, month);
  } else if (only.digits == 8) {
    readings->add(only.value / 10'000, only.value / 100 % 100, only.value % 100);
  }
}

void read_three(const std::vector<Group>& groups, Readings* readings) {
  const auto [a, b, c] = std::array{groups[0].value, groups[1].value, groups[2].value};
  if (groups[0].digits == 4) return readings->add(a, b, c);
  if (groups[2].digits == 4) {
    readings->add(c, a, b);
    readings->add(c, b, a);
  } else if (groups[2].digits == 2) {
    readings->add_either_century(c, a, b);
    readings->add_either_century(c, b, a);
    readings->add_either_century(a, b, c);
  }
}

void read_unix_time(std::string_view text, Readings* readings) {
  std::int64_t count = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), count);
  // Shorter ones are no times that anybody sends.
  if (read.ec != std::errc() || read.ptr != text.data() + text.size() || text.size() < 6) return;
  const std::int64_t seconds = count > kSecondsMax || count < -kSecondsMax ? count / 1000 : count;
  if (seconds > kSecondsMax || seconds < -kSecondsMax) return;
  readings->add(date_of(day_of(Time{seconds * 1'000'000})));
  // What would be a day to come in seconds is one around 1970 in milliseconds.
  if (!readings->youngest()) readings->add(date_of(day_of(Time{count * 1'000})));
}

}  // namespace

std::optional<BirthDate> BirthDate::parse(std::string_view text, Time now) {
  Readings readings(now);
  // The time of day behind a date.
  const std::string_view date = text.substr(0, text.find_first_of("T ", 1));
  const std::vector<Group> groups = groups_of(date);
  if (groups.size() == 1) read_one(groups[0], &readings);
  if (groups.size() == 2) {
    const bool year_first = groups[0].digits == 4;
    const Group& year = groups[year_first ? 0 : 1];
    if (year.digits == 4) readings.add_month(year.value, groups[year_first ? 1 : 0].value);
  }
  if (groups.size() == 3) read_three(groups, &readings);
  if (!readings.youngest()) read_unix_time(text, &readings);
  return readings.youngest();
}

bool BirthDate::is_without_year(std::string_view text) {
  const auto groups = groups_of(text.substr(text.starts_with("--") ? 2 : 0));
  return groups.size() == 2 && groups[0].digits <= 2 && groups[1].digits <= 2;
}

std::optional<BirthDate> BirthDate::of_age(std::string_view age, Time said_at) {
  const auto years = group_of(age);
  if (!years || years->value > kAgeMax) return std::nullopt;
  // A year older tomorrow.
  const year_month_day said = day_of(said_at);
  const year_month_day then{said.year() - std::chrono::years(years->value + 1), said.month(),
                            said.day()};
  const sys_days turned = then.ok() ? sys_days(then) : sys_days(then.year() / then.month() / 28);
  return date_of(year_month_day(turned + std::chrono::days(1)));
}

int BirthDate::age_at(Time time) const {
  const BirthDate today = date_of(day_of(time));
  const bool before_birthday = std::pair(today.month, today.day) < std::pair(month, day);
  return today.year - year - (before_birthday ? 1 : 0);
}

}  // namespace cdp::consent
