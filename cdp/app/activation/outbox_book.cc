#include "cdp/app/activation/outbox_book.h"

#include <algorithm>
#include <memory>

#include "cdp/app/activation/echo_mark.h"

namespace cdp::app {

bool is_open(store::OutboxStatus status) {
  return status == store::OutboxStatus::waiting || status == store::OutboxStatus::in_doubt;
}

bool is_closed_order(const store::OutboxItem& row) {
  const bool is_order =
      row.kind == store::OutboxKind::choice || row.kind == store::OutboxKind::correction;
  return is_order && !is_open(row.status);
}

// Nobody else writes in between.
Result<std::optional<store::OutboxItem>> newest_of(const store::OutboxItem& row,
                                                   const store::Ledger& ledger,
                                                   const store::LedgerBatch& batch) {
  if (std::ranges::count(batch.outbox_done, row.id) > 0) return std::nullopt;
  for (auto put = batch.outbox.rbegin(); put != batch.outbox.rend(); ++put) {
    if (put->id == row.id) return *put;
  }
  CDP_TRY(const auto stored, ledger.outbox_of(row.persona));
  const auto found = std::ranges::find(stored, row.id, &store::OutboxItem::id);
  if (found == stored.end()) return std::nullopt;
  return *found;
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
    for (auto row : rows) {
      CDP_TRY(const auto standing, newest_of(row, ledger_, batch));
      if (!standing || !is_open(standing->status)) continue;
      if (has_echo_mark(*standing)) row.last_code = standing->last_code;
      const std::uint64_t id = row.id;
      bool leaves = false;
      if (is_closed_order(row)) {
        CDP_TRY(leaves, is_gone(row.persona, builder));
      }
      if (leaves) {
        batch.outbox_done.push_back(id);
      } else {
        batch.outbox.push_back(std::move(row));
      }
      written->insert(id);
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
