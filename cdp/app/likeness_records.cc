#include "cdp/app/likeness_records.h"

#include <sodium.h>

#include <algorithm>

#include "identity/profile_reader.h"

namespace cdp::app {

OpenedRecord::~OpenedRecord() {
  for (std::string& value : values) sodium_memzero(value.data(), value.size());
}

bool may_be_matched(const identity::Profile& profile, const consent::Policy& policy, Time now) {
  const auto* purpose = policy.purpose(kLinkingPurpose);
  if (purpose == nullptr) return false;
  return consent::decide_cohort(std::span(&profile, 1), policy, *purpose, "", now).front().allowed;
}

std::vector<OpenedRecord> open_records(const identity::Profile& profile,
                                       std::span<const identity::match::Field> fields) {
  std::vector<OpenedRecord> records;
  records.reserve(profile.members.size());
  for (const auto& member : profile.members) {
    OpenedRecord record(member.persona, fields.size());
    for (const auto& field : fields) {
      record.values.push_back(identity::ProfileReader::text(member.document, field.name));
    }
    const auto given = [](const std::string& value) { return !value.empty(); };
    if (std::ranges::any_of(record.values, given)) records.push_back(std::move(record));
  }
  return records;
}

}  // namespace cdp::app
