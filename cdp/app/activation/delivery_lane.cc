#include "cdp/app/activation/delivery_lane.h"

#include <algorithm>

#include "cdp/core/base/limits.h"

namespace cdp::app {
namespace {

constexpr std::size_t kBatchRows = 16;
constexpr std::size_t kCancelRows = 256;
constexpr int kReasksMax = 3;
constexpr Duration kPauseMax = Duration::seconds(60);
constexpr Duration kStorePause = Duration::seconds(1);
constexpr Duration kRetryMax = Duration::millis(limits::kDeliveryBackoffMaxMs);
constexpr Time kForever{INT64_MAX};

std::string shown_by(const consent::ConsentedView& view) {
  std::string text = view.subject();
  for (const auto& attribute : view.attributes()) {
    text += "," + attribute.name + "=" + attribute.category;
  }
  return text;
}

bool is_not_configured(const Error& error) {
  return error.code == ErrorCode::not_found || error.code == ErrorCode::permission_denied ||
         error.code == ErrorCode::unprocessable;
}

const connectors::Destination* find(const OutboundRules& rules, const std::string& name) {
  const auto found = rules.destinations->find(name);
  return found == rules.destinations->end() ? nullptr : found->second.get();
}

}  // namespace

Duration backoff(int attempts, Duration longest, Random& random) {
  const int doublings = std::clamp(attempts - 1, 0, 30);
  const std::int64_t full =
      std::min(limits::kDeliveryBackoffFirstMs * 1'000 << doublings, longest.us);
  const auto half = static_cast<std::uint64_t>(full / 2);
  return {full - static_cast<std::int64_t>(random.below(half + 1))};
}

DeliveryLane::DeliveryLane(const DeliveryServices& services, std::string destination,
                           const std::atomic<bool>& stopping)
    : services_(services),
      destination_(std::move(destination)),
      stopping_(stopping),
      book_(services.pipeline.writer(), services.pipeline.services().ledger,
            services.pipeline.services().keys) {
  for (int end = 0; end <= static_cast<int>(End::put_back); ++end) counts_[static_cast<End>(end)];
}

std::string_view DeliveryLane::name_of(End end) {
  switch (end) {
    case End::delivered:
      return "delivered";
    case End::again:
      return "tried_again";
    case End::refused:
      return "refused";
    case End::failed:
      return "failed";
    case End::cancelled:
      return "cancelled";
    case End::gone:
      return "gone";
    case End::carried:
      return "carried";
    case End::put_back:
      return "put_back";
  }
  return "other";
}

LaneStats DeliveryLane::stats() const {
  return {counts_.at(End::delivered), counts_.at(End::again), counts_.at(End::refused),
          counts_.at(End::failed), counts_.at(End::cancelled)};
}

std::optional<Time> DeliveryLane::run() {
  if (now() < paused_until_) return paused_until_;
  // While the destination is in doubt, one try at a time finds out.
  auto due = ledger().outbox_due(destination_, now(), failures_ == 0 ? kBatchRows : 1);
  if (!due) {
    pause(kStorePause);
    return paused_until_;
  }
  auto attempts = prepare(*due);
  if (mark_in_doubt(attempts)) {
    disclose(attempts);
    for (auto& attempt : attempts) {
      if (attempt.rows.empty()) continue;
      if (stopping_ || now() < paused_until_) {
        settle(attempt, End::put_back, attempt.rows.front().last_code);
      } else {
        deliver(attempt);
      }
    }
  }
  finish_writes();
  return next_due();
}

// A "no" is not kept waiting by news.
std::vector<DeliveryLane::Attempt> DeliveryLane::prepare(
    const std::vector<store::OutboxItem>& due) {
  std::vector<Attempt> attempts;
  std::set<std::uint64_t> taken;
  for (const auto& row : due) {
    if (row.kind != store::OutboxKind::view)
      attempts.push_back({{row}, {}, {}, {}, {}, {}, {}, {}});
  }
  for (const auto& row : due) {
    if (row.kind != store::OutboxKind::view || taken.contains(row.id)) continue;
    if (auto attempt = prepare_view(row, taken)) attempts.push_back(std::move(*attempt));
  }
  return attempts;
}

std::optional<DeliveryLane::Attempt> DeliveryLane::prepare_view(const store::OutboxItem& row,
                                                                std::set<std::uint64_t>& taken) {
  Attempt attempt;
  attempt.rows = {row};
  // Before the profile is read: what changes from here on plans a row of its own.
  services_.pending.remove({destination_, row.purpose, row.persona});
  const auto profile = services_.pipeline.live().profile_of(row.persona);
  if (profile && *profile) {
    const auto gathered = gather(**profile, row, attempt);
    if (!gathered) {
      pause(kStorePause);
      return std::nullopt;
    }
    if (!*gathered) {  // closed since it was read
      pause(Duration::millis(limits::kDeliveryBackoffFirstMs));
      return std::nullopt;
    }
  }
  for (const auto& one : attempt.rows) taken.insert(one.id);
  if (profile && !*profile) {
    settle(attempt, End::gone, {});
    return std::nullopt;
  }
  // A first opinion; the one that counts is asked for right before the first byte.
  if (!profile) {
    for (auto& one : attempt.rows) ++one.attempts;
    settle(attempt, End::again, "unreadable");
    return std::nullopt;
  }
  if (!judge(services_.rules(), **profile, attempt)) return std::nullopt;
  return attempt;
}

// All rows that one view answers. False when `row` itself is no longer open.
Result<bool> DeliveryLane::gather(const identity::Profile& profile, const store::OutboxItem& row,
                                  Attempt& attempt) {
  attempt.rows.clear();
  bool found = false;
  for (const auto& member : profile.members) {
    CDP_TRY(const auto items, ledger().outbox_of(member.persona));
    for (const auto& item : items) {
      if (item.kind != store::OutboxKind::view || item.destination != destination_ ||
          item.purpose != row.purpose) {
        continue;
      }
      if (!is_open(item.status)) {
        attempt.superseded.push_back(item.id);
        continue;
      }
      found = found || item.id == row.id;
      services_.pending.remove({destination_, item.purpose, item.persona});
      attempt.rows.push_back(item);
    }
  }
  std::ranges::sort(attempt.rows, std::greater<>(), &store::OutboxItem::id);
  return found;
}

// Asks the gate and keeps the view; anything but a view settles the attempt.
bool DeliveryLane::judge(const OutboundRules& rules, const identity::Profile& profile,
                         Attempt& attempt) {
  const std::string purpose = attempt.rows.front().purpose;
  attempt.view.reset();
  auto verdict = rules.gate->admit({destination_, purpose, {}}, &profile, now());
  if (!verdict) {
    const bool over = is_not_configured(verdict.error());
    settle(attempt, over ? End::cancelled : End::failed, over ? "not_configured" : "gate_error");
    return false;
  }
  if (std::holds_alternative<consent::Refusal>(*verdict)) {
    settle(attempt, End::refused, "gate");
    return false;
  }
  attempt.view.emplace(std::move(std::get<consent::ConsentedView>(*verdict)));
  attempt.subject = profile.members.front().persona;
  attempt.policy_version = rules.policy->version;
  return true;
}

// From here on the rows count as disclosed until their outcome is durable.
bool DeliveryLane::mark_in_doubt(std::vector<Attempt>& attempts) {
  std::vector<store::OutboxItem> rows;
  for (auto& attempt : attempts) {
    for (auto& row : attempt.rows) {
      row.status = store::OutboxStatus::in_doubt;
      ++row.attempts;
      row.next_try = now() + Duration::millis(limits::kDeliveryTimeoutMs) +
                     backoff(row.attempts, kRetryMax, random());
      rows.push_back(row);
    }
  }
  if (rows.empty()) return true;
  const auto written = book_.write(std::move(rows), {}).get();
  if (!written) {
    pause(kStorePause);
    return false;
  }
  for (auto& attempt : attempts) {
    std::erase_if(attempt.rows, [&](const auto& row) { return !written->contains(row.id); });
  }
  return true;
}

void DeliveryLane::disclose(std::vector<Attempt>& attempts) {
  std::vector<std::pair<Attempt*, std::future<Result<void>>>> records;
  for (auto& attempt : attempts) {
    if (!attempt.view || attempt.rows.empty()) continue;
    auto promise = std::make_shared<std::promise<Result<void>>>();
    records.emplace_back(&attempt, promise->get_future());
    attempt.shown = shown_by(*attempt.view);
    services_.disclosures.record(
        *attempt.view, attempt.subject, attempt.policy_version,
        [promise](Result<void> result) { promise->set_value(std::move(result)); });
  }
  for (auto& [attempt, recorded] : records) {
    if (recorded.get()) continue;
    pause(kStorePause);
    settle(*attempt, End::put_back, "not_recorded");
    attempt->rows.clear();
  }
}

// The gate right before the first byte. When it now shows something else, that is disclosed first,
// and the gate is asked once more.
bool DeliveryLane::reask(Attempt& attempt) {
  for (int round = 0; round < kReasksMax; ++round) {
    // A fold that stopped shows yesterday's consent: nothing leaves on it (invariant 2).
    if (!services_.pipeline.health()) {
      settle(attempt, End::again, "unreadable");
      return false;
    }
    const auto profile = services_.pipeline.live().profile_of(attempt.rows.front().persona);
    if (!profile) {
      settle(attempt, End::again, "unreadable");
      return false;
    }
    if (!*profile) {
      settle(attempt, End::gone, {});
      return false;
    }
    if (!judge(services_.rules(), **profile, attempt)) return false;
    const std::string shown = shown_by(*attempt.view);
    if (shown == attempt.shown) return true;
    attempt.shown = shown;
    const auto recorded =
        services_.disclosures.record(*attempt.view, attempt.subject, attempt.policy_version);
    if (!recorded) break;
  }
  settle(attempt, End::put_back, "not_recorded");
  pause(kStorePause);
  return false;
}

void DeliveryLane::deliver(Attempt& attempt) {
  const auto kind = attempt.rows.front().kind;
  if (kind == store::OutboxKind::view && !reask(attempt)) return;
  const bool is_order = kind == store::OutboxKind::choice || kind == store::OutboxKind::correction;
  if (is_order && !prepare_order(attempt)) return;
  const OutboundRules rules = services_.rules();
  const auto* destination = find(rules, destination_);
  if (destination == nullptr) return settle(attempt, End::cancelled, "not_configured");
  auto request = cut(rules, *destination, attempt);
  if (!request) {
    if (is_not_configured(request.error()))
      return settle(attempt, End::cancelled, "not_configured");
    const bool passing = request.error().code == ErrorCode::unavailable;
    return settle(attempt, passing ? End::again : End::failed, "not_cut");
  }
  const auto answer = services_.transport.send(std::move(*request));
  const auto outcome = destination->read(answer);
  note(outcome);
  switch (outcome.kind) {
    case connectors::Outcome::Kind::delivered:
      keep_newest(attempt);
      return settle(attempt, End::delivered, outcome.code);
    case connectors::Outcome::Kind::refused:
      return settle(attempt, End::refused, outcome.code);
    case connectors::Outcome::Kind::try_again:
      return settle(attempt, End::again, outcome.code, outcome.retry_after);
  }
}

void DeliveryLane::note(const connectors::Outcome& outcome) {
  if (outcome.kind != connectors::Outcome::Kind::try_again) {
    failures_ = 0;
    return;
  }
  ++failures_;
  pause(
      std::max(backoff(failures_, kPauseMax, random()), std::min(outcome.retry_after, kRetryMax)));
}

void DeliveryLane::pause(Duration at_least) {
  paused_until_ = std::max(paused_until_, now() + at_least);
}

void DeliveryLane::close(store::OutboxItem& row, End end, Duration wait) const {
  row.next_try = now();  // of a closed row: when that was
  switch (end) {
    case End::again:
      if (row.attempts >= limits::kDeliveryAttemptsMax) {
        row.status = store::OutboxStatus::failed;
        return;
      }
      row.status = store::OutboxStatus::waiting;
      row.next_try = now() + wait;
      return;
    case End::put_back:
      row.status = store::OutboxStatus::waiting;
      --row.attempts;
      row.next_try = std::max(now(), paused_until_);
      return;
    case End::refused:
      row.status = store::OutboxStatus::refused;
      return;
    case End::failed:
      row.status = store::OutboxStatus::failed;
      return;
    case End::cancelled:
      row.status = store::OutboxStatus::cancelled;
      return;
    case End::delivered:
    case End::gone:
    case End::carried:
      row.status = store::OutboxStatus::delivered;
      return;
  }
}

void DeliveryLane::settle(Attempt& attempt, End end, const std::string& code,
                          Duration retry_after) {
  const auto most = std::ranges::max_element(attempt.rows, {}, &store::OutboxItem::attempts);
  const Duration wait =
      std::max(backoff(most->attempts, kRetryMax, random()), std::min(retry_after, kRetryMax));
  std::vector<store::OutboxItem> rows;
  std::vector<std::uint64_t> done = attempt.superseded;
  Settled settled;
  for (auto row : attempt.rows) {
    row.last_code = code;
    close(row, end, wait);
    const bool is_failed = row.status == store::OutboxStatus::failed;
    const End ended = is_failed ? End::failed : end;
    ++counts_.at(ended);
    if (services_.count) services_.count(destination_, name_of(ended));
    if (row.kind == store::OutboxKind::erasure && !is_open(row.status)) {
      settled.order = row;
      settled.outcome = {end == End::delivered ? connectors::Outcome::Kind::delivered
                                               : connectors::Outcome::Kind::refused,
                         code,
                         {}};
    }
    const bool is_known = end == End::delivered && attempt.order.has_value();
    if (row.status == store::OutboxStatus::delivered && !is_known) {
      done.push_back(row.id);
    } else {
      rows.push_back(std::move(row));
    }
  }
  settled.written = book_.write(std::move(rows), std::move(done));
  settled_.push_back(std::move(settled));
}

void DeliveryLane::finish_writes() {
  for (auto& settled : std::exchange(settled_, {})) {
    // Not durable: the row is still in doubt, and tried again under the same id.
    if (!settled.written.get()) {
      pause(kStorePause);
    } else if (settled.order) {
      services_.order_answered(*settled.order, settled.outcome);
    }
  }
}

Result<void> DeliveryLane::cancel_all() {
  for (;;) {
    CDP_TRY(const auto open, ledger().outbox_due(destination_, kForever, kCancelRows));
    if (open.empty()) return {};
    for (const auto& row : open) {
      services_.pending.remove({destination_, row.purpose, row.persona});
      Attempt attempt;
      attempt.rows = {row};
      settle(attempt, End::cancelled, "not_configured");
    }
    finish_writes();
    if (now() < paused_until_) return fail(ErrorCode::unavailable, "rows were not cancelled");
  }
}

std::optional<Time> DeliveryLane::next_due() {
  const auto next = ledger().outbox_due(destination_, kForever, 1);
  if (!next) pause(kStorePause);
  if (!next) return paused_until_;
  if (next->empty()) return std::nullopt;
  return std::max(next->front().next_try, paused_until_);
}

std::string DeliveryLane::delivery_id(std::uint64_t row) const {
  return "msg_" + to_crockford(services_.pipeline.keyed().pseudonym.token(
                      {"delivery", destination_, std::to_string(row)}));
}

}  // namespace cdp::app
