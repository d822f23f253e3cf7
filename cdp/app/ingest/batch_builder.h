// BatchBuilder: one ledger transaction in the making, on the writer's thread. Numbers positions and
// outbox ids, chains a persona's records, seals bodies, and appends audit entries, so that whatever
// is committed together is described together (DESIGN §6).
//
// Lifetime: one group commit. Thread-safety: the writer's thread alone. A command that fails is
// taken back with rollback().
#pragma once

#include <deque>
#include <set>
#include <unordered_map>

#include "cdp/app/ingest/persona_keys.h"
#include "cdp/core/audit/trail.h"
#include "cdp/core/store/body_codec.h"
#include "cdp/core/store/ledger.h"

namespace cdp::app {

// Heads of the personas' record chains, dense by ordinal.
class Heads {
 public:
  Position get(PersonaOrdinal persona) const {
    return persona.value() < heads_.size() ? Position(heads_[persona.value()]) : Position{};
  }
  void set(PersonaOrdinal persona, Position position) {
    if (persona.value() >= heads_.size()) heads_.resize(persona.value() + persona.value() / 4 + 64);
    heads_[persona.value()] = position.value();
  }

 private:
  std::vector<std::uint64_t> heads_;
};

struct BatchServices {
  PersonaKeys& keys;
  const store::BodyCodec& codec;
  audit::Trail& trail;
  Heads& heads;
  Random& random;
  // Personas whose generation has ended: nothing is appended to them any more.
  const std::set<PersonaOrdinal>& ended;
};

class BatchBuilder {
 public:
  // `before`: a batch that is not durable yet and that this one stands on; it must outlive the
  // filling of this one.
  BatchBuilder(BatchServices services, Position last_position, std::uint64_t last_outbox_id,
               const BatchBuilder* before = nullptr);

  // Appends a record of `persona`, sealing `packed` under its key and for its position. Errors:
  // not_found when the persona has no key or is being erased.
  Result<Position> append(store::RecordKind kind, PersonaOrdinal persona, ByteView packed,
                          const Token& dedup, Time received_at);
  // A record without a persona and without a key (link decisions), or an empty end-of-generation
  // mark.
  Position append_clear(store::RecordKind kind, PersonaOrdinal persona, Bytes body,
                        Time received_at);
  // An audit entry in the same transaction. `persona`: whose pseudonym stands in it.
  Result<void> audit(const audit::Entry& entry);
  Result<void> audit(audit::Entry entry, PersonaOrdinal persona);
  std::uint64_t add_outbox(store::OutboxItem item);

  store::LedgerBatch& batch() { return batch_; }
  Position last_position() const { return last_position_; }
  std::uint64_t last_outbox_id() const { return last_outbox_id_; }
  bool is_ended(PersonaOrdinal persona) const { return services_.ended.contains(persona); }
  // Heads as they will be once this is durable.
  Position head(PersonaOrdinal persona) const;
  const std::unordered_map<PersonaOrdinal, Position>& new_heads() const { return new_heads_; }

  struct Mark {
    std::size_t records, tombstones, lifted, audit, outbox, outbox_done, requests, disclosures,
        tokens, opt_ins, opt_ins_done, opt_ins_erased, effects, meta;
    std::optional<Position> effects_position;
    Position last_position;
    std::uint64_t last_outbox_id;
    audit::Frontier frontier;
    std::unordered_map<PersonaOrdinal, Position> new_heads;
  };
  Mark mark() const;
  void rollback(const Mark& mark);

 private:
  BatchServices services_;
  store::LedgerBatch batch_;
  Position last_position_;
  std::uint64_t last_outbox_id_;
  std::unordered_map<PersonaOrdinal, Position> new_heads_;
  const BatchBuilder* before_;
};

}  // namespace cdp::app
