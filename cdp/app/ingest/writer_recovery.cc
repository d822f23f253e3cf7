// The writer's picture of what is durable: read at the start, and again after a commit that failed.
#include "cdp/app/ingest/writer.h"
#include "cdp/core/base/limits.h"

namespace cdp::app {
namespace {

constexpr const char* kEndedMeta = "ended_generations";
constexpr std::size_t kRecoverRecords = 2'000;

}  // namespace

Result<void> Writer::reload() {
  dedup_ = DedupWindow(services_.dedup_window_hours, limits::kDedupKeysMax);
  tombstones_ = TombstoneSet(services_.keyed);
  const Time since = services_.clock.now() - Duration::hours(services_.dedup_window_hours);
  CDP_CHECK(services_.ledger.each_dedup(
      since, [&](const Token& key, Position, Time received_at) { dedup_.add(key, received_at); }));
  do_not_contact_ = DoNotContactList(services_.keyed);
  CDP_CHECK(services_.ledger.each_tombstone([&](const store::Tombstone& t) {
    tombstones_.add(t);
    do_not_contact_.add(t);
  }));
  CDP_TRY(auto frontier, audit::Trail::load(services_.ledger));
  trail_ = std::make_unique<audit::Trail>(std::move(frontier), services_.random);
  CDP_TRY(last_outbox_id_, services_.ledger.last_outbox_id());
  return load_ended();
}

// After a failed commit: was it durable after all? Whatever is in the ledger beyond what the fold
// was handed goes there now.
Result<void> Writer::recover() {
  const Position believed = last_position_;
  CDP_CHECK(reload());
  FoldGroup fold;
  std::optional<Error> error;
  for (Position after = believed;;) {
    CDP_TRY(const auto count,
            services_.ledger.read(after, kRecoverRecords, [&](const store::Record& record) {
              after = record.position;
              auto item = open_record(record, services_.keys, services_.codec);
              if (!item) error = item.error();
              if (error) return;
              if (!record.persona.none() && record.kind != store::RecordKind::erasure) {
                heads_.set(record.persona, record.position);
              }
              fold.items.push_back(std::move(*item));
            }));
    if (error) return fail(*error);
    if (count < kRecoverRecords) break;
  }
  CDP_TRY(last_position_, services_.ledger.last_position());
  fold.last = last_position_;
  in_doubt_ = false;
  if (fold.last != believed) fold_(std::move(fold));
  return {};
}

// A generation that ended stays ended over a restart: the list stands in the ledger's meta, as
// ordinals, eight bytes each, little-endian.
Result<void> Writer::load_ended() {
  ended_.clear();
  CDP_TRY(const auto stored, services_.ledger.meta(kEndedMeta));
  for (std::size_t at = 0; at + 8 <= stored.size(); at += 8) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < 8; ++i) value |= std::uint64_t{stored[at + i]} << (8 * i);
    ended_.insert(PersonaOrdinal(value));
  }
  return {};
}

void Writer::store_ended(BatchBuilder& builder) const {
  Bytes stored;
  for (const PersonaOrdinal persona : ended_) {
    for (std::size_t i = 0; i < 8; ++i) {
      stored.push_back(static_cast<std::uint8_t>(persona.value() >> (8 * i)));
    }
  }
  builder.batch().meta.emplace_back(kEndedMeta, std::move(stored));
}

}  // namespace cdp::app
