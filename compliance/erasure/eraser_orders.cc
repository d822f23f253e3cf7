// The vendors' side of an erasure, and identifiers on their way into a request row.

#include <algorithm>

#include "cdp/core/crypto/signature.h"
#include "cdp/core/event/cbor.h"
#include "compliance/erasure/eraser.h"
#include "connectors/order_body.h"

namespace cdp::compliance {
namespace {

constexpr std::size_t kIdentifiersMax = 1'000;

bool is_open(store::OutboxStatus status) {
  return status == store::OutboxStatus::waiting || status == store::OutboxStatus::in_doubt;
}

crypto::SealContext identifiers_context(std::string_view tenant, const RequestId& id) {
  return crypto::SealContext{tenant, id.bytes(), "request_identifiers", 0, 1};
}

}  // namespace

// Every vendor id under which anybody of the subject was shown: a view of the whole person stands
// under the subject's smallest member.
Result<void> Eraser::add_vendors(Manifest& manifest) {
  for (const PersonaOrdinal member : manifest.subject_members) {
    CDP_TRY(const auto disclosures, ground_.ledger().disclosures_of(member));
    for (const auto& disclosure : disclosures) {
      if (disclosure.vendor_id.empty()) continue;
      const auto known = std::ranges::find_if(manifest.vendors, [&](const auto& vendor) {
        return vendor.destination == disclosure.destination &&
               vendor.vendor_id == disclosure.vendor_id;
      });
      if (known != manifest.vendors.end()) continue;
      manifest.vendors.push_back({disclosure.destination, disclosure.vendor_id,
                                  ground_.can_be_told(disclosure.destination)});
    }
  }
  return {};
}

std::vector<store::OutboxItem> Eraser::orders_for(const Work& work, std::size_t first_vendor) {
  const Manifest& manifest = work.dossier.manifest;
  const ManifestPersona& first = manifest.personas.front();
  std::vector<store::OutboxItem> orders;
  for (std::size_t i = first_vendor; i < manifest.vendors.size(); ++i) {
    const auto& vendor = manifest.vendors[i];
    if (!vendor.is_told) continue;
    connectors::OrderBody body;
    body.vendor_id = vendor.vendor_id;
    body.request = work.row.id;
    body.decided_at = work.row.created_at;
    store::OutboxItem item;
    item.destination = vendor.destination;
    item.kind = store::OutboxKind::erasure;
    item.persona = first.ordinal;  // all orders of one erasure stand under one persona
    item.cause = first.head;
    item.purpose = work.row.id.to_string();
    item.sealed_order =
        body.seal(work.key.view(), dossier_key_.tenant(), first.head.value(), ground_.random());
    item.next_try = ground_.now();
    orders.push_back(std::move(item));
  }
  return orders;
}

Result<connectors::ErasureOrder> Eraser::order_for(const store::OutboxItem& item) {
  CDP_TRY(const auto id, RequestId::parse(item.purpose));
  CDP_TRY(const auto row, ground_.ledger().request(id));
  if (!row || row->kind != kErasureKind) {
    return fail(ErrorCode::not_found, "there is no such erasure");
  }
  CDP_TRY(const auto envelope, Envelope::decode(row->sealed));
  if (envelope.sealed_key.empty()) return fail(ErrorCode::not_found, "the erasure is over");
  CDP_TRY(const auto key, dossier_key_.unwrap(envelope.sealed_key, id));
  CDP_TRY(const auto body, connectors::OrderBody::open(key.view(), dossier_key_.tenant(),
                                                       item.cause.value(), item.sealed_order));
  if (body.request != id) return fail(ErrorCode::corrupt, "an order names another request");
  connectors::ErasureOrder order;
  order.destination_ = item.destination;
  order.vendor_id_ = body.vendor_id;
  order.request_ = id;
  order.ordered_at_ = body.decided_at;
  return order;
}

Result<Eraser::Orders> Eraser::orders_of(const Work& work) const {
  const auto& manifest = work.dossier.manifest;
  CDP_TRY(const auto items, ground_.ledger().outbox_of(manifest.personas.front().ordinal));
  const std::string request = work.row.id.to_string();
  Orders orders;
  for (const auto& item : items) {
    if (item.kind != store::OutboxKind::erasure || item.purpose != request) continue;
    orders.any_open = orders.any_open || is_open(item.status);
    orders.any_failed = orders.any_failed || item.status == store::OutboxStatus::refused ||
                        item.status == store::OutboxStatus::failed;
  }
  return orders;
}

Result<void> Eraser::vendor_answered(const RequestId& id) {
  const std::lock_guard lock(mutex_);
  CDP_TRY(const auto row, ground_.ledger().request(id));
  // Before local_complete the last local step looks for itself.
  if (!row || row->status != kLocalComplete) return {};
  CDP_TRY(auto work, open(*row));
  CDP_TRY(const auto orders, orders_of(work));
  if (orders.any_open || orders.any_failed || work.dossier.manifest.vendors_by_hand() > 0) {
    return {};
  }
  return close(work);
}

Result<store::RequestRow> Eraser::confirm_by_hand(const RequestId& id) {
  const std::lock_guard lock(mutex_);
  CDP_TRY(const auto row, ground_.ledger().request(id));
  if (!row || row->kind != kErasureKind) {
    return fail(ErrorCode::not_found, "there is no such erasure");
  }
  if (row->status == kVendorsComplete) return *row;
  if (row->status != kLocalComplete) {
    return fail(ErrorCode::conflict, "the erasure is not complete here yet",
                "restart cdp, or look at its log: it goes on by itself");
  }
  CDP_TRY(auto work, open(*row));
  auto& manifest = work.dossier.manifest;
  audit::Entry entry;
  entry.kind = "erasure_told_by_hand";
  entry.at = ground_.now();
  entry.fields["request"] = id.to_string();
  entry.fields["vendors"] = static_cast<std::int64_t>(manifest.vendors_by_hand());
  CDP_TRY(const auto orders, orders_of(work));
  entry.fields["orders_failed"] = orders.any_failed;
  if (orders.any_failed || manifest.vendors_by_hand() > 0) {
    for (auto& vendor : manifest.vendors) vendor.is_told = true;
    work.row.updated_at = ground_.now();
    reseal(work);
    CDP_CHECK(ground_.commit({work.row, {}, {entry}, {}}));
  }
  if (!orders.any_open) CDP_CHECK(close(work));
  return std::move(work.row);
}

Result<std::string> Eraser::certificate_of(const store::RequestRow& row) {
  CDP_TRY(const auto envelope, Envelope::decode(row.sealed));
  return envelope.certificate;
}

Bytes Eraser::seal_identifiers(const std::vector<event::Identifier>& identifiers,
                               ByteView request_key, std::string_view tenant, const RequestId& id,
                               Random& random) {
  const PiiAccess access;
  event::cbor::Writer w;
  w.array(identifiers.size());
  for (const auto& identifier : identifiers) {
    w.text(identifier.type);
    w.text(identifier.value.open(access));
  }
  return crypto::seal(request_key, identifiers_context(tenant, id), w.take(), random);
}

Result<std::vector<event::Identifier>> Eraser::open_identifiers(ByteView sealed,
                                                                ByteView request_key,
                                                                std::string_view tenant,
                                                                const RequestId& id) {
  CDP_TRY(const auto plain, crypto::open(request_key, identifiers_context(tenant, id), sealed));
  event::cbor::Reader r(plain);
  CDP_TRY(const auto count, r.array());
  std::vector<event::Identifier> identifiers;
  if (count > kIdentifiersMax) return fail(ErrorCode::corrupt, "a request has another shape");
  for (std::size_t i = 0; i < count; ++i) {
    CDP_TRY(const auto type, r.text());
    CDP_TRY(const auto value, r.text());
    identifiers.push_back({std::string(type), Pii<std::string>(std::string(value))});
  }
  return identifiers;
}

Token Eraser::digest_identifiers(const std::vector<event::Identifier>& identifiers,
                                 ByteView request_key, std::string_view scope) {
  const PiiAccess access;
  event::cbor::Writer w;
  w.text("request_id");
  w.text(scope);
  for (const auto& identifier : identifiers) {
    w.text(identifier.type);
    w.text(identifier.value.open(access));
  }
  const auto digest = crypto::hmac_sha256(request_key, w.take());
  Token token{};
  std::copy_n(digest.begin(), token.size(), token.begin());
  return token;
}

}  // namespace cdp::compliance
