#include "cdp/core/store/sqlcipher/ledger_rows.h"

namespace cdp::store::sqlcipher {
namespace {

// Every row of a bound statement.
template <class Row, class Take>
Result<std::vector<Row>> all(Statement& select, Take take) {
  std::vector<Row> rows;
  for (;;) {
    CDP_TRY(const bool found, select.step());
    if (!found) return rows;
    rows.push_back(take(select));
  }
}

// Limits beyond what SQL can say mean "all".
std::int64_t limit_of(std::size_t limit) {
  return static_cast<std::int64_t>(std::min<std::size_t>(limit, INT64_MAX));
}

OutboxItem outbox_item(const Statement& row) {
  return OutboxItem{.id = row.number_at(0),
                    .destination = row.text_at(1),
                    .kind = static_cast<OutboxKind>(row.integer_at(2)),
                    .persona = PersonaOrdinal(row.number_at(3)),
                    .cause = Position(row.number_at(4)),
                    .purpose = row.text_at(5),
                    .sealed_order = row.bytes_at(6),
                    .status = static_cast<OutboxStatus>(row.integer_at(7)),
                    .attempts = static_cast<int>(row.integer_at(8)),
                    .next_try = Time{row.integer_at(9)},
                    .last_code = row.text_at(10)};
}

RequestRow request_row(const Statement& row) {
  return RequestRow{.id = RequestId(row.token_at(0)),
                    .kind = row.text_at(1),
                    .status = row.text_at(2),
                    .step = static_cast<std::uint32_t>(row.number_at(3)),
                    .sealed = row.bytes_at(4),
                    .created_at = Time{row.integer_at(5)},
                    .updated_at = Time{row.integer_at(6)}};
}

}  // namespace

Result<std::vector<OutboxItem>> select_outbox_due(Connection& connection,
                                                  const std::string& destination, Time now,
                                                  std::size_t limit) {
  CDP_TRY(Statement select,
          connection.prepare(
              "SELECT id, destination, kind, persona, cause, purpose, sealed_order, status, "
              "attempts, next_try, last_code FROM outbox "
              "WHERE status <= 2 AND destination = ?1 AND next_try <= ?2 "
              "ORDER BY next_try, id LIMIT ?3"));
  select.text(1, destination).integer(2, now.us).integer(3, limit_of(limit));
  return all<OutboxItem>(select, outbox_item);
}

Result<std::vector<OutboxItem>> select_outbox_of(Connection& connection, PersonaOrdinal persona) {
  CDP_TRY(Statement select,
          connection.prepare(
              "SELECT id, destination, kind, persona, cause, purpose, sealed_order, status, "
              "attempts, next_try, last_code FROM outbox WHERE persona = ?1 ORDER BY id"));
  select.number(1, persona.value());
  return all<OutboxItem>(select, outbox_item);
}

Result<std::vector<RequestRow>> select_requests(Connection& connection, const std::string& status,
                                                std::size_t limit) {
  CDP_TRY(Statement select,
          connection.prepare(
              "SELECT id, kind, status, step, sealed, created_at, updated_at FROM request "
              "WHERE ?1 = '' OR status = ?1 ORDER BY created_at, id LIMIT ?2"));
  select.text(1, status).integer(2, limit_of(limit));
  return all<RequestRow>(select, request_row);
}

Result<std::optional<RequestRow>> select_request(Connection& connection, RequestId id) {
  CDP_TRY(Statement select,
          connection.prepare("SELECT id, kind, status, step, sealed, created_at, updated_at "
                             "FROM request WHERE id = ?1"));
  CDP_TRY(const bool found, select.blob(1, id.bytes()).step());
  if (!found) return std::optional<RequestRow>();
  return std::optional<RequestRow>(request_row(select));
}

Result<std::vector<Disclosure>> select_disclosures(Connection& connection, PersonaOrdinal persona) {
  CDP_TRY(Statement select,
          connection.prepare("SELECT persona, destination, purpose, attributes, vendor_id, "
                             "position, hour, times, last_at, categories FROM disclosure "
                             "WHERE persona = ?1 ORDER BY destination, purpose, attributes, hour, "
                             "vendor_id, categories"));
  select.number(1, persona.value());
  return all<Disclosure>(select, [](const Statement& row) {
    return Disclosure{.persona = PersonaOrdinal(row.number_at(0)),
                      .destination = row.text_at(1),
                      .purpose = row.text_at(2),
                      .attributes = row.text_at(3),
                      .vendor_id = row.text_at(4),
                      .position = Position(row.number_at(5)),
                      .hour = row.integer_at(6),
                      .count = row.number_at(7),
                      .last_at = Time{row.integer_at(8)},
                      .categories = row.text_at(9)};
  });
}

Result<std::vector<AccessToken>> select_tokens(Connection& connection) {
  CDP_TRY(Statement select,
          connection.prepare("SELECT id, hash, role, binding, label, created_at, revoked_at "
                             "FROM access_token ORDER BY id"));
  return all<AccessToken>(select, [](const Statement& row) {
    return AccessToken{.id = TokenId(row.token_at(0)),
                       .hash = row.bytes_at(1),
                       .role = row.text_at(2),
                       .binding = row.text_at(3),
                       .label = row.text_at(4),
                       .created_at = Time{row.integer_at(5)},
                       .revoked_at = Time{row.integer_at(6)}};
  });
}

}  // namespace cdp::store::sqlcipher
