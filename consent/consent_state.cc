#include "consent/consent_state.h"

#include <algorithm>

#include "consent/standing.h"

namespace cdp::consent {

namespace {

using event::Choice;
using event::Statement;

std::vector<ToldStatement> history_of(const identity::Profile& profile,
                                      const crypto::BlindIndex& pseudonyms) {
  std::vector<ToldStatement> history;
  for (const auto& member : profile.members) {
    for (const Statement& statement : member.document.statements) {
      if (!statement.copied_from.none()) continue;  // told where it was made
      history.push_back({statement_id(statement, pseudonyms), statement, member.persona});
    }
  }
  std::sort(history.begin(), history.end(), [](const ToldStatement& a, const ToldStatement& b) {
    return std::tuple(b.statement.received_at, b.statement.position, b.statement.index) <
           std::tuple(a.statement.received_at, a.statement.position, a.statement.index);
  });
  return history;
}

std::optional<ToldStatement> told(const Statement* deciding,
                                  const std::vector<ToldStatement>& history,
                                  const crypto::BlindIndex& pseudonyms) {
  if (deciding == nullptr) return std::nullopt;
  const std::string id = statement_id(*deciding, pseudonyms);
  const auto found = std::find_if(history.begin(), history.end(),
                                  [&](const ToldStatement& item) { return item.id == id; });
  if (found != history.end()) return *found;
  return ToldStatement{id, *deciding, {}};  // a copy whose original another person has by now
}

}  // namespace

std::string statement_id(const Statement& statement, const crypto::BlindIndex& pseudonyms) {
  const Position origin = statement.copied_from.none() ? statement.position : statement.copied_from;
  return "stm_" + to_crockford(pseudonyms.token({"statement", std::to_string(origin.value()),
                                                 std::to_string(statement.index)}));
}

ConsentState consent_state(const identity::Profile& profile, const Policy& policy,
                           const crypto::BlindIndex& pseudonyms, const StateQuestion& question,
                           Time now) {
  ConsentState state;
  state.history = history_of(profile, pseudonyms);
  state.places = jurisdictions_of(profile, policy);
  const PersonEvidence evidence(profile, policy);
  for (const auto& [key, purpose] : policy.purposes) {
    std::vector<std::string> vendors = {""};
    for (const auto& [name, destination] : policy.destinations) {
      const auto& purposes = destination.purposes;
      if (!question.by_vendor) break;
      if (std::find(purposes.begin(), purposes.end(), key) != purposes.end()) {
        vendors.push_back(name);
      }
    }
    for (const std::string& vendor : vendors) {
      const Decision decision = best_decision(profile, evidence, policy, purpose, vendor, now);
      ConsentRow row;
      row.purpose = key;
      row.channel = purpose.channel;
      row.vendor = vendor;
      row.basis = purpose.basis;
      row.allowed = decision.allowed;
      row.reason = decision.reason;
      row.by_choice = decision.deciding != nullptr;
      row.deciding = told(decision.deciding, state.history, pseudonyms);
      const auto* notice = notice_text(policy, key, question.languages, state.places);
      if (notice != nullptr) row.notice = std::make_shared<const NoticeText>(*notice);
      state.rows.push_back(std::move(row));
    }
  }
  for (const Evidence& item : evidence.statements) {
    const Statement& s = *item.statement;
    const bool everything = s.purpose.empty() || s.purpose == kEveryPurpose;
    state.privacy_control |= s.purpose == kGpcPurpose && s.choice != Choice::granted;
    state.restricted |= everything && s.choice == Choice::restricted;
  }
  bool sold = false;
  bool stopped = true;
  for (const ConsentRow& row : state.rows) {
    if (!policy.purposes.at(row.purpose).sale_or_share) continue;
    sold = true;
    stopped = stopped && !row.allowed;
  }
  state.sale_closed = sold && stopped;
  return state;
}

ConsentState consent_lookup(const identity::Profile& profile, const Policy& policy,
                            const crypto::BlindIndex& pseudonyms,
                            const crypto::BlindIndex& link_index, const StateQuestion& question,
                            Time now) {
  ConsentState state = consent_state(profile, policy, pseudonyms, question, now);
  for (ConsentRow& row : state.rows) {
    const auto standing = standing_of(profile, policy, link_index, policy.purposes.at(row.purpose),
                                      policy.destination(row.vendor), now);
    row.allowed = standing.overall.allowed;
    row.reason = standing.overall.reason;
    row.by_choice = standing.overall.deciding != nullptr;
    row.deciding = told(standing.overall.deciding, state.history, pseudonyms);
    for (const auto& [member, decision] : standing.records) {
      row.records.push_back({member->document.source, decision.allowed, decision.reason,
                             told(decision.deciding, state.history, pseudonyms)});
    }
  }
  return state;
}

}  // namespace cdp::consent
