#include "cdp/app/ingest/fold_item.h"

namespace cdp::app {

Result<FoldItem> open_record(const store::Record& record, PersonaKeys& keys,
                             const store::BodyCodec& codec) {
  FoldItem item{record.position, record.persona, record.kind, std::monostate{}};
  if (record.kind == store::RecordKind::link_decision ||
      record.kind == store::RecordKind::subject_change) {
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
  } else if (record.kind == store::RecordKind::retraction) {
    item.content = plain;
  } else {
    CDP_TRY(auto fact, event::FactCodec::decode(plain));
    item.content = std::move(fact);
  }
  return item;
}

}  // namespace cdp::app
