// Writer: the one thread that commits. Gathers submissions and commands into groups, deduplicates,
// honours tombstones, makes persona keys (durable before the ledger refers to them), seals, commits
// once, and only then acknowledges (DESIGN §6; invariant 5).
//
//   submission ─┐
//   command    ─┴─> queue ─> group ─> keys.db ─> ledger.db (one FULL commit) ─> ack ─> fold
//
// A duplicate of a record of the same group is acknowledged with that group's commit, never before.
// When a commit fails or is in doubt every waiter gets `unavailable`, and dedup window, heads,
// tombstones, outbox numbers and Merkle frontier are loaded again from what is durable before
// anything else is accepted.
//
// Thread-safety: submit, command and stop are safe from any thread. Callbacks run on the writer's
// thread (or, for deliveries that carry statements, on the fold's) and must not block.
#pragma once

#include <condition_variable>
#include <deque>
#include <set>
#include <thread>

#include "cdp/app/ingest/batch_builder.h"
#include "cdp/app/ingest/dedup_window.h"
#include "cdp/app/ingest/fold_item.h"
#include "cdp/app/ingest/prepared.h"
#include "cdp/app/ingest/tombstone_set.h"
#include "cdp/core/base/limits.h"

namespace cdp::app {

// Something else to commit: outbox results, disclosures, tokens, requests, effects. `fill` runs on
// the writer's thread and sees the batch in the making; its Error drops only this command.
struct Command {
  std::function<Result<void>(BatchBuilder&)> fill;
  std::function<void(Result<void>)> done;
  // Items for the fold that `fill` appended as records (link decisions, statement copies); filled
  // in by `fill` itself.
  std::shared_ptr<std::vector<FoldItem>> fold_items;
  // With items: `done` when readers see them (the default), or as soon as they are durable.
  bool done_when_folded = true;
};

struct WriterStats {
  std::uint64_t accepted = 0, duplicates = 0, suppressed = 0, commits = 0, commit_failures = 0;
  std::size_t queued = 0, dedup_keys = 0;
  std::int64_t dedup_oldest_hour = 0;
};

class Writer {
 public:
  struct Services {
    store::KeyStore& key_store;
    store::Ledger& ledger;
    PersonaKeys& keys;
    const store::BodyCodec& codec;
    const Keyed& keyed;
    Clock& clock;
    Random& random;
    std::int64_t dedup_window_hours;
    std::size_t queue_max = limits::kWriterQueueMax;        // observations waiting
    std::size_t group_max = limits::kGroupObservationsMax;  // observations in one commit
  };
  // `fold` is handed every durable group, in order, on the writer's thread.
  Writer(Services services, std::function<void(FoldGroup)> fold);
  ~Writer();

  // Loads what is durable and starts the thread. `heads` as of the ledger's end (the fold knows
  // them after its replay).
  Result<void> start(store::Fence keys_fence, store::Fence ledger_fence, Heads heads);
  // Takes the submission; false when the queue is full, and the submission is untouched: the caller
  // answers 429.
  bool submit(Submission& submission);
  void command(Command command);
  // Blocks until the command is durable or failed. Never call it from the writer's or the fold's
  // thread.
  Result<void> run(std::function<Result<void>(BatchBuilder&)> fill);
  // From now on records of these personas are refused as suppressed, across restarts too, until
  // release_generation: the first step of an erasure. All three: last in a command's fill, after
  // everything in it that can fail.
  void end_generation(BatchBuilder& builder, const std::vector<PersonaOrdinal>& personas);
  // Their keys are gone: nobody can append to them any more.
  void release_generation(BatchBuilder& builder, const std::vector<PersonaOrdinal>& personas);
  void add_tombstones(const std::vector<store::Tombstone>& tombstones);
  // The fences under which this process writes; valid after start().
  store::Fence keys_fence() const { return keys_fence_; }
  store::Fence ledger_fence() const { return ledger_fence_; }
  // Commits what is queued, then ends the thread.
  void stop();
  WriterStats stats() const;
  // conflict once the ledger has refused kConflictsMax commits in a row as not ours: another
  // process took the directory, or our picture does not mend. Nothing is committed from then on.
  Result<void> health() const;

 private:
  struct Group;
  using Answers = std::vector<std::function<void(const Result<void>&)>>;
  void loop();
  Result<void> reload();
  Result<void> recover();
  Result<void> load_ended();
  void store_ended(BatchBuilder& builder) const;
  Group take();
  Result<void> judge(Group& group, BatchBuilder& builder);
  Result<void> make_keys(Group& group);
  Result<void> append_observations(Group& group, BatchBuilder& builder);
  Result<void> append_one(Group& group, std::size_t index, BatchBuilder& builder);
  void run_commands(Group& group, BatchBuilder& builder);
  void commit(Group group);
  void acknowledge(Group& group, const BatchBuilder& builder);
  void count(const Group& group);
  static void answer_submissions(Group& group, FoldGroup& fold, Answers& now);
  static void answer_commands(Group& group, FoldGroup& fold, Answers& now);
  static void refuse(Group& group, const Error& error);
  void note_failure(const Error& error);

  Services services_;
  std::function<void(FoldGroup)> fold_;
  store::Fence keys_fence_, ledger_fence_;

  // The writer's own view of what is durable.
  DedupWindow dedup_;
  TombstoneSet tombstones_;
  std::set<PersonaOrdinal> ended_;
  Heads heads_;
  std::unique_ptr<audit::Trail> trail_;
  Position last_position_;
  std::uint64_t last_outbox_id_ = 0;
  bool in_doubt_ = false;
  int conflicts_ = 0;  // in a row

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Submission> submissions_;
  std::deque<Command> commands_;
  std::size_t queued_items_ = 0;
  bool stopping_ = false;
  WriterStats stats_;
  std::optional<Error> failed_;
  std::thread thread_;
};

}  // namespace cdp::app
