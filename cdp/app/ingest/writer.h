// Writer: the one thread that commits. Gathers submissions and commands into groups, deduplicates,
// honours tombstones, makes persona keys (durable before the ledger refers to them), seals, commits
// once, and only then acknowledges (DESIGN §6; invariant 5).
//
//   submission ─┐
//   command    ─┴─> queue ─> group ─> keys.db ─> ledger.db (one FULL commit) ─> ack ─> fold
//
// While a group is on its way to the disk the next one is prepared, if a whole one waits: numbered
// after it, sealed, and acknowledged after it. Should the first fail, so does the second.
//
// A duplicate of a record of the same group, or of the one on its way, is acknowledged with its own
// group, after both are durable, never before. When a commit fails or is in doubt every waiter gets
// `unavailable`, and dedup window, heads, tombstones, outbox numbers and Merkle frontier are loaded
// again from what is durable before anything else is accepted.
//
// Thread-safety: submit, command and stop are safe from any thread. Callbacks run on the writer's
// thread (or, for deliveries that carry statements, on the fold's) and must not block.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <set>
#include <thread>
#include <unordered_set>

#include "cdp/app/ingest/batch_builder.h"
#include "cdp/app/ingest/commit_lane.h"
#include "cdp/app/ingest/dedup_window.h"
#include "cdp/app/ingest/do_not_contact_list.h"
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
  // `fill` and `done` neither read nor change anything that the commit before it decides: it may be
  // prepared while that one is on its way. Every other command waits, and is waited for.
  bool may_run_beside = false;
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
  // An observation of a group, and what becomes of it.
  struct Slot {
    Prepared* item = nullptr;
    Verdict verdict = Verdict::accepted;
    PersonaOrdinal persona;
    Position position;
  };
  struct Group;
  using Answers = std::vector<std::function<void(const Result<void>&)>>;
  void loop();
  Result<void> reload();
  Result<void> recover();
  Result<void> load_ended();
  void store_ended(BatchBuilder& builder) const;
  bool a_whole_group_waits() const;
  std::unique_ptr<Group> take();
  void judge(Group& group) const;
  void add_noes(Prepared& item) const;
  static void use_up(Group& group);
  void launch_keys(Group& group);
  Result<void> take_keys(Group& group);
  Result<void> append_observations(Group& group);
  Result<void> append_one(Group& group, Slot& slot);
  static void run_commands(Group& group);
  Result<void> prepare(Group& group);
  void commit(std::unique_ptr<Group> group);
  void settle();
  void drop(Group& group, const Error& error);
  void acknowledge(Group& group);
  void count(const Group& group);
  static void answer_submissions(Group& group, FoldGroup& fold, Answers& now);
  static void answer_commands(Group& group, FoldGroup& fold, Answers& now);
  static void refuse(Group& group, const Error& error);
  void note_failure(const Error& error);

  Services services_;
  std::function<void(FoldGroup)> fold_;
  store::Fence keys_fence_, ledger_fence_;
  CommitLane keys_lane_, ledger_lane_;
  std::unique_ptr<Group> in_flight_;  // on its way to the disk; the writer's thread alone

  // The writer's own view of what is durable and acknowledged.
  DedupWindow dedup_;
  TombstoneSet tombstones_;
  DoNotContactList do_not_contact_;
  std::set<PersonaOrdinal> ended_;
  LastSpoken last_spoken_;
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
