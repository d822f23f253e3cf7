#include "cdp/app/activation/dispatcher.h"

#include <algorithm>

namespace cdp::app {
namespace {

constexpr const char* kServedMeta = "outbox_destinations";
// The longest that a row waits for which nobody rang (an erasure's orders): one look into an index
// each time.
constexpr Duration kPollMax = Duration::millis(200);
constexpr std::size_t kPendingRowsMax = 1'000'000;
constexpr Time kForever{INT64_MAX};

}  // namespace

DeliveryDispatcher::DeliveryDispatcher(DeliveryServices services, Bell& bell)
    : services_(std::move(services)), bell_(bell) {}

DeliveryDispatcher::~DeliveryDispatcher() { stop(); }

Result<void> DeliveryDispatcher::load_pending(const store::Ledger& ledger,
                                              const consent::Policy& policy,
                                              PendingViews& pending) {
  for (const auto& [name, destination] : policy.destinations) {
    if (destination.url.empty()) continue;
    CDP_TRY(const auto rows, ledger.outbox_due(name, kForever, kPendingRowsMax));
    for (const auto& row : rows) {
      // A row that was tried before is a retry; what changes since is news of its own.
      if (row.kind != store::OutboxKind::view || row.attempts > 0) continue;
      pending.add({name, row.purpose, row.persona});
    }
  }
  return {};
}

Result<void> DeliveryDispatcher::start() {
  const std::lock_guard lock(mutex_);
  started_ = true;
  return refresh_locked();
}

Result<void> DeliveryDispatcher::refresh() {
  const std::lock_guard lock(mutex_);
  return started_ ? refresh_locked() : Result<void>();
}

Result<void> DeliveryDispatcher::refresh_locked() {
  std::set<std::string> served;
  const OutboundRules rules = services_.rules();
  for (const auto& [name, destination] : *rules.destinations) served.insert(name);
  CDP_TRY(auto known, served_before());
  for (auto at = workers_.begin(); at != workers_.end();) {
    known.insert(at->first);
    if (served.contains(at->first)) {
      ++at;
      continue;
    }
    end(*at->second, bell_);
    at = workers_.erase(at);
  }
  for (const auto& name : known) {
    if (served.contains(name)) continue;
    const std::atomic<bool> never{false};
    CDP_CHECK(DeliveryLane(services_, name, never).cancel_all());
  }
  CDP_CHECK(remember(served));
  for (const auto& name : served) {
    auto& worker = workers_[name];
    if (worker) continue;
    worker = std::make_unique<Worker>();
    worker->lane = std::make_unique<DeliveryLane>(services_, name, worker->stopping);
    worker->thread = std::thread([this, one = worker.get()] { loop(*one); });
  }
  bell_.ring();
  return {};
}

Result<std::set<std::string>> DeliveryDispatcher::served_before() const {
  CDP_TRY(const auto stored, services_.pipeline.services().ledger.meta(kServedMeta));
  std::set<std::string> names;
  std::string_view text = as_text(stored);
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    if (end > 0) names.emplace(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return names;
}

Result<void> DeliveryDispatcher::remember(const std::set<std::string>& served) {
  CDP_TRY(const auto before, served_before());
  if (before == served) return {};
  std::string text;
  for (const auto& name : served) text += name + "\n";
  return services_.pipeline.writer().run([text](BatchBuilder& builder) -> Result<void> {
    builder.batch().meta.emplace_back(kServedMeta, Bytes(text.begin(), text.end()));
    return {};
  });
}

void DeliveryDispatcher::loop(Worker& worker) {
  while (!worker.stopping) {
    const std::uint64_t seen = bell_.rings();
    const auto next = worker.lane->run();
    if (worker.stopping) return;
    Duration wait = kPollMax;
    if (next) {
      const Duration until = *next - services_.pipeline.services().clock.now();
      wait = std::clamp(until, Duration{}, kPollMax);
    }
    if (wait.us > 0) bell_.wait(seen, wait);
  }
}

void DeliveryDispatcher::end(Worker& worker, Bell& bell) {
  worker.stopping = true;
  bell.ring();
  if (worker.thread.joinable()) worker.thread.join();
}

void DeliveryDispatcher::stop() {
  const std::lock_guard lock(mutex_);
  started_ = false;
  for (auto& [name, worker] : workers_) worker->stopping = true;
  for (auto& [name, worker] : workers_) end(*worker, bell_);
  workers_.clear();
}

std::map<std::string, LaneStats> DeliveryDispatcher::stats() const {
  const std::lock_guard lock(mutex_);
  std::map<std::string, LaneStats> all;
  for (const auto& [name, worker] : workers_) all[name] = worker->lane->stats();
  return all;
}

}  // namespace cdp::app
