#include "identity/match/value.h"

#include <unicode/translit.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <array>
#include <span>
#include <variant>

#include "identity/identifier.h"
#include "identity/match/nicknames.h"

namespace cdp::identity::match {
namespace {

constexpr std::size_t kValueBytesMax = 512;  // of a value; what follows is not compared

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return c >= 'a' && c <= 'z'; }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

std::string_view trimmed(std::string_view text) {
  const auto blank = [](char c) { return static_cast<unsigned char>(c) <= ' '; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

// How programs spell "nothing": as they spell it, since Na and Nan are names.
bool means_nothing(std::string_view raw) {
  constexpr std::array<std::string_view, 15> kNothing{
      "NA",   "N/A",     "n/a",     "NaN",     "nan",       "NULL", "null", "None",
      "none", "unknown", "Unknown", "UNKNOWN", "undefined", "<NA>", "nil"};
  return std::ranges::find(kNothing, raw) != kNothing.end();
}

// What people write where they know nothing, folded; none of it is a name.
bool says_nothing(std::string_view folded) {
  constexpr std::array<std::string_view, 26> kNothing{
      "unknown",      "not known", "not provided", "not available", "not specified",
      "not stated",   "not given", "no data",      "missing",       "undefined",
      "tbd",          "tba",       "n a",          "k a",           "n d",
      "xx",           "xxx",       "xxxx",         "xxxxx",         "unbekannt",
      "keine angabe", "inconnu",   "inconnue",     "desconocido",   "desconocida",
      "sconosciuto"};
  return std::ranges::find(kNothing, folded) != kNothing.end();
}

// Days that programs write for "no date": the beginnings and ends of their calendars.
bool is_no_birthday(std::string_view text) {
  constexpr std::array<std::string_view, 8> kNone{"19000101", "19700101", "18991230", "18991231",
                                                  "17530101", "00010101", "11111111", "99991231"};
  return text.size() == 8 &&
         (text.starts_with("0000") || std::ranges::find(kNone, text) != kNone.end());
}

// Letters and digits in lower case, anything else as one space; apostrophes vanish.
std::string plain_of(std::string_view latin) {
  std::string out;
  out.reserve(latin.size());
  for (const char raw : latin) {
    const char c = lower(raw);
    if (is_letter(c) || is_digit(c)) {
      out.push_back(c);
    } else if (c != '\'' && c != '`' && !out.empty() && out.back() != ' ') {
      out.push_back(' ');
    }
  }
  while (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

void drop_blanks(std::string* text) { std::erase(*text, ' '); }

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    if (end > 0) words.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

std::string without_titles(const std::string& name) {
  constexpr std::array<std::string_view, 14> kTitles{"mr",  "mrs",  "ms",   "miss",  "mx",
                                                     "dr",  "prof", "sir",  "lady",  "lord",
                                                     "rev", "herr", "frau", "madame"};
  std::string out;
  for (const auto word : words_of(name)) {
    if (std::ranges::find(kTitles, word) != kTitles.end()) continue;
    if (!out.empty()) out.push_back(' ');
    out += word;
  }
  return out.empty() ? name : out;  // somebody may be called Lord
}

// Ways to write the kind of a street, each as its commonest short form.
std::string street_of(const std::string& folded) {
  struct Way {
    std::string_view full, brief;
  };
  constexpr std::array<Way, 16> kWays{{{"street", "st"},
                                       {"str", "st"},
                                       {"strasse", "st"},
                                       {"road", "rd"},
                                       {"avenue", "ave"},
                                       {"av", "ave"},
                                       {"place", "pl"},
                                       {"crescent", "cr"},
                                       {"cres", "cr"},
                                       {"drive", "dr"},
                                       {"court", "ct"},
                                       {"lane", "ln"},
                                       {"circuit", "cct"},
                                       {"square", "sq"},
                                       {"boulevard", "blvd"},
                                       {"terrace", "tce"}}};
  std::string out;
  for (auto word : words_of(folded)) {
    for (const Way& way : kWays) {
      if (word == way.full) word = way.brief;
    }
    if (!out.empty()) out.push_back(' ');
    out += word;
  }
  return out;
}

std::uint64_t letters_of(std::string_view text) {
  std::uint64_t mask = 0;
  for (const char c : text) mask |= letter_bit(c);
  return mask;
}

// Days since 1 March of year 0 in the proleptic Gregorian calendar (Hinnant, chrono-compatible
// low-level date algorithms); 0 for what is no day.
std::int32_t days_of(int year, int month, int day) {
  constexpr std::array<int, 12> kDays{31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (year < 1 || month < 1 || month > 12 || day < 1) return 0;
  if (day > kDays[static_cast<std::size_t>(month - 1)]) return 0;
  const int y = month <= 2 ? year - 1 : year;
  const int m = (month + 9) % 12;
  return 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day;
}

int number_of(std::string_view digits) {
  int value = 0;
  for (const char c : digits.substr(0, 8)) value = value * 10 + (c - '0');
  return value;
}

int month_named(std::string_view word) {
  constexpr std::array<std::string_view, 12> kMonths{"jan", "feb", "mar", "apr", "may", "jun",
                                                     "jul", "aug", "sep", "oct", "nov", "dec"};
  for (std::size_t i = 0; i < kMonths.size(); ++i) {
    if (word.starts_with(kMonths[i])) return static_cast<int>(i) + 1;
  }
  return 0;
}

struct Day {
  int year = 0, month = 0, day = 0;
};

int full_year(std::string_view digits) {
  const int year = number_of(digits);
  if (digits.size() > 2) return year;
  return year > 30 ? 1900 + year : 2000 + year;
}

// Three groups of digits (or two and the name of a month) -> a day, plausible or not.
std::optional<Day> day_of(const std::vector<std::string_view>& parts, DateOrder order) {
  if (parts.size() < 3) return std::nullopt;
  const auto digits = [](std::string_view part) { return std::ranges::all_of(part, is_digit); };
  if (const int named = month_named(parts[1]); named != 0 && digits(parts[0]) && digits(parts[2])) {
    if (parts[0].size() == 4) return Day{full_year(parts[0]), named, number_of(parts[2])};
    return Day{full_year(parts[2]), named, number_of(parts[0])};
  }
  if (const int named = month_named(parts[0]); named != 0 && digits(parts[1]) && digits(parts[2])) {
    return Day{full_year(parts[2]), named, number_of(parts[1])};
  }
  if (!digits(parts[0]) || !digits(parts[1]) || !digits(parts[2])) return std::nullopt;
  if (parts[0].size() > 2) {
    return Day{full_year(parts[0]), number_of(parts[1]), number_of(parts[2])};
  }
  int month = number_of(parts[1]);
  int day = number_of(parts[0]);
  if (order == DateOrder::month_first) std::swap(month, day);
  if (month > 12 && day <= 12) std::swap(month, day);
  return Day{full_year(parts[2]), month, day};
}

// False when a part has more digits than it may: then the digits are kept as typed.
bool write_day(const Day& day, Value* value) {
  if (day.year > 9'999 || day.month > 99 || day.day > 99) return false;
  value->text = std::to_string(day.year * 10'000 + day.month * 100 + day.day);
  value->text.insert(0, value->text.size() < 8 ? 8 - value->text.size() : 0, '0');
  return true;
}

void read_date(std::string_view raw, DateOrder order, Value* value) {
  // A time of day after the date says nothing about birth.
  if (const auto at = raw.find_first_of("T"); at != raw.npos && at >= 8) raw = raw.substr(0, at);
  const std::string folded = plain_of(raw);
  const auto parts = words_of(folded);
  const auto named = day_of(parts, order);
  if (named && write_day(*named, value)) return;
  std::string digits = folded;
  std::erase_if(digits, [](char c) { return !is_digit(c); });
  if (digits.size() == 8) {
    const std::string_view d = digits;
    Day day{number_of(d.substr(0, 4)), number_of(d.substr(4, 2)), number_of(d.substr(6, 2))};
    if (days_of(day.year, day.month, day.day) == 0) {
      const std::vector<std::string_view> turned{d.substr(0, 2), d.substr(2, 2), d.substr(4, 4)};
      const auto other = day_of(turned, order);
      if (other && other->year > 1500 && days_of(other->year, other->month, other->day) != 0) {
        day = *other;
      }
    }
    write_day(day, value);
    return;
  }
  value->text = std::move(digits);
}

// Of YYYYMMDD, however it was spelt: the same text is the same value.
std::int32_t days_in(std::string_view text) {
  if (text.size() != 8) return 0;
  return days_of(number_of(text.substr(0, 4)), number_of(text.substr(4, 2)),
                 number_of(text.substr(6, 2)));
}

}  // namespace

struct ValueReader::Impl {
  std::string region;
  DateOrder dates = DateOrder::day_first;
  std::unique_ptr<icu::Transliterator> latin;

  std::string folded(std::string_view raw) const {
    const bool ascii =
        std::ranges::all_of(raw, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
    if (ascii || latin == nullptr) return plain_of(raw);
    auto text = icu::UnicodeString::fromUTF8(
        icu::StringPiece(raw.data(), static_cast<std::int32_t>(raw.size())));
    latin->transliterate(text);
    std::string out;
    text.toUTF8String(out);
    return plain_of(out);
  }

  std::string normalised(std::string_view type, std::string_view raw, bool* blocked) const {
    const auto answer = Normaliser::normalise(type, Pii<std::string>(std::string(raw)), region);
    if (const auto* text = std::get_if<std::string>(&answer)) return *text;
    *blocked = std::get<Rejection>(answer) == Rejection::blocked_value;
    return {};
  }

  void read_email(std::string_view raw, Value* value) const {
    bool blocked = false;
    value->text = normalised("email", raw, &blocked);
    if (value->text.empty() && !blocked && !plain_of(raw).empty()) {
      value->text = raw;
      std::ranges::transform(value->text, value->text.begin(), lower);
    }
    value->split = static_cast<std::uint16_t>(std::min(value->text.find('@'), value->text.size()));
  }

  void read_phone(std::string_view raw, Value* value) const {
    bool blocked = false;
    value->text = normalised("phone", raw, &blocked);
    if (value->text.empty() && !blocked) value->text = raw;
    std::erase_if(value->text, [](char c) { return !is_digit(c); });
  }

  void read_text(Kind kind, std::string_view raw, Value* value) const {
    value->text = folded(raw);
    switch (kind) {
      case Kind::given_name:
        value->text = without_titles(value->text);
        value->nickname = nickname_group(value->text);
        return;
      case Kind::family_name:
        value->text = without_titles(value->text);
        return;
      case Kind::street:
        value->text = street_of(value->text);
        return;
      case Kind::postcode:
      case Kind::street_number:
      case Kind::identifier:
        drop_blanks(&value->text);
        return;
      case Kind::place:
      case Kind::text:
      case Kind::date_of_birth:
      case Kind::email:
      case Kind::phone:
        return;
    }
  }
};

ValueReader::ValueReader(const Config& config) : impl_(std::make_unique<Impl>()) {
  impl_->region = config.region;
  impl_->dates = config.dates;
  UErrorCode status = U_ZERO_ERROR;
  impl_->latin.reset(
      icu::Transliterator::createInstance("Any-Latin; Latin-ASCII", UTRANS_FORWARD, status));
}
ValueReader::~ValueReader() = default;
ValueReader::ValueReader(ValueReader&&) noexcept = default;
ValueReader& ValueReader::operator=(ValueReader&&) noexcept = default;

Value ValueReader::read(Kind kind, std::string_view raw) const {
  Value value;
  raw = trimmed(raw.substr(0, kValueBytesMax));
  if (raw.empty() || means_nothing(raw) || says_nothing(plain_of(raw))) return value;
  if (kind == Kind::date_of_birth) {
    read_date(raw, impl_->dates, &value);
    if (is_no_birthday(value.text)) value.text.clear();
    value.days = days_in(value.text);
  } else if (kind == Kind::email) {
    impl_->read_email(raw, &value);
  } else if (kind == Kind::phone) {
    impl_->read_phone(raw, &value);
  } else {
    impl_->read_text(kind, raw, &value);
  }
  value.letters = letters_of(value.text);
  return value;
}

}  // namespace cdp::identity::match
