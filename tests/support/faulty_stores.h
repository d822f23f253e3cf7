// Stores that fail on purpose: at the n-th write, before it or after it became durable, for good,
// or by making the caller wait until the test lets it go.
//
// Thread-safety: all of it is safe; the test scripts while the pipeline's threads write.
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>

#include "tests/support/forwarding_stores.h"

namespace cdp::testing {

enum class Fault : std::uint8_t {
  none,
  refused,    // nothing was written, and the caller is told so
  ambiguous,  // it became durable, and the caller is told that it did not
};

// What becomes of the writes of one store, in order, from 1.
class FaultPlan {
 public:
  void at(std::uint64_t write, Fault fault) {
    const std::lock_guard lock(mutex_);
    faults_[write] = fault;
  }
  // The next write from now on, whichever its number.
  void next(Fault fault) {
    const std::lock_guard lock(mutex_);
    faults_[writes_ + 1] = fault;
  }
  // Asked for every write that has no fault of its own.
  void by(std::function<Fault(std::uint64_t)> decide) {
    const std::lock_guard lock(mutex_);
    decide_ = std::move(decide);
  }
  // From now on nothing gets through: the process is as good as killed.
  void die() {
    const std::lock_guard lock(mutex_);
    dead_ = true;
    held_ = false;
    gate_.notify_all();
  }
  void revive() {
    const std::lock_guard lock(mutex_);
    dead_ = false;
    faults_.clear();
    decide_ = nullptr;
  }
  // Writes wait at the gate until release().
  void hold() {
    const std::lock_guard lock(mutex_);
    held_ = true;
  }
  void release() {
    const std::lock_guard lock(mutex_);
    held_ = false;
    gate_.notify_all();
  }
  // Returns when somebody waits at the gate.
  void wait_until_held() {
    std::unique_lock lock(mutex_);
    gate_.wait(lock, [&] { return waiting_ > 0; });
  }
  // Returns when the n-th write has come to the gate.
  void wait_for_write(std::uint64_t n) {
    std::unique_lock lock(mutex_);
    gate_.wait(lock, [&] { return writes_ >= n; });
  }
  std::uint64_t writes() const {
    const std::lock_guard lock(mutex_);
    return writes_;
  }

  // The store's side.
  template <class R>
  R run(const std::function<R()>& write) {
    const Fault fault = admit();
    if (fault == Fault::refused) return fail(ErrorCode::unavailable, "a fault of the test");
    R result = write();
    if (fault == Fault::ambiguous && result)
      return fail(ErrorCode::unavailable, "a fault of the test, after the write");
    return result;
  }

 private:
  Fault admit() {
    std::unique_lock lock(mutex_);
    ++writes_;
    const std::uint64_t mine = writes_;
    ++waiting_;
    gate_.notify_all();
    gate_.wait(lock, [&] { return !held_; });
    --waiting_;
    if (dead_) return Fault::refused;
    if (const auto found = faults_.find(mine); found != faults_.end()) return found->second;
    return decide_ ? decide_(mine) : Fault::none;
  }

  mutable std::mutex mutex_;
  std::condition_variable gate_;
  std::map<std::uint64_t, Fault> faults_;
  std::function<Fault(std::uint64_t)> decide_;
  std::uint64_t writes_ = 0;
  int waiting_ = 0;
  bool held_ = false, dead_ = false;
};

class FaultyLedger final : public ForwardingLedger {
 public:
  using ForwardingLedger::ForwardingLedger;
  Result<void> commit(const store::LedgerBatch& batch, store::Fence fence) override {
    return plan.run<Result<void>>([&] { return inner_.commit(batch, fence); });
  }
  FaultPlan plan;
};

class FaultyKeyStore final : public ForwardingKeyStore {
 public:
  using ForwardingKeyStore::ForwardingKeyStore;
  Result<std::vector<store::KeyRow>> put_if_absent(std::vector<store::KeyRow> rows,
                                                   store::Fence fence) override {
    return plan.run<Result<std::vector<store::KeyRow>>>(
        [&] { return inner_.put_if_absent(std::move(rows), fence); });
  }
  FaultPlan plan;
};

class FaultyState final : public ForwardingState {
 public:
  using ForwardingState::ForwardingState;
  Result<void> apply(Position from, Position to, const store::StateDelta& delta,
                     store::Fence fence) override {
    return plan.run<Result<void>>([&] { return inner_.apply(from, to, delta, fence); });
  }
  FaultPlan plan;
};

// The three of them over one engine.
struct FaultyEngine {
  explicit FaultyEngine(store::Engine& engine)
      : keys(*engine.keys), ledger(*engine.ledger), state(*engine.state) {}
  FaultyKeyStore keys;
  FaultyLedger ledger;
  FaultyState state;
  void die() {
    ledger.plan.die();
    keys.plan.die();
    state.plan.die();
  }
};

}  // namespace cdp::testing
