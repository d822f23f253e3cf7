// OutboxBook: changes outbox rows, durably, and only those that are still open: a row that somebody
// else has closed meanwhile (an erasure cancels what waits) is left as it is, and one whose echo
// came meanwhile keeps the mark of it. A choice or correction order that closes when its person is
// being erased, or is gone, is deleted: it names the person by the vendor's id, under a key that is
// not the person's.
//
// Thread-safety: safe. Lifetime: writer and stores must outlive what is under way. Errors:
// unavailable when the change is not known to be durable.
#pragma once

#include <future>
#include <optional>
#include <set>
#include <vector>

#include "cdp/app/ingest/writer.h"

namespace cdp::app {

bool is_open(store::OutboxStatus status);
// What a vendor was, or could not be, told of a person's choices.
bool is_closed_order(const store::OutboxItem& row);

// The row as it stands once `batch` is committed; empty when it is gone. On the writer's thread.
Result<std::optional<store::OutboxItem>> newest_of(const store::OutboxItem& row,
                                                   const store::Ledger& ledger,
                                                   const store::LedgerBatch& batch);

class OutboxBook {
 public:
  // The ids that were written, or deleted for the person's sake.
  using Written = std::future<Result<std::set<std::uint64_t>>>;

  OutboxBook(Writer& writer, const store::Ledger& ledger, const store::KeyStore& keys)
      : writer_(writer), ledger_(ledger), keys_(keys) {}

  // Puts `rows` and deletes `done` in one transaction. Not to be waited for on the writer's or the
  // fold's thread.
  Written write(std::vector<store::OutboxItem> rows, std::vector<std::uint64_t> done);

 private:
  Result<bool> is_gone(PersonaOrdinal persona, const BatchBuilder& builder) const;

  Writer& writer_;
  const store::Ledger& ledger_;
  const store::KeyStore& keys_;
};

}  // namespace cdp::app
