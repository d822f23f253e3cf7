#include "consent/standing.h"

#include <algorithm>

#include "consent/unsubscribe.h"

namespace cdp::consent {

namespace {

using Records = std::vector<AttributeJudge::RecordDecision>;

bool is_a_no(Reason reason) {
  return reason == Reason::denied || reason == Reason::withdrawn ||
         reason == Reason::superseded_by_denial || reason == Reason::objected ||
         reason == Reason::restricted;
}

Decision overall(const Records& records) {
  const auto rank = [](const Decision& decision) {
    return std::pair(is_a_no(decision.reason), informative(decision.reason));
  };
  const auto most = std::max_element(
      records.begin(), records.end(),
      [&](const auto& a, const auto& b) { return rank(a.decision) < rank(b.decision); });
  return most == records.end() ? Decision{} : most->decision;
}

DestinationConfig whoever(const Policy& policy) {
  DestinationConfig destination;
  destination.role = DestinationRole::processor;
  for (const auto& [name, rule] : policy.attributes) destination.attributes.push_back(name);
  return destination;
}

// What the statements alone say of each record.
Records by_statements(const identity::Profile& profile, const Policy& policy,
                      const Purpose& purpose, const std::string& vendor, Time now) {
  const PersonEvidence evidence(profile, policy);
  const auto decisions = decisions_by_record(profile, evidence, policy, purpose, vendor, now);
  Records records;
  for (std::size_t i = 0; i < decisions.size(); ++i) {
    if (!profile.members[i].withheld) records.push_back({&profile.members[i], decisions[i]});
  }
  return records;
}

}  // namespace

Standing standing_of(const identity::Profile& profile, const Policy& policy,
                     const crypto::BlindIndex& link_index, const Purpose& purpose,
                     const DestinationConfig* destination, Time now) {
  const DestinationConfig asked = destination != nullptr ? *destination : whoever(policy);
  std::vector<std::string> attributes = asked.attributes;
  std::erase(attributes, kListUnsubscribe);  // minted with a value, and none itself
  AttributeJudge judge(policy, asked, purpose, profile, link_index, now);
  Standing standing;
  standing.records = judge.judge_records(attributes);
  standing.addresses = judge.addresses();
  if (!standing.records.empty()) {
    standing.overall = overall(standing.records);
    return standing;
  }
  standing.records = by_statements(profile, policy, purpose, asked.name, now);
  standing.overall = overall(standing.records);
  if (destination == nullptr) return standing;
  const auto without_value = [](Decision& decision) {
    if (decision.allowed) decision = {false, Reason::no_value, decision.deciding};
  };
  without_value(standing.overall);
  for (auto& record : standing.records) without_value(record.decision);
  return standing;
}

Decision gate_answer(const Standing& standing, const Purpose& purpose) {
  Decision best{false, Reason::no_value, nullptr};
  const auto take = [&](const Decision& decision) {
    if (informative(decision.reason) > informative(best.reason)) best = decision;
  };
  if (purpose.channel.empty()) {
    for (const auto& record : standing.records) take(record.decision);
  } else {
    for (const auto& [address, decision] : standing.addresses) take(decision);
  }
  return best;
}

std::vector<EffectiveRow> effective_rows(const identity::Profile& profile, const Policy& policy,
                                         const crypto::BlindIndex& link_index, Time now) {
  std::vector<EffectiveRow> rows;
  rows.reserve(policy.purposes.size());
  for (const auto& [key, purpose] : policy.purposes) {
    const Decision decision =
        standing_of(profile, policy, link_index, purpose, nullptr, now).overall;
    EffectiveRow row{key, purpose.channel, decision.allowed, decision.reason, {}, {}};
    if (const event::Statement* deciding = decision.deciding) {
      row.source = deciding->source;
      row.decided_at =
          deciding->occurred_at.known() ? deciding->occurred_at : deciding->received_at;
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace cdp::consent
