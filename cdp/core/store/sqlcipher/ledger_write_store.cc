#include "cdp/core/store/sqlcipher/ledger_rows.h"

namespace cdp::store::sqlcipher {
namespace {

constexpr std::int64_t kHourUs = 3'600'000'000;

Result<void> insert_record(Connection& connection, const Record& record) {
  CDP_TRY(Statement insert,
          connection.prepare("INSERT INTO record (position, previous, persona, kind, dedup, "
                             "received_at, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"));
  insert.number(1, record.position.value())
      .number(2, record.previous.value())
      .number(3, record.persona.value())
      .integer(4, static_cast<std::int64_t>(record.kind))
      .integer(6, record.received_at.us)
      .blob(7, record.body);
  if (record.dedup == Token{}) {
    insert.null(5);
  } else {
    insert.blob(5, record.dedup);
  }
  return insert.run();
}

Result<void> note_hour(Connection& connection, std::int64_t hour, Position first) {
  CDP_TRY(Statement note,
          connection.prepare("INSERT INTO received_hour (hour, first_position) VALUES (?1, ?2) "
                             "ON CONFLICT (hour) DO NOTHING"));
  return note.integer(1, hour).number(2, first.value()).run();
}

Result<void> write_records(Connection& connection, const std::vector<Record>& records) {
  if (records.empty()) return {};
  CDP_TRY(std::uint64_t position, last_number(connection, "record"));
  std::optional<std::int64_t> hour;
  for (const Record& record : records) {
    if (record.position.value() != ++position) {
      return fail(ErrorCode::conflict, "a record does not have the next position",
                  "read last_position and number from there");
    }
    CDP_CHECK(insert_record(connection, record));
    if (hour != record.received_at.us / kHourUs) {
      hour = record.received_at.us / kHourUs;
      CDP_CHECK(note_hour(connection, *hour, record.position));
    }
  }
  return {};
}

Result<void> write_tombstones(Connection& connection, const LedgerBatch& batch) {
  for (const Token& token : batch.tombstones_lifted) {
    CDP_TRY(Statement lift,
            connection.prepare("DELETE FROM tombstone WHERE scope = 3 AND token = ?1"));
    CDP_CHECK(lift.blob(1, token).run());
  }
  for (const Tombstone& row : batch.tombstones) {
    CDP_TRY(Statement put,
            connection.prepare(
                "INSERT INTO tombstone (scope, token, erased_at) VALUES (?1, ?2, ?3) "
                "ON CONFLICT (scope, token) DO UPDATE SET erased_at = excluded.erased_at "
                "WHERE tombstone.erased_at < excluded.erased_at"));
    CDP_CHECK(put.integer(1, static_cast<std::int64_t>(row.scope))
                  .blob(2, row.token)
                  .integer(3, row.erased_at.us)
                  .run());
  }
  return {};
}

Result<void> write_audit(Connection& connection, const std::vector<AuditRow>& rows) {
  if (rows.empty()) return {};
  std::uint64_t next = 0;
  {
    CDP_TRY(Statement last, connection.prepare("SELECT coalesce(max(leaf), -1) + 1 FROM audit"));
    CDP_CHECK(last.step());
    next = last.number_at(0);
  }
  for (const AuditRow& row : rows) {
    if (row.index != next++) {
      return fail(ErrorCode::conflict, "an audit row does not have the next index",
                  "read audit_size and number from there");
    }
    CDP_TRY(Statement insert,
            connection.prepare("INSERT INTO audit (leaf, entry) VALUES (?1, ?2)"));
    CDP_CHECK(insert.number(1, row.index).blob(2, row.entry).run());
  }
  return {};
}

constexpr const char* kInsertOutbox =
    "INSERT INTO outbox (id, destination, kind, persona, cause, purpose, sealed_order, status, "
    "attempts, next_try, last_code) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
constexpr const char* kUpdateOutbox =
    "UPDATE outbox SET destination = ?2, kind = ?3, persona = ?4, cause = ?5, purpose = ?6, "
    "sealed_order = ?7, status = ?8, attempts = ?9, next_try = ?10, last_code = ?11 "
    "WHERE id = ?1";

Result<void> write_outbox(Connection& connection, const LedgerBatch& batch) {
  if (batch.outbox.empty() && batch.outbox_done.empty()) return {};
  CDP_TRY(std::uint64_t last, last_number(connection, "outbox"));
  for (const OutboxItem& item : batch.outbox) {
    // A number at or below the highest is an item that exists, or one that was deleted: the late
    // word of an attempt must not bring it back.
    CDP_TRY(Statement put, connection.prepare(item.id > last ? kInsertOutbox : kUpdateOutbox));
    last = std::max(last, item.id);
    CDP_CHECK(put.number(1, item.id)
                  .text(2, item.destination)
                  .integer(3, static_cast<std::int64_t>(item.kind))
                  .number(4, item.persona.value())
                  .number(5, item.cause.value())
                  .text(6, item.purpose)
                  .blob(7, item.sealed_order)
                  .integer(8, static_cast<std::int64_t>(item.status))
                  .integer(9, item.attempts)
                  .integer(10, item.next_try.us)
                  .text(11, item.last_code)
                  .run());
  }
  for (const std::uint64_t id : batch.outbox_done) {
    CDP_TRY(Statement remove, connection.prepare("DELETE FROM outbox WHERE id = ?1"));
    CDP_CHECK(remove.number(1, id).run());
  }
  return {};
}

Result<void> write_requests(Connection& connection, const std::vector<RequestRow>& rows) {
  for (const RequestRow& row : rows) {
    CDP_TRY(Statement put,
            connection.prepare(
                "INSERT INTO request (id, kind, status, step, sealed, created_at, updated_at) "
                "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (id) DO UPDATE SET "
                "kind = excluded.kind, status = excluded.status, step = excluded.step, "
                "sealed = excluded.sealed, created_at = excluded.created_at, "
                "updated_at = excluded.updated_at"));
    CDP_CHECK(put.blob(1, row.id.bytes())
                  .text(2, row.kind)
                  .text(3, row.status)
                  .number(4, row.step)
                  .blob(5, row.sealed)
                  .integer(6, row.created_at.us)
                  .integer(7, row.updated_at.us)
                  .run());
  }
  return {};
}

Result<void> write_disclosures(Connection& connection, const std::vector<Disclosure>& rows) {
  for (const Disclosure& row : rows) {
    CDP_TRY(
        Statement merge,
        connection.prepare(
            "INSERT INTO disclosure (persona, destination, purpose, attributes, hour, vendor_id, "
            "position, times, last_at, categories) "
            "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT (persona, destination, "
            "purpose, attributes, hour, vendor_id, categories) DO UPDATE SET "
            "times = disclosure.times + excluded.times, "
            "position = CASE WHEN excluded.position > disclosure.position THEN excluded.position "
            "ELSE disclosure.position END, "
            "last_at = CASE WHEN excluded.last_at > disclosure.last_at THEN excluded.last_at "
            "ELSE disclosure.last_at END"));
    CDP_CHECK(merge.number(1, row.persona.value())
                  .text(2, row.destination)
                  .text(3, row.purpose)
                  .text(4, row.attributes)
                  .integer(5, row.hour)
                  .text(6, row.vendor_id)
                  .number(7, row.position.value())
                  .number(8, row.count)
                  .integer(9, row.last_at.us)
                  .text(10, row.categories)
                  .run());
  }
  return {};
}

Result<void> write_tokens(Connection& connection, const std::vector<AccessToken>& rows) {
  for (const AccessToken& row : rows) {
    CDP_TRY(Statement put,
            connection.prepare(
                "INSERT INTO access_token (id, hash, role, binding, label, created_at, revoked_at) "
                "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (id) DO UPDATE SET "
                "hash = excluded.hash, role = excluded.role, binding = excluded.binding, "
                "label = excluded.label, created_at = excluded.created_at, "
                "revoked_at = excluded.revoked_at"));
    CDP_CHECK(put.blob(1, row.id.bytes())
                  .blob(2, row.hash)
                  .text(3, row.role)
                  .text(4, row.binding)
                  .text(5, row.label)
                  .integer(6, row.created_at.us)
                  .integer(7, row.revoked_at.us)
                  .run());
  }
  return {};
}

Result<void> write_effects(Connection& connection, const LedgerBatch& batch) {
  for (const Effect& effect : batch.effects) {
    // No ON CONFLICT: an effect that exists refuses the whole batch.
    CDP_TRY(Statement insert,
            connection.prepare("INSERT INTO effect (position, kind, target) VALUES (?1, ?2, ?3)"));
    CDP_CHECK(insert.number(1, effect.position.value())
                  .integer(2, effect.kind)
                  .text(3, effect.target)
                  .run());
  }
  return {};
}

Result<void> write_meta(Connection& connection, const LedgerBatch& batch) {
  for (const auto& [key, value] : batch.meta) {
    if (value.empty()) {
      CDP_TRY(Statement remove, connection.prepare("DELETE FROM meta WHERE name = ?1"));
      CDP_CHECK(remove.text(1, key).run());
      continue;
    }
    CDP_TRY(Statement put,
            connection.prepare("INSERT INTO meta (name, content) VALUES (?1, ?2) "
                               "ON CONFLICT (name) DO UPDATE SET content = excluded.content"));
    CDP_CHECK(put.text(1, key).blob(2, value).run());
  }
  return {};
}

Result<void> write_progress(Connection& connection, const LedgerBatch& batch) {
  if (batch.effects_position) {
    CDP_TRY(Statement move,
            connection.prepare("UPDATE progress SET effects_position = ?1 "
                               "WHERE one = 1 AND effects_position <= ?1 RETURNING one"));
    CDP_TRY(const bool moved, move.number(1, batch.effects_position->value()).step());
    if (!moved) {
      return fail(ErrorCode::conflict, "the effects position cannot move backwards");
    }
    CDP_CHECK(move.step());
  }
  CDP_TRY(Statement stamp, connection.prepare("UPDATE progress SET batch_id = ?1 WHERE one = 1"));
  return stamp.blob(1, batch.batch_id).run();
}

}  // namespace

Result<std::uint64_t> last_number(Connection& connection, std::string_view table) {
  CDP_TRY(Statement select, connection.prepare("SELECT seq FROM sqlite_sequence WHERE name = ?1"));
  CDP_TRY(const bool found, select.text(1, table).step());
  return found ? select.number_at(0) : 0;
}

Result<void> write_batch(Connection& connection, const LedgerBatch& batch) {
  CDP_CHECK(write_records(connection, batch.records));
  CDP_CHECK(write_tombstones(connection, batch));
  CDP_CHECK(write_audit(connection, batch.audit));
  CDP_CHECK(write_effects(connection, batch));
  CDP_CHECK(write_outbox(connection, batch));
  CDP_CHECK(write_requests(connection, batch.requests));
  CDP_CHECK(write_disclosures(connection, batch.disclosures));
  CDP_CHECK(write_tokens(connection, batch.tokens));
  CDP_CHECK(write_opt_ins(connection, batch));
  CDP_CHECK(write_meta(connection, batch));
  return write_progress(connection, batch);
}

}  // namespace cdp::store::sqlcipher
