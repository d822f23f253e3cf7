// Records of the store, opened to be compared by likeness: the one place of the app that opens
// values for it, and the one question whether they may be.
//
// Thread-safety: pure. Non-errors: a record without any of the fields is left out.
#pragma once

#include <set>
#include <span>
#include <string>
#include <vector>

#include "cdp/core/crypto/blind_index.h"
#include "consent/effective.h"
#include "identity/match/field.h"

namespace cdp::app {

// A record that refuses this purpose is never opened, and enters no pair.
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

// The members whose own record may be compared: another record's yes opens it only where both are
// proven to be one person's. Nobody where policy knows no such purpose.
std::set<PersonaOrdinal> may_be_matched(const identity::Profile& profile,
                                        const consent::Policy& policy, Time now);

// The members about whom no link by likeness may stand: who said no, or did not agree where policy
// needs it. Not who is restricted alone: that freezes what is. Nobody where policy knows no such
// purpose.
std::set<PersonaOrdinal> refuse_linking(const identity::Profile& profile,
                                        const consent::Policy& policy, Time now);

// Of these members. An address or a number that was taken back from a record is missing from it,
// under whichever attribute its source gave it: it would join again whom an officer parted.
std::vector<OpenedRecord> open_records(const identity::Profile& profile,
                                       const std::set<PersonaOrdinal>& allowed,
                                       const consent::Policy& policy,
                                       const crypto::BlindIndex& link_index,
                                       std::span<const identity::match::Field> fields);

}  // namespace cdp::app
