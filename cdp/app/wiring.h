// Platform: one data directory, opened, with every part of cdp built and joined: the only place
// that knows them all. No singletons, no self-registration: what exists stands in wiring.cc (DESIGN
// §2).
//
// Life: open() -> start_background() (servers only) -> stop(). A CLI verb without a server opens,
// calls the router in process, and stops.
//
// Thread-safety: open, start_background and stop from one thread; router() is safe for concurrent
// use in between. Lifetime: clock, random, logger and metrics must outlive it. Errors of open():
// what configuration, keyring, stores and replay answer; nothing is left open then.
#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <mutex>

#include "cdp/app/activation/dispatcher.h"
#include "cdp/app/activation/vendor_echoes.h"
#include "cdp/app/api/api.h"
#include "cdp/app/erasure_platform.h"
#include "cdp/app/likeness/progress.h"
#include "cdp/app/likeness/watch.h"
#include "cdp/app/preferences/centre.h"
#include "cdp/app/ticker.h"
#include "cdp/core/store/directory.h"
#include "compliance/evidence/checkpoint.h"
#include "compliance/requests/request_book.h"
#include "connectors/transport/curl_transport.h"

namespace cdp::app {

struct PlatformOptions {
  std::filesystem::path directory;
  // Destinations on this machine over http are refused unless this is set (demo and tests).
  bool allow_loopback_destinations = false;
};

struct PlatformWorld {
  Clock& clock;
  Random& random;
  const Logger& logger;
  Metrics& metrics;
};

class Platform {
 public:
  static Result<std::unique_ptr<Platform>> open(PlatformOptions options, crypto::KekProvider& kek,
                                                PlatformWorld world);
  ~Platform();

  const http::Router& router() const { return router_; }
  void start_background();
  void stop();

  // Reads cdp.toml again; a change is an audit entry. Errors: the file's problems; the old policy
  // stays in force then.
  Result<void> reload_policy();

  const PlatformOptions& options() const { return options_; }
  PlatformWorld& world() { return world_; }
  crypto::Keyring& keyring() { return keyring_; }
  store::Directory& stores() { return stores_; }
  Pipeline& pipeline() { return *pipeline_; }
  PolicyStore& policy() { return *policy_; }
  Access& access() { return *access_; }
  Disclosures& disclosures() { return *disclosures_; }
  const Intake& intake() { return *intake_; }
  compliance::CheckpointSigner& checkpoints() { return *checkpoints_; }
  // Signs what is durable now; serialises callers.
  Result<compliance::SignedCheckpoint> sign_checkpoint();
  PendingViews& pending_views() { return pending_views_; }
  PreferenceCentre& preference_centre() { return *preference_centre_; }
  MatchModels& match_models() { return *match_models_; }
  LikenessWatch& likeness_watch() { return *likeness_watch_; }
  MatchProgress& match_progress() { return match_progress_; }
  // Held while configuration or keyring change.
  std::mutex& change_mutex() { return change_mutex_; }
  // The rules that state was folded under: cdp.toml's, as they were at the start.
  const identity::Rules& identity_rules() const { return identity_rules_; }

 private:
  Platform(PlatformOptions options, PlatformWorld world, crypto::Keyring keyring,
           store::Directory stores);
  Result<void> build(consent::Policy policy);
  Result<void> latch_what_is_over_cap();
  Result<void> rebuild_state_if_empty(const PipelineOptions& options);
  Result<void> record_policy(const consent::Policy& policy);
  Result<void> open_log();
  void build_likeness();
  void build_erasure();
  void build_dispatcher();
  void build_intake();
  PolicySource policy_in_force();
  Result<void> hear_vendors();
  void add_routes();

  PlatformOptions options_;
  PlatformWorld world_;
  crypto::Keyring keyring_;
  store::Directory stores_;
  Keyed keyed_;
  PendingViews pending_views_;
  LikenessQueue likeness_queue_;
  MatchProgress match_progress_;
  identity::Rules identity_rules_;
  std::atomic<bool> latches_counted_{false};
  MissBudget misses_;
  std::unique_ptr<PolicyStore> policy_;
  std::unique_ptr<EffectPlanner> planner_;
  std::unique_ptr<Pipeline> pipeline_;
  std::unique_ptr<MatchModels> match_models_;
  std::unique_ptr<LikenessWatch> likeness_watch_;
  std::unique_ptr<FactBuilder> facts_;
  std::unique_ptr<Access> access_;
  std::unique_ptr<Disclosures> disclosures_;
  Bell bell_;
  std::unique_ptr<connectors::transport::CurlTransport> transport_;
  std::unique_ptr<ErasurePlatform> erasure_platform_;
  std::unique_ptr<compliance::Eraser> eraser_;
  std::unique_ptr<compliance::RequestBook> requests_;
  std::unique_ptr<DeliveryDispatcher> dispatcher_;
  std::unique_ptr<VendorEchoes> echoes_;
  std::unique_ptr<Intake> intake_;
  std::unique_ptr<compliance::CheckpointSigner> checkpoints_;
  std::unique_ptr<ReceiptDesk> receipts_;
  std::unique_ptr<PreferenceCentre> preference_centre_;
  std::unique_ptr<Ticker> ticker_;
  std::mutex change_mutex_, checkpoint_mutex_;
  http::Router router_;
};

// The text of DIR/cdp.toml. Errors: not_found.
Result<std::string> read_config(const std::filesystem::path& directory);

// "state means this": identity rules and document format together.
std::string state_rule_version(const consent::Policy& policy);

}  // namespace cdp::app
