#include "cdp/app/wiring.h"

#include <fstream>
#include <iterator>

#include "cdp/app/api/admin_api.h"
#include "cdp/app/api/do_not_contact_api.h"
#include "cdp/app/api/request_api.h"
#include "cdp/app/api/subject_api.h"
#include "cdp/app/config/config.h"
#include "cdp/app/config/identity.h"
#include "cdp/app/officer/decisions.h"

namespace cdp::app {
namespace {

constexpr const char* kTenant = "default";
constexpr const char* kPolicyMeta = "policy_version";
constexpr const char* kPolicySinceMeta = "policy_since";  // RFC 3339; see health_api.cc
constexpr std::size_t kRequestsAtStart = 10'000;
constexpr const char* kOriginMeta = "log_origin";

void count_latch(Metrics& metrics, const store::LatchRow& row, const identity::Rules& rules) {
  metrics
      .counter("cdp_identifiers_over_cap_total",
               "Identifiers that too many carry, so that they link nobody",
               {{"type", rules.name_of(row.kind)}})
      .add();
}

Result<consent::Policy> read_policy(const std::filesystem::path& directory) {
  CDP_TRY(const auto text, read_config(directory));
  return load_policy(text, "cdp.toml");
}

}  // namespace

Result<std::string> read_config(const std::filesystem::path& directory) {
  std::ifstream in(directory / "cdp.toml", std::ios::binary);
  if (!in) {
    return fail(ErrorCode::not_found, "there is no readable cdp.toml in the data directory",
                "make one with: cdp init DIR");
  }
  return std::string(std::istreambuf_iterator<char>(in), {});
}

std::string state_rule_version(const consent::Policy& policy) {
  return identity_version(policy) + "/document-2/decisions-2/personas-2";
}

Platform::Platform(PlatformOptions options, PlatformWorld world, crypto::Keyring keyring,
                   store::Directory stores)
    : options_(std::move(options)),
      world_(world),
      keyring_(std::move(keyring)),
      stores_(std::move(stores)),
      keyed_(Keyed::from(keyring_, kTenant)),
      misses_(world_.clock) {}

Platform::~Platform() { stop(); }

Result<std::unique_ptr<Platform>> Platform::open(PlatformOptions options, crypto::KekProvider& kek,
                                                 PlatformWorld world) {
  CDP_CHECK(crypto::initialise());
  CDP_TRY(auto policy, read_policy(options.directory));
  CDP_TRY(auto keyring, crypto::Keyring::load(options.directory / "keyring", kek));
  CDP_TRY(auto stores,
          store::Directory::open(options.directory, keyring, state_rule_version(policy)));
  auto platform = std::unique_ptr<Platform>(
      new Platform(std::move(options), world, std::move(keyring), std::move(stores)));
  CDP_CHECK(platform->build(std::move(policy)));
  return platform;
}

Result<void> Platform::rebuild_state_if_empty(const PipelineOptions& options) {
  CDP_TRY(const auto applied, stores_.state().applied_position());
  CDP_TRY(const auto last, stores_.ledger().last_position());
  if (!applied.none() || last.none()) return {};
  world_.logger.info("state_rebuild_started");
  CDP_TRY(auto fresh, stores_.begin_state_rebuild());
  CDP_CHECK(Pipeline::rebuild_state(
      {stores_.keys(), stores_.ledger(), *fresh, keyring_, world_.clock, world_.random}, options,
      *fresh));
  CDP_CHECK(stores_.adopt_state(std::move(fresh)));
  world_.logger.info("state_rebuild_finished");
  return {};
}

Result<void> Platform::build(consent::Policy policy) {
  PipelineOptions pipeline_options;
  pipeline_options.tenant = kTenant;
  pipeline_options.dedup_window_hours = policy.dedup_window_hours;
  pipeline_options.identifiers = policy.identifiers;
  pipeline_options.effects_durable = [this] { bell_.ring(); };
  identity_rules_ = policy.identifiers.rules();
  CDP_CHECK(rebuild_state_if_empty(pipeline_options));
  policy_ = std::make_unique<PolicyStore>(keyed_, keyring_);
  const consent::Policy loaded = policy;
  CDP_CHECK(policy_->replace(std::move(policy)));
  planner_ = std::make_unique<EffectPlanner>(
      policy_in_force(), stores_.ledger(), keyring_, kTenant, world_.clock, world_.random,
      pending_views_, IdentityEffects{identity_rules_, [this](const store::LatchRow& row) {
                                        if (latches_counted_)
                                          count_latch(world_.metrics, row, identity_rules_);
                                      }});
  CDP_CHECK(DeliveryDispatcher::load_pending(stores_.ledger(), loaded, pending_views_));
  CDP_TRY(pipeline_, Pipeline::open({stores_.keys(), stores_.ledger(), stores_.state(), keyring_,
                                     world_.clock, world_.random},
                                    pipeline_options, [this](const Folded& folded) {
                                      likeness_queue_.note(folded);
                                      return planner_->plan(folded);
                                    }));
  facts_ = std::make_unique<FactBuilder>(pipeline_->keyed(), pipeline_->codec());
  access_ = std::make_unique<Access>(keyring_, world_.clock, world_.random);
  CDP_CHECK(access_->load(stores_.ledger()));
  disclosures_ = std::make_unique<Disclosures>(pipeline_->writer(), world_.clock);
  build_likeness();
  build_erasure();
  build_dispatcher();
  // What an erasure had begun is finished before anything is served.
  CDP_TRY(const auto resumed, eraser_->resume_all());
  if (resumed > 0) world_.logger.info("erasures_resumed", {{"count", resumed}});
  CDP_CHECK(hear_vendors());
  CDP_CHECK(open_log());
  CDP_CHECK(record_policy(loaded));
  CDP_CHECK(latch_what_is_over_cap());
  build_intake();
  add_routes();
  return preference_centre_->adopt(loaded);
}

PolicySource Platform::policy_in_force() {
  return [this] {
    auto active = policy_->active();
    return std::shared_ptr<const consent::Policy>(active, &active->policy);
  };
}

void Platform::build_intake() {
  echoes_ = std::make_unique<VendorEchoes>(*pipeline_, policy_in_force());
  intake_ = std::make_unique<Intake>(
      *pipeline_, *facts_,
      [this](const event::PrivacyOrder& order,
             const consent::SourceConfig& source) -> Result<void> {
        CDP_CHECK(requests_->queue(order, source.name));
        return {};
      },
      [this](const event::Fact& fact, const event::Statement& said) {
        return echoes_->take(fact, said);
      });
}

void Platform::build_likeness() {
  match_models_ = std::make_unique<MatchModels>(*pipeline_, keyring_);
  likeness_watch_ = std::make_unique<LikenessWatch>(
      LikenessWatch::Services{*pipeline_, *match_models_, likeness_queue_, policy_in_force(),
                              world_.logger, world_.metrics});
}

void Platform::build_erasure() {
  ErasurePlatform::Services services{*pipeline_, *disclosures_, pending_views_, {}, {}, {}};
  services.views_of = [this](PersonaOrdinal subject, Position cause) {
    return planner_->views_of(subject, cause);
  };
  services.find_bytes = [this](const std::vector<Bytes>& needles) {
    return stores_.find_bytes(needles);
  };
  services.forget_likeness = [this](const std::vector<PersonaOrdinal>& gone,
                                    const std::vector<PersonaOrdinal>& left) {
    likeness_watch_->forget(gone, left);
  };
  services.can_be_told = [this](const std::string& name) {
    const auto active = policy_->active();
    const auto* destination = active->policy.destination(name);
    return destination != nullptr && !destination->url.empty();
  };
  erasure_platform_ = std::make_unique<ErasurePlatform>(std::move(services));
  eraser_ = std::make_unique<compliance::Eraser>(*erasure_platform_, keyring_, kTenant);
  requests_ = std::make_unique<compliance::RequestBook>(compliance::RequestBook::Services{
      stores_.ledger(), keyring_, world_.clock, world_.random, kTenant,
      [this](const store::RequestRow& row, const audit::Entry& entry) {
        return pipeline_->writer().run([&](BatchBuilder& builder) -> Result<void> {
          builder.batch().requests.push_back(row);
          return builder.audit(entry);
        });
      }});
}

// A crash may have come between a vendor's last answer and the end of the erasure.
Result<void> Platform::hear_vendors() {
  CDP_TRY(const auto rows, stores_.ledger().requests(compliance::kLocalComplete, kRequestsAtStart));
  for (const auto& row : rows) {
    if (row.kind != compliance::kErasureKind) continue;
    CDP_CHECK(eraser_->vendor_answered(row.id));
  }
  return {};
}

void Platform::build_dispatcher() {
  connectors::transport::CurlOptions options;
  options.allow_loopback = options_.allow_loopback_destinations;
  transport_ = std::make_unique<connectors::transport::CurlTransport>(world_.clock, options);
  DeliveryServices services{*pipeline_, *disclosures_, pending_views_, *transport_, {}, {}, {}};
  services.rules = [this] {
    const auto active = policy_->active();
    return OutboundRules{active, &active->policy, &active->gate, &active->destinations};
  };
  services.erasure_order = [this](const store::OutboxItem& item) {
    return eraser_->order_for(item);
  };
  services.order_answered = [this](const store::OutboxItem& item, const connectors::Outcome&) {
    if (item.kind != store::OutboxKind::erasure) return;
    // The last answer ends the erasure's key; an erasure that is over already has nothing to hear.
    const auto order = eraser_->order_for(item);
    if (order && !eraser_->vendor_answered(order->request())) {
      world_.logger.error("erasure_answer_not_recorded");
    }
  };
  services.count = [this](const std::string& destination, std::string_view ended) {
    world_.metrics
        .counter("cdp_deliveries_total", "Deliveries tried, by how the try ended",
                 {{"destination", destination}, {"ended", ended}})
        .add();
  };
  dispatcher_ = std::make_unique<DeliveryDispatcher>(std::move(services), bell_);
}

Result<void> Platform::open_log() {
  CDP_TRY(auto origin, stores_.ledger().meta(kOriginMeta));
  if (origin.empty()) {
    const std::string fresh = "cdp/" + to_hex(world_.random.next_token());
    origin.assign(fresh.begin(), fresh.end());
    CDP_CHECK(pipeline_->writer().run([&](BatchBuilder& builder) -> Result<void> {
      builder.batch().meta.emplace_back(kOriginMeta, origin);
      return {};
    }));
  }
  checkpoints_ = std::make_unique<compliance::CheckpointSigner>(
      stores_.ledger(), world_.clock, keyring_.audit_seed(), std::string(as_text(origin)),
      [this](store::LedgerBatch batch) {
        return pipeline_->writer().run([&](BatchBuilder& builder) -> Result<void> {
          for (auto& entry : batch.meta) builder.batch().meta.push_back(std::move(entry));
          return {};
        });
      });
  return {};
}

// A changed policy is itself an audit entry (DESIGN §10).
Result<void> Platform::record_policy(const consent::Policy& policy) {
  CDP_TRY(const auto known, stores_.ledger().meta(kPolicyMeta));
  CDP_TRY(const auto since, stores_.ledger().meta(kPolicySinceMeta));
  if (as_text(known) == policy.version && !since.empty()) return {};
  return pipeline_->writer().run([&](BatchBuilder& builder) -> Result<void> {
    audit::Entry entry;
    entry.kind = "configuration";
    entry.at = world_.clock.now();
    entry.fields["policy"] = policy.version;
    CDP_CHECK(builder.audit(entry));
    builder.batch().meta.emplace_back(kPolicyMeta,
                                      Bytes(policy.version.begin(), policy.version.end()));
    const std::string now = to_rfc3339(world_.clock.now());
    builder.batch().meta.emplace_back(kPolicySinceMeta, Bytes(now.begin(), now.end()));
    return {};
  });
}

// What was latched before is counted as well. A rule that changed may have put identifiers over
// their cap that no effect has latched: the fold of a rebuild causes none.
Result<void> Platform::latch_what_is_over_cap() {
  CDP_CHECK(pipeline_->fold().settle());
  const auto rows = pipeline_->live().unlatched();
  CDP_CHECK(commit_decisions(*pipeline_, [&](DecisionWriter& writer) -> Result<void> {
    for (const auto& row : rows) {
      LinkDecision decision;
      decision.kind = LinkDecision::Kind::latch;
      decision.identifier = row.identifier;
      decision.identifier_kind = row.kind;
      writer.add(decision);
      CDP_CHECK(writer.batch().audit(latch_entry(row, identity_rules_, world_.clock.now())));
    }
    return {};
  }));
  for (const auto& row : pipeline_->live().latches()) {
    count_latch(world_.metrics, row, identity_rules_);
  }
  latches_counted_ = true;
  return {};
}

Result<void> Platform::reload_policy() {
  CDP_TRY(auto policy, read_policy(options_.directory));
  if (policy.identifiers.rules().version() != identity_rules_.version()) {
    // State means what it was folded under: it is folded again at the next start.
    world_.logger.info("identity_rules_wait_for_restart");
  }
  const consent::Policy loaded = policy;
  CDP_CHECK(preference_centre_->adopt(loaded));
  CDP_CHECK(policy_->replace(std::move(policy)));
  CDP_CHECK(record_policy(loaded));
  likeness_watch_->begin_anew();
  return dispatcher_->refresh();
}

Result<compliance::SignedCheckpoint> Platform::sign_checkpoint() {
  const std::lock_guard lock(checkpoint_mutex_);
  return checkpoints_->sign();
}

void Platform::add_routes() {
  receipts_ = std::make_unique<ReceiptDesk>(ReceiptDesk::Services{
      *pipeline_, *policy_, keyring_, world_.clock, [this] { return sign_checkpoint(); }});
  const ApiServices services{*pipeline_,    *intake_,     *policy_,         *access_,
                             *disclosures_, misses_,      stores_.ledger(), world_.metrics,
                             world_.logger, world_.clock, world_.random,    *receipts_};
  add_ingest_routes(router_, services);
  add_profile_routes(router_, services);
  add_consent_routes(router_, services);
  add_audit_routes(router_, services);
  add_health_routes(router_, services);
  const DoNotContact do_not_contact({*pipeline_, *intake_, *policy_});
  add_request_routes(
      router_, {*eraser_, *requests_, *access_, pipeline_->keyed(), world_.logger, world_.metrics,
                [this](const std::vector<Token>& addresses) {
                  return preference_centre_->opt_ins().forget(addresses);
                },
                [do_not_contact](const event::Identifier& address) -> Result<void> {
                  CDP_CHECK(do_not_contact.put_on_all(address));
                  return {};
                }});
  add_do_not_contact_routes(router_, {do_not_contact, *access_, world_.metrics});
  add_subject_routes(router_, {*pipeline_, *access_});
  preference_centre_ = std::make_unique<PreferenceCentre>(
      PreferenceCentre::Services{services, keyring_, *transport_, options_.directory});
  preference_centre_->add_routes(router_);
  add_admin_routes(router_, *this);
}

void Platform::start_background() {
  ticker_ = std::make_unique<Ticker>(world_.clock);
  ticker_->add(Duration::seconds(1), [this] { disclosures_->flush(); });
  ticker_->add(Duration::seconds(1), [this] {
    if (const auto signed_one = sign_checkpoint(); !signed_one)
      world_.logger.error("checkpoint_failed");
  });
  ticker_->add(Duration::seconds(60), [this] { preference_centre_->opt_ins().forget_ended(); });
  ticker_->start();
  preference_centre_->start();
  likeness_watch_->start();
  if (!dispatcher_->start()) world_.logger.error("deliveries_not_started");
}

void Platform::stop() {
  if (ticker_) ticker_->stop();
  if (likeness_watch_) likeness_watch_->stop();
  if (transport_) transport_->stop();
  if (preference_centre_) preference_centre_->stop();
  if (dispatcher_) dispatcher_->stop();
  if (disclosures_) disclosures_->flush();
  if (pipeline_) pipeline_->stop();
}

}  // namespace cdp::app
