#include <map>
#include <mutex>
#include <set>
#include <tuple>

#include "cdp/core/store/memory/engine.h"

namespace cdp::store::memory {
namespace {

using DisclosureKey = std::tuple<PersonaOrdinal, std::string, std::string, std::string,
                                 std::int64_t, std::string, std::string>;

// Everything a commit changes, so that a commit that is refused half-way changes nothing: it works
// on a copy of the small tables and on the ends of the large ones.
struct Tables {
  Token last_batch{};
  std::uint64_t last_position = 0;
  std::uint64_t last_outbox = 0;
  Position effects_position;
  std::map<Position, Record> records;
  std::map<std::pair<Tombstone::Scope, Token>, Tombstone> tombstones;
  std::vector<AuditRow> audit;
  std::map<std::uint64_t, OutboxItem> outbox;
  std::map<RequestId, RequestRow> requests;
  std::map<DisclosureKey, Disclosure> disclosures;
  std::map<TokenId, AccessToken> tokens;
  std::map<Token, PendingOptIn> opt_ins;
  std::set<std::tuple<Position, std::uint8_t, std::string>> effects;
  std::map<std::string, Bytes> meta;
};

bool is_open(OutboxStatus status) {
  return status == OutboxStatus::waiting || status == OutboxStatus::in_doubt;
}

// Refuses what must not be committed, before anything is changed.
Result<void> check_batch(const Tables& tables, const LedgerBatch& batch) {
  std::uint64_t position = tables.last_position;
  for (const Record& record : batch.records) {
    if (record.position.value() != ++position) {
      return fail(ErrorCode::conflict, "a record does not have the next position",
                  "read last_position and number from there");
    }
  }
  std::uint64_t leaf = tables.audit.size();
  for (const AuditRow& row : batch.audit) {
    if (row.index != leaf++) {
      return fail(ErrorCode::conflict, "an audit row does not have the next index",
                  "read audit_size and number from there");
    }
  }
  auto effects = tables.effects;
  for (const Effect& effect : batch.effects) {
    if (!effects.emplace(effect.position, effect.kind, effect.target).second) {
      return fail(ErrorCode::conflict, "an effect exists already");
    }
  }
  if (batch.effects_position && *batch.effects_position < tables.effects_position) {
    return fail(ErrorCode::conflict, "the effects position cannot move backwards");
  }
  return {};
}

void merge_disclosure(Tables& tables, const Disclosure& row) {
  const DisclosureKey key{row.persona, row.destination, row.purpose,   row.attributes,
                          row.hour,    row.vendor_id,   row.categories};
  const auto [at, added] = tables.disclosures.try_emplace(key, row);
  if (added) return;
  Disclosure& stored = at->second;
  stored.count += row.count;
  stored.position = std::max(stored.position, row.position);
  stored.last_at = std::max(stored.last_at, row.last_at);
}

void put_outbox(Tables& tables, const OutboxItem& item) {
  if (item.id > tables.last_outbox) {
    tables.last_outbox = item.id;
    tables.outbox.emplace(item.id, item);
  } else if (const auto found = tables.outbox.find(item.id); found != tables.outbox.end()) {
    found->second = item;
  }
}

void apply_opt_ins(Tables& tables, const LedgerBatch& batch) {
  for (const PendingOptIn& row : batch.opt_ins) tables.opt_ins[row.id] = row;
  for (const Token& id : batch.opt_ins_done) tables.opt_ins.erase(id);
  for (const Token& address : batch.opt_ins_erased) {
    std::erase_if(tables.opt_ins,
                  [&](const auto& entry) { return entry.second.address == address; });
  }
}

void apply_batch(Tables& tables, const LedgerBatch& batch) {
  for (const Record& record : batch.records) {
    tables.records.emplace(record.position, record);
    tables.last_position = record.position.value();
  }
  for (const Token& token : batch.tombstones_lifted) {
    tables.tombstones.erase({Tombstone::Scope::do_not_contact, token});
  }
  for (const Tombstone& row : batch.tombstones) {
    const auto [at, added] = tables.tombstones.try_emplace({row.scope, row.token}, row);
    if (!added && at->second.erased_at < row.erased_at) at->second = row;
  }
  tables.audit.insert(tables.audit.end(), batch.audit.begin(), batch.audit.end());
  for (const OutboxItem& item : batch.outbox) put_outbox(tables, item);
  for (const std::uint64_t id : batch.outbox_done) tables.outbox.erase(id);
  for (const RequestRow& row : batch.requests) tables.requests[row.id] = row;
  for (const Disclosure& row : batch.disclosures) merge_disclosure(tables, row);
  for (const AccessToken& row : batch.tokens) tables.tokens[row.id] = row;
  apply_opt_ins(tables, batch);
  for (const Effect& row : batch.effects) {
    tables.effects.emplace(row.position, row.kind, row.target);
  }
  if (batch.effects_position) tables.effects_position = *batch.effects_position;
  for (const auto& [key, value] : batch.meta) {
    if (value.empty()) {
      tables.meta.erase(key);
    } else {
      tables.meta[key] = value;
    }
  }
  tables.last_batch = batch.batch_id;
}

class MemoryLedger final : public InMemory<Ledger> {
 private:
  template <class F>
  auto with(F&& f) const {
    const std::lock_guard lock(mutex_);
    return f(tables_);
  }
  template <class F>
  std::vector<OutboxItem> outbox_where(F&& wanted) const {
    return with([&](const Tables& t) {
      std::vector<OutboxItem> items;
      for (const auto& [id, item] : t.outbox) {
        if (wanted(item)) items.push_back(item);
      }
      return items;
    });
  }

 public:
  Result<void> commit(const LedgerBatch& batch, Fence fence) override {
    const std::lock_guard lock(mutex_);
    CDP_CHECK(fence_.check(fence));
    CDP_CHECK(check_batch(tables_, batch));
    apply_batch(tables_, batch);
    return {};
  }

  Result<Token> last_batch() const override {
    return with([](const Tables& t) { return t.last_batch; });
  }
  Result<Position> last_position() const override {
    return with([](const Tables& t) { return Position(t.last_position); });
  }
  Result<Position> effects_position() const override {
    return with([](const Tables& t) { return t.effects_position; });
  }

  Result<std::size_t> read(Position after, std::size_t limit,
                           const std::function<void(const Record&)>& record) const override {
    const auto rows = with([&](const Tables& t) {
      std::vector<Record> found;
      for (auto at = t.records.upper_bound(after); at != t.records.end() && found.size() < limit;
           ++at) {
        found.push_back(at->second);
      }
      return found;
    });
    for (const Record& row : rows) record(row);
    return rows.size();
  }

  Result<std::optional<Record>> get(Position position) const override {
    return with([&](const Tables& t) {
      const auto found = t.records.find(position);
      return found == t.records.end() ? std::nullopt : std::optional<Record>(found->second);
    });
  }

  Result<void> each_header(Position after,
                           const std::function<void(const Record&)>& record) const override {
    CDP_CHECK(read(after, SIZE_MAX, [&](const Record& row) {
      Record header = row;
      header.body.clear();
      record(header);
    }));
    return {};
  }

  Result<void> each_dedup(
      Time since, const std::function<void(const Token&, Position, Time)>& row) const override {
    CDP_CHECK(read(Position(), SIZE_MAX, [&](const Record& record) {
      if (record.dedup != Token{} && record.received_at >= since) {
        row(record.dedup, record.position, record.received_at);
      }
    }));
    return {};
  }

  Result<void> each_tombstone(const std::function<void(const Tombstone&)>& row) const override {
    const auto rows = with([](const Tables& t) { return t.tombstones; });
    for (const auto& [key, value] : rows) row(value);
    return {};
  }

  Result<std::optional<Time>> tombstone(Tombstone::Scope scope, const Token& token) const override {
    return with([&](const Tables& t) {
      const auto found = t.tombstones.find({scope, token});
      return found == t.tombstones.end() ? std::nullopt : std::optional(found->second.erased_at);
    });
  }

  Result<std::vector<OutboxItem>> outbox_due(const std::string& destination, Time now,
                                             std::size_t limit) const override {
    auto due = outbox_where([&](const OutboxItem& item) {
      return item.destination == destination && is_open(item.status) && item.next_try <= now;
    });
    std::ranges::stable_sort(due, {}, &OutboxItem::next_try);
    if (due.size() > limit) due.resize(limit);
    return due;
  }
  Result<std::vector<OutboxItem>> outbox_of(PersonaOrdinal persona) const override {
    return outbox_where([&](const OutboxItem& item) { return item.persona == persona; });
  }
  Result<std::uint64_t> last_outbox_id() const override {
    return with([](const Tables& t) { return t.last_outbox; });
  }
  Result<std::size_t> outbox_waiting(const std::string& destination) const override {
    return outbox_where([&](const OutboxItem& item) {
             return item.destination == destination && is_open(item.status);
           })
        .size();
  }

  Result<std::optional<RequestRow>> request(RequestId id) const override {
    return with([&](const Tables& t) {
      const auto found = t.requests.find(id);
      return found == t.requests.end() ? std::nullopt : std::optional<RequestRow>(found->second);
    });
  }
  Result<std::vector<RequestRow>> requests(const std::string& status,
                                           std::size_t limit) const override {
    std::vector<RequestRow> rows;
    for (const auto& [id, row] : with([](const Tables& t) { return t.requests; })) {
      if (status.empty() || row.status == status) rows.push_back(row);
    }
    std::ranges::stable_sort(rows, {}, &RequestRow::created_at);
    if (rows.size() > limit) rows.resize(limit);
    return rows;
  }
  Result<std::vector<Disclosure>> disclosures_of(PersonaOrdinal persona) const override {
    std::vector<Disclosure> rows;
    for (const auto& [key, row] : with([](const Tables& t) { return t.disclosures; })) {
      if (row.persona == persona) rows.push_back(row);
    }
    return rows;
  }
  Result<std::vector<AccessToken>> tokens() const override {
    std::vector<AccessToken> rows;
    for (const auto& [id, row] : with([](const Tables& t) { return t.tokens; })) {
      rows.push_back(row);
    }
    return rows;
  }

  Result<std::optional<PendingOptIn>> opt_in(const Token& id) const override {
    return with([&](const Tables& t) {
      const auto found = t.opt_ins.find(id);
      return found == t.opt_ins.end() ? std::nullopt : std::optional<PendingOptIn>(found->second);
    });
  }
  Result<std::size_t> opt_ins_since(const Token& address, Time since) const override {
    return with([&](const Tables& t) {
      return static_cast<std::size_t>(std::ranges::count_if(t.opt_ins, [&](const auto& entry) {
        return entry.second.address == address && entry.second.requested_at >= since;
      }));
    });
  }
  Result<std::vector<Token>> opt_ins_ended(Time now, std::size_t limit) const override {
    return with([&](const Tables& t) {
      std::vector<std::pair<Time, Token>> ended;
      for (const auto& [id, row] : t.opt_ins) {
        if (row.ends_at <= now) ended.emplace_back(row.ends_at, id);
      }
      std::ranges::sort(ended);
      std::vector<Token> ids;
      for (const auto& [at, id] : ended) {
        if (ids.size() < limit) ids.push_back(id);
      }
      return ids;
    });
  }

  Result<std::uint64_t> audit_size() const override {
    return with([](const Tables& t) { return std::uint64_t{t.audit.size()}; });
  }
  Result<void> read_audit(std::uint64_t from, std::uint64_t to,
                          const std::function<void(const AuditRow&)>& row) const override {
    const auto rows = with([&](const Tables& t) {
      std::vector<AuditRow> wanted;
      for (std::uint64_t i = from; i < std::min<std::uint64_t>(to, t.audit.size()); ++i) {
        wanted.push_back(t.audit[i]);
      }
      return wanted;
    });
    for (const AuditRow& entry : rows) row(entry);
    return {};
  }
  Result<Bytes> meta(const std::string& key) const override {
    return with([&](const Tables& t) {
      const auto found = t.meta.find(key);
      return found == t.meta.end() ? Bytes() : found->second;
    });
  }

  Result<void> erase(const std::vector<Position>& records,
                     const std::vector<PersonaOrdinal>& personas, Fence fence) override {
    const std::lock_guard lock(mutex_);
    CDP_CHECK(fence_.check(fence));
    for (const Position position : records) tables_.records.erase(position);
    for (const PersonaOrdinal persona : personas) {
      std::erase_if(tables_.disclosures,
                    [&](const auto& entry) { return entry.second.persona == persona; });
    }
    return {};
  }

 private:
  Tables tables_;
};

}  // namespace

std::unique_ptr<Ledger> make_ledger() { return std::make_unique<MemoryLedger>(); }

}  // namespace cdp::store::memory
