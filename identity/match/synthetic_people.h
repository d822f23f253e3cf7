// Synthetic people: records of invented persons with the truth known, for tests, the bench, the
// demo and `cdp match generate`. Nobody in them exists: e-mail domains are reserved names (RFC
// 2606), phone numbers lie in ranges kept for fiction (Ofcom: +44 7700 900000 to 900999 and the
// like are too few, so the numbers here are of a length that no network assigns).
//
// People live in households that share an address, a family name and a landline; they move, change
// their name, use short forms of it, and are written down by others who mistype, turn dates round,
// swap fields and leave them out.
//
// Deterministic: the same options and seed give the same records. Thread-safety: pure.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "identity/match/config.h"

namespace cdp::identity::match {

inline constexpr std::size_t kSyntheticColumns = 11;
// given_name, family_name, date_of_birth, email, phone, street_number, street, city, postcode,
// gender, device; read by infer_config() without further word, but for the device, which links
// by itself and not by likeness.
const std::array<std::string_view, kSyntheticColumns>& synthetic_columns();

// Shares in percent.
struct Dirt {
  unsigned missing = 8;     // a value left out
  unsigned typo = 8;        // a value mistyped: a letter lost, doubled, changed or turned
  unsigned twice = 15;      // of mistyped values: once more
  unsigned swapped = 2;     // given and family name in each other's place
  unsigned short_form = 8;  // Bob for Robert, or R.
  unsigned date_turned = 2;
};
inline constexpr Dirt kUsualDirt{};
inline constexpr Dirt kCleanDirt{2, 2, 0, 1, 3, 0};
inline constexpr Dirt kWornDirt{22, 22, 30, 8, 10, 3};

struct PeopleOptions {
  std::uint64_t people = 1'000;
  std::uint64_t seed = 1;
  unsigned records_max = 5;         // per person; one to this many, fewer more often
  unsigned household_percent = 50;  // of people live with somebody
  unsigned move_percent = 15;       // a record from another address than the first
  unsigned name_change_percent = 4;
  Dirt dirt = kUsualDirt;
};

struct SyntheticRecord {
  std::uint64_t person = 0;
  std::array<std::string, kSyntheticColumns> values;
};

// Shuffled, so that a person's records do not stand together.
std::vector<SyntheticRecord> synthetic_people(const PeopleOptions& options);

}  // namespace cdp::identity::match
