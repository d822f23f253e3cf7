#include "cdp/app/activation/effect_planner.h"

#include "connectors/order_body.h"
#include "identity/resolver.h"

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

// Does a "no" concern data that was disclosed for `purpose` to this destination? The same reading
// as the engine's (consent/weighing): GPC reaches whoever is no processor and every sale.
bool concerns(const event::Statement& said, const std::string& purpose,
              const consent::DestinationConfig& destination, const consent::Policy& policy) {
  const consent::Purpose* known = policy.purpose(purpose);
  if (!said.vendor.empty() && said.vendor != destination.name) return false;
  if (!said.channel.empty() && known != nullptr && said.channel != known->channel) return false;
  // What the vendor told us itself it need not hear from us: the echo of our own order ends here.
  if (!destination.source.empty() && destination.source == said.source) return false;
  if (said.purpose.empty() || said.purpose == consent::kEveryPurpose) return true;
  if (said.purpose == consent::kGpcPurpose) {
    return known == nullptr || known->sale_or_share ||
           destination.role == consent::DestinationRole::sale_or_share;
  }
  return consent::covers(said.purpose, purpose);
}

}  // namespace

audit::Entry latch_entry(const store::LatchRow& row, Time now) {
  audit::Entry entry;
  entry.kind = "identifier_over_cap";
  entry.at = now;
  entry.fields["type"] =
      std::string(identity::kind_name(static_cast<identity::TypeKind>(row.kind)));
  return entry;
}

EffectPlanner::EffectPlanner(PolicySource policy, const store::Ledger& ledger,
                             const crypto::Keyring& keyring, std::string tenant, Clock& clock,
                             Random& random, PendingViews& pending, IdentityEffects identity)
    : policy_(std::move(policy)),
      ledger_(ledger),
      keyring_(keyring),
      tenant_(std::move(tenant)),
      clock_(clock),
      random_(random),
      pending_(pending),
      identity_(std::move(identity)) {}

std::vector<PlannedEffect> EffectPlanner::plan(const Folded& folded) {
  std::vector<PlannedEffect> out;
  if (folded.document_changed || folded.subject_changed) plan_views(folded, out);
  for (const auto& statement : folded.statements) {
    if (!is_no(statement)) continue;
    plan_copies(folded, statement, out);
    plan_choices(folded, statement, out);
  }
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
  entry.fields["rules"] = identity_.rules;
  const PersonaOrdinal about =
      folded.persona.none() ? folded.formed.front().front() : folded.persona;
  out.push_back({folded.position, Report{std::move(entry), about}});
  SubjectChange change{folded.position, identity_.rules, folded.merged, folded.formed};
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
    out.push_back({folded.position, Report{latch_entry(row, clock_.now()), {}}});
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
}

void EffectPlanner::plan_choices(const Folded& folded, const event::Statement& statement,
                                 std::vector<PlannedEffect>& out) {
  const auto policy = policy_();
  std::set<std::tuple<std::string, std::string, std::string>>
      told;  // destination, vendor id, purpose
  for (const PersonaOrdinal member : folded.members) {
    const auto disclosures = ledger_.disclosures_of(member);
    if (!disclosures)
      continue;  // the read side refuses at once in any case; the next "no" tells the vendor again
    for (const auto& disclosure : *disclosures) {
      const auto* destination = policy->destination(disclosure.destination);
      if (destination == nullptr || destination->url.empty() || disclosure.vendor_id.empty())
        continue;
      if (!concerns(statement, disclosure.purpose, *destination, *policy)) continue;
      if (!told.insert({disclosure.destination, disclosure.vendor_id, disclosure.purpose}).second)
        continue;
      connectors::OrderBody order{
          disclosure.vendor_id, disclosure.purpose, statement.choice, {}, statement.received_at};
      store::OutboxItem item;
      item.destination = disclosure.destination;
      item.kind = store::OutboxKind::choice;
      item.persona = member;
      item.cause = folded.position;
      item.purpose = disclosure.purpose;
      item.sealed_order =
          order.seal(keyring_.request_key(), tenant_, folded.position.value(), random_);
      item.next_try = clock_.now();
      out.push_back({folded.position, Deliver{std::move(item)}});
    }
  }
}

}  // namespace cdp::app
