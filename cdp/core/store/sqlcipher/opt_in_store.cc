#include "cdp/core/store/sqlcipher/ledger_rows.h"

namespace cdp::store::sqlcipher {

Result<void> write_opt_ins(Connection& connection, const LedgerBatch& batch) {
  for (const PendingOptIn& row : batch.opt_ins) {
    CDP_TRY(Statement put,
            connection.prepare("INSERT INTO opt_in (id, address, requested_at, ends_at, sealed) "
                               "VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (id) DO UPDATE SET "
                               "address = excluded.address, requested_at = excluded.requested_at, "
                               "ends_at = excluded.ends_at, sealed = excluded.sealed"));
    CDP_CHECK(put.blob(1, row.id)
                  .blob(2, row.address)
                  .integer(3, row.requested_at.us)
                  .integer(4, row.ends_at.us)
                  .blob(5, row.sealed)
                  .run());
  }
  for (const Token& id : batch.opt_ins_done) {
    CDP_TRY(Statement remove, connection.prepare("DELETE FROM opt_in WHERE id = ?1"));
    CDP_CHECK(remove.blob(1, id).run());
  }
  for (const Token& address : batch.opt_ins_erased) {
    CDP_TRY(Statement remove, connection.prepare("DELETE FROM opt_in WHERE address = ?1"));
    CDP_CHECK(remove.blob(1, address).run());
  }
  return {};
}

Result<std::optional<PendingOptIn>> select_opt_in(Connection& connection, const Token& id) {
  CDP_TRY(Statement select,
          connection.prepare("SELECT id, address, requested_at, ends_at, sealed FROM opt_in "
                             "WHERE id = ?1"));
  CDP_TRY(const bool found, select.blob(1, id).step());
  if (!found) return std::optional<PendingOptIn>();
  return std::optional<PendingOptIn>({.id = select.token_at(0),
                                      .address = select.token_at(1),
                                      .requested_at = Time{select.integer_at(2)},
                                      .ends_at = Time{select.integer_at(3)},
                                      .sealed = select.bytes_at(4)});
}

Result<std::size_t> count_opt_ins(Connection& connection, const Token& address, Time since) {
  CDP_TRY(Statement select, connection.prepare("SELECT count(*) FROM opt_in WHERE address = ?1 "
                                               "AND requested_at >= ?2"));
  CDP_CHECK(select.blob(1, address).integer(2, since.us).step());
  return static_cast<std::size_t>(select.number_at(0));
}

Result<std::vector<Token>> select_opt_ins_ended(Connection& connection, Time now,
                                                std::size_t limit) {
  CDP_TRY(Statement select, connection.prepare("SELECT id FROM opt_in WHERE ends_at <= ?1 "
                                               "ORDER BY ends_at, id LIMIT ?2"));
  select.integer(1, now.us).integer(
      2, static_cast<std::int64_t>(std::min<std::size_t>(limit, INT64_MAX)));
  std::vector<Token> ids;
  for (;;) {
    CDP_TRY(const bool found, select.step());
    if (!found) return ids;
    ids.push_back(select.token_at(0));
  }
}

}  // namespace cdp::store::sqlcipher
