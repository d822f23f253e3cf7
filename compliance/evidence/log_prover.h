// LogProver: finds the log entry of a consent statement, and proves that an entry is in the log and
// that a longer log continues a shorter one, fast enough for a page: the hashes of full tiles (256
// entries) are computed once and kept, 32 bytes each; a proof reads at most a few tiles of entries.
// The first proof of a process reads the whole log once.
//
// Thread-safety: safe. Lifetime: the ledger must outlive it. Errors: invalid_argument for an index
// or size beyond the log's; what the ledger answers.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "cdp/core/audit/merkle.h"
#include "cdp/core/base/time.h"
#include "cdp/core/event/statement.h"
#include "cdp/core/store/ledger.h"

namespace cdp::compliance {

struct FoundEntry {
  std::uint64_t index = 0;
  Bytes entry;
  // The entry commits to this very statement. False: it was written before entries did, and says
  // choice, purpose, channel, grade, source and time of it, under a pseudonym of the person.
  bool committed = true;
};

// Whose entry is looked for.
struct WantedEntry {
  const event::Statement* statement = nullptr;
  std::string commitment;  // hex
  ByteView audit_secret;   // of the persona that said it
  // How many statements alike (same words, same moment) the persona said before this one.
  std::size_t alike_before = 0;
};

class LogProver {
 public:
  explicit LogProver(const store::Ledger& ledger) : ledger_(ledger) {}

  // Entries are searched from five minutes before the statement was received to five minutes after.
  // Empty when the log holds none of it.
  Result<std::optional<FoundEntry>> find(const WantedEntry& wanted, std::uint64_t size) const;

  // RFC 6962 §2.1.1, for the tree of the first `size` entries.
  Result<audit::Proof> prove(std::uint64_t index, std::uint64_t size);
  // RFC 6962 §2.1.2: the first `new_size` entries begin with the first `old_size`.
  Result<audit::Proof> prove_consistency(std::uint64_t old_size, std::uint64_t new_size);

 private:
  Result<audit::Proof> hashes_of(const std::vector<audit::LeafRange>& ranges);
  Result<audit::Hash> subtree(std::uint64_t from, std::uint64_t to);
  Result<audit::Hash> tile(std::uint64_t number);
  Result<std::vector<audit::Hash>> leaves(std::uint64_t from, std::uint64_t to) const;
  Result<Time> time_of(std::uint64_t index) const;

  const store::Ledger& ledger_;
  std::mutex mutex_;
  std::vector<std::optional<audit::Hash>> tiles_;
};

// The body of C2SP tlog-witness add-checkpoint: "old <size>", the proof, an empty line, and the
// published checkpoint, which the caller verified or signed. With a `new_size` below the published
// one the proof leads there, and no checkpoint follows: whoever asks has it. Errors:
// invalid_argument for an old size over the new one; not_found for a new size that has not been
// published.
Result<std::string> consistency_file(LogProver& prover, std::string_view published_note,
                                     std::uint64_t old_size, std::optional<std::uint64_t> new_size);

}  // namespace cdp::compliance
