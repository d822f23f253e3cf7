#include "cdp/app/activation/vendor_echoes.h"

#include <algorithm>

#include "consent/weighing.h"

namespace cdp::app {
namespace {

using connectors::OrderBody;
using event::Choice;
using event::Statement;

constexpr const char* kEchoed = "echoed";

bool is_plain_no(const Statement& said) {
  return (said.choice == Choice::denied || said.choice == Choice::withdrawn) &&
         !consent::is_complaint(said);
}

Position origin(const Statement& said) {
  return said.copied_from.none() ? said.position : said.copied_from;
}

bool is_about(const Statement& said, const std::string& purpose) {
  return said.purpose.empty() || said.purpose == consent::kEveryPurpose ||
         consent::covers(said.purpose, purpose);
}

// The no that the order carried, in the words of one record.
bool holds(const identity::ProfileMember& member, Position cause, const std::string& purpose) {
  return std::ranges::any_of(member.document.statements, [&](const Statement& one) {
    return one.choice != Choice::granted && origin(one) == cause && is_about(one, purpose);
  });
}

bool granted_since(const identity::Profile& person, Position cause, const std::string& purpose) {
  return std::ranges::any_of(person.members, [&](const auto& member) {
    return std::ranges::any_of(member.document.statements, [&](const Statement& one) {
      return one.choice == Choice::granted && cause < one.position &&
             consent::covers(purpose, one.purpose);
    });
  });
}

bool was_sent(const store::OutboxItem& row) {
  switch (row.status) {
    case store::OutboxStatus::in_doubt:
    case store::OutboxStatus::delivered:
      return true;
    case store::OutboxStatus::waiting:
      return row.attempts > 0;
    case store::OutboxStatus::refused:
    case store::OutboxStatus::failed:
    case store::OutboxStatus::cancelled:
      return false;
  }
  return false;
}

}  // namespace

bool VendorEchoes::take(const event::Fact& fact, const Statement& said) const {
  if (!is_plain_no(said)) return false;
  const auto policy = policy_();
  const auto speaks_here = [&](const store::OutboxItem& row) {
    const auto* destination = policy->destination(row.destination);
    return destination != nullptr && !fact.source.empty() && destination->source == fact.source;
  };
  const bool anybody = std::ranges::any_of(policy->destinations, [&](const auto& entry) {
    return entry.second.source == fact.source && !fact.source.empty();
  });
  if (!anybody || !pipeline_.health()) return false;
  const auto persona = pipeline_.services().keys.find(fact.persona_token);
  if (!persona) return false;
  const auto person = pipeline_.live().profile_of(*persona);
  if (!person || !*person) return false;
  const auto& members = (*person)->members;
  const auto speaker = std::ranges::find(members, *persona, &identity::ProfileMember::persona);
  if (speaker == members.end()) return false;
  for (const auto& member : members) {
    const auto rows = pipeline_.services().ledger.outbox_of(member.persona);
    if (!rows) return false;
    for (const auto& row : *rows) {
      if (speaks_here(row) && repeats(row, *speaker, **person, said)) return note(row, said);
    }
  }
  return false;
}

bool VendorEchoes::repeats(const store::OutboxItem& row, const identity::ProfileMember& speaker,
                           const identity::Profile& person, const Statement& said) const {
  if (row.kind != store::OutboxKind::choice || !was_sent(row)) return false;
  if (row.last_code == kEchoed && !said.is_state) return false;
  const auto body =
      OrderBody::open(pipeline_.services().keyring.request_key(), pipeline_.options().tenant,
                      row.cause.value(), row.sealed_order);
  if (!body || body->about != OrderBody::About::purpose) return false;
  if (!consent::covers(body->purpose, said.purpose)) return false;
  const Time at = said.occurred_at.known() ? said.occurred_at : said.received_at;
  if (at + kSkew < body->decided_at) return false;
  const bool is_over = row.status == store::OutboxStatus::delivered;
  if (is_over && closed_at(row) + kWindow < at) return false;
  return holds(speaker, row.cause, said.purpose) && !granted_since(person, row.cause, said.purpose);
}

// Of a row that is still open nothing can be noted but the entry: the lane writes it anew.
bool VendorEchoes::note(const store::OutboxItem& row, const Statement& said) const {
  if (row.last_code == kEchoed) return true;
  const auto written = pipeline_.writer().run([&](BatchBuilder& builder) -> Result<void> {
    CDP_TRY(const auto rows, pipeline_.services().ledger.outbox_of(row.persona));
    const auto now = std::ranges::find(rows, row.id, &store::OutboxItem::id);
    const bool marked_here = std::ranges::any_of(
        builder.batch().outbox,
        [&](const store::OutboxItem& put) { return put.id == row.id && put.last_code == kEchoed; });
    if (now == rows.end() || now->last_code == kEchoed || marked_here) {
      return fail(ErrorCode::conflict, "the order has had its echo");
    }
    audit::Entry entry;
    entry.kind = "order_echoed";
    entry.at = said.received_at;
    entry.fields["destination"] = row.destination;
    entry.fields["purpose"] = row.purpose;
    entry.fields["source"] = said.source;
    CDP_CHECK(builder.audit(std::move(entry), row.persona));
    if (now->status != store::OutboxStatus::delivered) return {};
    store::OutboxItem marked = *now;
    marked.last_code = kEchoed;
    builder.batch().outbox.push_back(std::move(marked));
    return {};
  });
  return written.has_value();
}

}  // namespace cdp::app
