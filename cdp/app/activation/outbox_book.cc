#include "cdp/app/activation/outbox_book.h"

#include <algorithm>
#include <memory>

namespace cdp::app {

bool is_open(store::OutboxStatus status) {
  return status == store::OutboxStatus::waiting || status == store::OutboxStatus::in_doubt;
}

bool is_closed_order(const store::OutboxItem& row) {
  const bool is_order =
      row.kind == store::OutboxKind::choice || row.kind == store::OutboxKind::correction;
  return is_order && !is_open(row.status);
}

// On the writer's thread: nobody else writes in between.
Result<bool> OutboxBook::still_open(const store::OutboxItem& row,
                                    const store::LedgerBatch& batch) const {
  if (std::ranges::count(batch.outbox_done, row.id) > 0) return false;
  for (auto put = batch.outbox.rbegin(); put != batch.outbox.rend(); ++put) {
    if (put->id == row.id) return is_open(put->status);
  }
  CDP_TRY(const auto stored, ledger_.outbox_of(row.persona));
  const auto found = std::ranges::find(stored, row.id, &store::OutboxItem::id);
  return found != stored.end() && is_open(found->status);
}

// From the erasure's intent on. The key store is asked, not readers or a cache of keys: they may be
// behind.
Result<bool> OutboxBook::is_gone(PersonaOrdinal persona, const BatchBuilder& builder) const {
  if (builder.is_ended(persona)) return true;
  CDP_TRY(const auto key, keys_.get(persona));
  return !key.has_value();
}

OutboxBook::Written OutboxBook::write(std::vector<store::OutboxItem> rows,
                                      std::vector<std::uint64_t> done) {
  auto promise = std::make_shared<std::promise<Result<std::set<std::uint64_t>>>>();
  auto answer = promise->get_future();
  auto written = std::make_shared<std::set<std::uint64_t>>();
  Command command;
  command.fill = [this, written, rows = std::move(rows),
                  done = std::move(done)](BatchBuilder& builder) -> Result<void> {
    written->clear();
    auto& batch = builder.batch();
    for (const auto& row : rows) {
      CDP_TRY(const bool open, still_open(row, batch));
      if (!open) continue;
      bool leaves = false;
      if (is_closed_order(row)) {
        CDP_TRY(leaves, is_gone(row.persona, builder));
      }
      if (leaves) {
        batch.outbox_done.push_back(row.id);
      } else {
        batch.outbox.push_back(row);
      }
      written->insert(row.id);
    }
    batch.outbox_done.insert(batch.outbox_done.end(), done.begin(), done.end());
    return {};
  };
  command.done = [promise, written](Result<void> result) {
    if (result) {
      promise->set_value(std::move(*written));
    } else {
      promise->set_value(fail(result.error()));
    }
  };
  writer_.command(std::move(command));
  return answer;
}

}  // namespace cdp::app
