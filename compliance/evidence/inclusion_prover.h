// InclusionProver: finds the log entry of a consent statement and proves that it is in the log,
// fast enough for a page: the hashes of full tiles (256 entries) are computed once and kept, 32
// bytes each; a proof reads at most two tiles of entries. The first proof of a process reads the
// whole log once.
//
// Thread-safety: safe. Lifetime: the ledger must outlive it. Errors: invalid_argument for an index
// beyond the size; what the ledger answers.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "cdp/core/audit/merkle.h"
#include "cdp/core/base/time.h"
#include "cdp/core/store/ledger.h"

namespace cdp::compliance {

struct FoundEntry {
  std::uint64_t index = 0;
  Bytes entry;
};

class InclusionProver {
 public:
  explicit InclusionProver(const store::Ledger& ledger) : ledger_(ledger) {}

  // The "statement" entry with this commitment (hex), logged about `at`. Entries are searched from
  // five minutes before to five minutes after it. Empty when there is none: statements written
  // before commitments were logged have none.
  Result<std::optional<FoundEntry>> find(const std::string& commitment, Time at,
                                         std::uint64_t size) const;

  // RFC 6962 §2.1.1, for the tree of the first `size` entries.
  Result<audit::Proof> prove(std::uint64_t index, std::uint64_t size);

 private:
  Result<audit::Hash> subtree(std::uint64_t from, std::uint64_t to);
  Result<audit::Hash> tile(std::uint64_t number);
  Result<std::vector<audit::Hash>> leaves(std::uint64_t from, std::uint64_t to) const;
  Result<Time> time_of(std::uint64_t index) const;

  const store::Ledger& ledger_;
  std::mutex mutex_;
  std::vector<std::optional<audit::Hash>> tiles_;
};

}  // namespace cdp::compliance
