// The memory engine: the oracle of the conformance suite, simple and obviously right. Keeps nothing
// when it goes.
//
// Thread-safety: each store is safe for concurrent use (one mutex each); callbacks run on a copy,
// without the mutex.
#pragma once

#include <memory>
#include <mutex>

#include "cdp/core/store/key_store.h"
#include "cdp/core/store/ledger.h"
#include "cdp/core/store/state.h"

namespace cdp::store::memory {

std::unique_ptr<KeyStore> make_key_store();
std::unique_ptr<Ledger> make_ledger();
std::unique_ptr<State> make_state(std::string rule_version = {});

// The fence as every memory store keeps it.
class FenceCell {
 public:
  Fence take() { return Fence{++epoch_}; }
  Result<void> check(Fence fence) const {
    if (fence.epoch != epoch_) {
      return fail(ErrorCode::conflict, "another writer took over",
                  "stop writing; this process no longer leads");
    }
    return {};
  }

 private:
  std::uint64_t epoch_ = 0;
};

// A store that has a mutex and a fence, and no file.
template <class Store>
class InMemory : public Store {
 public:
  Result<Fence> take_fence() override {
    const std::lock_guard lock(mutex_);
    return fence_.take();
  }
  Result<std::size_t> wal_bytes() const override { return std::size_t{0}; }
  Result<void> checkpoint() override { return {}; }
  Result<void> truncate_wal() override { return {}; }
  Result<void> rewrite() override { return {}; }
  Result<void> integrity_check() const override { return {}; }

 protected:
  mutable std::mutex mutex_;
  FenceCell fence_;
};

}  // namespace cdp::store::memory
