// OutboxBook: changes outbox rows, durably, and only those that are still open: a row that somebody
// else has closed meanwhile (an erasure cancels what waits) is left as it is.
//
// Thread-safety: safe. Lifetime: writer and ledger must outlive what is under way. Errors:
// unavailable when the change is not known to be durable.
#pragma once

#include <future>
#include <set>
#include <vector>

#include "cdp/app/ingest/writer.h"

namespace cdp::app {

bool is_open(store::OutboxStatus status);

class OutboxBook {
 public:
  // The ids that were written.
  using Written = std::future<Result<std::set<std::uint64_t>>>;

  OutboxBook(Writer& writer, const store::Ledger& ledger) : writer_(writer), ledger_(ledger) {}

  // Puts `rows` and deletes `done` in one transaction. Not to be waited for on the writer's or the
  // fold's thread.
  Written write(std::vector<store::OutboxItem> rows, std::vector<std::uint64_t> done);

 private:
  Result<bool> still_open(const store::OutboxItem& row, const store::LedgerBatch& batch) const;

  Writer& writer_;
  const store::Ledger& ledger_;
};

}  // namespace cdp::app
