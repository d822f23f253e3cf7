#include "identity/match/quality.h"

#include <algorithm>
#include <map>
#include <unordered_map>

namespace cdp::identity::match {
namespace {

std::uint64_t pairs_of(std::uint64_t n) { return n * (n - 1) / 2; }

double ratio(double part, double whole) { return whole > 0 ? part / whole : 1.0; }
double harmonic(double a, double b) { return a + b > 0 ? 2 * a * b / (a + b) : 0; }

}  // namespace

Quality quality_of(std::span<const std::uint64_t> truth, std::span<const std::uint64_t> found) {
  std::unordered_map<std::uint64_t, std::uint64_t> true_sizes, found_sizes;
  std::map<std::pair<std::uint64_t, std::uint64_t>, std::uint64_t> both;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    ++true_sizes[truth[i]];
    ++found_sizes[found[i]];
    ++both[{truth[i], found[i]}];
  }
  Quality out;
  for (const auto& [name, size] : true_sizes) {
    out.true_pairs += pairs_of(size);
    out.largest_true = std::max(out.largest_true, size);
  }
  for (const auto& [name, size] : found_sizes) {
    out.found_pairs += pairs_of(size);
    out.largest_cluster = std::max(out.largest_cluster, size);
  }
  double precise = 0;
  double recalled = 0;
  for (const auto& [names, size] : both) {
    out.right_pairs += pairs_of(size);
    const auto n = static_cast<double>(size);
    precise += n * n / static_cast<double>(found_sizes[names.second]);
    recalled += n * n / static_cast<double>(true_sizes[names.first]);
  }
  const auto right = static_cast<double>(out.right_pairs);
  out.precision = ratio(right, static_cast<double>(out.found_pairs));
  out.recall = ratio(right, static_cast<double>(out.true_pairs));
  out.f1 = harmonic(out.precision, out.recall);
  out.b3_precision = ratio(precise, static_cast<double>(truth.size()));
  out.b3_recall = ratio(recalled, static_cast<double>(truth.size()));
  out.b3_f1 = harmonic(out.b3_precision, out.b3_recall);
  return out;
}

}  // namespace cdp::identity::match
