// Two values of one field -> a level of agreement. Levels are ordered: 0 missing on either side, 1
// no agreement worth a name, then closer and closer, the last one exact.
//
// Jaro-Winkler is rapidfuzz's: Winkler's prefix bonus (0.1 a character, at most 4) is given only
// where Jaro alone exceeds 0.7, as in Winkler's own code; every cut here lies above that.
// Damerau-Levenshtein is the restricted form (optimal string alignment); at distance 1 they agree.
//
// Thread-safety: pure functions. Non-errors: empty values compare as missing.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "identity/match/field.h"
#include "identity/match/value.h"

namespace cdp::identity::match {

inline constexpr std::size_t kLevelsMax = 12;
inline constexpr std::uint8_t kMissing = 0;
inline constexpr std::uint8_t kElse = 1;

struct LevelSet {
  std::span<const std::string_view> names;  // from kMissing to exact
  std::array<double, kLevelsMax> m_guess;   // where EM starts; sums to 1 without `missing`
  std::uint8_t crossed = 0;                 // the level of values that changed places; 0: none
  std::uint8_t exact() const { return static_cast<std::uint8_t>(names.size() - 1); }
};
const LevelSet& levels_of(Kind kind);

// How much of the term adjustment a level takes: 1 for exact, 0.5 for the nearly exact.
double term_share(Kind kind, std::uint8_t level);

// `crossed` is never answered: it needs two fields (Scorer).
std::uint8_t compare(Kind kind, const Value& a, const Value& b);

// Equal or close, of whatever field: a value that moved may be misspelt, too.
bool alike(const Value& a, const Value& b);

// 0 to 1.
double jaro_winkler(std::string_view a, std::string_view b);
bool within_one_edit(std::string_view a, std::string_view b);
std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t at_most);

}  // namespace cdp::identity::match
