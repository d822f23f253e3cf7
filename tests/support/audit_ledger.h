// A Ledger that only keeps audit rows and meta, and whose rows a test may tamper with: what no
// engine of the product allows.
#pragma once

#include <map>

#include "cdp/core/store/ledger.h"

namespace cdp::testing {

class AuditLedger : public store::Ledger {
 public:
  std::vector<Bytes> entries;
  std::map<std::string, Bytes> values;
  bool broken = false;  // every call fails

  Result<void> commit(const store::LedgerBatch& batch, store::Fence) override {
    if (broken) return absent();
    for (const auto& row : batch.audit) entries.push_back(row.entry);
    for (const auto& [key, value] : batch.meta) values[key] = value;
    return {};
  }
  Result<std::uint64_t> audit_size() const override {
    if (broken) return absent();
    return entries.size();
  }
  Result<void> read_audit(std::uint64_t from, std::uint64_t to,
                          const std::function<void(const store::AuditRow&)>& row) const override {
    if (broken) return absent();
    for (std::uint64_t i = from; i < to && i < entries.size(); ++i) row({i, entries[i]});
    return {};
  }
  Result<Bytes> meta(const std::string& key) const override {
    if (broken) return absent();
    const auto found = values.find(key);
    return found == values.end() ? Bytes{} : found->second;
  }

  Result<Token> last_batch() const override { return absent(); }
  Result<Position> last_position() const override { return absent(); }
  Result<Position> effects_position() const override { return absent(); }
  Result<std::size_t> read(Position, std::size_t,
                           const std::function<void(const store::Record&)>&) const override {
    return absent();
  }
  Result<std::optional<store::Record>> get(Position) const override { return absent(); }
  Result<void> each_header(Position,
                           const std::function<void(const store::Record&)>&) const override {
    return absent();
  }
  Result<void> each_dedup(Time,
                          const std::function<void(const Token&, Position, Time)>&) const override {
    return absent();
  }
  Result<void> each_tombstone(const std::function<void(const store::Tombstone&)>&) const override {
    return absent();
  }
  Result<std::optional<Time>> tombstone(store::Tombstone::Scope, const Token&) const override {
    return absent();
  }
  Result<std::vector<store::OutboxItem>> outbox_due(const std::string&, Time,
                                                    std::size_t) const override {
    return absent();
  }
  Result<std::vector<store::OutboxItem>> outbox_of(PersonaOrdinal) const override {
    return absent();
  }
  Result<std::uint64_t> last_outbox_id() const override { return absent(); }
  Result<std::size_t> outbox_waiting(const std::string&) const override { return absent(); }
  Result<std::optional<store::RequestRow>> request(RequestId) const override { return absent(); }
  Result<std::vector<store::RequestRow>> requests(const std::string&, std::size_t) const override {
    return absent();
  }
  Result<std::vector<store::Disclosure>> disclosures_of(PersonaOrdinal) const override {
    return absent();
  }
  Result<std::vector<store::AccessToken>> tokens() const override { return absent(); }
  Result<std::optional<store::PendingOptIn>> opt_in(const Token&) const override {
    return absent();
  }
  Result<std::size_t> opt_ins_since(const Token&, Time) const override { return absent(); }
  Result<std::vector<Token>> opt_ins_ended(Time, std::size_t) const override { return absent(); }
  Result<void> erase(const std::vector<Position>&, const std::vector<PersonaOrdinal>&,
                     store::Fence) override {
    return absent();
  }
  Result<store::Fence> take_fence() override { return absent(); }
  Result<std::size_t> wal_bytes() const override { return absent(); }
  Result<void> checkpoint() override { return absent(); }
  Result<void> truncate_wal() override { return absent(); }
  Result<void> rewrite() override { return absent(); }
  Result<void> integrity_check() const override { return absent(); }

 private:
  static tl::unexpected<Error> absent() {
    return fail(ErrorCode::unavailable, "this ledger keeps audit rows only");
  }
};

}  // namespace cdp::testing
