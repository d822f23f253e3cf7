#include "identity/phone.h"

#include <phonenumbers/phonenumberutil.h>

#include <algorithm>
#include <array>
#include <exception>

namespace cdp::identity {
namespace {

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;

constexpr std::size_t kPhoneBytesMax = 250;  // the library's own bound

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Countries where "+<code><national>" is E.164 already whenever the first national digit and the
// length are as here: no trunk prefix can hide in it and no digit is rewritten.
struct Plain {
  std::string_view code;
  char first_min;
  char first_max;
  std::size_t digits_min;  // national
  std::size_t digits_max;
};
constexpr std::array<Plain, 16> kPlain{{
    {"1", '2', '9', 10, 10},   // North America
    {"31", '1', '9', 9, 9},    // NL
    {"32", '1', '9', 8, 9},    // BE
    {"33", '1', '9', 9, 9},    // FR
    {"34", '5', '9', 9, 9},    // ES
    {"351", '2', '9', 9, 9},   // PT
    {"353", '1', '9', 8, 9},   // IE
    {"41", '2', '9', 9, 9},    // CH
    {"43", '1', '9', 8, 12},   // AT
    {"44", '1', '9', 10, 10},  // GB
    {"45", '2', '9', 8, 8},    // DK
    {"46", '1', '9', 8, 9},    // SE
    {"47", '2', '9', 8, 8},    // NO
    {"48", '1', '9', 9, 9},    // PL
    {"49", '1', '9', 8, 11},   // DE
    {"61", '2', '9', 9, 9},    // AU
}};

// National digits of "+<digits>" when a row of kPlain vouches for it; else empty.
std::string_view plain_national(std::string_view raw) {
  if (raw.size() < 9 || raw.size() > 16 || raw.front() != '+') return {};
  const std::string_view digits = raw.substr(1);
  if (!std::ranges::all_of(digits, is_digit)) return {};
  for (const Plain& plain : kPlain) {
    if (!digits.starts_with(plain.code)) continue;
    const std::string_view national = digits.substr(plain.code.size());
    const bool fits = national.size() >= plain.digits_min && national.size() <= plain.digits_max &&
                      national.front() >= plain.first_min && national.front() <= plain.first_max;
    return fits ? national : std::string_view{};
  }
  return {};
}

std::optional<std::string> parse(const PhoneNumberUtil& library, const std::string& raw,
                                 const std::string& region) {
  PhoneNumber number;
  if (library.ParseAndKeepRawInput(raw, region, &number) != PhoneNumberUtil::NO_PARSING_ERROR ||
      number.has_extension() ||
      library.IsPossibleNumberWithReason(number) != PhoneNumberUtil::IS_POSSIBLE) {
    return std::nullopt;
  }
  // Who writes no country code may leave out more: "555-1234" is a number in every town. What the
  // region completes must be one that the numbering plan knows.
  if (number.country_code_source() == PhoneNumber::FROM_DEFAULT_COUNTRY &&
      !library.IsValidNumber(number)) {
    return std::nullopt;
  }
  std::string out;
  library.Format(number, PhoneNumberUtil::E164, &out);
  return out;
}

}  // namespace

std::optional<std::string> normalise_phone_by_library(std::string_view raw,
                                                      std::string_view default_region) {
  if (raw.size() > kPhoneBytesMax) return std::nullopt;
  std::string region(default_region.empty() ? "ZZ" : default_region);
  std::ranges::transform(region, region.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - ('a' - 'A')) : c;
  });
  try {
    const PhoneNumberUtil& library = *PhoneNumberUtil::GetInstance();
    auto e164 = parse(library, std::string(raw), region);
    // Some strings parse to a number that reads differently the second time ("00032..." in a
    // region): two spellings of nothing, so no identifier.
    if (e164 && *e164 != raw && parse(library, *e164, region) != e164) return std::nullopt;
    return e164;
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

std::optional<std::string> normalise_phone(std::string_view raw, std::string_view default_region) {
  if (!plain_national(raw).empty()) return std::string(raw);
  return normalise_phone_by_library(raw, default_region);
}

std::optional<std::string> phone_country(std::string_view e164) {
  if (e164.size() > kPhoneBytesMax) return std::nullopt;
  try {
    const PhoneNumberUtil& library = *PhoneNumberUtil::GetInstance();
    PhoneNumber number;
    if (library.Parse(std::string(e164), "ZZ", &number) != PhoneNumberUtil::NO_PARSING_ERROR)
      return std::nullopt;
    std::string country;
    library.GetRegionCodeForNumber(number, &country);
    return is_phone_country(country) ? std::optional(std::move(country)) : std::nullopt;
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

bool is_phone_country(std::string_view code) {
  const auto upper = [](char c) { return c >= 'A' && c <= 'Z'; };
  if (code.size() != 2 || !std::ranges::all_of(code, upper)) return false;
  try {
    return PhoneNumberUtil::GetInstance()->GetCountryCodeForRegion(std::string(code)) != 0;
  } catch (const std::exception&) {
    return false;
  }
}

bool blocked_phone(std::string_view e164) {
  // Country codes have at most three digits: from the fifth character on, all is national.
  const std::string_view rest = e164.substr(std::min<std::size_t>(4, e164.size()));
  return rest.find_first_not_of(rest.empty() ? '0' : rest.front()) == std::string_view::npos;
}

}  // namespace cdp::identity
