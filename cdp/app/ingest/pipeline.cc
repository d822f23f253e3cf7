#include "cdp/app/ingest/pipeline.h"

#include <utility>

namespace cdp::app {
namespace {

constexpr std::size_t kScanRecords = 10'000;

}  // namespace

bool ErasedPersonas::contains(PersonaOrdinal persona) {
  if (!erased_) {
    erased_.emplace();
    Position after;
    for (;;) {
      const auto count = ledger_.read(after, kScanRecords, [&](const store::Record& record) {
        after = record.position;
        if (record.kind == store::RecordKind::erasure) erased_->insert(record.persona);
      });
      if (!count || *count < kScanRecords) break;
    }
  }
  return erased_->contains(persona);
}

Pipeline::Pipeline(PipelineServices services, PipelineOptions options)
    : services_(services),
      options_(std::move(options)),
      keyed_(Keyed::from(services.keyring, options_.tenant)),
      codec_(options_.tenant),
      persona_keys_(services.keys, services.keyring, options_.tenant, options_.cached_keys) {}

Pipeline::~Pipeline() { stop(); }

Result<std::unique_ptr<Pipeline>> Pipeline::open(PipelineServices services, PipelineOptions options,
                                                 PlanEffects plan) {
  auto pipeline = std::unique_ptr<Pipeline>(new Pipeline(services, std::move(options)));
  CDP_CHECK(pipeline->start(std::move(plan)));
  return pipeline;
}

Result<void> Pipeline::start(PlanEffects plan) {
  CDP_TRY(const auto keys_fence, services_.keys.take_fence());
  CDP_TRY(const auto ledger_fence, services_.ledger.take_fence());
  CDP_TRY(const auto state_fence, services_.state.take_fence());
  live_ = std::make_unique<LiveState>(
      LiveState::Services{&services_.state, persona_keys_, codec_, keyed_, services_.random,
                          options_.cached_documents, &options_.identifiers});
  CDP_CHECK(live_->load());
  fold_ = std::make_unique<Fold>(
      Fold::Services{*live_, &services_.state, services_.ledger, services_.keys, codec_,
                     keyed_.message, options_.flush_observations},
      std::move(plan));
  ErasedPersonas erased(services_.ledger);
  CDP_CHECK(fold_->replay(persona_keys_,
                          [&](PersonaOrdinal persona) { return erased.contains(persona); }));
  writer_ = std::make_unique<Writer>(
      Writer::Services{services_.keys, services_.ledger, persona_keys_, codec_, keyed_,
                       services_.clock, services_.random, options_.dedup_window_hours,
                       options_.queue_max, options_.group_max},
      [this](FoldGroup group) { fold_->push(std::move(group)); });
  CDP_CHECK(writer_->start(keys_fence, ledger_fence, live_->heads()));
  fold_->start(state_fence, [this](Command command) {
    command.done = [done = std::move(command.done), this](const Result<void>& committed) {
      done(committed);
      if (committed && options_.effects_durable) options_.effects_durable();
    };
    writer_->command(std::move(command));
  });
  running_ = true;
  return {};
}

Busy Pipeline::submit(Submission& submission) {
  if (fold_->lag() > options_.fold_lag_max) return Busy::fold_behind;
  return writer_->submit(submission) ? Busy::no : Busy::queue_full;
}

Result<void> Pipeline::health() const {
  CDP_CHECK(writer_->health());
  return fold_->health();
}

void Pipeline::stop() {
  if (!std::exchange(running_, false)) return;
  fold_->close();
  if (health()) fold_->flush_now();
  writer_->stop();
  fold_->stop();
}

Result<void> Pipeline::rebuild_state(PipelineServices services, const PipelineOptions& options,
                                     store::State& fresh) {
  const Keyed keyed = Keyed::from(services.keyring, options.tenant);
  const store::BodyCodec codec(options.tenant);
  PersonaKeys keys(services.keys, services.keyring, options.tenant, options.cached_keys);
  CDP_TRY(const auto fence, fresh.take_fence());
  LiveState live({&fresh, keys, codec, keyed, services.random, options.cached_documents,
                  &options.identifiers});
  CDP_CHECK(live.load());
  ErasedPersonas erased(services.ledger);
  Position after;
  for (;;) {
    std::vector<FoldItem> items;
    std::optional<Error> error;
    CDP_TRY(const auto count,
            services.ledger.read(after, kScanRecords, [&](const store::Record& record) {
              after = record.position;
              auto item = open_record(record, keys, codec);
              if (item) {
                items.push_back(std::move(*item));
              } else if (item.error().code != ErrorCode::not_found ||
                         !erased.contains(record.persona)) {
                error = item.error();
              }
            }));
    if (error) return fail(*error);
    CDP_TRY(const auto folded, live.apply(items));
    if (auto plan = live.collect()) {
      for (auto& row : plan->delta.documents) row = live.seal(row);
      CDP_CHECK(fresh.apply(plan->from, plan->to, plan->delta, fence));
      live.flushed(*plan);
    }
    if (count < kScanRecords) return {};
  }
}

}  // namespace cdp::app
