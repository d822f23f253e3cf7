// A store engine under test: the memory oracle, or sqlcipher in a directory of its own that goes
// with it. `reopen()` closes and opens the files again, as a restart does; the memory engine, which
// keeps nothing, only stays.
//
// Thread-safety: one test's thread.
#pragma once

#include "cdp/core/store/directory.h"
#include "cdp/core/store/memory/engine.h"
#include "cdp/core/store/sqlcipher/engine.h"
#include "tests/support/temp_directory.h"

namespace cdp::testing {

enum class EngineKind : std::uint8_t { memory, sqlcipher };

class StoreUnderTest {
 public:
  explicit StoreUnderTest(EngineKind kind) : kind_(kind) {
    if (kind == EngineKind::memory) {
      engine_ = store::open_memory();
    } else {
      open();
    }
  }

  void reopen() {
    if (kind_ == EngineKind::memory) return;
    engine_ = {};
    open();
  }

  store::KeyStore& keys() { return *engine_.keys; }
  store::Ledger& ledger() { return *engine_.ledger; }
  store::State& state() { return *engine_.state; }

 private:
  void open() {
    namespace sc = store::sqlcipher;
    engine_.keys = sc::open_key_store({directory_ / "keys.db", Bytes(32, 1), ""}).value();
    engine_.ledger = sc::open_ledger({directory_ / "ledger.db", Bytes(32, 2), ""}).value();
    engine_.state = sc::open_state({directory_ / "state.db", Bytes(32, 3), ""}, "").value();
  }

  EngineKind kind_;
  TempDirectory directory_;
  store::Engine engine_;
};

// Rows with contents that a number decides.
inline Token token_of(std::uint64_t number) {
  Token token{};
  for (std::size_t i = 0; i < 8; ++i) token[i] = static_cast<std::uint8_t>(number >> (8 * i));
  token[15] = 0xaa;
  return token;
}

inline store::KeyRow key_row(std::uint64_t number) {
  return store::KeyRow{.ordinal = {},
                       .persona = PersonaId(token_of(number + 1'000'000)),
                       .persona_token = token_of(number),
                       .epoch = 1,
                       .wrapped = Bytes(73, static_cast<std::uint8_t>(number)),
                       .check = Bytes(16, static_cast<std::uint8_t>(number + 1))};
}

inline store::Record record_at(std::uint64_t position) {
  return store::Record{
      .position = Position(position),
      .previous = Position(position - 1),
      .persona = PersonaOrdinal(position % 7 + 1),
      .kind = store::RecordKind::observation,
      .dedup = token_of(position),
      .received_at = Time{1'790'000'000'000'000 + static_cast<std::int64_t>(position) * 60'000'000},
      .body = Bytes(position % 40, static_cast<std::uint8_t>(position))};
}

inline store::LedgerBatch batch_of(std::uint64_t first, std::uint64_t last) {
  store::LedgerBatch batch;
  batch.batch_id = token_of(last);
  for (std::uint64_t position = first; position <= last; ++position) {
    batch.records.push_back(record_at(position));
  }
  return batch;
}

}  // namespace cdp::testing

namespace cdp::store {

inline bool operator==(const KeyRow& a, const KeyRow& b) {
  return std::tie(a.ordinal, a.persona, a.persona_token, a.epoch, a.wrapped, a.check) ==
         std::tie(b.ordinal, b.persona, b.persona_token, b.epoch, b.wrapped, b.check);
}
inline bool operator==(const Record& a, const Record& b) {
  return std::tie(a.position, a.previous, a.persona, a.kind, a.dedup, a.received_at, a.body) ==
         std::tie(b.position, b.previous, b.persona, b.kind, b.dedup, b.received_at, b.body);
}
inline bool operator==(const Tombstone& a, const Tombstone& b) {
  return std::tie(a.scope, a.token, a.erased_at) == std::tie(b.scope, b.token, b.erased_at);
}
inline bool operator==(const AuditRow& a, const AuditRow& b) {
  return std::tie(a.index, a.entry) == std::tie(b.index, b.entry);
}
inline bool operator==(const OutboxItem& a, const OutboxItem& b) {
  return std::tie(a.id, a.destination, a.kind, a.persona, a.cause, a.purpose, a.sealed_order,
                  a.status, a.attempts, a.next_try, a.last_code) ==
         std::tie(b.id, b.destination, b.kind, b.persona, b.cause, b.purpose, b.sealed_order,
                  b.status, b.attempts, b.next_try, b.last_code);
}
inline bool operator==(const RequestRow& a, const RequestRow& b) {
  return std::tie(a.id, a.kind, a.status, a.step, a.sealed, a.created_at, a.updated_at) ==
         std::tie(b.id, b.kind, b.status, b.step, b.sealed, b.created_at, b.updated_at);
}
inline bool operator==(const Disclosure& a, const Disclosure& b) {
  return std::tie(a.persona, a.destination, a.purpose, a.attributes, a.vendor_id, a.position,
                  a.hour, a.count, a.last_at, a.categories) ==
         std::tie(b.persona, b.destination, b.purpose, b.attributes, b.vendor_id, b.position,
                  b.hour, b.count, b.last_at, b.categories);
}
inline bool operator==(const AccessToken& a, const AccessToken& b) {
  return std::tie(a.id, a.hash, a.role, a.binding, a.label, a.created_at, a.revoked_at) ==
         std::tie(b.id, b.hash, b.role, b.binding, b.label, b.created_at, b.revoked_at);
}
inline bool operator==(const LinkRow& a, const LinkRow& b) {
  return std::tie(a.persona, a.identifier, a.tier, a.kind) ==
         std::tie(b.persona, b.identifier, b.tier, b.kind);
}
inline bool operator==(const PersonaRow& a, const PersonaRow& b) {
  return std::tie(a.persona, a.persona_token, a.flags) ==
         std::tie(b.persona, b.persona_token, b.flags);
}
inline bool operator==(const CannotLinkRow& a, const CannotLinkRow& b) {
  return std::tie(a.first, a.second) == std::tie(b.first, b.second);
}
inline bool operator==(const MustLinkRow& a, const MustLinkRow& b) {
  return std::tie(a.first, a.second, a.origin, a.record) ==
         std::tie(b.first, b.second, b.origin, b.record);
}
inline bool operator==(const ReviewRow& a, const ReviewRow& b) {
  return std::tie(a.id, a.outcome, a.record, a.first, a.second) ==
         std::tie(b.id, b.outcome, b.record, b.first, b.second);
}
inline bool operator==(const LatchRow& a, const LatchRow& b) {
  return std::tie(a.identifier, a.kind, a.lifted) == std::tie(b.identifier, b.kind, b.lifted);
}
inline bool operator==(const RetractionRow& a, const RetractionRow& b) {
  return std::tie(a.persona, a.identifier, a.record) == std::tie(b.persona, b.identifier, b.record);
}
inline bool operator==(const DocumentRow& a, const DocumentRow& b) {
  return std::tie(a.persona, a.sealed) == std::tie(b.persona, b.sealed);
}
inline bool operator==(const HeadPage& a, const HeadPage& b) {
  return std::tie(a.page, a.heads) == std::tie(b.page, b.heads);
}

}  // namespace cdp::store
