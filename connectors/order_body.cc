#include "connectors/order_body.h"

#include "cdp/core/event/cbor.h"

namespace cdp::connectors {
namespace {

constexpr std::size_t kItemsBeforeAbout = 5;
constexpr std::size_t kItems = 7;

tl::unexpected<Error> another_shape() {
  return fail(ErrorCode::corrupt, "an order has another shape");
}

crypto::SealContext context(std::string_view tenant, std::uint64_t cause) {
  return crypto::SealContext{tenant, {}, "order", cause, 1};
}

Result<void> read_about(event::cbor::Reader& r, OrderBody& body) {
  CDP_TRY(const auto about, r.uint());
  CDP_TRY(const auto count, r.array());
  if (about < 1 || about > 3) return another_shape();
  body.about = static_cast<OrderBody::About>(about);
  for (std::size_t i = 0; i < count; ++i) {
    CDP_TRY(const auto name, r.text());
    body.attributes.emplace_back(name);
  }
  return {};
}

}  // namespace

Bytes OrderBody::seal(ByteView key32, std::string_view tenant, std::uint64_t cause,
                      Random& random) const {
  event::cbor::Writer w;
  w.array(kItems);
  w.text(vendor_id);
  w.text(purpose);
  w.uint(static_cast<std::uint64_t>(choice));
  w.bytes(request.bytes());
  w.integer(decided_at.us);
  w.uint(static_cast<std::uint64_t>(about));
  w.array(attributes.size());
  for (const auto& name : attributes) w.text(name);
  return crypto::seal(key32, context(tenant, cause), w.take(), random);
}

Result<OrderBody> OrderBody::open(ByteView key32, std::string_view tenant, std::uint64_t cause,
                                  ByteView sealed) {
  CDP_TRY(const auto plain, crypto::open(key32, context(tenant, cause), sealed));
  event::cbor::Reader r(plain);
  CDP_TRY(const auto items, r.array());
  if (items != kItemsBeforeAbout && items != kItems) return another_shape();
  OrderBody body;
  CDP_TRY(const auto vendor_id, r.text());
  CDP_TRY(const auto purpose, r.text());
  CDP_TRY(const auto choice, r.uint());
  CDP_TRY(const auto request, r.bytes());
  CDP_TRY(body.decided_at.us, r.integer());
  if (items == kItems) CDP_CHECK(read_about(r, body));
  if (choice < 1 || choice > 5 || request.size() != 16 || !r.done()) return another_shape();
  body.vendor_id = vendor_id;
  body.purpose = purpose;
  body.choice = static_cast<event::Choice>(choice);
  Token id{};
  std::copy(request.begin(), request.end(), id.begin());
  body.request = RequestId(id);
  return body;
}

}  // namespace cdp::connectors
