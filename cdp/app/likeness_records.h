// Records of the store, opened to be compared by likeness: the one place of the app that opens
// values for it, and the one question whether they may be.
//
// Thread-safety: pure. Non-errors: a record without any of the fields is left out.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "consent/effective.h"
#include "identity/match/field.h"

namespace cdp::app {

// Whoever refuses this purpose is never opened, and enters no pair.
inline constexpr const char* kLinkingPurpose = "identity.linking";

// Wiped when it ends.
struct OpenedRecord {
  PersonaOrdinal persona;
  std::vector<std::string> values;  // as they came, one a field; empty when missing

  OpenedRecord(PersonaOrdinal of, std::size_t fields) : persona(of) { values.reserve(fields); }
  OpenedRecord(OpenedRecord&&) noexcept = default;
  OpenedRecord& operator=(OpenedRecord&&) = delete;
  ~OpenedRecord();
};

// False, too, where policy knows no such purpose.
bool may_be_matched(const identity::Profile& profile, const consent::Policy& policy, Time now);

std::vector<OpenedRecord> open_records(const identity::Profile& profile,
                                       std::span<const identity::match::Field> fields);

}  // namespace cdp::app
