// Value: one opened value of a record, folded once so that comparing it is cheap.
//
// Folding: to Latin letters without accents (ICU Any-Latin; Latin-ASCII), lower case, runs of
// anything else than letters and digits to one space. Names lose titles; e-mail addresses and
// phone numbers are normalised as identifiers are (identifier.h) and kept as typed when they are
// none; dates become YYYYMMDD.
//
// Thread-safety: one thread at a time (ICU's transliterator keeps a cache). Non-errors: what holds
// nothing usable ("n/a", "unknown", no letter or digit) is an empty value, which compares as
// missing.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "identity/match/config.h"
#include "identity/match/field.h"

namespace cdp::identity::match {

struct Value {
  std::string text;            // folded; e-mail: the address; phone: digits; date: YYYYMMDD
  std::uint64_t letters = 0;   // which characters: bounds what can be in common
  std::uint16_t split = 0;     // e-mail: length of the local part
  std::uint16_t nickname = 0;  // given name: its group, 0 for none
  std::int32_t days = 0;       // date: days since 1 March of year 0, 0 for none
};

// The bit of a character in Value::letters.
constexpr std::uint64_t letter_bit(char c) {
  if (c >= 'a' && c <= 'z') return std::uint64_t{1} << static_cast<unsigned>(c - 'a');
  if (c >= '0' && c <= '9') return std::uint64_t{1} << static_cast<unsigned>(c - '0' + 26);
  return std::uint64_t{1} << 36U;
}

class ValueReader {
 public:
  explicit ValueReader(const Config& config);
  ~ValueReader();
  ValueReader(ValueReader&&) noexcept;
  ValueReader& operator=(ValueReader&&) noexcept;

  Value read(Kind kind, std::string_view raw) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cdp::identity::match
