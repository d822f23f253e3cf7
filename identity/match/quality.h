// How good clusters are against known truth: pairwise precision, recall and F1 over all true pairs
// (a pair that blocking missed is missed), and B-cubed (Bagga and Baldwin 1998).
//
// Thread-safety: pure.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace cdp::identity::match {

struct Quality {
  double precision = 0, recall = 0, f1 = 0;
  double b3_precision = 0, b3_recall = 0, b3_f1 = 0;
  std::uint64_t true_pairs = 0, found_pairs = 0, right_pairs = 0;
  std::uint64_t largest_cluster = 0, largest_true = 0;
};

// The same record at the same place of both: whose person it is, whose cluster it was put in.
Quality quality_of(std::span<const std::uint64_t> truth, std::span<const std::uint64_t> found);

}  // namespace cdp::identity::match
