#include "consent/survey.h"

#include <algorithm>
#include <set>

namespace cdp::consent {

namespace {

using event::Choice;
using event::Statement;

// Whether the person has an address of the channel, whatever may be done with it.
bool has_address(const identity::Profile& profile, std::string_view type) {
  return std::any_of(profile.members.begin(), profile.members.end(), [&](const auto& member) {
    const auto& identifiers = member.document.identifiers;
    return std::any_of(identifiers.begin(), identifiers.end(),
                       [&](const auto& identifier) { return identifier.type == type; });
  });
}

bool said_no_to(const Statement& s, const Purpose& purpose) {
  if (s.choice == Choice::granted) return false;
  if (!s.channel.empty() && s.channel != purpose.channel) return false;
  if (s.purpose == kGpcPurpose) return purpose.sale_or_share;
  return s.purpose.empty() || s.purpose == kEveryPurpose || covers(s.purpose, purpose.key);
}

bool in_conflict(const PersonEvidence& evidence, const Purpose& purpose) {
  bool yes = false;
  bool no = false;
  for (const Evidence& item : evidence.statements) {
    const Statement& s = *item.statement;
    yes |= s.choice == Choice::granted && s.purpose == purpose.key;
    no |= said_no_to(s, purpose);
  }
  return yes && no;
}

bool is_stale(Reason reason) {
  return reason == Reason::expired || reason == Reason::stale_notice || reason == Reason::outgrown;
}

// Every (purpose, destination) that either policy knows, "" = whoever.
std::vector<ChangeRow> change_rows(const Policy& before, const Policy& after) {
  std::set<std::pair<std::string, std::string>> keys;
  for (const Policy* policy : {&before, &after}) {
    for (const auto& [key, purpose] : policy->purposes) keys.emplace(key, "");
    for (const auto& [name, destination] : policy->destinations) {
      for (const std::string& purpose : destination.purposes) keys.emplace(purpose, name);
    }
  }
  std::vector<ChangeRow> rows;
  for (const auto& [purpose, vendor] : keys) {
    ChangeRow& row = rows.emplace_back();
    row.purpose = purpose;
    row.vendor = vendor;
  }
  return rows;
}

Decision decision_under(const Policy& policy, const identity::Profile& profile,
                        const crypto::BlindIndex& link_index, const ChangeRow& row, Time now) {
  const DestinationConfig* destination = nullptr;
  const Purpose* purpose = policy.purpose(row.purpose);
  if (purpose == nullptr) return {false, Reason::purpose_unknown, nullptr};
  if (!row.vendor.empty()) {
    destination = policy.destination(row.vendor);
    if (destination == nullptr) return {false, Reason::destination_unknown, nullptr};
    const auto& own = destination->purposes;
    if (std::find(own.begin(), own.end(), row.purpose) == own.end()) {
      return {false, Reason::purpose_not_configured, nullptr};
    }
  }
  return gate_answer(standing_of(profile, policy, link_index, *purpose, destination, now),
                     *purpose);
}

}  // namespace

Survey::Survey(const Policy& policy, const crypto::BlindIndex& link_index, Time now)
    : policy_(policy), link_index_(link_index), now_(now) {
  for (const auto& [key, purpose] : policy.purposes) {
    SurveyRow& row = rows_.emplace_back();
    row.purpose = key;
    row.channel = purpose.channel;
  }
}

void Survey::add(const identity::Profile& profile) {
  ++persons_;
  const PersonEvidence evidence(profile, policy_);
  for (SurveyRow& row : rows_) {
    const Purpose& purpose = policy_.purposes.at(row.purpose);
    const auto standing = standing_of(profile, policy_, link_index_, purpose, nullptr, now_);
    const std::string_view type = contact_type_of(purpose.channel);
    if (!type.empty() && standing.addresses.empty() && !has_address(profile, type)) continue;
    const Decision decision = gate_answer(standing, purpose);
    row.addresses += standing.addresses.size();
    for (const auto& [address, answer] : standing.addresses) {
      row.addresses_reachable += answer.allowed ? 1U : 0U;
    }
    ++row.contacts;
    ++row.by_reason[decision.reason];
    row.reachable += decision.allowed ? 1U : 0U;
    const Statement* deciding = decision.deciding;
    const bool undated = deciding != nullptr && deciding->choice == Choice::granted &&
                         !deciding->occurred_at.known();
    row.undated += undated ? 1U : 0U;
    row.conflicting += in_conflict(evidence, purpose) ? 1U : 0U;
    row.stale += is_stale(decision.reason) ? 1U : 0U;
  }
}

Comparison::Comparison(const Policy& before, const Policy& after,
                       const crypto::BlindIndex& link_index, Time now)
    : before_(before),
      after_(after),
      link_index_(link_index),
      now_(now),
      rows_(change_rows(before, after)) {}

void Comparison::add(const identity::Profile& profile) {
  ++persons_;
  for (ChangeRow& row : rows_) {
    const Decision old = decision_under(before_, profile, link_index_, row, now_);
    const Decision fresh = decision_under(after_, profile, link_index_, row, now_);
    if (old.allowed == fresh.allowed && old.reason == fresh.reason) continue;
    ++row.reasons[{old.reason, fresh.reason}];
    if (old.allowed == fresh.allowed) {
      ++row.reason_only;
      continue;
    }
    ++(fresh.allowed ? row.gained : row.lost);
    auto& examples = fresh.allowed ? row.gained_examples : row.lost_examples;
    if (examples.size() < kExamplesMax) examples.push_back(profile.subject);
  }
}

std::vector<ChangeRow> Comparison::rows() const {
  std::vector<ChangeRow> changed;
  for (const ChangeRow& row : rows_) {
    if (!row.reasons.empty()) changed.push_back(row);
  }
  return changed;
}

}  // namespace cdp::consent
