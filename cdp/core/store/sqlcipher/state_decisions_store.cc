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
            connection.prepare("INSERT INTO latch (identifier, kind, lifted) VALUES (?1, ?2, ?3) "
                               "ON CONFLICT (identifier) DO UPDATE SET kind = excluded.kind, "
                               "lifted = excluded.lifted"));
    CDP_CHECK(put.blob(1, row.identifier).integer(2, row.kind).integer(3, row.lifted).run());
  }
  return {};
}

Result<void> end_reviews(Connection& connection, const Token& persona) {
  CDP_TRY(Statement remove,
          connection.prepare("DELETE FROM review WHERE first = ?1 OR second = ?1"));
  return remove.blob(1, persona).run();
}

Result<void> put_reviews(Connection& connection, const StateDelta& delta) {
  for (const Token& persona : delta.reviews_ended) CDP_CHECK(end_reviews(connection, persona));
  for (const ReviewRow& row : delta.reviews) {
    CDP_TRY(Statement put,
            connection.prepare("INSERT INTO review (id, outcome, record, first, second) "
                               "VALUES (?1, ?2, ?3, ?4, ?5) "
                               "ON CONFLICT (id) DO UPDATE SET outcome = excluded.outcome, "
                               "record = excluded.record, first = excluded.first, "
                               "second = excluded.second"));
    CDP_CHECK(put.blob(1, row.id)
                  .integer(2, row.outcome)
                  .number(3, row.record.value())
                  .blob(4, row.first)
                  .blob(5, row.second)
                  .run());
  }
  return {};
}

Result<void> put_retractions(Connection& connection, const StateDelta& delta) {
  for (const RetractionRow& row : delta.retractions) {
    CDP_TRY(Statement put,
            connection.prepare("INSERT INTO retraction (persona, identifier, record) "
                               "VALUES (?1, ?2, ?3) ON CONFLICT (persona, identifier) "
                               "DO UPDATE SET record = excluded.record"));
    CDP_CHECK(put.number(1, row.persona.value())
                  .blob(2, row.identifier)
                  .number(3, row.record.value())
                  .run());
  }
  for (const RetractionRow& row : delta.retractions_removed) {
    CDP_TRY(Statement remove, connection.prepare("DELETE FROM retraction WHERE persona = ?1 "
                                                 "AND identifier = ?2"));
    CDP_CHECK(remove.number(1, row.persona.value()).blob(2, row.identifier).run());
  }
  return {};
}

ReviewRow review_at(Statement& select) {
  return {select.token_at(0), static_cast<std::uint8_t>(select.integer_at(1)),
          Position(select.number_at(2)), select.token_at(3), select.token_at(4)};
}

// All rows of a short list: officers' decisions, and identifiers that too many people carry.
template <class Row, class Read>
Result<void> each_of(const File& file, const char* sql, Read read,
                     const std::function<void(const Row&)>& row) {
  CDP_TRY(const auto rows, file.read([&](Connection& connection) -> Result<std::vector<Row>> {
    std::vector<Row> found_rows;
    CDP_TRY(Statement select, connection.prepare(sql));
    for (;;) {
      CDP_TRY(const bool found, select.step());
      if (!found) return found_rows;
      found_rows.push_back(read(select));
    }
  }));
  for (const Row& given : rows) row(given);
  return {};
}

}  // namespace

Result<void> put_decisions(Connection& connection, const StateDelta& delta) {
  CDP_CHECK(put_must_links(connection, delta));
  CDP_CHECK(put_latches(connection, delta));
  CDP_CHECK(put_reviews(connection, delta));
  CDP_CHECK(put_retractions(connection, delta));
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
    CDP_CHECK(end_reviews(connection, token));
  }
  for (const char* sql : {"DELETE FROM subject_version WHERE persona = ?1",
                          "DELETE FROM retraction WHERE persona = ?1"}) {
    CDP_TRY(Statement remove, connection.prepare(sql));
    CDP_CHECK(remove.number(1, persona.value()).run());
  }
  return {};
}

Result<void> read_must_links(const File& file, const std::function<void(const MustLinkRow&)>& row) {
  return each_of<MustLinkRow>(
      file, "SELECT first, second, origin, record FROM must_link ORDER BY first, second, origin",
      [](Statement& select) {
        return MustLinkRow{select.token_at(0), select.token_at(1),
                           static_cast<std::uint8_t>(select.integer_at(2)),
                           Position(select.number_at(3))};
      },
      row);
}

Result<std::optional<ReviewRow>> read_review(const File& file, const Token& id) {
  return file.read([&](Connection& connection) -> Result<std::optional<ReviewRow>> {
    CDP_TRY(
        Statement select,
        connection.prepare("SELECT id, outcome, record, first, second FROM review WHERE id = ?1"));
    CDP_TRY(const bool found, select.blob(1, id).step());
    if (!found) return std::optional<ReviewRow>();
    return std::optional(review_at(select));
  });
}

Result<void> read_reviews(const File& file, const std::function<void(const ReviewRow&)>& row) {
  return each_of<ReviewRow>(
      file, "SELECT id, outcome, record, first, second FROM review ORDER BY id", review_at, row);
}

Result<void> read_retractions(const File& file,
                              const std::function<void(const RetractionRow&)>& row) {
  return each_of<RetractionRow>(
      file, "SELECT persona, identifier, record FROM retraction ORDER BY persona, identifier",
      [](Statement& select) {
        return RetractionRow{PersonaOrdinal(select.number_at(0)), select.token_at(1),
                             Position(select.number_at(2))};
      },
      row);
}

Result<void> read_latches(const File& file, const std::function<void(const LatchRow&)>& row) {
  return each_of<LatchRow>(
      file, "SELECT identifier, kind, lifted FROM latch ORDER BY identifier",
      [](Statement& select) {
        return LatchRow{select.token_at(0), static_cast<std::uint8_t>(select.integer_at(1)),
                        select.integer_at(2) != 0};
      },
      row);
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
