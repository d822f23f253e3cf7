#include "connectors/order_body.h"

#include "cdp/core/event/cbor.h"

namespace cdp::connectors {
namespace {

crypto::SealContext context(std::string_view tenant, std::uint64_t cause) {
  return crypto::SealContext{tenant, {}, "order", cause, 1};
}

}  // namespace

Bytes OrderBody::seal(ByteView key32, std::string_view tenant, std::uint64_t cause,
                      Random& random) const {
  event::cbor::Writer w;
  w.array(5);
  w.text(vendor_id);
  w.text(purpose);
  w.uint(static_cast<std::uint64_t>(choice));
  w.bytes(request.bytes());
  w.integer(decided_at.us);
  return crypto::seal(key32, context(tenant, cause), w.take(), random);
}

Result<OrderBody> OrderBody::open(ByteView key32, std::string_view tenant, std::uint64_t cause,
                                  ByteView sealed) {
  CDP_TRY(const auto plain, crypto::open(key32, context(tenant, cause), sealed));
  event::cbor::Reader r(plain);
  CDP_TRY(const auto items, r.array());
  if (items != 5) return fail(ErrorCode::corrupt, "an order has another shape");
  OrderBody body;
  CDP_TRY(const auto vendor_id, r.text());
  CDP_TRY(const auto purpose, r.text());
  CDP_TRY(const auto choice, r.uint());
  CDP_TRY(const auto request, r.bytes());
  CDP_TRY(body.decided_at.us, r.integer());
  if (choice < 1 || choice > 5 || request.size() != 16 || !r.done()) {
    return fail(ErrorCode::corrupt, "an order has another shape");
  }
  body.vendor_id = vendor_id;
  body.purpose = purpose;
  body.choice = static_cast<event::Choice>(choice);
  Token id{};
  std::copy(request.begin(), request.end(), id.begin());
  body.request = RequestId(id);
  return body;
}

}  // namespace cdp::connectors
