#include "cdp/app/likeness/records.h"

#include <sodium.h>

#include <algorithm>

#include "consent/contact_point_reader.h"
#include "identity/profile_reader.h"

namespace cdp::app {
namespace {

// What identifiers a field's values are.
std::string_view identifier_type(identity::match::Kind kind) {
  if (kind == identity::match::Kind::email) return "email";
  if (kind == identity::match::Kind::phone) return "phone";
  return {};
}

bool is_retracted(const identity::ProfileMember& member, const identity::match::Field& field,
                  const consent::Policy& policy, const crypto::BlindIndex& link_index) {
  const auto type = identifier_type(field.kind);
  const auto attribute = member.document.attributes.find(field.name);
  if (type.empty() || member.retracted.empty() || attribute == member.document.attributes.end()) {
    return false;
  }
  const auto* source = policy.source(member.document.source);
  const auto address = consent::ContactPointReader::token(
      member.document, attribute->second.json, type,
      source != nullptr ? std::string_view(source->default_region) : std::string_view(),
      link_index);
  return address && std::ranges::find(member.retracted, *address, &event::FactIdentifier::token) !=
                        member.retracted.end();
}

// Each by its own record's decision about the purpose.
template <class Test>
std::set<PersonaOrdinal> members_who(const identity::Profile& profile,
                                     const consent::Policy& policy, Time now, Test&& test) {
  std::set<PersonaOrdinal> out;
  const auto* purpose = policy.purpose(kLinkingPurpose);
  if (purpose == nullptr) return out;
  const consent::PersonEvidence evidence(profile, policy);
  const auto decisions = consent::decisions_by_record(profile, evidence, policy, *purpose, "", now);
  for (std::size_t i = 0; i < decisions.size(); ++i) {
    if (test(decisions[i])) out.insert(profile.members[i].persona);
  }
  return out;
}

}  // namespace

OpenedRecord::~OpenedRecord() {
  for (std::string& value : values) sodium_memzero(value.data(), value.size());
}

std::set<PersonaOrdinal> may_be_matched(const identity::Profile& profile,
                                        const consent::Policy& policy, Time now) {
  return members_who(profile, policy, now,
                     [](const consent::Decision& decision) { return decision.allowed; });
}

std::set<PersonaOrdinal> refuse_linking(const identity::Profile& profile,
                                        const consent::Policy& policy, Time now) {
  return members_who(profile, policy, now, [](const consent::Decision& decision) {
    return !decision.allowed && decision.reason != consent::Reason::restricted;
  });
}

std::vector<OpenedRecord> open_records(const identity::Profile& profile,
                                       const std::set<PersonaOrdinal>& allowed,
                                       const consent::Policy& policy,
                                       const crypto::BlindIndex& link_index,
                                       std::span<const identity::match::Field> fields) {
  std::vector<OpenedRecord> records;
  records.reserve(profile.members.size());
  for (const auto& member : profile.members) {
    if (!allowed.contains(member.persona)) continue;
    OpenedRecord record(member.persona, fields.size());
    for (const auto& field : fields) {
      record.values.push_back(is_retracted(member, field, policy, link_index)
                                  ? std::string()
                                  : identity::ProfileReader::text(member.document, field.name));
    }
    const auto given = [](const std::string& value) { return !value.empty(); };
    if (std::ranges::any_of(record.values, given)) records.push_back(std::move(record));
  }
  return records;
}

}  // namespace cdp::app
