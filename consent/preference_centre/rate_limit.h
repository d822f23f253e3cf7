// RateLimit: how often one party may do one thing: a token bucket for each key, refilled steadily,
// kept as the one time at which it is full again (the generic cell rate algorithm, ITU-T I.371).
// Keys are hashed (keyed by nothing that leaves the process), never kept in clear.
//
// Bounded: when more keys are seen than it holds, the fullest bucket goes. So a newcomer is served
// whatever others do, and whoever has used theirs up is forgotten last: a flood of names lifts the
// limit only of somebody who has used up as many names as are held.
//
// Thread-safety: safe. Cost: O(log keys), amortised.
#pragma once

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "cdp/core/base/guarded.h"
#include "cdp/core/base/time.h"
#include "cdp/core/crypto/signature.h"

namespace cdp::consent::preference_centre {

class RateLimit {
 public:
  // `burst` at once, and as many again in each `window`. `keys_max` > 0.
  RateLimit(Clock& clock, int burst, Duration window, std::size_t keys_max)
      : clock_(clock), burst_(burst), window_(window), keys_max_(keys_max) {}

  // True when it may be done now; counts it then.
  bool take(std::string_view key) { return take(key, burst_); }
  // With a burst that may change with the configuration.
  bool take(std::string_view key, int burst) {
    const crypto::Digest hashed = crypto::sha256(as_bytes(key));
    const std::int64_t now = clock_.elapsed().us;
    const std::int64_t step = window_.us / burst;
    return buckets_.write([&](Buckets& buckets) {
      while (!buckets.by_fullness.empty() && buckets.by_fullness.begin()->first <= now)
        buckets.drop_fullest();
      const auto found = buckets.full_at.find(hashed);
      const bool is_new = found == buckets.full_at.end();
      const std::int64_t full_at = (is_new ? now : found->second) + step;
      if (full_at - now > window_.us) return false;
      if (is_new && buckets.full_at.size() >= keys_max_) buckets.drop_fullest();
      if (!is_new) buckets.by_fullness.erase({found->second, hashed});
      buckets.full_at.insert_or_assign(hashed, full_at);
      buckets.by_fullness.emplace(full_at, hashed);
      return true;
    });
  }
  // Gives back what take() counted, because it was not done after all.
  void give_back(std::string_view key, int burst) {
    const crypto::Digest hashed = crypto::sha256(as_bytes(key));
    buckets_.write([&](Buckets& buckets) {
      const auto found = buckets.full_at.find(hashed);
      if (found == buckets.full_at.end()) return;
      buckets.by_fullness.erase({found->second, hashed});
      found->second -= window_.us / burst;
      buckets.by_fullness.emplace(found->second, hashed);
    });
  }

 private:
  // The same buckets twice: by key, and by the time at which they are full.
  struct Buckets {
    std::map<crypto::Digest, std::int64_t> full_at;
    std::set<std::pair<std::int64_t, crypto::Digest>> by_fullness;

    void drop_fullest() {
      full_at.erase(by_fullness.begin()->second);
      by_fullness.erase(by_fullness.begin());
    }
  };

  Clock& clock_;
  int burst_;
  Duration window_;
  std::size_t keys_max_;
  Guarded<Buckets> buckets_;
};

}  // namespace cdp::consent::preference_centre
