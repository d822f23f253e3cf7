// Pipeline: writer, fold and live state put together over one set of stores: what an observation
// goes through from "translated" to "visible to readers" (DESIGN §6).
//
//   CDP_TRY(auto pipeline, Pipeline::open(services, options, plan_effects));
//   pipeline->submit({std::move(prepared), [](Result<Verdicts> verdicts) { ... }});
//   pipeline->stop();   // drains: everything acknowledged is folded, state is flushed
//
// Thread-safety: open and stop once, from one thread; everything else from any. Lifetime: the
// services must outlive it. Errors of open(): corrupt when a record's key is missing and no erasure
// explains it; whatever the stores answer.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>

#include "cdp/app/ingest/effect.h"
#include "cdp/app/ingest/fold.h"
#include "cdp/app/ingest/keyed.h"
#include "cdp/app/ingest/live_state.h"
#include "cdp/app/ingest/writer.h"
#include "cdp/core/base/limits.h"

namespace cdp::app {

struct PipelineServices {
  store::KeyStore& keys;
  store::Ledger& ledger;
  store::State& state;
  const crypto::Keyring& keyring;
  Clock& clock;
  Random& random;
};

struct PipelineOptions {
  std::string tenant = "default";
  std::int64_t dedup_window_hours = 24;
  std::size_t cached_documents = 40'000;
  std::size_t cached_keys = 131'072;  // 80 bytes each, in locked memory
  // Bounds, in observations: waiting for a commit, in one commit, committed but not folded, folded
  // but not flushed.
  std::size_t queue_max = limits::kWriterQueueMax;
  std::size_t group_max = limits::kGroupObservationsMax;
  std::size_t fold_lag_max = limits::kFoldLagMax;
  std::size_t flush_observations = limits::kStateFlushObservations;
  // Called on the writer's thread after each commit of effects: something may wait in the outbox.
  std::function<void()> effects_durable;
  // How identifiers link. Another one means another state: rebuild it before opening.
  identity::IdentifierPolicy identifiers;
};

// Why a delivery was not taken in: the caller answers 429 for both, with Retry-After.
enum class Busy : std::uint8_t { no, queue_full, fold_behind };

class Pipeline {
 public:
  static Result<std::unique_ptr<Pipeline>> open(PipelineServices services, PipelineOptions options,
                                                PlanEffects plan);
  ~Pipeline();

  // Busy::no = taken: `done` will be called. Otherwise the submission is untouched and nothing will
  // be called.
  Busy submit(Submission& submission);
  // unavailable when the fold or the disk failed: nothing is accepted any more.
  Result<void> health() const;
  void stop();

  Writer& writer() { return *writer_; }
  Fold& fold() { return *fold_; }
  LiveState& live() { return *live_; }
  PersonaKeys& persona_keys() { return persona_keys_; }
  const store::BodyCodec& codec() const { return codec_; }
  const Keyed& keyed() const { return keyed_; }
  const PipelineOptions& options() const { return options_; }
  PipelineServices& services() { return services_; }
  // Held from looking again to the commit of an officer's decision (cdp/app/officer/decisions.h).
  std::mutex& deciding() { return deciding_; }

  // Folds the whole ledger into `fresh`, which holds nothing yet (a rule change, a lost state.db).
  static Result<void> rebuild_state(PipelineServices services, const PipelineOptions& options,
                                    store::State& fresh);

 private:
  Pipeline(PipelineServices services, PipelineOptions options);
  Result<void> start(PlanEffects plan);

  PipelineServices services_;
  PipelineOptions options_;
  Keyed keyed_;
  store::BodyCodec codec_;
  PersonaKeys persona_keys_;
  std::unique_ptr<LiveState> live_;
  std::unique_ptr<Fold> fold_;
  std::unique_ptr<Writer> writer_;
  std::mutex deciding_;
  bool running_ = false;  // between a start that succeeded and stop()
};

// Which personas the ledger says were erased: explains a record without a key.
class ErasedPersonas {
 public:
  explicit ErasedPersonas(const store::Ledger& ledger) : ledger_(ledger) {}
  bool contains(PersonaOrdinal persona);  // reads the ledger on first use

 private:
  const store::Ledger& ledger_;
  std::optional<std::set<PersonaOrdinal>> erased_;
};

}  // namespace cdp::app
