#include "cdp/app/activation/vendor_echoes.h"

#include <algorithm>

#include "connectors/order_body.h"

namespace cdp::app {
namespace {

constexpr const char* kEchoed = "echoed";

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

// Whether the source is the voice of one of the destinations.
bool speaks_for(const std::string& source, const consent::DestinationConfig& destination) {
  return !source.empty() && destination.source == source;
}

}  // namespace

bool VendorEchoes::take(const event::Fact& fact, const event::Statement& said) const {
  if (!consent::may_be_echo(said)) return false;
  const auto policy = policy_();
  const bool anybody = std::ranges::any_of(policy->destinations, [&](const auto& entry) {
    return speaks_for(fact.source, entry.second);
  });
  if (!anybody || !pipeline_.health()) return false;
  const auto speaker = pipeline_.services().keys.find(fact.persona_token);
  if (!speaker) return false;
  const auto person = pipeline_.live().profile_of(*speaker);
  if (!person || !*person) return false;
  for (const auto& member : (*person)->members) {
    const auto rows = pipeline_.services().ledger.outbox_of(member.persona);
    if (!rows) return false;
    for (const auto& row : *rows) {
      const auto* destination = policy->destination(row.destination);
      if (destination == nullptr || !speaks_for(fact.source, *destination)) continue;
      if (row.last_code == kEchoed && !said.is_state) continue;
      const auto told = told_by(row);
      if (told && consent::is_echo(said, *told, **person, *speaker, *policy))
        return note(row, said);
    }
  }
  return false;
}

// What the row carried to its vendor, when it was sent and says no to a purpose.
std::optional<consent::ToldNo> VendorEchoes::told_by(const store::OutboxItem& row) const {
  using connectors::OrderBody;
  if (row.kind != store::OutboxKind::choice || !was_sent(row)) return std::nullopt;
  auto body = OrderBody::open(pipeline_.services().keyring.request_key(),
                              pipeline_.options().tenant, row.cause.value(), row.sealed_order);
  if (!body || body->about != OrderBody::About::purpose) return std::nullopt;
  return consent::ToldNo{row.cause, std::move(body->purpose), body->decided_at};
}

// Of a row that is still open nothing can be noted but the entry: the lane writes it anew.
bool VendorEchoes::note(const store::OutboxItem& row, const event::Statement& said) const {
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
