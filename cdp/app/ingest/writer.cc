#include "cdp/app/ingest/writer.h"

#include <algorithm>
#include <future>

#include "cdp/app/ingest/writer_audit.h"
#include "cdp/core/base/limits.h"
#include "consent/commitment.h"

namespace cdp::app {
namespace {

constexpr int kConflictsMax = 3;

Error not_durable() {
  return {ErrorCode::unavailable, "the commit did not become durable", "send it again"};
}

}  // namespace

// Everything between one wake-up and one commit, and its batch.
struct Writer::Group {
  std::vector<Submission> submissions;
  std::vector<Command> commands;
  std::vector<Slot> slots;      // flat view over the submissions' items
  std::vector<Slot*> appended;  // by position
  // Personas that are new: their keys as made, and as the key store took them.
  std::unordered_map<Token, PersonaOrdinal, TokenHash> fresh;
  std::vector<PersonaKeys::Made> made;
  std::vector<store::KeyRow> winners;
  std::vector<std::pair<Command*, Result<void>>> ran;
  std::unordered_set<Token, TokenHash> keys;  // dedup keys of what is accepted
  std::optional<BatchBuilder> builder;
  audit::Frontier frontier_before;

  bool may_run_beside() const {
    return std::all_of(commands.begin(), commands.end(),
                       [](const Command& command) { return command.may_run_beside; });
  }
};

Writer::Writer(Services services, std::function<void(FoldGroup)> fold)
    : services_(services),
      fold_(std::move(fold)),
      dedup_(services.dedup_window_hours, limits::kDedupKeysMax),
      tombstones_(services.keyed),
      do_not_contact_(services.keyed) {}

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

void Writer::end_generation(BatchBuilder& builder, const std::vector<PersonaOrdinal>& personas) {
  ended_.insert(personas.begin(), personas.end());
  store_ended(builder);
  do_not_contact_.forget_noted();
}

void Writer::release_generation(BatchBuilder& builder,
                                const std::vector<PersonaOrdinal>& personas) {
  for (const PersonaOrdinal persona : personas) ended_.erase(persona);
  store_ended(builder);
}

void Writer::add_tombstones(const std::vector<store::Tombstone>& tombstones) {
  for (const auto& tombstone : tombstones) {
    tombstones_.add(tombstone);
    do_not_contact_.add(tombstone);
  }
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
    if (in_flight_ && !a_whole_group_waits()) settle();
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [&] { return stopping_ || !submissions_.empty() || !commands_.empty(); });
      if (submissions_.empty() && commands_.empty()) return;
    }
    commit(take());
  }
}

bool Writer::a_whole_group_waits() const {
  const std::lock_guard lock(mutex_);
  return queued_items_ >= services_.group_max;
}

std::unique_ptr<Writer::Group> Writer::take() {
  auto taken = std::make_unique<Group>();
  Group& group = *taken;
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
  return taken;
}

// Duplicates and tombstones: who of the group goes on.
void Writer::judge(Group& group) const {
  std::unordered_set<Token, TokenHash> revived;
  const auto seen = [&](const Token& key) {
    return dedup_.contains(key) || group.keys.contains(key) ||
           (in_flight_ && in_flight_->keys.contains(key));
  };
  for (auto& slot : group.slots) {
    const Prepared& item = *slot.item;
    if (seen(item.dedup)) {
      slot.verdict = Verdict::duplicate;
      continue;
    }
    const auto known = services_.key_store.find(item.fact.persona_token);
    const bool ending = known && ended_.contains(*known);
    // A key alone is no life: the commit that was to use it may have failed.
    const bool lives =
        (known && !group.builder->head(*known).none()) || revived.contains(item.fact.persona_token);
    if (const auto erased_at = tombstones_.erased_at(item, lives && !ending)) {
      const bool of_the_living = item.of_the_living && *erased_at < item.fact.received_at;
      if (ending || (!of_the_living && !TombstoneSet::may_revive(item, *erased_at))) {
        slot.verdict = Verdict::suppressed;
        continue;
      }
      revived.insert(item.fact.persona_token);
      // A new life starts with no grants (DESIGN §8): statements that came with the act are not
      // taken over. What is said of it afterwards is.
      if (!of_the_living) {
        slot.item->fact.statements.clear();
        slot.item->packed = services_.codec.pack(event::FactCodec::encode(slot.item->fact));
      }
    }
    add_noes(*slot.item);
    slot.persona = known.value_or(PersonaOrdinal{});
    group.keys.insert(item.dedup);
  }
}

// Whatever an address comes with that must not be contacted again, the no comes with it: the one
// who was erased and orders anew, and the one whom an old list brings, has said nothing else.
void Writer::add_noes(Prepared& item) const {
  auto noes = do_not_contact_.noes_for(item.fact);
  if (noes.empty()) return;
  auto& statements = item.fact.statements;
  statements.insert(statements.end(), noes.begin(), noes.end());
  item.packed = services_.codec.pack(event::FactCodec::encode(item.fact));
}

void Writer::use_up(Group& group) {
  store::LedgerBatch& batch = group.builder->batch();
  auto slot = group.slots.begin();
  for (const auto& [items, done, used_up] : group.submissions) {
    const auto end = slot + static_cast<std::ptrdiff_t>(items.size());
    const bool taken =
        std::any_of(slot, end, [](const Slot& s) { return s.verdict == Verdict::accepted; });
    slot = end;
    batch.opt_ins_done.insert(batch.opt_ins_done.end(), used_up.opt_ins.begin(),
                              used_up.opt_ins.end());
    if (!taken) continue;
    batch.tombstones_lifted.insert(batch.tombstones_lifted.end(), used_up.do_not_contact.begin(),
                                   used_up.do_not_contact.end());
  }
}

// Keys for the personas that are new, on their way to the disk: durable before the ledger refers to
// them, and before anything of these personas is sealed.
void Writer::launch_keys(Group& group) {
  std::vector<store::KeyRow> rows;
  for (const auto& slot : group.slots) {
    if (slot.verdict != Verdict::accepted || !slot.persona.none()) continue;
    const Token& token = slot.item->fact.persona_token;
    if (!group.fresh.emplace(token, PersonaOrdinal{}).second) continue;
    group.made.push_back(services_.keys.make(token, services_.random));
    rows.push_back(group.made.back().row);
  }
  if (rows.empty()) return;
  keys_lane_.launch([this, &group, sent = std::move(rows)]() mutable -> Result<void> {
    CDP_TRY(group.winners, services_.key_store.put_if_absent(std::move(sent), keys_fence_));
    return {};
  });
}

Result<void> Writer::take_keys(Group& group) {
  if (group.made.empty()) return {};
  CDP_CHECK(keys_lane_.wait());
  for (std::size_t i = 0; i < group.winners.size(); ++i) {
    const auto& winner = group.winners[i];
    group.fresh[winner.persona_token] = winner.ordinal;
    services_.keys.remember(winner, group.made[i].row.persona, group.made[i].key);
  }
  group.made.clear();
  return {};
}

Result<void> Writer::append_one(Group& group, Slot& slot) {
  BatchBuilder& builder = *group.builder;
  Prepared& item = *slot.item;
  CDP_TRY(slot.position, builder.append(store::RecordKind::observation, slot.persona, item.packed,
                                        item.dedup, item.fact.received_at));
  group.appended.push_back(&slot);
  if (item.fact.statements.empty()) return {};
  const auto repeated =
      static_cast<std::uint32_t>(last_spoken_.repeated(item.repetition, slot.persona));
  if (repeated == item.fact.statements.size()) return {};
  last_spoken_.note(slot.persona, slot.position);
  CDP_TRY(const auto open, services_.keys.open(slot.persona));
  for (std::uint32_t i = repeated; i < item.fact.statements.size(); ++i) {
    const auto nonce = consent::statement_nonce(open.key.audit_secret(), slot.position, i);
    CDP_CHECK(builder.audit(statement_entry(item.fact.statements[i], nonce, item.fact.received_at),
                            slot.persona));
  }
  return {};
}

// Known personas first, while the keys of the new ones are on their way: what one persona did stays
// in its order.
Result<void> Writer::append_observations(Group& group) {
  BatchBuilder& builder = *group.builder;
  launch_keys(group);
  Result<void> appended;
  std::vector<Slot*> waiting;
  for (auto& slot : group.slots) {
    if (slot.verdict != Verdict::accepted) continue;
    if (slot.persona.none()) {
      waiting.push_back(&slot);
    } else if (appended) {
      appended = append_one(group, slot);
    }
  }
  CDP_CHECK(take_keys(group));
  CDP_CHECK(appended);
  for (Slot* slot : waiting) {
    slot->persona = group.fresh[slot->item->fact.persona_token];
    CDP_CHECK(append_one(group, *slot));
  }
  if (group.appended.empty()) return {};
  return builder.audit(
      observations_entry(builder.batch().records, services_.clock.now(), services_.random));
}

void Writer::run_commands(Group& group) {
  BatchBuilder& builder = *group.builder;
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

// Everything but making it durable. May stand on a group that is not durable yet.
Result<void> Writer::prepare(Group& group) {
  const BatchBuilder* before = in_flight_ ? &*in_flight_->builder : nullptr;
  group.frontier_before = trail_->frontier();
  group.builder.emplace(
      BatchServices{services_.keys, services_.codec, *trail_, heads_, services_.random, ended_},
      before != nullptr ? before->last_position() : last_position_,
      before != nullptr ? before->last_outbox_id() : last_outbox_id_, before);
  judge(group);
  CDP_CHECK(append_observations(group));
  use_up(group);
  run_commands(group);
  return {};
}

void Writer::commit(std::unique_ptr<Group> group) {
  const bool alone = !group->may_run_beside();
  if (alone) settle();
  if (auto healthy = health(); !healthy) {
    settle();
    return refuse(*group, Error{ErrorCode::unavailable, healthy.error().what, "start cdp again"});
  }
  if (in_doubt_) {
    if (auto recovered = recover(); !recovered) return refuse(*group, recovered.error());
  }
  const auto prepared = prepare(*group);
  settle();
  // What this group was numbered after did not become durable.
  if (in_doubt_) return refuse(*group, not_durable());
  if (!prepared) return drop(*group, prepared.error());
  if (group->builder->batch().empty()) return acknowledge(*group);
  in_flight_ = std::move(group);
  ledger_lane_.launch([this, &batch = in_flight_->builder->batch()] {
    return services_.ledger.commit(batch, ledger_fence_);
  });
  if (alone) settle();
}

// Waits for the group on its way, and answers it.
void Writer::settle() {
  if (!in_flight_) return;
  const auto durable = ledger_lane_.wait();
  const auto group = std::move(in_flight_);
  if (!durable) return drop(*group, durable.error());
  conflicts_ = 0;
  acknowledge(*group);
}

// Nothing of this group may be believed any more, not even what we numbered.
void Writer::drop(Group& group, const Error& error) {
  trail_->reset(group.frontier_before);
  in_doubt_ = true;
  note_failure(error);
  refuse(group, not_durable());
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

void Writer::acknowledge(Group& group) {
  const BatchBuilder& builder = *group.builder;
  last_position_ = builder.last_position();
  last_outbox_id_ = builder.last_outbox_id();
  for (const auto& [persona, position] : builder.new_heads()) heads_.set(persona, position);
  for (const auto& slot : group.slots) {
    if (slot.verdict != Verdict::accepted) continue;
    dedup_.add(slot.item->dedup, slot.item->fact.received_at);
    do_not_contact_.note(slot.item->fact);
  }
  for (const Token& entry : group.builder->batch().tombstones_lifted) do_not_contact_.lift(entry);
  // What the same commit put there stays (LedgerBatch).
  for (const auto& tombstone : group.builder->batch().tombstones) do_not_contact_.add(tombstone);
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
    }
    // Read your writes: a statement is acknowledged when readers see it (invariant 10).
    (waits ? fold.after : now)
        .push_back([done = std::move(submission.done),
                    v = std::move(verdicts)](const Result<void>& visible) mutable {
          if (!visible) return done(fail(visible.error()));
          done(std::move(v));
        });
  }
  fold.items.reserve(group.appended.size());
  for (const Slot* slot : group.appended) {
    fold.items.push_back({slot->position, slot->persona, store::RecordKind::observation,
                          std::move(slot->item->fact)});
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
