#include "cdp/app/ingest/batch_builder.h"

namespace cdp::app {

BatchBuilder::BatchBuilder(BatchServices services, Position last_position,
                           std::uint64_t last_outbox_id, const BatchBuilder* before)
    : services_(services),
      last_position_(last_position),
      last_outbox_id_(last_outbox_id),
      before_(before) {
  batch_.batch_id = services_.random.next_token();
}

Position BatchBuilder::head(PersonaOrdinal persona) const {
  if (const auto found = new_heads_.find(persona); found != new_heads_.end()) return found->second;
  // Whatever that one stood on has been acknowledged since: it is among the heads.
  if (before_ != nullptr) {
    const auto& heads = before_->new_heads_;
    if (const auto found = heads.find(persona); found != heads.end()) return found->second;
  }
  return services_.heads.get(persona);
}

Result<Position> BatchBuilder::append(store::RecordKind kind, PersonaOrdinal persona,
                                      ByteView packed, const Token& dedup, Time received_at) {
  if (is_ended(persona)) return fail(ErrorCode::not_found, "the persona is being erased");
  CDP_TRY(const auto open, services_.keys.open(persona));
  const Position position = last_position_.next();
  store::Record record;
  record.position = position;
  record.previous = head(persona);
  record.persona = persona;
  record.kind = kind;
  record.dedup = dedup;
  record.received_at = received_at;
  record.body = services_.codec.seal(packed, open.key.encryption_key(), open.persona, "fact",
                                     position.value(), services_.random);
  batch_.records.push_back(std::move(record));
  last_position_ = position;
  new_heads_[persona] = position;
  return position;
}

Position BatchBuilder::append_clear(store::RecordKind kind, PersonaOrdinal persona, Bytes body,
                                    Time received_at) {
  last_position_ = last_position_.next();
  store::Record record;
  record.position = last_position_;
  record.persona = persona;
  record.kind = kind;
  record.received_at = received_at;
  record.body = std::move(body);
  batch_.records.push_back(std::move(record));
  return last_position_;
}

Result<void> BatchBuilder::audit(const audit::Entry& entry) {
  CDP_TRY(auto row, services_.trail.append(entry));
  batch_.audit.push_back(std::move(row));
  return {};
}

Result<void> BatchBuilder::audit(audit::Entry entry, PersonaOrdinal persona) {
  CDP_TRY(const auto open, services_.keys.open(persona));
  std::array<std::uint8_t, 32> secret{};
  std::copy_n(open.key.audit_secret().begin(), secret.size(), secret.begin());
  entry.subject_secret = secret;
  return audit(entry);
}

std::uint64_t BatchBuilder::add_outbox(store::OutboxItem item) {
  item.id = ++last_outbox_id_;
  batch_.outbox.push_back(std::move(item));
  return last_outbox_id_;
}

BatchBuilder::Mark BatchBuilder::mark() const {
  const auto& b = batch_;
  return Mark{b.records.size(),  b.tombstones.size(),   b.tombstones_lifted.size(),
              b.audit.size(),    b.outbox.size(),       b.outbox_done.size(),
              b.requests.size(), b.disclosures.size(),  b.tokens.size(),
              b.opt_ins.size(),  b.opt_ins_done.size(), b.opt_ins_erased.size(),
              b.effects.size(),  b.meta.size(),         b.effects_position,
              last_position_,    last_outbox_id_,       services_.trail.frontier(),
              new_heads_};
}

void BatchBuilder::rollback(const Mark& mark) {
  auto& b = batch_;
  b.records.resize(mark.records);
  b.tombstones.resize(mark.tombstones);
  b.tombstones_lifted.resize(mark.lifted);
  b.audit.resize(mark.audit);
  b.outbox.resize(mark.outbox);
  b.outbox_done.resize(mark.outbox_done);
  b.requests.resize(mark.requests);
  b.disclosures.resize(mark.disclosures);
  b.tokens.resize(mark.tokens);
  b.opt_ins.resize(mark.opt_ins);
  b.opt_ins_done.resize(mark.opt_ins_done);
  b.opt_ins_erased.resize(mark.opt_ins_erased);
  b.effects.resize(mark.effects);
  b.meta.resize(mark.meta);
  b.effects_position = mark.effects_position;
  last_position_ = mark.last_position;
  last_outbox_id_ = mark.last_outbox_id;
  services_.trail.reset(mark.frontier);
  new_heads_ = mark.new_heads;
}

}  // namespace cdp::app
