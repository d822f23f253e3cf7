#include "compliance/requests/request_book.h"

#include <algorithm>
#include <array>
#include <chrono>

#include "cdp/core/event/cbor.h"
#include "compliance/erasure/eraser.h"

namespace cdp::compliance {
namespace {

constexpr const char* kOpen = "open";
constexpr const char* kComplete = "complete";
constexpr std::int64_t kDayUs = 86'400'000'000;
constexpr std::array<std::string_view, 5> kOfficerKinds = {"access", "portability", "rectification",
                                                           "restriction", "objection"};

std::string kind_of(event::PrivacyOrder::Kind kind) {
  switch (kind) {
    case event::PrivacyOrder::Kind::data_request:
      return "vendor_data_request";
    case event::PrivacyOrder::Kind::redact:
      return kVendorRedact;
    case event::PrivacyOrder::Kind::shop_redact:
      return "vendor_shop_redact";
  }
  return kVendorRedact;
}

// row.sealed = CBOR [source, sealed identifiers]
Bytes encode(const std::string& source, ByteView sealed) {
  event::cbor::Writer w;
  w.array(2);
  w.text(source);
  w.bytes(sealed);
  return w.take();
}

}  // namespace

bool can_be_opened(std::string_view kind) {
  return std::ranges::find(kOfficerKinds, kind) != kOfficerKinds.end();
}

Time due_at(Time from) {
  using namespace std::chrono;
  const auto days_since = static_cast<int>(from.us / kDayUs);
  const year_month_day day{sys_days{days{days_since}}};
  const auto next = year_month{day.year(), day.month()} + months{1};
  const auto last = year_month_day_last{next.year(), month_day_last{next.month()}}.day();
  const sys_days due = year_month_day{next.year(), next.month(), std::min(day.day(), last)};
  return Time{due.time_since_epoch().count() * kDayUs + from.us % kDayUs};
}

audit::Entry RequestBook::entry_of(const char* kind, const store::RequestRow& row) const {
  audit::Entry entry;
  entry.kind = kind;
  entry.at = services_.clock.now();
  entry.fields["request"] = row.id.to_string();
  entry.fields["request_kind"] = row.kind;
  return entry;
}

Result<store::RequestRow> RequestBook::put(RequestId id, const std::string& kind,
                                           const std::string& source,
                                           const std::vector<event::Identifier>& identifiers) {
  store::RequestRow row;
  row.id = id;
  row.kind = kind;
  row.status = kOpen;
  row.created_at = row.updated_at = services_.clock.now();
  row.sealed = encode(source, Eraser::seal_identifiers(identifiers, services_.keyring.request_key(),
                                                       services_.tenant, id, services_.random));
  CDP_CHECK(services_.commit(row, entry_of("request_opened", row)));
  return row;
}

Result<store::RequestRow> RequestBook::open(const std::string& kind,
                                            const std::vector<event::Identifier>& identifiers) {
  if (!can_be_opened(kind)) {
    return fail(ErrorCode::invalid_argument, "there is no request of this kind",
                "use erasure, access, portability, rectification, restriction or objection");
  }
  return put(RequestId(services_.random.next_token()), kind, "", identifiers);
}

Result<store::RequestRow> RequestBook::queue(const event::PrivacyOrder& order,
                                             const std::string& source) {
  const std::string kind = kind_of(order.kind);
  // Length first, so that no two scopes read alike.
  std::string scope =
      std::to_string(source.size()) + ":" + source + "|" + kind + "|" + order.vendor_request_id;
  const RequestId id(Eraser::digest_identifiers(
      order.vendor_request_id.empty() ? order.identifiers : std::vector<event::Identifier>(),
      services_.keyring.request_key(), scope));
  CDP_TRY(auto known, services_.ledger.request(id));
  if (known) return std::move(*known);
  return put(id, kind, source, order.identifiers);
}

Result<std::optional<store::RequestRow>> RequestBook::show(const RequestId& id) const {
  return services_.ledger.request(id);
}

Result<std::vector<store::RequestRow>> RequestBook::list(const std::string& status,
                                                         std::size_t limit) const {
  return services_.ledger.requests(status, limit);
}

Result<RequestBook::Contents> RequestBook::contents_of(const store::RequestRow& row) const {
  if (row.kind == kErasureKind || row.sealed.empty()) {
    return fail(ErrorCode::not_found, "the request names nobody any more");
  }
  event::cbor::Reader r(row.sealed);
  CDP_TRY(const auto parts, r.array());
  CDP_TRY(const auto source, r.text());
  CDP_TRY(const auto sealed, r.bytes());
  if (parts != 2 || !r.done()) return fail(ErrorCode::corrupt, "a request has another shape");
  Contents contents;
  contents.source = source;
  CDP_TRY(contents.identifiers, Eraser::open_identifiers(sealed, services_.keyring.request_key(),
                                                         services_.tenant, row.id));
  return contents;
}

Result<store::RequestRow> RequestBook::complete(const RequestId& id) {
  CDP_TRY(auto row, services_.ledger.request(id));
  if (!row) return fail(ErrorCode::not_found, "there is no such request");
  if (row->kind == kErasureKind) {
    return fail(ErrorCode::conflict, "an erasure completes itself");
  }
  if (row->status == kComplete) return std::move(*row);
  row->status = kComplete;
  row->updated_at = services_.clock.now();
  row->sealed.clear();
  CDP_CHECK(services_.commit(*row, entry_of("request_completed", *row)));
  return std::move(*row);
}

}  // namespace cdp::compliance
