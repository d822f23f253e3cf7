// MissBudget: how many lookups without a released attribute a destination may make before all of
// its lookups wait: guessing identifiers is a flood of misses (DESIGN §7, no oracles). When the
// budget is spent, every lookup of that destination answers 429, hit or miss, so that the limit
// itself tells nothing.
//
// A token bucket per destination: limits::kLookupMissesPerMinute, refilled steadily. Thread-safety:
// safe.
#pragma once

#include <algorithm>
#include <map>
#include <string>

#include "cdp/core/base/guarded.h"
#include "cdp/core/base/limits.h"
#include "cdp/core/base/time.h"

namespace cdp::app {

class MissBudget {
 public:
  explicit MissBudget(Clock& clock) : clock_(clock) {}

  bool spent(const std::string& destination) {
    return buckets_.write([&](auto& buckets) { return refilled(buckets[destination]) < 1; });
  }
  void miss(const std::string& destination) {
    buckets_.write([&](auto& buckets) {
      auto& bucket = buckets[destination];
      bucket.left = std::max(0.0, refilled(bucket) - 1);
    });
  }

 private:
  static constexpr double kFull = static_cast<double>(limits::kLookupMissesPerMinute);
  struct Bucket {
    double left = kFull;
    Duration at;
    bool used = false;
  };
  double refilled(Bucket& bucket) {
    const Duration now = clock_.elapsed();
    if (bucket.used) {
      const double minutes = static_cast<double>(now.us - bucket.at.us) / 60e6;
      bucket.left = std::min(kFull, bucket.left + minutes * kFull);
    }
    bucket.used = true;
    bucket.at = now;
    return bucket.left;
  }

  Clock& clock_;
  Guarded<std::map<std::string, Bucket>> buckets_;
};

}  // namespace cdp::app
