// Model: the parameters of the Fellegi-Sunter model as they were trained, and the configuration
// they were trained under. Per field and level: m, the share of pairs of one person that stand at
// the level, and u, the share of pairs of strangers; lambda, the share of pairs that are one
// person; how often frequent values occur (term frequencies).
//
// Fellegi and Sunter, "A Theory for Record Linkage", JASA 64 (1969). Term adjustment: Splink.
//
// The document (JSON) names values only that at least Terms::kCountMin persons share, so that it
// tells of nobody; a rarer value counts as that rare. It is still made from personal data: keep it
// where the data is kept.
//
// Thread-safety: values. Errors of read: unprocessable for a document of another version; corrupt
// for anything else that is not what write() wrote.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "cdp/core/base/result.h"
#include "identity/match/comparison.h"
#include "identity/match/config.h"
#include "identity/match/household.h"

namespace cdp::identity::match {

inline constexpr std::int64_t kModelVersion = 1;

struct LevelRates {
  std::array<double, kLevelsMax> m{};
  std::array<double, kLevelsMax> u{};
  friend bool operator==(const LevelRates&, const LevelRates&) = default;
};

// How many persons have which value of one field.
struct Terms {
  static constexpr std::uint32_t kCountMin = 5;
  std::uint64_t persons = 0;                              // a person with two values counts twice
  std::unordered_map<std::string, std::uint32_t> counts;  // of kCountMin and more
  // log2(1 / share) of a folded value; of a rare one as if it occurred kCountMin times.
  double rarity_bits(const std::string& folded) const;
  double rarest_bits() const;  // of any value
  friend bool operator==(const Terms&, const Terms&) = default;
};

struct Model {
  Config config;
  double lambda = 1e-4;
  Household household;
  std::vector<LevelRates> rates;  // one per field
  std::vector<Terms> terms;       // one per field
  std::uint64_t trained_on = 0;   // records

  const std::vector<Field>& fields() const { return config.fields; }
  double prior_bits() const;
  friend bool operator==(const Model&, const Model&) = default;
};

std::string write(const Model& model);
// The document without what decides and does not weigh (join_bits, link_bits, review_bits): what a
// model's version is a digest of. Another threshold is no other model.
std::string write_without_thresholds(const Model& model);
Result<Model> read_model(std::string_view document);

}  // namespace cdp::identity::match
