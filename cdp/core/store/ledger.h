// Ledger: the append-only truth. Engine: ledger.db. One commit() is one durable transaction over
// everything a step changes: records, tombstones, audit rows, outbox, requests, disclosures, tokens
// and effects (DESIGN §4, invariants 5 to 7).
//
// Thread-safety: commit, erase and truncate_wal are serialised inside (one connection, one mutex
// for every write and checkpoint: the WAL-reset race of SQLite before 3.51.3). Reads run beside
// them on their own connections and see the last commit. Read callbacks must be short (reader
// snapshots <= 100 ms) and must not write.
//
// Errors: unavailable = not durable, or not known to be (after it the caller reloads from the last
// durable position); conflict = another fence, or an effect that exists; corrupt = pages that do
// not verify. Non-errors: absent rows are empty optionals.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cdp/core/base/time.h"
#include "cdp/core/store/key_store.h"

namespace cdp::store {

enum class RecordKind : std::uint8_t {
  observation = 1,     // body: sealed Fact
  statement_copy = 2,  // body: sealed Statement; an effect of a denial made while merged
  link_decision = 3,   // body: clear CBOR of numbers and keyed hashes: who is held apart or joined,
                       // which identifier links nobody. No persona data
  erasure =
      4,  // body: empty; marks that a persona's generation ended. persona = the erased ordinal
  subject_change = 5,  // body: clear CBOR of numbers: which personas became one subject, or several
  retraction = 6,      // body: sealed CBOR: which assertions of the persona were taken back
};

// One row of the ledger. The writer numbers positions: last_position().next() onwards, in order,
// without gaps in a batch.
struct Record {
  Position position;
  Position previous;       // the same persona's record before this one; none for the first
  PersonaOrdinal persona;  // none for link decisions
  RecordKind kind = RecordKind::observation;
  Token dedup{};  // keyed hash of (source, message id); all zero = not deduplicated
  Time received_at;
  Bytes body;
};

// Keeps an erased person from coming back (DESIGN §1). `scope` tells the two lists apart.
struct Tombstone {
  enum class Scope : std::uint8_t { persona = 1, identifier = 2, do_not_contact = 3 };
  Scope scope = Scope::persona;
  Token token{};
  Time erased_at;
};

struct AuditRow {
  std::uint64_t index = 0;  // leaf index in the Merkle tree, from 0, without gaps
  Bytes entry;              // RFC 8785 JSON, <= 65,535 bytes, no personal data
};

enum class OutboxKind : std::uint8_t { view = 1, choice = 2, erasure = 3, correction = 4 };
enum class OutboxStatus : std::uint8_t {
  waiting = 1,
  in_doubt = 2,
  delivered = 3,
  refused = 4,
  failed = 5,
  cancelled = 6
};

// A delivery to be made: a reference, never content (invariant 3). Erasure orders carry their
// target sealed, because the persona is gone by then.
struct OutboxItem {
  std::uint64_t id = 0;  // the writer numbers them, never reused
  std::string destination;
  OutboxKind kind = OutboxKind::view;
  PersonaOrdinal persona;
  Position cause;  // the record whose fold asked for it
  std::string purpose;
  Bytes sealed_order;  // all but views
  OutboxStatus status = OutboxStatus::waiting;
  int attempts = 0;
  Time next_try;
  // "http_503", "timeout", the mark of an echo: never the vendor's words.
  std::string last_code;
};

// A rights request; `sealed` holds identifiers and manifest under the keyring's request key or the
// erasure's own key.
struct RequestRow {
  RequestId id;
  std::string kind;    // "erasure"
  std::string status;  // "open", "in_progress", "local_complete", "vendors_complete", "denied"
  std::uint32_t step = 0;
  Bytes sealed;
  Time created_at;
  Time updated_at;
};

// A view left (or is about to): durable before the answer.
struct Disclosure {
  PersonaOrdinal persona;  // the subject's smallest member at that time
  std::string destination;
  std::string purpose;
  std::string attributes;  // names only, sorted, comma-separated
  // The pseudonym under which the destination got the person; empty when none. Part of the row's
  // key: a merge changes it, and the destination must hear of an erasure under each.
  std::string vendor_id;
  Position position;        // the durable cut that was read
  std::int64_t hour = 0;    // Time.us / 3.6e9
  std::uint64_t count = 1;  // added to the row of the same key
  Time last_at;
  // What the data map said of each attribute then, in their order, comma-separated: part of the
  // row's key. Empty in rows from before it was kept.
  std::string categories = {};
};

// Somebody asked on a form to be written to, and has not confirmed it yet (our double opt-in). Not
// part of the truth that state is folded from: it waits, and goes when it is confirmed, has ended
// or the address is erased.
struct PendingOptIn {
  Token id{};       // keyed hash of the link's secret, which stands nowhere but in the mail
  Token address{};  // the address's tombstone: found by it, and by an erasure of it
  Time requested_at;
  Time ends_at;
  Bytes sealed;  // request and evidence, under a key made of the link's secret
};

struct AccessToken {
  TokenId id;
  Bytes hash;           // HMAC(pepper, token); the token itself is shown once and never stored
  std::string role;     // source, destination, consent, operator, marketer, officer, auditor
  std::string binding;  // source or destination name; empty
  std::string label;
  Time created_at;
  Time revoked_at;  // unknown = live
};

// Unique by (position, kind, target); committed with what it caused (invariant 7).
struct Effect {
  Position position;
  std::uint8_t kind = 0;
  std::string target;
};

struct LedgerBatch {
  Token batch_id{};  // random; last_batch() answers it after an ambiguous commit
  std::vector<Record> records;
  std::vector<Tombstone> tombstones;     // put; the later erased_at wins
  std::vector<Token> tombstones_lifted;  // do-not-contact only; a put in the same batch wins
  std::vector<AuditRow> audit;
  std::vector<OutboxItem> outbox;          // put by id; an id deleted before stays deleted
  std::vector<std::uint64_t> outbox_done;  // deleted
  std::vector<RequestRow> requests;        // put by id
  // Merged by (persona, destination, purpose, attributes, hour, vendor_id, categories): counts add,
  // the later position and last_at stay.
  std::vector<Disclosure> disclosures;
  std::vector<AccessToken> tokens;    // put by id
  std::vector<PendingOptIn> opt_ins;  // put by id
  std::vector<Token> opt_ins_done;    // deleted by id
  std::vector<Token> opt_ins_erased;  // deleted by address; a put in the same batch goes, too
  std::vector<Effect> effects;
  std::optional<Position> effects_position;
  std::vector<std::pair<std::string, Bytes>> meta;  // put by key; empty value deletes

  bool empty() const;
};

class Ledger : public StoreFile {
 public:
  // Conflict also when a record or an audit row does not have the next number, or effects_position
  // would move backwards: the caller's picture is stale, and nothing was written.
  virtual Result<void> commit(const LedgerBatch& batch, Fence fence) = 0;
  // The id of the last batch that is durable: tells what became of an ambiguous commit.
  virtual Result<Token> last_batch() const = 0;
  // Highest position ever used, also when its row was erased since. Never goes back.
  virtual Result<Position> last_position() const = 0;
  virtual Result<Position> effects_position() const = 0;

  // Records with position > after, in order, at most `limit`; returns how many were given.
  virtual Result<std::size_t> read(Position after, std::size_t limit,
                                   const std::function<void(const Record&)>& record) const = 0;
  virtual Result<std::optional<Record>> get(Position position) const = 0;
  // Every record after `after`, in order, without its body: who has records, whose key must exist.
  virtual Result<void> each_header(Position after,
                                   const std::function<void(const Record&)>& record) const = 0;
  // (dedup, position, received_at) of records received at or after `since`: fills the dedup window
  // at start.
  virtual Result<void> each_dedup(
      Time since, const std::function<void(const Token&, Position, Time)>& row) const = 0;

  virtual Result<void> each_tombstone(const std::function<void(const Tombstone&)>& row) const = 0;
  // When the token was put on that list; empty when it is not on it.
  virtual Result<std::optional<Time>> tombstone(Tombstone::Scope scope,
                                                const Token& token) const = 0;
  // Waiting or in doubt, next_try <= now, by (next_try, id). In-doubt items are due as well: after
  // a crash nobody else would find them; push next_try while an attempt runs.
  virtual Result<std::vector<OutboxItem>> outbox_due(const std::string& destination, Time now,
                                                     std::size_t limit) const = 0;
  virtual Result<std::vector<OutboxItem>> outbox_of(PersonaOrdinal persona) const = 0;
  virtual Result<std::uint64_t> last_outbox_id() const = 0;
  // Waiting or in doubt, due or not.
  virtual Result<std::size_t> outbox_waiting(const std::string& destination) const = 0;
  virtual Result<std::optional<RequestRow>> request(RequestId id) const = 0;
  virtual Result<std::vector<RequestRow>> requests(const std::string& status,
                                                   std::size_t limit) const = 0;  // "" = all
  virtual Result<std::vector<Disclosure>> disclosures_of(PersonaOrdinal persona) const = 0;
  virtual Result<std::vector<AccessToken>> tokens() const = 0;
  virtual Result<std::optional<PendingOptIn>> opt_in(const Token& id) const = 0;
  // Of one address, requested at or after `since`.
  virtual Result<std::size_t> opt_ins_since(const Token& address, Time since) const = 0;
  // Ids of those that end at or before `now`, the earliest first.
  virtual Result<std::vector<Token>> opt_ins_ended(Time now, std::size_t limit) const = 0;
  virtual Result<std::uint64_t> audit_size() const = 0;
  virtual Result<void> read_audit(
      std::uint64_t from, std::uint64_t to,
      const std::function<void(const AuditRow&)>& row) const = 0;  // [from, to)
  virtual Result<Bytes> meta(const std::string& key) const = 0;    // empty when absent

  // Erasure: deletes records and disclosures of the personas, in groups of
  // limits::kDeleteRowsPerCommit, overwriting them. Not atomic as a whole; calling again finishes
  // it.
  virtual Result<void> erase(const std::vector<Position>& records,
                             const std::vector<PersonaOrdinal>& personas, Fence fence) = 0;
};

}  // namespace cdp::store
