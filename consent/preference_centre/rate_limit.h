// RateLimit: how often one party may do one thing: a token bucket for each key, refilled steadily.
// Keys are hashed (keyed by nothing that leaves the process), never kept in clear.
//
// Bounded: when more keys are seen than it holds, the buckets that have filled up again go, and
// when none has, the newcomer is refused: a flood of keys must not lift the limit.
//
// Thread-safety: safe.
#pragma once

#include <map>
#include <string_view>

#include "cdp/core/base/guarded.h"
#include "cdp/core/base/time.h"
#include "cdp/core/crypto/signature.h"

namespace cdp::consent::preference_centre {

class RateLimit {
 public:
  // `burst` at once, and as many again in each `window`.
  RateLimit(Clock& clock, int burst, Duration window, std::size_t keys_max)
      : clock_(clock), burst_(burst), window_(window), keys_max_(keys_max) {}

  // True when it may be done now; counts it then.
  bool take(std::string_view key) {
    const crypto::Digest hashed = crypto::sha256(as_bytes(key));
    const Duration now = clock_.elapsed();
    return buckets_.write([&](Buckets& buckets) {
      auto found = buckets.find(hashed);
      if (found == buckets.end()) {
        if (buckets.size() >= keys_max_) forget_full(buckets, now);
        if (buckets.size() >= keys_max_) return false;
        found = buckets.emplace(hashed, Bucket{static_cast<double>(burst_), now}).first;
      }
      Bucket& bucket = found->second;
      bucket.left = left(bucket, now);
      bucket.at = now;
      if (bucket.left < 1) return false;
      bucket.left -= 1;
      return true;
    });
  }

 private:
  struct Bucket {
    double left;
    Duration at;
  };
  using Buckets = std::map<crypto::Digest, Bucket>;

  double left(const Bucket& bucket, Duration now) const {
    const double refill = static_cast<double>(now.us - bucket.at.us) /
                          static_cast<double>(window_.us) * static_cast<double>(burst_);
    return std::min(static_cast<double>(burst_), bucket.left + refill);
  }
  void forget_full(Buckets& buckets, Duration now) const {
    std::erase_if(buckets, [&](const auto& entry) { return left(entry.second, now) >= burst_; });
  }

  Clock& clock_;
  int burst_;
  Duration window_;
  std::size_t keys_max_;
  Guarded<Buckets> buckets_;
};

}  // namespace cdp::consent::preference_centre
