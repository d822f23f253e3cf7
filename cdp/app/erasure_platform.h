// ErasurePlatform: the running platform as the eraser sees it: pipeline, stores, disclosures and
// waiting views behind compliance's ErasureGround.
//
// Thread-safety: as ErasureGround: not from the writer's or the fold's thread. Lifetime: everything
// in Services must outlive it.
#pragma once

#include <functional>

#include "cdp/app/activation/disclosures.h"
#include "cdp/app/activation/effect_planner.h"
#include "cdp/app/ingest/pipeline.h"
#include "compliance/erasure/erasure_ground.h"

namespace cdp::app {

class ErasurePlatform final : public compliance::ErasureGround {
 public:
  struct Services {
    Pipeline& pipeline;
    Disclosures& disclosures;
    PendingViews& pending_views;
    // store::Directory::find_bytes
    std::function<Result<std::vector<std::uint64_t>>(const std::vector<Bytes>&)> find_bytes;
    // Configured, and with an address to send to.
    std::function<bool(const std::string& destination)> can_be_told;
    // EffectPlanner::views_of; may be empty: nobody is shown anything.
    std::function<std::vector<store::OutboxItem>(PersonaOrdinal subject, Position cause)> views_of;
    // LikenessWatch::forget; may be empty: nobody is compared.
    std::function<void(const std::vector<PersonaOrdinal>& gone,
                       const std::vector<PersonaOrdinal>& left)>
        forget_likeness = {};
  };
  explicit ErasurePlatform(Services services) : services_(std::move(services)) {}

  Time now() override { return platform().clock.now(); }
  Random& random() override { return platform().random; }
  const store::Ledger& ledger() const override { return services_.pipeline.services().ledger; }

  Result<void> drain() override;
  std::vector<PersonaOrdinal> holders(const Token& identifier, event::Tier at_least) override;
  bool is_vouched(PersonaOrdinal persona) override;
  Result<std::optional<identity::Profile>> profile_of(PersonaOrdinal persona) override;
  Position head(PersonaOrdinal persona) override;
  Result<std::optional<store::KeyRow>> key(PersonaOrdinal persona) override;
  Result<std::string> message_id(const store::Record& record) override;
  Result<Bytes> stored_document(PersonaOrdinal persona) override;
  bool is_in_use(const Token& link_token) override;
  bool is_latched(const Token& link_token) override;
  Token tombstone_of(const Token& link_token) override;
  bool can_be_told(const std::string& destination) override;

  Result<void> commit_intent(compliance::ErasureIntent intent) override;
  Result<void> commit(compliance::ErasureProgress progress) override;
  Result<void> forget(const std::vector<PersonaOrdinal>& personas) override;
  Result<void> show_anew(const std::vector<PersonaOrdinal>& personas) override;
  Result<void> destroy_keys(const std::vector<PersonaOrdinal>& personas) override;
  Result<void> delete_rows(const std::vector<Position>& records,
                           const std::vector<PersonaOrdinal>& personas) override;
  Result<void> truncate_logs() override;
  Result<void> rewrite_files() override;
  Result<std::vector<std::uint64_t>> find_bytes(const std::vector<Bytes>& needles) override;
  Result<std::vector<Bytes>> controls() override;

 private:
  PipelineServices& platform() { return services_.pipeline.services(); }
  Result<void> fill_intent(const compliance::ErasureIntent& intent, BatchBuilder& builder,
                           std::vector<FoldItem>& fold_items);
  std::vector<PersonaOrdinal> left_behind(const std::vector<PersonaOrdinal>& personas);
  Result<void> delete_closed_orders(const std::vector<PersonaOrdinal>& personas);
  Result<void> cancel_views(PersonaOrdinal persona, BatchBuilder& builder);

  Services services_;
};

}  // namespace cdp::app
