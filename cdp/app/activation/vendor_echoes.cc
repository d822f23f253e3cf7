#include "cdp/app/activation/vendor_echoes.h"

#include <algorithm>

#include "cdp/app/activation/echo_mark.h"
#include "cdp/app/activation/outbox_book.h"
#include "connectors/order_body.h"

namespace cdp::app {
namespace {

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

// Which statement of which message. No date: one that was left out is that of the receipt.
std::string mark_of(const crypto::BlindIndex& index, const event::Fact& fact,
                    const event::Statement& said) {
  const Token address = said.contact_point.value_or(Token{});
  return echo_mark(index.token({"echo", fact.source, fact.message_id, said.purpose, said.channel,
                                said.vendor, as_text(address)}));
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
  const std::string mark = mark_of(pipeline_.keyed().message, fact, said);
  std::optional<store::OutboxItem> repeated;
  for (const auto& member : (*person)->members) {
    const auto rows = pipeline_.services().ledger.outbox_of(member.persona);
    if (!rows) return false;
    for (const auto& row : *rows) {
      const auto* destination = policy->destination(row.destination);
      if (destination == nullptr || !speaks_for(fact.source, *destination)) continue;
      if (row.last_code == mark) return true;
      if (repeated || (has_echo_mark(row) && !said.is_state)) continue;
      const auto told = told_by(row);
      if (told && consent::is_echo(said, *told, **person, *speaker, *policy)) repeated = row;
    }
  }
  return repeated && note(*repeated, said, mark);
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

// An open row keeps the mark when its lane writes it anew (OutboxBook).
bool VendorEchoes::note(const store::OutboxItem& row, const event::Statement& said,
                        const std::string& mark) const {
  if (has_echo_mark(row)) return true;
  const auto written = pipeline_.writer().run([&](BatchBuilder& builder) -> Result<void> {
    CDP_TRY(auto now, newest_of(row, pipeline_.services().ledger, builder.batch()));
    if (now && now->last_code == mark) return {};
    if (!now || has_echo_mark(*now)) {
      return fail(ErrorCode::conflict, "the order has had its echo");
    }
    audit::Entry entry;
    entry.kind = "order_echoed";
    entry.at = said.received_at;
    entry.fields["destination"] = row.destination;
    entry.fields["purpose"] = row.purpose;
    entry.fields["source"] = said.source;
    CDP_CHECK(builder.audit(std::move(entry), row.persona));
    now->last_code = mark;
    builder.batch().outbox.push_back(*std::move(now));
    return {};
  });
  return written.has_value();
}

}  // namespace cdp::app
