// Stores that pass every call on: what a decorator of a test stands on.
//
// Thread-safety: that of the store behind. Lifetime: it must outlive the decorator.
#pragma once

#include "cdp/core/store/directory.h"

namespace cdp::testing {

template <class Store>
class Forwarding : public Store {
 public:
  explicit Forwarding(Store& inner) : inner_(inner) {}

  Result<store::Fence> take_fence() override { return inner_.take_fence(); }
  Result<std::size_t> wal_bytes() const override { return inner_.wal_bytes(); }
  Result<void> checkpoint() override { return inner_.checkpoint(); }
  Result<void> truncate_wal() override { return inner_.truncate_wal(); }
  Result<void> rewrite() override { return inner_.rewrite(); }
  Result<void> integrity_check() const override { return inner_.integrity_check(); }

 protected:
  Store& inner_;
};

class ForwardingLedger : public Forwarding<store::Ledger> {
 public:
  using Forwarding::Forwarding;

  Result<void> commit(const store::LedgerBatch& batch, store::Fence fence) override {
    return inner_.commit(batch, fence);
  }
  Result<Token> last_batch() const override { return inner_.last_batch(); }
  Result<Position> last_position() const override { return inner_.last_position(); }
  Result<Position> effects_position() const override { return inner_.effects_position(); }
  Result<std::size_t> read(Position after, std::size_t limit,
                           const std::function<void(const store::Record&)>& row) const override {
    return inner_.read(after, limit, row);
  }
  Result<std::optional<store::Record>> get(Position position) const override {
    return inner_.get(position);
  }
  Result<void> each_header(Position after,
                           const std::function<void(const store::Record&)>& row) const override {
    return inner_.each_header(after, row);
  }
  Result<void> each_dedup(
      Time since, const std::function<void(const Token&, Position, Time)>& row) const override {
    return inner_.each_dedup(since, row);
  }
  Result<void> each_tombstone(
      const std::function<void(const store::Tombstone&)>& row) const override {
    return inner_.each_tombstone(row);
  }
  Result<std::optional<Time>> tombstone(store::Tombstone::Scope scope,
                                        const Token& token) const override {
    return inner_.tombstone(scope, token);
  }
  Result<std::vector<store::OutboxItem>> outbox_due(const std::string& destination, Time now,
                                                    std::size_t limit) const override {
    return inner_.outbox_due(destination, now, limit);
  }
  Result<std::vector<store::OutboxItem>> outbox_of(PersonaOrdinal persona) const override {
    return inner_.outbox_of(persona);
  }
  Result<std::uint64_t> last_outbox_id() const override { return inner_.last_outbox_id(); }
  Result<std::size_t> outbox_waiting(const std::string& destination) const override {
    return inner_.outbox_waiting(destination);
  }
  Result<std::optional<store::RequestRow>> request(RequestId id) const override {
    return inner_.request(id);
  }
  Result<std::vector<store::RequestRow>> requests(const std::string& status,
                                                  std::size_t limit) const override {
    return inner_.requests(status, limit);
  }
  Result<std::vector<store::Disclosure>> disclosures_of(PersonaOrdinal persona) const override {
    return inner_.disclosures_of(persona);
  }
  Result<std::vector<store::AccessToken>> tokens() const override { return inner_.tokens(); }
  Result<std::optional<store::PendingOptIn>> opt_in(const Token& id) const override {
    return inner_.opt_in(id);
  }
  Result<std::size_t> opt_ins_since(const Token& address, Time since) const override {
    return inner_.opt_ins_since(address, since);
  }
  Result<std::vector<Token>> opt_ins_ended(Time now, std::size_t limit) const override {
    return inner_.opt_ins_ended(now, limit);
  }
  Result<std::uint64_t> audit_size() const override { return inner_.audit_size(); }
  Result<void> read_audit(std::uint64_t from, std::uint64_t to,
                          const std::function<void(const store::AuditRow&)>& row) const override {
    return inner_.read_audit(from, to, row);
  }
  Result<Bytes> meta(const std::string& key) const override { return inner_.meta(key); }
  Result<void> erase(const std::vector<Position>& records,
                     const std::vector<PersonaOrdinal>& personas, store::Fence fence) override {
    return inner_.erase(records, personas, fence);
  }
};

class ForwardingKeyStore : public Forwarding<store::KeyStore> {
 public:
  using Forwarding::Forwarding;

  Result<std::vector<store::KeyRow>> put_if_absent(std::vector<store::KeyRow> rows,
                                                   store::Fence fence) override {
    return inner_.put_if_absent(std::move(rows), fence);
  }
  std::optional<PersonaOrdinal> find(const Token& token) const override {
    return inner_.find(token);
  }
  Result<std::optional<store::KeyRow>> get(PersonaOrdinal ordinal) const override {
    return inner_.get(ordinal);
  }
  Result<void> rewrap(std::span<const store::KeyRow> rows, store::Fence fence) override {
    return inner_.rewrap(rows, fence);
  }
  Result<void> destroy(std::span<const PersonaOrdinal> ordinals, store::Fence fence) override {
    return inner_.destroy(ordinals, fence);
  }
  Result<void> each(const std::function<bool(const store::KeyRow&)>& row) const override {
    return inner_.each(row);
  }
  std::size_t size() const override { return inner_.size(); }
};

class ForwardingState : public Forwarding<store::State> {
 public:
  using Forwarding::Forwarding;

  Result<void> apply(Position from, Position to, const store::StateDelta& delta,
                     store::Fence fence) override {
    return inner_.apply(from, to, delta, fence);
  }
  Result<Position> applied_position() const override { return inner_.applied_position(); }
  Result<std::uint64_t> observations() const override { return inner_.observations(); }
  Result<void> each_link(const std::function<void(const store::LinkRow&)>& row) const override {
    return inner_.each_link(row);
  }
  Result<void> each_persona(
      const std::function<void(const store::PersonaRow&)>& row) const override {
    return inner_.each_persona(row);
  }
  Result<void> each_cannot_link(
      const std::function<void(const store::CannotLinkRow&)>& row) const override {
    return inner_.each_cannot_link(row);
  }
  Result<void> each_must_link(
      const std::function<void(const store::MustLinkRow&)>& row) const override {
    return inner_.each_must_link(row);
  }
  Result<std::optional<store::ReviewRow>> review(const Token& id) const override {
    return inner_.review(id);
  }
  Result<void> each_review(const std::function<void(const store::ReviewRow&)>& row) const override {
    return inner_.each_review(row);
  }
  Result<void> each_retraction(
      const std::function<void(const store::RetractionRow&)>& row) const override {
    return inner_.each_retraction(row);
  }
  Result<void> each_latch(const std::function<void(const store::LatchRow&)>& row) const override {
    return inner_.each_latch(row);
  }
  Result<std::vector<Position>> versions_of(PersonaOrdinal persona) const override {
    return inner_.versions_of(persona);
  }
  Result<void> each_head_page(
      const std::function<void(const store::HeadPage&)>& row) const override {
    return inner_.each_head_page(row);
  }
  Result<void> each_document(
      const std::function<bool(const store::DocumentRow&)>& row) const override {
    return inner_.each_document(row);
  }
  Result<std::optional<Bytes>> document(PersonaOrdinal persona) const override {
    return inner_.document(persona);
  }
  Result<std::string> rule_version() const override { return inner_.rule_version(); }
  Result<void> erase(const std::vector<PersonaOrdinal>& personas, store::Fence fence) override {
    return inner_.erase(personas, fence);
  }
};

}  // namespace cdp::testing
