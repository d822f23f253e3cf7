#include "cdp/app/ingest/writer.h"

#include <algorithm>
#include <array>
#include <future>
#include <unordered_set>

#include "cdp/core/base/limits.h"
#include "cdp/core/crypto/signature.h"
#include "consent/commitment.h"

namespace cdp::app {
namespace {

constexpr const char* kEndedMeta = "ended_generations";
constexpr int kConflictsMax = 3;
constexpr std::size_t kRecoverRecords = 2'000;

// The trail holds no client's free text: it might name a person, or be as long as it likes.
std::string audited_channel(const std::string& channel) {
  constexpr std::array<std::string_view, 8> kKnown = {"",     "email",    "sms", "phone",
                                                      "push", "whatsapp", "web", "post"};
  return std::find(kKnown.begin(), kKnown.end(), channel) != kKnown.end() ? channel : "other";
}

audit::Entry statement_entry(const event::Statement& statement, const crypto::Digest& nonce,
                             Time now) {
  audit::Entry entry;
  entry.kind = "statement";
  entry.at = now;
  entry.fields["choice"] = std::string(event::to_string(statement.choice));
  entry.fields["purpose"] = statement.purpose;
  entry.fields["channel"] = audited_channel(statement.channel);
  entry.fields["grade"] = std::string(event::to_string(statement.grade));
  entry.fields["source"] = statement.source;
  entry.fields["commitment"] =
      to_hex(consent::commitment(consent::statement_record(statement), nonce));
  return entry;
}

// One leaf for a whole commit of observations: how many, and a salted digest over their sealed
// bodies.
audit::Entry observations_entry(const std::vector<store::Record>& records, Time now,
                                Random& random) {
  const Token salt = random.next_token();
  Bytes sealed(salt.begin(), salt.end());
  std::int64_t count = 0;
  for (const auto& record : records) {
    if (record.kind != store::RecordKind::observation) continue;
    ++count;
    sealed.insert(sealed.end(), record.body.begin(), record.body.end());
  }
  audit::Entry entry;
  entry.kind = "observations";
  entry.at = now;
  entry.fields["count"] = count;
  entry.fields["salt"] = to_hex(salt);
  entry.fields["digest"] = to_hex(crypto::sha256(sealed));
  return entry;
}

}  // namespace

// Everything between one wake-up and one commit.
struct Writer::Group {
  std::vector<Submission> submissions;
  std::vector<Command> commands;
  // Flat view over the submissions' items.
  struct Slot {
    Prepared* item = nullptr;
    Verdict verdict = Verdict::accepted;
    PersonaOrdinal persona;
    Position position;
  };
  std::vector<Slot> slots;
  std::vector<std::pair<Command*, Result<void>>> ran;
};

Writer::Writer(Services services, std::function<void(FoldGroup)> fold)
    : services_(services),
      fold_(std::move(fold)),
      dedup_(services.dedup_window_hours, limits::kDedupKeysMax),
      tombstones_(services.keyed) {}

Writer::~Writer() { stop(); }

Result<void> Writer::start(store::Fence keys_fence, store::Fence ledger_fence, Heads heads) {
  keys_fence_ = keys_fence;
  ledger_fence_ = ledger_fence;
  heads_ = std::move(heads);
  CDP_CHECK(reload());
  CDP_TRY(last_position_, services_.ledger.last_position());
  thread_ = std::thread([this] { loop(); });
  return {};
}

Result<void> Writer::reload() {
  dedup_ = DedupWindow(services_.dedup_window_hours, limits::kDedupKeysMax);
  tombstones_ = TombstoneSet(services_.keyed);
  const Time since = services_.clock.now() - Duration::hours(services_.dedup_window_hours);
  CDP_CHECK(services_.ledger.each_dedup(
      since, [&](const Token& key, Position, Time received_at) { dedup_.add(key, received_at); }));
  CDP_CHECK(
      services_.ledger.each_tombstone([&](const store::Tombstone& t) { tombstones_.add(t); }));
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

bool Writer::submit(Submission& submission) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || queued_items_ + submission.items.size() > services_.queue_max) return false;
    queued_items_ += submission.items.size();
    submissions_.push_back(std::move(submission));
  }
  wake_.notify_one();
  return true;
}

void Writer::command(Command command) {
  {
    const std::lock_guard lock(mutex_);
    if (!stopping_) {
      commands_.push_back(std::move(command));
      wake_.notify_one();
      return;
    }
  }
  if (command.done) command.done(fail(ErrorCode::conflict, "the writer has stopped"));
}

Result<void> Writer::run(std::function<Result<void>(BatchBuilder&)> fill) {
  std::promise<Result<void>> promise;
  auto answer = promise.get_future();
  command({std::move(fill),
           [&promise](Result<void> result) { promise.set_value(std::move(result)); }, nullptr});
  return answer.get();
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

void Writer::end_generation(BatchBuilder& builder, const std::vector<PersonaOrdinal>& personas) {
  ended_.insert(personas.begin(), personas.end());
  store_ended(builder);
}

void Writer::release_generation(BatchBuilder& builder,
                                const std::vector<PersonaOrdinal>& personas) {
  for (const PersonaOrdinal persona : personas) ended_.erase(persona);
  store_ended(builder);
}

void Writer::add_tombstones(const std::vector<store::Tombstone>& tombstones) {
  for (const auto& tombstone : tombstones) tombstones_.add(tombstone);
}

void Writer::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

Result<void> Writer::health() const {
  const std::lock_guard lock(mutex_);
  if (failed_) return fail(*failed_);
  return {};
}

void Writer::note_failure(const Error& error) {
  conflicts_ = error.code == ErrorCode::conflict ? conflicts_ + 1 : 0;
  const std::lock_guard lock(mutex_);
  ++stats_.commit_failures;
  if (conflicts_ >= kConflictsMax) failed_ = error;
}

WriterStats Writer::stats() const {
  const std::lock_guard lock(mutex_);
  WriterStats stats = stats_;
  stats.queued = queued_items_;
  return stats;
}

void Writer::loop() {
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [&] { return stopping_ || !submissions_.empty() || !commands_.empty(); });
      if (submissions_.empty() && commands_.empty()) return;
    }
    commit(take());
  }
}

Writer::Group Writer::take() {
  Group group;
  const std::lock_guard lock(mutex_);
  std::size_t items = 0;
  while (!submissions_.empty() &&
         (items == 0 || items + submissions_.front().items.size() <= services_.group_max)) {
    items += submissions_.front().items.size();
    group.submissions.push_back(std::move(submissions_.front()));
    submissions_.pop_front();
  }
  while (!commands_.empty()) {
    group.commands.push_back(std::move(commands_.front()));
    commands_.pop_front();
  }
  queued_items_ -= items;
  group.slots.reserve(items);
  for (auto& submission : group.submissions) {
    for (auto& item : submission.items) group.slots.push_back({&item, Verdict::accepted, {}, {}});
  }
  return group;
}

// Duplicates and tombstones: who of the group goes on.
Result<void> Writer::judge(Group& group, BatchBuilder&) {
  std::unordered_set<Token, TokenHash> in_group, revived;
  for (auto& slot : group.slots) {
    const Prepared& item = *slot.item;
    if (dedup_.contains(item.dedup) || in_group.contains(item.dedup)) {
      slot.verdict = Verdict::duplicate;
      continue;
    }
    const auto known = services_.key_store.find(item.fact.persona_token);
    const bool ending = known && ended_.contains(*known);
    const bool lives = known || revived.contains(item.fact.persona_token);
    if (const auto erased_at = tombstones_.erased_at(item, lives && !ending)) {
      if (ending || !TombstoneSet::may_revive(item, *erased_at)) {
        slot.verdict = Verdict::suppressed;
        continue;
      }
      revived.insert(item.fact.persona_token);
      // A new life starts with no grants (DESIGN §8): statements that came with the act are not
      // taken over.
      slot.item->fact.statements.clear();
      slot.item->packed = services_.codec.pack(event::FactCodec::encode(slot.item->fact));
    }
    slot.persona = known.value_or(PersonaOrdinal{});
    in_group.insert(item.dedup);
  }
  return {};
}

// Keys for the personas that are new, durable before the ledger refers to them.
Result<void> Writer::make_keys(Group& group) {
  std::unordered_map<Token, PersonaOrdinal, TokenHash> fresh;
  std::vector<PersonaKeys::Made> made;
  std::vector<store::KeyRow> rows;
  for (const auto& slot : group.slots) {
    if (slot.verdict != Verdict::accepted || !slot.persona.none()) continue;
    const Token& token = slot.item->fact.persona_token;
    if (fresh.emplace(token, PersonaOrdinal{}).second) {
      made.push_back(services_.keys.make(token, services_.random));
      rows.push_back(made.back().row);
    }
  }
  if (rows.empty()) return {};
  CDP_TRY(const auto winners, services_.key_store.put_if_absent(std::move(rows), keys_fence_));
  for (std::size_t i = 0; i < winners.size(); ++i) {
    fresh[winners[i].persona_token] = winners[i].ordinal;
    services_.keys.remember(winners[i], made[i].row.persona, made[i].key);
  }
  for (auto& slot : group.slots) {
    if (slot.verdict == Verdict::accepted && slot.persona.none()) {
      slot.persona = fresh[slot.item->fact.persona_token];
    }
  }
  return {};
}

Result<void> Writer::append_one(Group& group, std::size_t index, BatchBuilder& builder) {
  auto& slot = group.slots[index];
  Prepared& item = *slot.item;
  CDP_TRY(slot.position, builder.append(store::RecordKind::observation, slot.persona, item.packed,
                                        item.dedup, item.fact.received_at));
  if (item.fact.statements.empty()) return {};
  CDP_TRY(const auto open, services_.keys.open(slot.persona));
  for (std::uint32_t i = 0; i < item.fact.statements.size(); ++i) {
    const auto nonce = consent::statement_nonce(open.key.audit_secret(), slot.position, i);
    CDP_CHECK(builder.audit(statement_entry(item.fact.statements[i], nonce, item.fact.received_at),
                            slot.persona));
  }
  return {};
}

Result<void> Writer::append_observations(Group& group, BatchBuilder& builder) {
  bool any = false;
  for (std::size_t i = 0; i < group.slots.size(); ++i) {
    if (group.slots[i].verdict != Verdict::accepted) continue;
    CDP_CHECK(append_one(group, i, builder));
    any = true;
  }
  if (!any) return {};
  return builder.audit(
      observations_entry(builder.batch().records, services_.clock.now(), services_.random));
}

void Writer::run_commands(Group& group, BatchBuilder& builder) {
  for (auto& command : group.commands) {
    const auto mark = builder.mark();
    auto result = command.fill(builder);
    if (!result) builder.rollback(mark);
    group.ran.emplace_back(&command, std::move(result));
  }
}

void Writer::refuse(Group& group, const Error& error) {
  for (auto& submission : group.submissions) submission.done(fail(error));
  for (auto& command : group.commands) {
    if (command.done) command.done(fail(error));
  }
}

void Writer::commit(Group group) {
  if (auto healthy = health(); !healthy) {
    return refuse(group, Error{ErrorCode::unavailable, healthy.error().what, "start cdp again"});
  }
  if (in_doubt_) {
    if (auto recovered = recover(); !recovered) return refuse(group, recovered.error());
  }
  BatchBuilder builder({services_.keys, services_.codec, *trail_, heads_, services_.random, ended_},
                       last_position_, last_outbox_id_);
  const auto before = trail_->frontier();
  auto prepared = judge(group, builder);
  if (prepared) prepared = make_keys(group);
  if (prepared) prepared = append_observations(group, builder);
  if (prepared) run_commands(group, builder);
  if (prepared && !builder.batch().empty())
    prepared = services_.ledger.commit(builder.batch(), ledger_fence_);
  if (!prepared) {
    // Nothing of this group may be believed any more, not even what we numbered.
    trail_->reset(before);
    in_doubt_ = true;
    note_failure(prepared.error());
    return refuse(
        group, Error{ErrorCode::unavailable, "the commit did not become durable", "send it again"});
  }
  conflicts_ = 0;
  acknowledge(group, builder);
}

void Writer::count(const Group& group) {
  const std::lock_guard lock(mutex_);
  for (const auto& slot : group.slots) {
    switch (slot.verdict) {
      case Verdict::accepted:
        ++stats_.accepted;
        break;
      case Verdict::duplicate:
        ++stats_.duplicates;
        break;
      case Verdict::suppressed:
        ++stats_.suppressed;
        break;
    }
  }
  ++stats_.commits;
  stats_.dedup_keys = dedup_.size();
  stats_.dedup_oldest_hour = dedup_.oldest_hour();
}

void Writer::acknowledge(Group& group, const BatchBuilder& builder) {
  last_position_ = builder.last_position();
  last_outbox_id_ = builder.last_outbox_id();
  for (const auto& [persona, position] : builder.new_heads()) heads_.set(persona, position);
  for (const auto& slot : group.slots) {
    if (slot.verdict == Verdict::accepted)
      dedup_.add(slot.item->dedup, slot.item->fact.received_at);
  }
  count(group);
  FoldGroup fold;
  fold.last = last_position_;
  Answers now;
  answer_submissions(group, fold, now);
  answer_commands(group, fold, now);
  // Into the fold first: whoever has an acknowledgement can wait for the fold to reach it.
  fold_(std::move(fold));
  for (auto& answer : now) answer({});
}

void Writer::answer_submissions(Group& group, FoldGroup& fold, Answers& now) {
  std::size_t at = 0;
  for (auto& submission : group.submissions) {
    Verdicts verdicts;
    verdicts.reserve(submission.items.size());
    bool waits = false;
    for (auto& item : submission.items) {
      const auto& slot = group.slots[at++];
      verdicts.push_back(slot.verdict);
      // A duplicate waits too: the first one may still be on its way to the readers.
      waits = waits || !item.fact.statements.empty();
      if (slot.verdict != Verdict::accepted) continue;
      fold.items.push_back(
          {slot.position, slot.persona, store::RecordKind::observation, std::move(item.fact)});
    }
    // Read your writes: a statement is acknowledged when readers see it (invariant 10).
    (waits ? fold.after : now)
        .push_back([done = std::move(submission.done),
                    v = std::move(verdicts)](const Result<void>& visible) mutable {
          if (!visible) return done(fail(visible.error()));
          done(std::move(v));
        });
  }
}

void Writer::answer_commands(Group& group, FoldGroup& fold, Answers& now) {
  for (auto& [command, result] : group.ran) {
    const bool folds = result.has_value() && command->fold_items != nullptr;
    if (folds) {
      for (auto& item : *command->fold_items) fold.items.push_back(std::move(item));
    }
    if (!command->done) continue;
    (folds && command->done_when_folded ? fold.after : now)
        .push_back([done = std::move(command->done), r = std::move(result)](
                       const Result<void>& visible) { done(visible ? r : visible); });
  }
}

}  // namespace cdp::app
