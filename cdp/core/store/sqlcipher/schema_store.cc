#include "cdp/core/store/sqlcipher/schema.h"

namespace cdp::store::sqlcipher {
namespace {

// AUTOINCREMENT keeps the highest number ever used, so that none is used twice, not even after the
// newest row was erased. Apart from it the SQL is what PostgreSQL speaks, too (DESIGN §4).
constexpr Migration kKeys[] = {{1, R"sql(
  CREATE TABLE fence (one INTEGER PRIMARY KEY, epoch INTEGER NOT NULL);
  INSERT INTO fence (one, epoch) VALUES (1, 0);
  CREATE TABLE persona_key (
    ordinal INTEGER PRIMARY KEY AUTOINCREMENT,
    persona BLOB NOT NULL,
    token BLOB NOT NULL,
    epoch INTEGER NOT NULL,
    wrapped BLOB NOT NULL,
    check_value BLOB NOT NULL
  );
)sql"}};

// No index on record: an index in random order would dirty a page a row (performance report §5).
// received_hour knows the first position of each hour, which is where a dedup window starts.
constexpr Migration kLedger[] = {{1, R"sql(
  CREATE TABLE fence (one INTEGER PRIMARY KEY, epoch INTEGER NOT NULL);
  INSERT INTO fence (one, epoch) VALUES (1, 0);
  CREATE TABLE progress (
    one INTEGER PRIMARY KEY, batch_id BLOB NOT NULL, effects_position INTEGER NOT NULL);
  INSERT INTO progress (one, batch_id, effects_position) VALUES (1, zeroblob(16), 0);
  CREATE TABLE record (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    previous INTEGER NOT NULL,
    persona INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    dedup BLOB,
    received_at INTEGER NOT NULL,
    body BLOB NOT NULL
  );
  CREATE TABLE received_hour (hour INTEGER PRIMARY KEY, first_position INTEGER NOT NULL);
  CREATE TABLE tombstone (
    scope INTEGER NOT NULL, token BLOB NOT NULL, erased_at INTEGER NOT NULL,
    PRIMARY KEY (scope, token)
  ) WITHOUT ROWID;
  CREATE TABLE audit (leaf INTEGER PRIMARY KEY, entry BLOB NOT NULL);
  CREATE TABLE outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    destination TEXT NOT NULL,
    kind INTEGER NOT NULL,
    persona INTEGER NOT NULL,
    cause INTEGER NOT NULL,
    purpose TEXT NOT NULL,
    sealed_order BLOB NOT NULL,
    status INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    next_try INTEGER NOT NULL,
    last_code TEXT NOT NULL
  );
  CREATE INDEX outbox_due ON outbox (destination, next_try, id) WHERE status <= 2;
  CREATE INDEX outbox_persona ON outbox (persona, id);
  CREATE TABLE request (
    id BLOB PRIMARY KEY,
    kind TEXT NOT NULL,
    status TEXT NOT NULL,
    step INTEGER NOT NULL,
    sealed BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE disclosure (
    persona INTEGER NOT NULL,
    destination TEXT NOT NULL,
    purpose TEXT NOT NULL,
    attributes TEXT NOT NULL,
    hour INTEGER NOT NULL,
    vendor_id TEXT NOT NULL,
    position INTEGER NOT NULL,
    times INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    PRIMARY KEY (persona, destination, purpose, attributes, hour, vendor_id)
  ) WITHOUT ROWID;
  CREATE TABLE access_token (
    id BLOB PRIMARY KEY,
    hash BLOB NOT NULL,
    role TEXT NOT NULL,
    binding TEXT NOT NULL,
    label TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    revoked_at INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE effect (
    position INTEGER NOT NULL, kind INTEGER NOT NULL, target TEXT NOT NULL,
    PRIMARY KEY (position, kind, target)
  ) WITHOUT ROWID;
  CREATE TABLE meta (name TEXT PRIMARY KEY, content BLOB NOT NULL) WITHOUT ROWID;
)sql"},
                                 {2, R"sql(
  CREATE TABLE opt_in (
    id BLOB PRIMARY KEY,
    address BLOB NOT NULL,
    requested_at INTEGER NOT NULL,
    ends_at INTEGER NOT NULL,
    sealed BLOB NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX opt_in_address ON opt_in (address, requested_at);
  CREATE INDEX opt_in_ends ON opt_in (ends_at);
)sql"},
                                 // What an attribute counted as when it was shown.
                                 {3, R"sql(
  CREATE TABLE disclosure_by_category (
    persona INTEGER NOT NULL,
    destination TEXT NOT NULL,
    purpose TEXT NOT NULL,
    attributes TEXT NOT NULL,
    hour INTEGER NOT NULL,
    vendor_id TEXT NOT NULL,
    categories TEXT NOT NULL,
    position INTEGER NOT NULL,
    times INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    PRIMARY KEY (persona, destination, purpose, attributes, hour, vendor_id, categories)
  ) WITHOUT ROWID;
  INSERT INTO disclosure_by_category
    SELECT persona, destination, purpose, attributes, hour, vendor_id, '', position, times, last_at
    FROM disclosure;
  DROP TABLE disclosure;
  ALTER TABLE disclosure_by_category RENAME TO disclosure;
)sql"}};

constexpr Migration kState[] = {{1, R"sql(
  CREATE TABLE fence (one INTEGER PRIMARY KEY, epoch INTEGER NOT NULL);
  INSERT INTO fence (one, epoch) VALUES (1, 0);
  CREATE TABLE progress (
    one INTEGER PRIMARY KEY, applied_position INTEGER NOT NULL, rule_version TEXT NOT NULL);
  INSERT INTO progress (one, applied_position, rule_version) VALUES (1, 0, '');
  CREATE TABLE link (
    persona INTEGER NOT NULL, identifier BLOB NOT NULL,
    tier INTEGER NOT NULL, kind INTEGER NOT NULL,
    PRIMARY KEY (persona, identifier)
  ) WITHOUT ROWID;
  CREATE TABLE persona (
    ordinal INTEGER PRIMARY KEY, token BLOB NOT NULL, flags INTEGER NOT NULL);
  CREATE TABLE cannot_link (
    first BLOB NOT NULL, second BLOB NOT NULL, PRIMARY KEY (first, second)
  ) WITHOUT ROWID;
  CREATE TABLE document (persona INTEGER PRIMARY KEY, sealed BLOB NOT NULL);
  CREATE TABLE head_page (page INTEGER PRIMARY KEY, heads BLOB NOT NULL);
)sql"},
                                {2, R"sql(
  CREATE TABLE must_link (
    first BLOB NOT NULL, second BLOB NOT NULL, origin INTEGER NOT NULL, record INTEGER NOT NULL,
    PRIMARY KEY (first, second, origin)
  ) WITHOUT ROWID;
  CREATE TABLE review (
    id BLOB PRIMARY KEY, outcome INTEGER NOT NULL, record INTEGER NOT NULL
  ) WITHOUT ROWID;
  ALTER TABLE progress ADD COLUMN observations INTEGER NOT NULL DEFAULT 0;
  CREATE TABLE latch (identifier BLOB PRIMARY KEY, kind INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE subject_version (
    persona INTEGER NOT NULL, record INTEGER NOT NULL, PRIMARY KEY (persona, record)
  ) WITHOUT ROWID;
)sql"},
                                // Reviews come back with both personas when the ledger is folded
                                // again, which the state's rule version asks for.
                                {3, R"sql(
  DROP TABLE review;
  CREATE TABLE review (
    id BLOB PRIMARY KEY, outcome INTEGER NOT NULL, record INTEGER NOT NULL,
    first BLOB NOT NULL, second BLOB NOT NULL
  ) WITHOUT ROWID;
  ALTER TABLE latch ADD COLUMN lifted INTEGER NOT NULL DEFAULT 0;
  CREATE TABLE retraction (
    persona INTEGER NOT NULL, identifier BLOB NOT NULL, record INTEGER NOT NULL,
    PRIMARY KEY (persona, identifier)
  ) WITHOUT ROWID;
)sql"}};

Result<void> apply(Connection& connection, const Migration& migration) {
  CDP_CHECK(connection.execute("BEGIN IMMEDIATE"));
  CDP_CHECK(connection.execute(migration.sql));
  {
    CDP_TRY(Statement insert, connection.prepare("INSERT INTO migration (number) VALUES (?1)"));
    CDP_CHECK(insert.integer(1, migration.number).run());
  }
  return connection.execute("COMMIT");
}

}  // namespace

std::span<const Migration> keys_migrations() { return kKeys; }
std::span<const Migration> ledger_migrations() { return kLedger; }
std::span<const Migration> state_migrations() { return kState; }

Result<void> migrate(Connection& connection, std::span<const Migration> migrations) {
  CDP_CHECK(
      connection.execute("CREATE TABLE IF NOT EXISTS migration (number INTEGER PRIMARY KEY)"));
  std::int64_t done = 0;
  {
    CDP_TRY(Statement last, connection.prepare("SELECT coalesce(max(number), 0) FROM migration"));
    CDP_CHECK(last.step());
    done = last.integer_at(0);
  }
  if (!migrations.empty() && done > migrations.back().number) {
    return fail(ErrorCode::unprocessable, "a database file was written by a newer version of cdp",
                "run that version, or restore a backup made by this one");
  }
  for (const Migration& migration : migrations) {
    if (migration.number > done) CDP_CHECK(apply(connection, migration));
  }
  return {};
}

}  // namespace cdp::store::sqlcipher
