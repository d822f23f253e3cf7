// Trail: the writing end of the audit log. Every room describes what it did as an Entry; the trail
// turns it into RFC 8785 JSON and a leaf, in the same ledger transaction as what it records (DESIGN
// §9). Proving is compliance/evidence.
//
// Entries carry no personal data. A person appears as a pseudonym = HMAC(audit secret of the
// subject, entry id): nobody outside can link two entries, and destroying the persona key unlinks
// them for us too (invariant 11).
//
// Thread-safety: one Trail belongs to the ledger writer's thread; Entry is a value.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <variant>

#include "cdp/core/audit/merkle.h"
#include "cdp/core/base/random.h"
#include "cdp/core/base/time.h"
#include "cdp/core/store/ledger.h"

namespace cdp::audit {

// Where the frontier of the last checkpoint stands in the ledger's meta (compliance/evidence writes
// it).
inline constexpr const char* kFrontierMeta = "audit.frontier";

using FieldValue = std::variant<std::string, std::int64_t, bool>;

struct Entry {
  std::string kind;  // "statement", "merge", "unmerge", "erasure", "token", "configuration",
                     // "export", "observations", "disclosures", ...
  Time at;
  // Flat, printable ASCII keys: their byte order is JCS order. "id", "at", "kind" and "subject" are
  // the trail's own.
  std::map<std::string, FieldValue> fields;
  // When set (32 bytes), "subject" becomes HMAC-SHA-256(secret, entry id in hex) as hex; absent for
  // entries about nobody.
  std::optional<std::array<std::uint8_t, 32>> subject_secret;
};

class Trail {
 public:
  Trail(Frontier frontier, Random& random) : frontier_(std::move(frontier)), random_(random) {}

  // Renders, appends to the frontier and answers the row to commit. Every entry gets a random "id".
  Result<store::AuditRow> append(const Entry& entry);
  const Frontier& frontier() const { return frontier_; }
  // After a commit that failed or is in doubt: start again from what is durable.
  void reset(Frontier frontier) { frontier_ = std::move(frontier); }

  // The frontier of all durable rows: the stored one plus the rows after it. Errors: corrupt when
  // rows are missing. That old rows are still what they were is the CheckpointSigner's to find out.
  static Result<Frontier> load(const store::Ledger& ledger);

 private:
  Frontier frontier_;
  Random& random_;
};

// RFC 8785 form of a flat entry (UTF-8 strings, integers up to 2^53 either side, booleans). Errors:
// too_large over 65,535 bytes; invalid_argument for anything RFC 8785 cannot say exactly.
Result<Bytes> canonical(const Entry& entry, const std::string& id_hex);

}  // namespace cdp::audit
