#include "cdp/app/activation/effect_planner.h"

#include "connectors/order_body.h"

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

// Does a "no" about `stated` concern data that was disclosed for `disclosed`?
bool concerns(const std::string& stated, const consent::Purpose* disclosed_purpose,
              const std::string& disclosed) {
  if (stated.empty() || stated == "*") return true;
  if (stated == "gpc") return disclosed_purpose == nullptr || disclosed_purpose->sale_or_share;
  return consent::covers(stated, disclosed);
}

}  // namespace

EffectPlanner::EffectPlanner(PolicySource policy, const store::Ledger& ledger,
                             const crypto::Keyring& keyring, std::string tenant, Clock& clock,
                             Random& random, PendingViews& pending)
    : policy_(std::move(policy)),
      ledger_(ledger),
      keyring_(keyring),
      tenant_(std::move(tenant)),
      clock_(clock),
      random_(random),
      pending_(pending) {}

std::vector<PlannedEffect> EffectPlanner::plan(const Folded& folded) {
  std::vector<PlannedEffect> out;
  if (folded.document_changed || folded.subject_changed) plan_views(folded, out);
  for (const auto& statement : folded.statements) {
    if (!is_no(statement)) continue;
    plan_copies(folded, statement, out);
    plan_choices(folded, statement, out);
  }
  if (folded.merged) {
    audit::Entry entry;
    entry.kind = "merge";
    entry.at = clock_.now();
    entry.fields["members"] = static_cast<std::int64_t>(folded.members.size());
    out.push_back({folded.position, Report{std::move(entry), folded.persona}});
  }
  return out;
}

void EffectPlanner::plan_views(const Folded& folded, std::vector<PlannedEffect>& out) {
  if (folded.members.empty()) return;
  const PersonaOrdinal subject = folded.members.front();
  const auto policy = policy_();
  for (const auto& [name, destination] : policy->destinations) {
    if (destination.url.empty()) continue;  // reads through the profile API: nothing to send
    for (const auto& purpose : destination.purposes) {
      if (!pending_.add({name, purpose, subject})) continue;
      store::OutboxItem item;
      item.destination = name;
      item.kind = store::OutboxKind::view;
      item.persona = subject;
      item.cause = folded.position;
      item.purpose = purpose;
      item.next_try = clock_.now();
      out.push_back({folded.position, Deliver{std::move(item)}});
    }
  }
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
      if (!concerns(statement.purpose, policy->purpose(disclosure.purpose), disclosure.purpose))
        continue;
      if (!statement.vendor.empty() && statement.vendor != disclosure.destination) continue;
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
