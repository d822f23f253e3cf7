#include "cdp/app/ingest/fold_item.h"

#include "cdp/core/event/cbor.h"

namespace cdp::app {

Result<FoldItem> open_record(const store::Record& record, PersonaKeys& keys,
                             const store::BodyCodec& codec) {
  FoldItem item{record.position, record.persona, record.kind, std::monostate{}};
  if (record.kind == store::RecordKind::link_decision) {
    item.content = record.body;
    return item;
  }
  if (record.kind == store::RecordKind::erasure) return item;
  CDP_TRY(const auto open, keys.open(record.persona));
  CDP_TRY(const auto packed, codec.open(record.body, open.key.encryption_key(), open.persona,
                                        "fact", record.position.value()));
  CDP_TRY(const auto plain, codec.unpack(packed));
  if (record.kind == store::RecordKind::statement_copy) {
    CDP_TRY(auto statement, event::FactCodec::decode_statement(plain));
    item.content = std::move(statement);
  } else {
    CDP_TRY(auto fact, event::FactCodec::decode(plain));
    item.content = std::move(fact);
  }
  return item;
}

Bytes LinkDecision::encode() const {
  event::cbor::Writer w;
  w.array(3);
  w.boolean(apart);
  w.bytes(first);
  w.bytes(second);
  return w.take();
}

Result<LinkDecision> LinkDecision::decode(ByteView bytes) {
  event::cbor::Reader r(bytes);
  LinkDecision decision;
  CDP_TRY(const auto items, r.array());
  if (items != 3) return fail(ErrorCode::corrupt, "a link decision has another shape");
  CDP_TRY(decision.apart, r.boolean());
  CDP_TRY(const auto first, r.bytes());
  CDP_TRY(const auto second, r.bytes());
  if (first.size() != 16 || second.size() != 16 || !r.done()) {
    return fail(ErrorCode::corrupt, "a link decision has another shape");
  }
  std::copy(first.begin(), first.end(), decision.first.begin());
  std::copy(second.begin(), second.end(), decision.second.begin());
  return decision;
}

}  // namespace cdp::app
