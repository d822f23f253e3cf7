#include "cdp/core/base/limits.h"
#include "cdp/core/store/sqlcipher/ledger_rows.h"

namespace cdp::store::sqlcipher {
namespace {

constexpr std::int64_t kHourUs = 3'600'000'000;

// Columns position, previous, persona, kind, dedup, received_at; the body where it was selected.
Record record_of(const Statement& row, bool with_body) {
  return Record{.position = Position(row.number_at(0)),
                .previous = Position(row.number_at(1)),
                .persona = PersonaOrdinal(row.number_at(2)),
                .kind = static_cast<RecordKind>(row.integer_at(3)),
                .dedup = row.token_at(4),
                .received_at = Time{row.integer_at(5)},
                .body = with_body ? row.bytes_at(6) : Bytes()};
}

constexpr const char* kRecordsAfter =
    "SELECT position, previous, persona, kind, dedup, received_at, body FROM record "
    "WHERE position > ?1 ORDER BY position LIMIT ?2";
constexpr const char* kHeadersAfter =
    "SELECT position, previous, persona, kind, dedup, received_at FROM record "
    "WHERE position > ?1 ORDER BY position LIMIT ?2";

Result<std::vector<Record>> records_after(Connection& connection, Position after,
                                          std::int64_t limit, bool with_body) {
  std::vector<Record> rows;
  CDP_TRY(Statement select, connection.prepare(with_body ? kRecordsAfter : kHeadersAfter));
  select.number(1, after.value()).integer(2, limit);
  for (;;) {
    CDP_TRY(const bool found, select.step());
    if (!found) return rows;
    rows.push_back(record_of(select, with_body));
  }
}

// No record received in the hour of `since` or later lies at or before this position.
Result<Position> position_before(Connection& connection, Time since) {
  CDP_TRY(Statement first,
          connection.prepare("SELECT min(first_position) FROM received_hour WHERE hour >= ?1"));
  CDP_CHECK(first.integer(1, since.us / kHourUs).step());
  const std::uint64_t position = first.number_at(0);
  if (position != 0) return Position(position - 1);
  CDP_TRY(const std::uint64_t last, last_number(connection, "record"));
  return Position(last);
}

class SqlcipherLedger final : public OnFile<Ledger> {
 public:
  using OnFile::OnFile;

  Result<void> commit(const LedgerBatch& batch, Fence fence) override {
    return file_->write(fence,
                        [&](Connection& connection) { return write_batch(connection, batch); });
  }

  Result<Token> last_batch() const override {
    return file_->read([](Connection& connection) -> Result<Token> {
      CDP_TRY(Statement select, connection.prepare("SELECT batch_id FROM progress WHERE one = 1"));
      CDP_CHECK(select.step());
      return select.token_at(0);
    });
  }
  Result<Position> last_position() const override {
    CDP_TRY(const std::uint64_t last, last_of("record"));
    return Position(last);
  }
  Result<Position> effects_position() const override {
    return file_->read([](Connection& connection) -> Result<Position> {
      CDP_TRY(Statement select,
              connection.prepare("SELECT effects_position FROM progress WHERE one = 1"));
      CDP_CHECK(select.step());
      return Position(select.number_at(0));
    });
  }

  Result<std::size_t> read(Position after, std::size_t limit,
                           const std::function<void(const Record&)>& record) const override {
    std::size_t given = 0;
    while (given < limit) {
      const auto group = static_cast<std::int64_t>(
          std::min<std::size_t>(limit - given, static_cast<std::size_t>(kRowsPerSnapshot)));
      CDP_TRY(const auto rows, file_->read([&](Connection& connection) {
        return records_after(connection, after, group, true);
      }));
      for (const Record& row : rows) record(row);
      given += rows.size();
      if (std::ssize(rows) < group) break;
      after = rows.back().position;
    }
    return given;
  }

  Result<std::optional<Record>> get(Position position) const override {
    if (position.none()) return std::optional<Record>();
    CDP_TRY(auto rows, file_->read([&](Connection& connection) {
      return records_after(connection, Position(position.value() - 1), 1, true);
    }));
    if (rows.empty() || rows[0].position != position) return std::optional<Record>();
    return std::optional<Record>(std::move(rows[0]));
  }

  Result<void> each_header(Position after,
                           const std::function<void(const Record&)>& record) const override {
    return in_groups<Record>(
        *file_,
        [&](Connection& connection, std::vector<Record>* rows) -> Result<void> {
          CDP_TRY(*rows, records_after(connection, after, 10 * kRowsPerSnapshot, false));
          if (!rows->empty()) after = rows->back().position;
          return {};
        },
        [&](const Record& row) {
          record(row);
          return true;
        });
  }

  Result<void> each_dedup(
      Time since, const std::function<void(const Token&, Position, Time)>& row) const override {
    CDP_TRY(const Position start, file_->read([&](Connection& connection) {
      return position_before(connection, since);
    }));
    return each_header(start, [&](const Record& record) {
      if (record.dedup != Token{} && record.received_at >= since) {
        row(record.dedup, record.position, record.received_at);
      }
    });
  }

  Result<void> each_tombstone(const std::function<void(const Tombstone&)>& row) const override {
    Tombstone last{.scope = static_cast<Tombstone::Scope>(0), .token = {}, .erased_at = {}};
    return in_groups<Tombstone>(
        *file_,
        [&](Connection& connection, std::vector<Tombstone>* rows) -> Result<void> {
          CDP_TRY(Statement select,
                  connection.prepare("SELECT scope, token, erased_at FROM tombstone "
                                     "WHERE (scope, token) > (?1, ?2) "
                                     "ORDER BY scope, token LIMIT ?3"));
          select.integer(1, static_cast<std::int64_t>(last.scope));
          select.blob(2, last.token).integer(3, kRowsPerSnapshot);
          for (;;) {
            CDP_TRY(const bool found, select.step());
            if (!found) break;
            rows->push_back(Tombstone{static_cast<Tombstone::Scope>(select.integer_at(0)),
                                      select.token_at(1), Time{select.integer_at(2)}});
          }
          if (!rows->empty()) last = rows->back();
          return {};
        },
        [&](const Tombstone& given) {
          row(given);
          return true;
        });
  }

  Result<std::optional<Time>> tombstone(Tombstone::Scope scope, const Token& token) const override {
    return file_->read([&](Connection& connection) -> Result<std::optional<Time>> {
      CDP_TRY(
          Statement select,
          connection.prepare("SELECT erased_at FROM tombstone WHERE scope = ?1 AND token = ?2"));
      CDP_TRY(const bool found,
              select.integer(1, static_cast<std::int64_t>(scope)).blob(2, token).step());
      return found ? std::optional(Time{select.integer_at(0)}) : std::nullopt;
    });
  }

  Result<std::vector<OutboxItem>> outbox_due(const std::string& destination, Time now,
                                             std::size_t limit) const override {
    return file_->read([&](Connection& connection) {
      return select_outbox_due(connection, destination, now, limit);
    });
  }
  Result<std::vector<OutboxItem>> outbox_of(PersonaOrdinal persona) const override {
    return file_->read(
        [&](Connection& connection) { return select_outbox_of(connection, persona); });
  }
  Result<std::uint64_t> last_outbox_id() const override { return last_of("outbox"); }
  Result<std::size_t> outbox_waiting(const std::string& destination) const override {
    return file_->read([&](Connection& connection) -> Result<std::size_t> {
      CDP_TRY(
          Statement select,
          connection.prepare("SELECT count(*) FROM outbox WHERE status <= 2 AND destination = ?1"));
      CDP_CHECK(select.text(1, destination).step());
      return std::size_t{select.number_at(0)};
    });
  }

  Result<std::optional<RequestRow>> request(RequestId id) const override {
    return file_->read([&](Connection& connection) { return select_request(connection, id); });
  }
  Result<std::vector<RequestRow>> requests(const std::string& status,
                                           std::size_t limit) const override {
    return file_->read(
        [&](Connection& connection) { return select_requests(connection, status, limit); });
  }
  Result<std::vector<Disclosure>> disclosures_of(PersonaOrdinal persona) const override {
    return file_->read(
        [&](Connection& connection) { return select_disclosures(connection, persona); });
  }
  Result<std::vector<AccessToken>> tokens() const override { return file_->read(select_tokens); }
  Result<std::optional<PendingOptIn>> opt_in(const Token& id) const override {
    return file_->read([&](Connection& connection) { return select_opt_in(connection, id); });
  }
  Result<std::size_t> opt_ins_since(const Token& address, Time since) const override {
    return file_->read(
        [&](Connection& connection) { return count_opt_ins(connection, address, since); });
  }
  Result<std::vector<Token>> opt_ins_ended(Time now, std::size_t limit) const override {
    return file_->read(
        [&](Connection& connection) { return select_opt_ins_ended(connection, now, limit); });
  }

  Result<std::uint64_t> audit_size() const override {
    return file_->read([](Connection& connection) -> Result<std::uint64_t> {
      CDP_TRY(Statement select,
              connection.prepare("SELECT coalesce(max(leaf), -1) + 1 FROM audit"));
      CDP_CHECK(select.step());
      return select.number_at(0);
    });
  }
  Result<void> read_audit(std::uint64_t from, std::uint64_t to,
                          const std::function<void(const AuditRow&)>& row) const override {
    return in_groups<AuditRow>(
        *file_,
        [&](Connection& connection, std::vector<AuditRow>* rows) -> Result<void> {
          CDP_TRY(Statement select,
                  connection.prepare("SELECT leaf, entry FROM audit WHERE leaf >= ?1 "
                                     "AND leaf < ?2 ORDER BY leaf LIMIT ?3"));
          select.number(1, from)
              .number(2, std::min<std::uint64_t>(to, INT64_MAX))
              .integer(3, kRowsPerSnapshot);
          for (;;) {
            CDP_TRY(const bool found, select.step());
            if (!found) return {};
            rows->push_back(AuditRow{select.number_at(0), select.bytes_at(1)});
            from = rows->back().index + 1;
          }
        },
        [&](const AuditRow& given) {
          row(given);
          return true;
        });
  }
  Result<Bytes> meta(const std::string& key) const override {
    return file_->read([&](Connection& connection) -> Result<Bytes> {
      CDP_TRY(Statement select, connection.prepare("SELECT content FROM meta WHERE name = ?1"));
      CDP_TRY(const bool found, select.text(1, key).step());
      return found ? select.bytes_at(0) : Bytes();
    });
  }

  Result<void> erase(const std::vector<Position>& records,
                     const std::vector<PersonaOrdinal>& personas, Fence fence) override {
    std::vector<Position> sorted = records;
    std::ranges::sort(sorted);
    for (std::size_t i = 0; i < sorted.size(); i += limits::kDeleteRowsPerCommit) {
      const std::size_t size = std::min(limits::kDeleteRowsPerCommit, sorted.size() - i);
      CDP_CHECK(file_->write(fence, [&](Connection& connection) -> Result<void> {
        for (const Position position : std::span(sorted).subspan(i, size)) {
          CDP_TRY(Statement remove, connection.prepare("DELETE FROM record WHERE position = ?1"));
          CDP_CHECK(remove.number(1, position.value()).run());
        }
        return {};
      }));
    }
    for (const PersonaOrdinal persona : personas) CDP_CHECK(erase_disclosures(persona, fence));
    return {};
  }

 private:
  Result<std::uint64_t> last_of(std::string_view table) const {
    return file_->read([&](Connection& connection) { return last_number(connection, table); });
  }

  Result<void> erase_disclosures(PersonaOrdinal persona, Fence fence) {
    for (bool more = true; more;) {
      CDP_CHECK(file_->write(fence, [&](Connection& connection) -> Result<void> {
        CDP_TRY(auto rows, select_disclosures(connection, persona));
        more = rows.size() > limits::kDeleteRowsPerCommit;
        if (more) rows.resize(limits::kDeleteRowsPerCommit);
        for (const Disclosure& row : rows) {
          CDP_TRY(Statement remove,
                  connection.prepare("DELETE FROM disclosure WHERE persona = ?1 AND "
                                     "destination = ?2 AND purpose = ?3 AND attributes = ?4 AND "
                                     "hour = ?5"));
          CDP_CHECK(remove.number(1, persona.value())
                        .text(2, row.destination)
                        .text(3, row.purpose)
                        .text(4, row.attributes)
                        .integer(5, row.hour)
                        .run());
        }
        return {};
      }));
    }
    return {};
  }
};

}  // namespace

Result<std::unique_ptr<Ledger>> open_ledger(const FileSpec& spec) {
  CDP_TRY(auto file, File::open(spec, Profile{.cache_kib = 16'384}, ledger_migrations()));
  return std::unique_ptr<Ledger>(std::make_unique<SqlcipherLedger>(std::move(file)));
}

}  // namespace cdp::store::sqlcipher
