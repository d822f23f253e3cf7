#include "cdp/app/activation/effect_planner.h"

namespace cdp::app {
namespace {

bool is_no(const event::Statement& statement) {
  switch (statement.choice) {
    case event::Choice::granted:
      return false;
    case event::Choice::denied:
    case event::Choice::withdrawn:
    case event::Choice::objected:
    case event::Choice::restricted:
      return true;
  }
  return true;
}

}  // namespace

audit::Entry latch_entry(const store::LatchRow& row, const identity::Rules& rules, Time now) {
  audit::Entry entry;
  entry.kind = "identifier_over_cap";
  entry.at = now;
  entry.fields["type"] = std::string(rules.name_of(row.kind));
  return entry;
}

EffectPlanner::EffectPlanner(PolicySource policy, const store::Ledger& ledger,
                             const crypto::Keyring& keyring, std::string tenant, Clock& clock,
                             Random& random, PendingViews& pending, IdentityEffects identity)
    : policy_(std::move(policy)),
      clock_(clock),
      pending_(pending),
      orders_(ledger, keyring, std::move(tenant), clock, random),
      identity_(std::move(identity)) {}

std::vector<PlannedEffect> EffectPlanner::plan(const Folded& folded) {
  std::vector<PlannedEffect> out;
  if (folded.document_changed || folded.subject_changed) plan_views(folded, out);
  const auto policy = policy_();
  for (const auto& statement : folded.statements) {
    if (!is_no(statement)) continue;
    plan_copies(folded, statement, out);
    orders_.plan_no(*policy, folded, statement, out);
  }
  orders_.plan_corrections(*policy, folded, out);
  plan_change(folded, out);
  plan_latches(folded, out);
  return out;
}

// A change of subjects: a version for `merge explain`, and an entry in the audit trail.
void EffectPlanner::plan_change(const Folded& folded, std::vector<PlannedEffect>& out) {
  if (folded.formed.empty()) return;
  audit::Entry entry;
  entry.kind = folded.merged ? "merge" : "part";
  entry.at = clock_.now();
  std::size_t members = 0;
  for (const auto& subject : folded.formed) members += subject.size();
  entry.fields["members"] = static_cast<std::int64_t>(members);
  entry.fields["subjects"] = static_cast<std::int64_t>(folded.formed.size());
  entry.fields["rules"] = identity_.rules.version();
  const PersonaOrdinal about =
      folded.persona.none() ? folded.formed.front().front() : folded.persona;
  out.push_back({folded.position, Report{std::move(entry), about}});
  SubjectChange change{folded.position, identity_.rules.version(), folded.merged, folded.formed};
  out.push_back({folded.position, NoteChange{std::move(change), clock_.now()}});
}

// One owner's erasure must not let the others merge: from here on the identifier is nobody's, by a
// fact of the ledger (DESIGN §7).
void EffectPlanner::plan_latches(const Folded& folded, std::vector<PlannedEffect>& out) {
  for (const auto& row : folded.crossed) {
    LinkDecision decision;
    decision.kind = LinkDecision::Kind::latch;
    decision.identifier = row.identifier;
    decision.identifier_kind = row.kind;
    out.push_back({folded.position, Decide{std::move(decision), clock_.now()}});
    out.push_back({folded.position, Report{latch_entry(row, identity_.rules, clock_.now()), {}}});
    if (identity_.on_latched) identity_.on_latched(row);
  }
}

void EffectPlanner::plan_views(const Folded& folded, std::vector<PlannedEffect>& out) {
  std::set<PersonaOrdinal> subjects;
  if (folded.document_changed && !folded.members.empty()) subjects.insert(folded.members.front());
  for (const auto& formed : folded.formed) subjects.insert(formed.front());
  for (const PersonaOrdinal subject : subjects) {
    for (auto& item : views_of(subject, folded.position)) {
      out.push_back({folded.position, Deliver{std::move(item)}});
    }
  }
}

std::vector<store::OutboxItem> EffectPlanner::views_of(PersonaOrdinal subject, Position cause) {
  std::vector<store::OutboxItem> out;
  const auto policy = policy_();
  for (const auto& [name, destination] : policy->destinations) {
    if (destination.url.empty()) continue;  // reads through the profile API: nothing to send
    for (const auto& purpose : destination.purposes) {
      if (!pending_.add({name, purpose, subject})) continue;
      store::OutboxItem item;
      item.destination = name;
      item.kind = store::OutboxKind::view;
      item.persona = subject;
      item.cause = cause;
      item.purpose = purpose;
      item.next_try = clock_.now();
      out.push_back(std::move(item));
    }
  }
  return out;
}

void EffectPlanner::plan_copies(const Folded& folded, const event::Statement& statement,
                                std::vector<PlannedEffect>& out) {
  for (const PersonaOrdinal member : folded.members) {
    if (member == folded.persona) continue;
    out.push_back({folded.position, CopyStatement{member, statement}});
  }
  for (const PersonaOrdinal holder : folded.address_holders) {
    out.push_back({folded.position, CopyStatement{holder, statement}});
  }
}

}  // namespace cdp::app
