#include "cdp/core/store/sqlcipher/state_rows.h"

namespace cdp::store::sqlcipher {
namespace {

Result<void> put_must_links(Connection& connection, const StateDelta& delta) {
  for (const MustLinkRow& row : delta.must_link) {
    CDP_TRY(Statement put,
            connection.prepare("INSERT INTO must_link (first, second, origin, record) "
                               "VALUES (?1, ?2, ?3, ?4) ON CONFLICT (first, second, origin) "
                               "DO UPDATE SET record = excluded.record"));
    CDP_CHECK(put.blob(1, row.first)
                  .blob(2, row.second)
                  .integer(3, row.origin)
                  .number(4, row.record.value())
                  .run());
  }
  for (const MustLinkRow& row : delta.must_link_removed) {
    CDP_TRY(Statement remove, connection.prepare("DELETE FROM must_link WHERE first = ?1 "
                                                 "AND second = ?2 AND origin = ?3"));
    CDP_CHECK(remove.blob(1, row.first).blob(2, row.second).integer(3, row.origin).run());
  }
  return {};
}

Result<void> put_latches(Connection& connection, const StateDelta& delta) {
  for (const LatchRow& row : delta.latches) {
    CDP_TRY(Statement put,
            connection.prepare("INSERT INTO latch (identifier, kind) VALUES (?1, ?2) "
                               "ON CONFLICT (identifier) DO UPDATE SET kind = excluded.kind"));
    CDP_CHECK(put.blob(1, row.identifier).integer(2, row.kind).run());
  }
  for (const Token& identifier : delta.latches_lifted) {
    CDP_TRY(Statement remove, connection.prepare("DELETE FROM latch WHERE identifier = ?1"));
    CDP_CHECK(remove.blob(1, identifier).run());
  }
  return {};
}

Result<void> put_reviews(Connection& connection, const StateDelta& delta) {
  for (const ReviewRow& row : delta.reviews) {
    CDP_TRY(Statement put,
            connection.prepare("INSERT INTO review (id, outcome, record) VALUES (?1, ?2, ?3) "
                               "ON CONFLICT (id) DO UPDATE SET outcome = excluded.outcome, "
                               "record = excluded.record"));
    CDP_CHECK(put.blob(1, row.id).integer(2, row.outcome).number(3, row.record.value()).run());
  }
  return {};
}

}  // namespace

Result<void> put_decisions(Connection& connection, const StateDelta& delta) {
  CDP_CHECK(put_must_links(connection, delta));
  CDP_CHECK(put_latches(connection, delta));
  CDP_CHECK(put_reviews(connection, delta));
  for (const SubjectVersionRow& row : delta.versions) {
    CDP_TRY(Statement put,
            connection.prepare("INSERT INTO subject_version (persona, record) VALUES (?1, ?2) "
                               "ON CONFLICT (persona, record) DO NOTHING"));
    CDP_CHECK(put.number(1, row.persona.value()).number(2, row.record.value()).run());
  }
  return {};
}

Result<void> forget_decisions(Connection& connection, PersonaOrdinal persona, const Token& token) {
  if (token != Token{}) {
    CDP_TRY(Statement remove,
            connection.prepare("DELETE FROM must_link WHERE first = ?1 OR second = ?1"));
    CDP_CHECK(remove.blob(1, token).run());
  }
  CDP_TRY(Statement remove, connection.prepare("DELETE FROM subject_version WHERE persona = ?1"));
  return remove.number(1, persona.value()).run();
}

// Both lists are short: officers' decisions, and identifiers that too many people carry.
Result<void> read_must_links(const File& file, const std::function<void(const MustLinkRow&)>& row) {
  CDP_TRY(const auto rows,
          file.read([](Connection& connection) -> Result<std::vector<MustLinkRow>> {
            std::vector<MustLinkRow> found_rows;
            CDP_TRY(Statement select,
                    connection.prepare("SELECT first, second, origin, record FROM must_link "
                                       "ORDER BY first, second, origin"));
            for (;;) {
              CDP_TRY(const bool found, select.step());
              if (!found) return found_rows;
              found_rows.push_back({select.token_at(0), select.token_at(1),
                                    static_cast<std::uint8_t>(select.integer_at(2)),
                                    Position(select.number_at(3))});
            }
          }));
  for (const MustLinkRow& given : rows) row(given);
  return {};
}

Result<std::optional<ReviewRow>> read_review(const File& file, const Token& id) {
  return file.read([&](Connection& connection) -> Result<std::optional<ReviewRow>> {
    CDP_TRY(Statement select,
            connection.prepare("SELECT outcome, record FROM review WHERE id = ?1"));
    CDP_TRY(const bool found, select.blob(1, id).step());
    if (!found) return std::optional<ReviewRow>();
    return std::optional<ReviewRow>(ReviewRow{id, static_cast<std::uint8_t>(select.integer_at(0)),
                                              Position(select.number_at(1))});
  });
}

Result<void> read_latches(const File& file, const std::function<void(const LatchRow&)>& row) {
  CDP_TRY(const auto rows, file.read([](Connection& connection) -> Result<std::vector<LatchRow>> {
    std::vector<LatchRow> found_rows;
    CDP_TRY(Statement select,
            connection.prepare("SELECT identifier, kind FROM latch ORDER BY identifier"));
    for (;;) {
      CDP_TRY(const bool found, select.step());
      if (!found) return found_rows;
      found_rows.push_back({select.token_at(0), static_cast<std::uint8_t>(select.integer_at(1))});
    }
  }));
  for (const LatchRow& given : rows) row(given);
  return {};
}

Result<std::vector<Position>> read_versions(const File& file, PersonaOrdinal persona) {
  return file.read([&](Connection& connection) -> Result<std::vector<Position>> {
    std::vector<Position> out;
    CDP_TRY(Statement select,
            connection.prepare(
                "SELECT record FROM subject_version WHERE persona = ?1 ORDER BY record"));
    select.number(1, persona.value());
    for (;;) {
      CDP_TRY(const bool found, select.step());
      if (!found) return out;
      out.push_back(Position(select.number_at(0)));
    }
  });
}

}  // namespace cdp::store::sqlcipher
