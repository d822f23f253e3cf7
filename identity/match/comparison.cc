#include "identity/match/comparison.h"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <rapidfuzz/distance/JaroWinkler.hpp>
#include <rapidfuzz/distance/OSA.hpp>

namespace cdp::identity::match {
namespace {

constexpr double kClose = 0.92;
constexpr double kSimilar = 0.88;
constexpr double kDistant = 0.75;

using Names = std::string_view;
constexpr std::array<Names, 10> kGiven{"missing",
                                       "different",
                                       "distant (Jaro-Winkler at least .75)",
                                       "same initial, one abbreviated",
                                       "one is part of the other",
                                       "changed places with another field",
                                       "similar (Jaro-Winkler at least .88)",
                                       "close (Jaro-Winkler at least .92)",
                                       "forms of one name",
                                       "exact"};
constexpr std::array<Names, 8> kFamily{"missing",
                                       "different",
                                       "distant (Jaro-Winkler at least .75)",
                                       "one is part of the other",
                                       "changed places with another field",
                                       "similar (Jaro-Winkler at least .88)",
                                       "close (Jaro-Winkler at least .92)",
                                       "exact"};
constexpr std::array<Names, 9> kDate{
    "missing",   "different",      "within ten years",   "within a year",
    "two edits", "within a month", "same day and month", "one edit, or day and month turned",
    "exact"};
constexpr std::array<Names, 8> kEmail{"missing",
                                      "different",
                                      "similar name (Jaro-Winkler at least .88)",
                                      "similar (Jaro-Winkler at least .92)",
                                      "changed places with another field",
                                      "same name, other domain",
                                      "two edits",
                                      "exact"};
constexpr std::array<Names, 6> kPhone{
    "missing",  "different",         "changed places with another field",
    "one edit", "last seven digits", "exact"};
constexpr std::array<Names, 7> kPostcode{"missing",  "different",   "same area", "same district",
                                         "one edit", "same sector", "exact"};
constexpr std::array<Names, 7> kStreet{"missing",
                                       "different",
                                       "a word in common",
                                       "changed places with another field",
                                       "similar (Jaro-Winkler at least .88)",
                                       "close (Jaro-Winkler at least .92)",
                                       "exact"};
constexpr std::array<Names, 4> kNumber{"missing", "different", "one edit", "exact"};
constexpr std::array<Names, 6> kPlace{"missing",
                                      "different",
                                      "distant (Jaro-Winkler at least .75)",
                                      "similar (Jaro-Winkler at least .88)",
                                      "close (Jaro-Winkler at least .92)",
                                      "exact"};
constexpr std::array<Names, 5> kIdentifier{"missing", "different", "two edits", "one edit",
                                           "exact"};
constexpr std::array<Names, 4> kText{"missing", "different", "close (Jaro-Winkler at least .92)",
                                     "exact"};

const std::array<LevelSet, kKinds>& level_sets() {
  static const std::array<LevelSet, kKinds> sets{{
      {kGiven, {0, .08, .03, .01, .01, .02, .03, .06, .03, .73}, 5},
      {kFamily, {0, .08, .03, .01, .02, .03, .06, .77}, 4},
      {kDate, {0, .04, .02, .02, .02, .02, .02, .08, .78}, 0},
      {kEmail, {0, .10, .02, .03, .01, .03, .06, .75}, 4},
      {kPhone, {0, .16, .01, .04, .02, .77}, 2},
      {kPostcode, {0, .15, .03, .02, .04, .01, .75}, 0},
      {kStreet, {0, .14, .03, .02, .03, .06, .72}, 3},
      {kNumber, {0, .20, .05, .75}, 0},
      {kPlace, {0, .14, .02, .03, .06, .75}, 0},
      {kIdentifier, {0, .10, .03, .07, .80}, 0},
      {kText, {0, .22, .03, .75}, 0},
  }};
  return sets;
}

// Text and its characters.
struct Word {
  std::string_view text;
  std::uint64_t letters;
};
Word word_of(const Value& value) { return {value.text, value.letters}; }

// Few characters in common cannot be alike: a cheap bound before Jaro looks at positions.
bool can_reach(const Word& a, const Word& b, double jaro_winkler_min) {
  const Word& brief = a.text.size() <= b.text.size() ? a : b;
  const Word& other = a.text.size() <= b.text.size() ? b : a;
  if (brief.text.empty()) return false;
  std::size_t common = 0;
  for (const char c : brief.text) common += (other.letters & letter_bit(c)) != 0 ? 1U : 0U;
  const auto c = static_cast<double>(common);
  const double jaro = (c / static_cast<double>(brief.text.size()) +
                       c / static_cast<double>(other.text.size()) + 1.0) /
                      3.0;
  const double bonus = brief.text[0] == other.text[0] ? 0.4 : 0.0;
  return jaro + bonus * (1.0 - jaro) >= jaro_winkler_min;
}

double similarity(const Word& a, const Word& b, double at_least) {
  if (!can_reach(a, b, at_least)) return 0;
  return rapidfuzz::jaro_winkler_similarity(a.text, b.text, 0.1, at_least);
}
double similarity(const Value& a, const Value& b) {
  return similarity(word_of(a), word_of(b), kDistant);
}

// One edit changes at most two of the characters that occur.
bool within_two_edits(const Value& a, const Value& b) {
  constexpr int kChangedMax = 4;
  if (std::popcount(a.letters ^ b.letters) > kChangedMax) return false;
  return edit_distance(a.text, b.text, 2) <= 2;
}

// One is a word, or the beginning, of the other.
bool is_part(std::string_view brief, std::string_view other) {
  if (brief.size() > other.size()) std::swap(brief, other);
  if (brief.size() < 3) return false;
  if (other.starts_with(brief)) return true;
  const auto at = other.find(brief);
  if (at == other.npos || other[at - 1] != ' ') return false;
  const auto end = at + brief.size();
  return end == other.size() || other[end] == ' ';
}

std::uint8_t compare_given(const Value& a, const Value& b) {
  const double score = similarity(a, b);
  if (a.nickname != 0 && a.nickname == b.nickname) return 8;
  if (score >= kClose) return 7;
  if (score >= kSimilar) return 6;
  if (is_part(a.text, b.text)) return 4;
  const auto initial = [](std::string_view brief, std::string_view full) {
    return brief.size() == 1 && full.starts_with(brief);
  };
  if (initial(a.text, b.text) || initial(b.text, a.text)) return 3;
  return score >= kDistant ? 2 : kElse;
}

std::uint8_t compare_family(const Value& a, const Value& b) {
  const double score = similarity(a, b);
  if (score >= kClose) return 6;
  if (score >= kSimilar) return 5;
  if (is_part(a.text, b.text)) return 3;
  return score >= kDistant ? 2 : kElse;
}

std::uint8_t compare_dates(const Value& a, const Value& b) {
  const std::string_view x = a.text;
  const std::string_view y = b.text;
  if (x.size() != 8 || y.size() != 8) {
    if (x.substr(0, 4) == y.substr(0, 4)) return 3;
    return within_one_edit(x, y) ? 4 : kElse;
  }
  if (within_one_edit(x, y)) return 7;
  const bool same_year = x.substr(0, 4) == y.substr(0, 4);
  if (same_year && x.substr(4, 2) == y.substr(6, 2) && x.substr(6, 2) == y.substr(4, 2)) return 7;
  if (x.substr(4) == y.substr(4)) return 6;
  const bool days = a.days != 0 && b.days != 0;
  const int apart = std::abs(a.days - b.days);
  if (days && apart <= 31) return 5;
  if (within_two_edits(a, b)) return 4;
  if (same_year || (days && apart <= 366)) return 3;
  return days && apart <= 3'653 ? 2 : kElse;
}

std::uint8_t compare_emails(const Value& a, const Value& b) {
  const auto local = [](const Value& v) {
    return Word{std::string_view(v.text).substr(0, v.split), v.letters};
  };
  if (within_two_edits(a, b)) return 6;
  if (a.split > 2 && local(a).text == local(b).text) return 5;
  if (similarity(word_of(a), word_of(b), kClose) >= kClose) return 3;
  return similarity(local(a), local(b), kSimilar) >= kSimilar ? 2 : kElse;
}

std::uint8_t compare_phones(const Value& a, const Value& b) {
  constexpr std::size_t kSubscriber = 7;
  const std::string_view x = a.text;
  const std::string_view y = b.text;
  if (x.size() >= kSubscriber && y.size() >= kSubscriber &&
      x.substr(x.size() - kSubscriber) == y.substr(y.size() - kSubscriber)) {
    return 4;
  }
  return within_one_edit(x, y) ? 3 : kElse;
}

// "SW1A 2AA" as area SW, district SW1A, sector SW1A 2; other countries' by length.
struct PostcodeParts {
  std::string_view area, district, sector;
};
PostcodeParts parts_of(std::string_view code) {
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  const bool british = code.size() >= 5 && !digit(code[0]) && digit(code[code.size() - 3]) &&
                       !digit(code[code.size() - 2]) && !digit(code[code.size() - 1]);
  if (british) {
    const auto letters = std::min<std::size_t>(digit(code[1]) ? 1 : 2, code.size());
    return {code.substr(0, letters), code.substr(0, code.size() - 3),
            code.substr(0, code.size() - 2)};
  }
  return {code.substr(0, 2), code.substr(0, 3), code.size() > 5 ? code.substr(0, 5) : code};
}

std::uint8_t compare_postcodes(const Value& a, const Value& b) {
  const auto x = parts_of(a.text);
  const auto y = parts_of(b.text);
  if (x.sector == y.sector) return 5;
  if (within_one_edit(a.text, b.text)) return 4;
  if (x.district == y.district) return 3;
  return x.area == y.area ? 2 : kElse;
}

bool share_a_word(std::string_view a, std::string_view b) {
  constexpr std::size_t kWordMin = 4;  // shorter ones are ways ("st") and articles
  while (!a.empty()) {
    const auto end = std::min(a.find(' '), a.size());
    const auto word = a.substr(0, end);
    if (word.size() >= kWordMin) {
      for (auto at = b.find(word); at != b.npos; at = b.find(word, at + 1)) {
        const auto after = at + word.size();
        if ((at == 0 || b[at - 1] == ' ') && (after == b.size() || b[after] == ' ')) return true;
      }
    }
    a.remove_prefix(std::min(end + 1, a.size()));
  }
  return false;
}

std::uint8_t compare_streets(const Value& a, const Value& b) {
  const double score = similarity(a, b);
  if (score >= kClose) return 5;
  if (score >= kSimilar) return 4;
  return share_a_word(a.text, b.text) ? 2 : kElse;
}

std::uint8_t compare_places(const Value& a, const Value& b) {
  const double score = similarity(a, b);
  if (score >= kClose) return 4;
  if (score >= kSimilar) return 3;
  return score >= kDistant ? 2 : kElse;
}

std::uint8_t compare_identifiers(const Value& a, const Value& b) {
  if (within_one_edit(a.text, b.text)) return 3;
  return a.text.size() >= 5 && within_two_edits(a, b) ? 2 : kElse;
}

}  // namespace

const LevelSet& levels_of(Kind kind) { return level_sets()[static_cast<std::size_t>(kind)]; }

double term_share(Kind kind, std::uint8_t level) {
  const LevelSet& set = levels_of(kind);
  if (level == set.exact()) return 1.0;
  const bool name = kind == Kind::given_name || kind == Kind::family_name || kind == Kind::place;
  return name && level + 1 == set.exact() ? 0.5 : 0.0;
}

std::uint8_t compare(Kind kind, const Value& a, const Value& b) {
  if (a.text.empty() || b.text.empty()) return kMissing;
  if (a.text == b.text) return levels_of(kind).exact();
  switch (kind) {
    case Kind::given_name:
      return compare_given(a, b);
    case Kind::family_name:
      return compare_family(a, b);
    case Kind::date_of_birth:
      return compare_dates(a, b);
    case Kind::email:
      return compare_emails(a, b);
    case Kind::phone:
      return compare_phones(a, b);
    case Kind::postcode:
      return compare_postcodes(a, b);
    case Kind::street:
      return compare_streets(a, b);
    case Kind::street_number:
      return within_one_edit(a.text, b.text) && a.text.size() + b.text.size() > 2 ? 2 : kElse;
    case Kind::place:
      return compare_places(a, b);
    case Kind::identifier:
      return compare_identifiers(a, b);
    case Kind::text:
      return similarity(word_of(a), word_of(b), kClose) >= kClose ? 2 : kElse;
  }
  return kElse;
}

bool alike(const Value& a, const Value& b) {
  return a.text == b.text || similarity(word_of(a), word_of(b), kClose) >= kClose;
}

double jaro_winkler(std::string_view a, std::string_view b) {
  return rapidfuzz::jaro_winkler_similarity(a, b);
}

bool within_one_edit(std::string_view a, std::string_view b) {
  if (a.size() > b.size()) std::swap(a, b);
  if (b.size() - a.size() > 1) return false;
  std::size_t head = 0;
  while (head < a.size() && a[head] == b[head]) ++head;
  if (head == a.size()) return true;
  if (a.size() != b.size()) return a.substr(head) == b.substr(head + 1);
  if (a.substr(head + 1) == b.substr(head + 1)) return true;
  return head + 1 < a.size() && a[head] == b[head + 1] && a[head + 1] == b[head] &&
         a.substr(head + 2) == b.substr(head + 2);
}

std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t at_most) {
  const auto longer = std::max(a.size(), b.size());
  const auto brief = std::min(a.size(), b.size());
  if (longer - brief > at_most) return at_most + 1;
  return rapidfuzz::osa_distance(a, b, at_most);
}

}  // namespace cdp::identity::match
