#include "cdp/app/ingest/fold.h"

#include <algorithm>
#include <chrono>

namespace cdp::app {
namespace {

// How long readers are held out at once: a slice of this many items.
constexpr std::size_t kSlice = 128;
constexpr std::size_t kReplayRecords = 2'000;
// Between two tries to commit effects: doubling, from the first to the last.
constexpr std::int64_t kRetryFirstMs = 5;
constexpr std::int64_t kRetryMaxMs = 1'000;

}  // namespace

Fold::Fold(Services services, PlanEffects plan) : services_(services), plan_(std::move(plan)) {}

Fold::~Fold() { stop(); }

Result<void> Fold::replay(PersonaKeys& keys,
                          const std::function<bool(PersonaOrdinal)>& may_be_gone) {
  CDP_TRY(effects_done_, services_.ledger.effects_position());
  Position after = services_.live.applied();
  for (;;) {
    std::vector<FoldItem> items;
    std::optional<Error> error;
    CDP_TRY(
        const auto count,
        services_.ledger.read(after, kReplayRecords, [&](const store::Record& record) {
          after = record.position;
          if (error) return;
          auto item = open_record(record, keys, services_.codec);
          if (item) {
            items.push_back(std::move(*item));
          } else if (item.error().code != ErrorCode::not_found || !may_be_gone(record.persona)) {
            error = Error{ErrorCode::corrupt,
                          "a ledger record has no readable key and no erasure explains it",
                          "restore keys.db from the newest backup; nothing was changed"};
          }
        }));
    if (error) return fail(*error);
    std::vector<PlannedEffect> effects;
    CDP_CHECK(fold_slice(items, effects));
    if (!effects.empty()) replayed_.insert(replayed_.end(), effects.begin(), effects.end());
    if (count < kReplayRecords) return {};
  }
}

void Fold::start(store::Fence state_fence, std::function<void(Command)> commit) {
  state_fence_ = state_fence;
  commit_ = std::move(commit);
  if (!replayed_.empty())
    commit_effects(std::exchange(replayed_, {}), services_.live.applied(), {});
  running_ = true;
  thread_ = std::thread([this] { loop(); });
  keeper_ = std::thread([this] { keeper_loop(); });
}

void Fold::push(FoldGroup group) {
  {
    const std::lock_guard lock(mutex_);
    lag_ += group.items.size();
    tasks_.push_back({std::move(group), nullptr});
  }
  wake_.notify_one();
}

std::size_t Fold::lag() const {
  const std::lock_guard lock(mutex_);
  return lag_;
}

Result<void> Fold::health() const {
  const std::lock_guard lock(mutex_);
  if (error_) return fail(*error_);
  return {};
}

void Fold::fail_with(const Error& error) {
  const std::lock_guard lock(mutex_);
  if (!error_) error_ = error;
  flush_done_.notify_all();
  settled_.notify_all();
}

void Fold::loop() {
  for (;;) {
    Task task;
    bool idle = false;
    {
      std::unique_lock lock(mutex_);
      const auto awake = [&] { return stopping_ || !tasks_.empty(); };
      const auto worth_a_flush = [&] {
        return folded_since_flush_ >= limits::kStateIdleFlushObservations && !flushing_ && !error_;
      };
      wake_.wait(lock, [&] { return awake() || worth_a_flush(); });
      if (!awake()) {
        idle = !wake_.wait_for(lock, std::chrono::milliseconds(limits::kStateIdleMs), awake);
      }
      if (!idle) {
        if (tasks_.empty()) {
          running_ = false;
          return;
        }
        task = std::move(tasks_.front());
        tasks_.pop_front();
      }
    }
    if (idle) {
      begin_flush();
    } else if (task.run) {
      task.run();
    } else {
      fold_group(std::move(task.group));
    }
  }
}

void Fold::fold_group(FoldGroup group) {
  std::vector<PlannedEffect> effects;
  for (std::size_t at = 0; at < group.items.size() && health(); at += kSlice) {
    const std::size_t size = std::min(kSlice, group.items.size() - at);
    if (auto folded = fold_slice(std::span(group.items).subspan(at, size), effects); !folded) {
      fail_with(folded.error());
    }
  }
  const Result<void> visible = health();
  if (visible && !effects.empty()) commit_effects(std::move(effects), services_.live.applied(), {});
  for (auto& after : group.after) {
    after(visible ? visible
                  : fail(ErrorCode::unavailable, "stored, but not visible to readers",
                         "send it again after a restart"));
  }
  bool flush_due = false;
  {
    const std::lock_guard lock(mutex_);
    lag_ -= group.items.size();
    folded_since_flush_ += group.items.size();
    keeper_work_ = true;
    flush_due = folded_since_flush_ >= services_.flush_observations;
  }
  keeper_wake_.notify_one();
  if (flush_due) begin_flush();
}

Result<void> Fold::fold_slice(std::span<FoldItem> items, std::vector<PlannedEffect>& effects) {
  CDP_TRY(const auto folded, services_.live.apply(items));
  for (const auto& one : folded) {
    if (one.position <= effects_done_) continue;
    auto planned = plan_(one);
    std::move(planned.begin(), planned.end(), std::back_inserter(effects));
  }
  return {};
}

// One command at a time, in order: were a later one to commit before the retry of an earlier one,
// effects_position would pass over effects that were never committed.
void Fold::commit_effects(std::vector<PlannedEffect> effects, Position up_to, WhenDurable then) {
  if (!then) then = [](const Result<void>&) {};
  auto work = std::make_shared<EffectWork>();
  std::unique_lock lock(mutex_);
  if (error_) {
    const Error failed = *error_;
    lock.unlock();
    return then(fail(failed));
  }
  std::move(effects.begin(), effects.end(), std::back_inserter(waiting_effects_.effects));
  waiting_effects_.up_to = std::max(waiting_effects_.up_to, up_to);
  waiting_effects_.then.push_back(std::move(then));
  if (effects_in_flight_) return;
  effects_in_flight_ = true;
  *work = std::exchange(waiting_effects_, {});
  lock.unlock();
  send_effects(work);
}

// Sends until it is durable: a retry first looks whether the doubtful one was.
void Fold::send_effects(const std::shared_ptr<EffectWork>& work) {
  auto items = std::make_shared<std::vector<FoldItem>>();
  Command command;
  // Copies come back into the fold, but nothing here waits for that: the fold may be waiting for
  // us.
  command.fold_items = items;
  command.done_when_folded = false;
  // One of these at a time: none is on its way while this one is prepared.
  command.may_run_beside = true;
  command.fill = [this, work, items](BatchBuilder& builder) -> Result<void> {
    items->clear();
    CDP_TRY(const auto done, services_.ledger.effects_position());
    if (done >= work->up_to) return {};
    return add_effects(work->effects, work->up_to, services_.codec, services_.message_index,
                       builder, *items);
  };
  command.done = [this, work](const Result<void>& result) { effects_answered(work, result); };
  commit_(std::move(command));
}

void Fold::effects_answered(const std::shared_ptr<EffectWork>& work, const Result<void>& result) {
  if (!result) {
    // Not durable, and nobody may think so: a flush that waits for it stays where it is.
    std::unique_lock lock(mutex_);
    if (result.error().code == ErrorCode::unavailable && !closing_) {
      // Not at once: a disk that fails fails for a while.
      retry_ms_ = std::clamp(retry_ms_ * 2, kRetryFirstMs, kRetryMaxMs);
      retry_ = work;
      keeper_wake_.notify_one();
      return;
    }
    if (!error_) error_ = result.error();
    flush_done_.notify_all();
    settled_.notify_all();
    const auto waiting = std::exchange(waiting_effects_, {});
    lock.unlock();
    for (const auto& then : work->then) then(result);
    for (const auto& then : waiting.then) then(result);
    return;
  }
  for (const auto& then : work->then) then(result);
  auto next = std::make_shared<EffectWork>();
  {
    const std::lock_guard lock(mutex_);
    retry_ms_ = 0;
    if (waiting_effects_.then.empty()) {
      effects_in_flight_ = false;
      return;
    }
    *next = std::exchange(waiting_effects_, {});
  }
  send_effects(next);
}

void Fold::begin_flush() {
  {
    const std::lock_guard lock(mutex_);
    // One at a time; the next group asks again. After a failure nothing is flushed: effects that
    // were planned and dropped would lie below what is flushed.
    if (flushing_ || error_) return;
    folded_since_flush_ = 0;
  }
  auto plan = services_.live.collect();
  if (!plan) return;
  const Position to = plan->to;
  {
    const std::lock_guard lock(mutex_);
    flushing_ = std::move(plan);
    flush_ready_ = false;
  }
  commit_effects({}, to, [this](const Result<void>& durable) {
    if (!durable) return;
    {
      const std::lock_guard lock(mutex_);
      flush_ready_ = true;
      keeper_work_ = true;
    }
    keeper_wake_.notify_one();
  });
}

Result<void> Fold::flush(FlushPlan& plan) {
  std::vector<store::DocumentRow> sealed;
  sealed.reserve(plan.delta.documents.size());
  for (const auto& row : plan.delta.documents) {
    auto document = services_.live.seal(row);
    if (!document.sealed.empty()) sealed.push_back(std::move(document));
  }
  plan.delta.documents = std::move(sealed);
  CDP_CHECK(services_.state->apply(plan.from, plan.to, plan.delta, state_fence_));
  return {};
}

void Fold::keeper_loop() {
  while (wait_for_work()) {
    keep_state();
    keep_logs();
  }
}

// Until there is something to keep; sends effects again meanwhile. False = it is over.
bool Fold::wait_for_work() {
  std::unique_lock lock(mutex_);
  const auto awake = [&] { return keeper_work_ || keeper_stopping_; };
  while (!awake()) {
    if (!retry_) {
      keeper_wake_.wait(lock, [&] { return awake() || retry_; });
      continue;
    }
    // Whatever wakes us, they go first: work for the keeper means that commits succeed again.
    keeper_wake_.wait_for(lock, std::chrono::milliseconds(retry_ms_),
                          [&] { return awake() || closing_; });
    const auto work = std::exchange(retry_, nullptr);
    lock.unlock();
    send_effects(work);
    lock.lock();
  }
  keeper_work_ = false;
  return !keeper_stopping_ || flushing_.has_value();
}

// Writes the flush whose effects are durable, if there is one.
void Fold::keep_state() {
  {
    const std::lock_guard lock(mutex_);
    if (!flush_ready_ || !flushing_) return;
  }
  if (auto flushed = flush(*flushing_); flushed) {
    services_.live.flushed(*flushing_);
  } else {
    // Its documents stay pinned: what is in memory is all there is of them until a restart.
    fail_with(flushed.error());
  }
  {
    const std::lock_guard lock(mutex_);
    flushing_.reset();
    flush_ready_ = false;
  }
  flush_done_.notify_all();
  wake_.notify_one();
  const std::unique_lock may_move(checkpoint_mutex_, std::try_to_lock);
  if (may_move.owns_lock()) (void)services_.state->checkpoint().has_value();
}

// A log that is copied in time starts over within its file; one that grows costs each commit the
// file's new length on disk as well. A checkpoint that cannot run now runs after the next group.
void Fold::keep_logs() {
  const auto keep = [](auto& store) {
    const auto wal = store.wal_bytes();
    if (wal && *wal >= limits::kCheckpointWalBytes) (void)store.checkpoint().has_value();
  };
  const std::unique_lock may_move(checkpoint_mutex_, std::try_to_lock);
  if (!may_move.owns_lock()) return;
  keep(services_.ledger);
  keep(services_.keys);
}

void Fold::wait_for_flush() {
  std::unique_lock lock(mutex_);
  flush_done_.wait(lock, [&] { return !flushing_.has_value() || error_.has_value(); });
}

Result<void> Fold::erase(const std::vector<PersonaOrdinal>& personas) {
  run([&] {
    wait_for_flush();
    services_.live.erase(personas);
  });
  CDP_CHECK(health());
  return services_.state->erase(personas, state_fence_);
}

void Fold::without_checkpoints(const std::function<void()>& job) {
  const std::lock_guard lock(checkpoint_mutex_);
  job();
}

void Fold::run(const std::function<void()>& job) {
  std::promise<void> ran;
  bool queued = false;
  {
    const std::lock_guard lock(mutex_);
    queued = running_;
    if (queued) {
      tasks_.push_back({{}, [&] {
                          job();
                          ran.set_value();
                        }});
    }
  }
  if (!queued) return job();
  wake_.notify_one();
  ran.get_future().wait();
}

void Fold::post(std::function<void()> job) {
  {
    const std::lock_guard lock(mutex_);
    if (running_) {
      tasks_.push_back({{}, std::move(job)});
      wake_.notify_one();
      return;
    }
  }
  job();
}

void Fold::after_effects(std::function<void(const Result<void>&)> done) {
  // In turn with the groups: effects that were planned and not handed over yet come first.
  post([this, done = std::move(done)] {
    commit_effects({}, services_.live.applied(), [this, done](const Result<void>& durable) {
      if (!durable) return done(durable);
      // What they appended stands in the queue by now.
      post([this, done] { done(health()); });
    });
  });
}

void Fold::drain() {
  run([] {});
}

Result<void> Fold::settle() {
  auto durable = std::make_shared<bool>(false);  // by mutex_
  run([&] {
    commit_effects({}, services_.live.applied(), [this, durable](const Result<void>& done) {
      const std::lock_guard lock(mutex_);
      *durable = done.has_value();
      settled_.notify_all();
    });
  });
  {
    std::unique_lock lock(mutex_);
    settled_.wait(lock, [&] { return *durable || error_.has_value(); });
    if (error_) return fail(*error_);
  }
  drain();
  return {};
}

void Fold::flush_now() {
  run([this] {
    wait_for_flush();
    begin_flush();
    wait_for_flush();
  });
}

void Fold::close() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  keeper_wake_.notify_all();
}

void Fold::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
  {
    const std::lock_guard lock(mutex_);
    keeper_stopping_ = true;
    // A flush whose effects never became durable is dropped: the next start folds it again.
    if (flushing_ && !flush_ready_) flushing_.reset();
  }
  keeper_wake_.notify_all();
  if (keeper_.joinable()) keeper_.join();
}

}  // namespace cdp::app
