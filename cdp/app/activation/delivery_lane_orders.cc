// The lane's side of orders: what a row of the outbox says, and the passport that goes with it.
#include "cdp/app/activation/delivery_lane.h"

namespace cdp::app {

Result<connectors::OrderBody> DeliveryLane::open_order(const store::OutboxItem& row) const {
  return connectors::OrderBody::open(services_.pipeline.services().keyring.request_key(),
                                     services_.pipeline.options().tenant, row.cause.value(),
                                     row.sealed_order);
}

// Whether a correction is still to be told is for the gate to say, right before the first byte.
bool DeliveryLane::prepare_order(Attempt& attempt) {
  const auto& row = attempt.rows.front();
  auto body = open_order(row);
  if (!body) {
    settle(attempt, End::failed, "not_cut");
    return false;
  }
  attempt.order = *std::move(body);
  if (attempt.order->about != connectors::OrderBody::About::correction) return true;
  const auto profile = services_.pipeline.live().profile_of(row.persona);
  if (!services_.pipeline.health() || !profile) {
    settle(attempt, End::again, "unreadable");
    return false;
  }
  if (!*profile) {
    settle(attempt, End::gone, {});
    return false;
  }
  const OutboundRules rules = services_.rules();
  auto order =
      rules.gate->correction({destination_, attempt.order->purpose, attempt.order->attributes},
                             attempt.order->vendor_id, **profile, now());
  if (!order) {
    const bool over = order.error().code == ErrorCode::not_found;
    settle(attempt, over ? End::cancelled : End::failed, over ? "not_configured" : "gate_error");
    return false;
  }
  if (!*order) {
    settle(attempt, End::carried, {});
    return false;
  }
  attempt.correction.emplace(*std::move(*order));
  return true;
}

// A delivered order takes the place of its like; that of a person who is gone leaves nothing.
void DeliveryLane::keep_newest(Attempt& attempt) {
  if (!attempt.order) return;
  const auto& row = attempt.rows.front();
  const auto profile = services_.pipeline.live().profile_of(row.persona);
  if (profile && !*profile) attempt.order.reset();
  const auto rows = ledger().outbox_of(row.persona);
  if (!rows || !attempt.order) return;
  for (const auto& old : *rows) {
    if (old.kind != row.kind || old.destination != destination_ || old.purpose != row.purpose ||
        old.status != store::OutboxStatus::delivered || old.id == row.id) {
      continue;
    }
    const auto body = open_order(old);
    if (body && body->about == attempt.order->about &&
        body->vendor_id == attempt.order->vendor_id) {
      attempt.superseded.push_back(old.id);
    }
  }
}

Result<connectors::transport::OutboundRequest> DeliveryLane::cut(
    const OutboundRules& rules, const connectors::Destination& destination, Attempt& attempt) {
  const auto& row = attempt.rows.front();
  const std::string id = delivery_id(row.id);
  if (row.kind == store::OutboxKind::view) {
    return destination.cut(std::move(*attempt.view), id, now());
  }
  if (row.kind == store::OutboxKind::erasure) {
    CDP_TRY(auto order, services_.erasure_order(row));
    return destination.cut(std::move(order), id, now());
  }
  if (attempt.correction) return destination.cut(*std::move(attempt.correction), id, now());
  const auto& body = *attempt.order;
  if (body.about == connectors::OrderBody::About::category) {
    CDP_TRY(auto order, rules.gate->category_order(destination_, body.vendor_id, body.purpose,
                                                   body.attributes, body.choice, body.decided_at));
    return destination.cut(std::move(order), id, now());
  }
  CDP_TRY(auto order, rules.gate->choice_order(destination_, body.vendor_id, body.purpose,
                                               body.choice, body.decided_at));
  return destination.cut(std::move(order), id, now());
}

}  // namespace cdp::app
