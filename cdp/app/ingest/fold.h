// Fold: the one thread that turns durable records into state, effects and acknowledgements of
// statements; with a flusher behind it that writes state.db, and a keeper that checkpoints the WALs
// off the ack path (DESIGN §4, §6).
//
// Order of durability: record -> (fold) -> effects with effects_position -> state flush with
// applied_position. State is never flushed beyond effects_position, so a crash in between repeats
// no effect and loses none.
//
// Thread-safety: push, lag, erase and stop from any thread. A fold that cannot go on (corrupt
// record, failing disk) stops folding, tells health(), and new observations are refused: fail
// closed.
#pragma once

#include <condition_variable>
#include <deque>
#include <future>
#include <thread>

#include "cdp/app/ingest/effect.h"
#include "cdp/app/ingest/live_state.h"
#include "cdp/app/ingest/writer.h"
#include "cdp/core/base/limits.h"

namespace cdp::app {

class Fold {
 public:
  struct Services {
    LiveState& live;
    store::State* state;
    store::Ledger& ledger;
    store::KeyStore& keys;
    const store::BodyCodec& codec;
    const crypto::BlindIndex& message_index;
    std::size_t flush_observations = limits::kStateFlushObservations;
  };
  Fold(Services services, PlanEffects plan);
  ~Fold();

  // Replays the ledger from what state has applied to its end, on the caller's thread, before
  // start(). `may_be_gone` tells whether a persona without a key is explained by an erasure; any
  // other missing key stops start-up (invariant 6).
  Result<void> replay(PersonaKeys& keys, const std::function<bool(PersonaOrdinal)>& may_be_gone);
  void start(store::Fence state_fence, std::function<void(Command)> commit);
  void push(FoldGroup group);
  std::size_t lag() const;  // records waiting
  Result<void> health() const;
  // Forgets the personas in memory and in state.db, and returns when no flush in flight can bring
  // them back; an error when the fold has failed, and that cannot be known. Not from the fold's
  // thread.
  Result<void> erase(const std::vector<PersonaOrdinal>& personas);
  // Returns when everything pushed before is visible to readers.
  void drain();
  // drain(), and what it planned is committed, and folded in turn.
  Result<void> settle();
  // Calls `done` once, from another thread: when all that is folded by now, the effects it planned
  // and what they append are visible to readers; with an error when they will not be before a
  // restart.
  void after_effects(std::function<void(const Result<void>&)> done);
  // Runs `job` on the caller's thread while no checkpoint moves pages into the database files: what
  // is read from them below the database stands still. Commits go on, into the logs.
  void without_checkpoints(const std::function<void()>& job);
  store::Fence state_fence() const { return state_fence_; }
  // drain(), then everything folded is in state.db. The writer must be running.
  void flush_now();
  // From now on effects that do not become durable are left to the next start, instead of tried
  // again for ever: whoever waits for them comes back. Before flush_now() on the way out.
  void close();
  // Folds what is queued, ends a flush under way, then ends the threads. The writer must have
  // stopped first.
  void stop();

 private:
  struct Task {
    FoldGroup group;
    std::function<void()> run;  // instead of a group: a job on the fold's thread
  };
  // On the fold's thread; on the caller's when there is none (not started, or ended).
  void run(const std::function<void()>& job);
  void post(std::function<void()> job);  // the same, without waiting for it
  void loop();
  void keeper_loop();
  void keep_state();
  void keep_logs();
  void fold_group(FoldGroup group);
  Result<void> fold_slice(std::span<FoldItem> items, std::vector<PlannedEffect>& effects);
  // Told once: that the effects are durable, or that they will not be before a restart.
  using WhenDurable = std::function<void(const Result<void>&)>;
  // Effects on their way to the writer, with whoever waits for them.
  struct EffectWork {
    std::vector<PlannedEffect> effects;
    Position up_to;
    std::vector<WhenDurable> then;
  };
  void commit_effects(std::vector<PlannedEffect> effects, Position up_to, WhenDurable then);
  void send_effects(const std::shared_ptr<EffectWork>& work);
  void effects_answered(const std::shared_ptr<EffectWork>& work, const Result<void>& result);
  bool wait_for_work();
  void begin_flush();
  Result<void> flush(FlushPlan& plan);
  void wait_for_flush();
  void fail_with(const Error& error);

  Services services_;
  PlanEffects plan_;
  std::function<void(Command)> commit_;
  store::Fence state_fence_;
  Position effects_done_;

  std::mutex checkpoint_mutex_;  // held by whoever must not see pages move
  mutable std::mutex mutex_;
  std::condition_variable wake_, flush_done_, keeper_wake_, settled_;
  std::deque<Task> tasks_;
  std::size_t lag_ = 0;
  bool running_ = false;  // the fold's thread takes tasks
  bool closing_ = false, stopping_ = false, keeper_stopping_ = false, keeper_work_ = false;
  std::optional<FlushPlan> flushing_;
  bool flush_ready_ = false;  // its effects are durable
  std::optional<Error> error_;
  std::size_t folded_since_flush_ = 0;
  std::vector<PlannedEffect> replayed_;
  EffectWork waiting_effects_;
  bool effects_in_flight_ = false;
  std::shared_ptr<EffectWork> retry_;  // effects that did not become durable, until the keeper
  std::int64_t retry_ms_ = 0;          // sends them again, after this pause
  std::thread thread_, keeper_;
};

}  // namespace cdp::app
