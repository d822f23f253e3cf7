#include "cdp/core/store/sqlcipher/state_rows.h"

namespace cdp::store::sqlcipher {
namespace {

// A head takes six bytes, so that a page of 1,024 fits into one database page; 2^48 positions last
// 89 years at 100,000 a second.
constexpr std::size_t kHeadBytes = 6;

Bytes encode_heads(const std::vector<std::uint64_t>& heads) {
  Bytes out(heads.size() * kHeadBytes);
  for (std::size_t i = 0; i < heads.size(); ++i) {
    for (std::size_t byte = 0; byte < kHeadBytes; ++byte) {
      out[i * kHeadBytes + byte] = static_cast<std::uint8_t>(heads[i] >> (8 * byte));
    }
  }
  return out;
}

std::vector<std::uint64_t> decode_heads(ByteView bytes) {
  std::vector<std::uint64_t> heads(HeadPage::kPersonas, 0);
  for (std::size_t i = 0; i < heads.size() && (i + 1) * kHeadBytes <= bytes.size(); ++i) {
    for (std::size_t byte = 0; byte < kHeadBytes; ++byte) {
      heads[i] |= std::uint64_t{bytes[i * kHeadBytes + byte]} << (8 * byte);
    }
  }
  return heads;
}

// The rows in key order: neighbours share a page, and a page is written once.
template <class Row, class Key>
std::vector<const Row*> sorted(const std::vector<Row>& rows, Key key) {
  std::vector<const Row*> order;
  order.reserve(rows.size());
  for (const Row& row : rows) order.push_back(&row);
  std::ranges::stable_sort(order, [&](const Row* a, const Row* b) { return key(*a) < key(*b); });
  return order;
}

Result<void> put_links(Connection& connection, const std::vector<LinkRow>& links) {
  const auto key = [](const LinkRow& row) { return std::tie(row.persona, row.identifier); };
  for (const LinkRow* row : sorted(links, key)) {
    CDP_TRY(Statement put,
            connection.prepare(
                "INSERT INTO link (persona, identifier, tier, kind) VALUES (?1, ?2, ?3, ?4) "
                "ON CONFLICT (persona, identifier) DO UPDATE SET tier = excluded.tier, "
                "kind = excluded.kind WHERE link.tier < excluded.tier"));
    CDP_CHECK(put.number(1, row->persona.value())
                  .blob(2, row->identifier)
                  .integer(3, row->tier)
                  .integer(4, row->kind)
                  .run());
  }
  return {};
}

Result<void> put_personas(Connection& connection, const std::vector<PersonaRow>& personas) {
  const auto key = [](const PersonaRow& row) { return row.persona; };
  for (const PersonaRow* row : sorted(personas, key)) {
    CDP_TRY(Statement put,
            connection.prepare("INSERT INTO persona (ordinal, token, flags) VALUES (?1, ?2, ?3) "
                               "ON CONFLICT (ordinal) DO UPDATE SET token = excluded.token, "
                               "flags = excluded.flags"));
    CDP_CHECK(put.number(1, row->persona.value())
                  .blob(2, row->persona_token)
                  .integer(3, row->flags)
                  .run());
  }
  return {};
}

Result<void> put_cannot_links(Connection& connection, const StateDelta& delta) {
  for (const CannotLinkRow& row : delta.cannot_link) {
    CDP_TRY(Statement put,
            connection.prepare("INSERT INTO cannot_link (first, second) VALUES (?1, ?2) "
                               "ON CONFLICT (first, second) DO NOTHING"));
    CDP_CHECK(put.blob(1, row.first).blob(2, row.second).run());
  }
  for (const CannotLinkRow& row : delta.cannot_link_removed) {
    CDP_TRY(Statement remove,
            connection.prepare("DELETE FROM cannot_link WHERE first = ?1 AND second = ?2"));
    CDP_CHECK(remove.blob(1, row.first).blob(2, row.second).run());
  }
  return {};
}

Result<void> put_documents(Connection& connection, const std::vector<DocumentRow>& documents) {
  const auto key = [](const DocumentRow& row) { return row.persona; };
  for (const DocumentRow* row : sorted(documents, key)) {
    CDP_TRY(Statement put,
            connection.prepare("INSERT INTO document (persona, sealed) VALUES (?1, ?2) "
                               "ON CONFLICT (persona) DO UPDATE SET sealed = excluded.sealed"));
    CDP_CHECK(put.number(1, row->persona.value()).blob(2, row->sealed).run());
  }
  return {};
}

Result<void> put_head_page(Connection& connection, const HeadPage& page) {
  const Bytes heads = encode_heads(page.heads);
  CDP_TRY(Statement put,
          connection.prepare("INSERT INTO head_page (page, heads) VALUES (?1, ?2) "
                             "ON CONFLICT (page) DO UPDATE SET heads = excluded.heads"));
  return put.number(1, page.page).blob(2, heads).run();
}

Result<void> put_heads(Connection& connection, const std::vector<HeadPage>& pages) {
  const auto key = [](const HeadPage& page) { return page.page; };
  for (const HeadPage* page : sorted(pages, key)) {
    if (page->heads.size() != HeadPage::kPersonas) {
      return fail(ErrorCode::invalid_argument, "a head page does not have its fixed length");
    }
    CDP_CHECK(put_head_page(connection, *page));
  }
  return {};
}

Result<void> forget_head(Connection& connection, PersonaOrdinal persona) {
  HeadPage page{.page = persona.value() / HeadPage::kPersonas, .heads = {}};
  {
    CDP_TRY(Statement select, connection.prepare("SELECT heads FROM head_page WHERE page = ?1"));
    CDP_TRY(const bool found, select.number(1, page.page).step());
    if (!found) return {};
    page.heads = decode_heads(select.blob_at(0));
  }
  page.heads[persona.value() % HeadPage::kPersonas] = 0;
  return put_head_page(connection, page);
}

Result<void> forget(Connection& connection, PersonaOrdinal persona) {
  Token token{};
  {
    CDP_TRY(Statement remove,
            connection.prepare("DELETE FROM persona WHERE ordinal = ?1 RETURNING token"));
    CDP_TRY(const bool found, remove.number(1, persona.value()).step());
    if (found) {
      token = remove.token_at(0);
      CDP_CHECK(remove.step());
    }
  }
  if (token != Token{}) {
    CDP_TRY(Statement remove,
            connection.prepare("DELETE FROM cannot_link WHERE first = ?1 OR second = ?1"));
    CDP_CHECK(remove.blob(1, token).run());
  }
  CDP_CHECK(forget_decisions(connection, persona, token));
  for (const char* sql :
       {"DELETE FROM link WHERE persona = ?1", "DELETE FROM document WHERE persona = ?1"}) {
    CDP_TRY(Statement remove, connection.prepare(sql));
    CDP_CHECK(remove.number(1, persona.value()).run());
  }
  return forget_head(connection, persona);
}

Result<void> forget_all(Connection& connection, std::vector<PersonaOrdinal> personas) {
  std::ranges::sort(personas);
  for (const PersonaOrdinal persona : personas) CDP_CHECK(forget(connection, persona));
  return {};
}

class SqlcipherState final : public OnFile<State> {
 public:
  using OnFile::OnFile;

  Result<void> apply(Position from, Position to, const StateDelta& delta, Fence fence) override {
    return file_->write(fence, [&](Connection& connection) -> Result<void> {
      CDP_CHECK(move_position(connection, from, to, delta.observations));
      CDP_CHECK(put_links(connection, delta.links));
      CDP_CHECK(put_personas(connection, delta.personas));
      CDP_CHECK(put_cannot_links(connection, delta));
      CDP_CHECK(put_decisions(connection, delta));
      CDP_CHECK(put_documents(connection, delta.documents));
      CDP_CHECK(put_heads(connection, delta.heads));
      return forget_all(connection, delta.erased);
    });
  }

  Result<Position> applied_position() const override {
    return file_->read([](Connection& connection) -> Result<Position> {
      CDP_TRY(Statement select,
              connection.prepare("SELECT applied_position FROM progress WHERE one = 1"));
      CDP_CHECK(select.step());
      return Position(select.number_at(0));
    });
  }

  Result<std::uint64_t> observations() const override {
    return file_->read([](Connection& connection) -> Result<std::uint64_t> {
      CDP_TRY(Statement select,
              connection.prepare("SELECT observations FROM progress WHERE one = 1"));
      CDP_CHECK(select.step());
      return select.number_at(0);
    });
  }

  Result<void> each_link(const std::function<void(const LinkRow&)>& row) const override {
    LinkRow last;
    return in_groups<LinkRow>(
        *file_,
        [&](Connection& connection, std::vector<LinkRow>* rows) -> Result<void> {
          CDP_TRY(Statement select,
                  connection.prepare("SELECT persona, identifier, tier, kind FROM link "
                                     "WHERE (persona, identifier) > (?1, ?2) "
                                     "ORDER BY persona, identifier LIMIT ?3"));
          select.number(1, last.persona.value());
          select.blob(2, last.identifier).integer(3, kRowsPerSnapshot);
          for (;;) {
            CDP_TRY(const bool found, select.step());
            if (!found) break;
            rows->push_back(LinkRow{PersonaOrdinal(select.number_at(0)), select.token_at(1),
                                    static_cast<std::uint8_t>(select.integer_at(2)),
                                    static_cast<std::uint8_t>(select.integer_at(3))});
          }
          if (!rows->empty()) last = rows->back();
          return {};
        },
        [&](const LinkRow& given) {
          row(given);
          return true;
        });
  }

  Result<void> each_persona(const std::function<void(const PersonaRow&)>& row) const override {
    std::uint64_t after = 0;
    return in_groups<PersonaRow>(
        *file_,
        [&](Connection& connection, std::vector<PersonaRow>* rows) -> Result<void> {
          CDP_TRY(Statement select,
                  connection.prepare("SELECT ordinal, token, flags FROM persona "
                                     "WHERE ordinal > ?1 ORDER BY ordinal LIMIT ?2"));
          select.number(1, after).integer(2, kRowsPerSnapshot);
          for (;;) {
            CDP_TRY(const bool found, select.step());
            if (!found) return {};
            rows->push_back(PersonaRow{PersonaOrdinal(select.number_at(0)), select.token_at(1),
                                       static_cast<std::uint8_t>(select.integer_at(2))});
            after = select.number_at(0);
          }
        },
        [&](const PersonaRow& given) {
          row(given);
          return true;
        });
  }

  Result<void> each_cannot_link(
      const std::function<void(const CannotLinkRow&)>& row) const override {
    CDP_TRY(const auto rows,
            file_->read([](Connection& connection) -> Result<std::vector<CannotLinkRow>> {
              std::vector<CannotLinkRow> found_rows;
              CDP_TRY(Statement select,
                      connection.prepare(
                          "SELECT first, second FROM cannot_link ORDER BY first, second"));
              for (;;) {
                CDP_TRY(const bool found, select.step());
                if (!found) return found_rows;
                found_rows.push_back({select.token_at(0), select.token_at(1)});
              }
            }));
    for (const CannotLinkRow& given : rows) row(given);
    return {};
  }

  Result<void> each_must_link(const std::function<void(const MustLinkRow&)>& row) const override {
    return read_must_links(*file_, row);
  }
  Result<std::optional<ReviewRow>> review(const Token& id) const override {
    return read_review(*file_, id);
  }
  Result<void> each_review(const std::function<void(const ReviewRow&)>& row) const override {
    return read_reviews(*file_, row);
  }
  Result<void> each_retraction(
      const std::function<void(const RetractionRow&)>& row) const override {
    return read_retractions(*file_, row);
  }
  Result<void> each_latch(const std::function<void(const LatchRow&)>& row) const override {
    return read_latches(*file_, row);
  }
  Result<std::vector<Position>> versions_of(PersonaOrdinal persona) const override {
    return read_versions(*file_, persona);
  }

  Result<void> each_head_page(const std::function<void(const HeadPage&)>& row) const override {
    std::int64_t next = 0;
    return in_groups<HeadPage>(
        *file_,
        [&](Connection& connection, std::vector<HeadPage>* rows) -> Result<void> {
          CDP_TRY(Statement select,
                  connection.prepare("SELECT page, heads FROM head_page WHERE page >= ?1 "
                                     "ORDER BY page LIMIT 16"));
          select.integer(1, next);
          for (;;) {
            CDP_TRY(const bool found, select.step());
            if (!found) return {};
            rows->push_back(HeadPage{select.number_at(0), decode_heads(select.blob_at(1))});
            next = select.integer_at(0) + 1;
          }
        },
        [&](const HeadPage& given) {
          row(given);
          return true;
        });
  }

  Result<void> each_document(const std::function<bool(const DocumentRow&)>& row) const override {
    std::uint64_t after = 0;
    return in_groups<DocumentRow>(
        *file_,
        [&](Connection& connection, std::vector<DocumentRow>* rows) -> Result<void> {
          CDP_TRY(Statement select,
                  connection.prepare("SELECT persona, sealed FROM document WHERE persona > ?1 "
                                     "ORDER BY persona LIMIT ?2"));
          select.number(1, after).integer(2, kRowsPerSnapshot);
          for (;;) {
            CDP_TRY(const bool found, select.step());
            if (!found) return {};
            rows->push_back(DocumentRow{PersonaOrdinal(select.number_at(0)), select.bytes_at(1)});
            after = select.number_at(0);
          }
        },
        row);
  }

  Result<std::optional<Bytes>> document(PersonaOrdinal persona) const override {
    return file_->read([&](Connection& connection) -> Result<std::optional<Bytes>> {
      CDP_TRY(Statement select,
              connection.prepare("SELECT sealed FROM document WHERE persona = ?1"));
      CDP_TRY(const bool found, select.number(1, persona.value()).step());
      if (!found) return std::optional<Bytes>();
      return std::optional<Bytes>(select.bytes_at(0));
    });
  }

  Result<std::string> rule_version() const override {
    return file_->read([](Connection& connection) {
      return connection.ask("SELECT rule_version FROM progress WHERE one = 1");
    });
  }

  Result<void> erase(const std::vector<PersonaOrdinal>& personas, Fence fence) override {
    return file_->write(fence,
                        [&](Connection& connection) { return forget_all(connection, personas); });
  }

 private:
  static Result<void> move_position(Connection& connection, Position from, Position to,
                                    std::uint64_t observations) {
    if (to < from) return fail(ErrorCode::invalid_argument, "the state cannot move backwards");
    CDP_TRY(Statement move,
            connection.prepare("UPDATE progress SET applied_position = ?2, "
                               "observations = observations + ?3 "
                               "WHERE one = 1 AND applied_position = ?1 RETURNING one"));
    CDP_TRY(const bool moved,
            move.number(1, from.value()).number(2, to.value()).number(3, observations).step());
    if (!moved) {
      return fail(ErrorCode::conflict, "the state stands at another position",
                  "read applied_position and fold from there");
    }
    CDP_CHECK(move.step());
    return {};
  }
};

}  // namespace

Result<std::unique_ptr<State>> open_state(const FileSpec& spec, const std::string& rule_version) {
  // State may lose its newest commits in a power cut, never its order: it is folded again.
  const Profile profile{.durability = Durability::normal, .cache_kib = 65'536};
  CDP_TRY(
      auto file,
      File::open(spec, profile, state_migrations(), [&](Connection& connection) -> Result<void> {
        CDP_TRY(Statement stamp,
                connection.prepare("UPDATE progress SET rule_version = ?1 WHERE one = 1"));
        return stamp.text(1, rule_version).run();
      }));
  return std::unique_ptr<State>(std::make_unique<SqlcipherState>(std::move(file)));
}

}  // namespace cdp::store::sqlcipher
