// Synthetic people in a table, with blocks and a model: what most tests of matching start from.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "identity/match/batch.h"
#include "identity/match/quality.h"
#include "identity/match/schema.h"
#include "identity/match/synthetic_people.h"
#include "identity/match/training.h"

namespace cdp::identity::match {

inline Config synthetic_config() {
  Config config;
  config.random_pairs = 50'000;  // enough for few people, and quick
  config.training_pairs_max = 400'000;
  const auto& columns = synthetic_columns();
  const std::vector<std::string> header(columns.begin(), columns.end());
  config.fields = infer_schema(header).value().fields;
  return config;
}

inline std::vector<std::string> values_of(const SyntheticRecord& record) {
  const auto& columns = synthetic_columns();
  const std::vector<std::string> header(columns.begin(), columns.end());
  return infer_schema(header).value().values_of(record.values);
}

// Lifetime: blocks point into the table.
struct People {
  Config config;
  std::unique_ptr<Table> table;
  crypto::BlindIndex blind_index{crypto::Secret::copy_of(Bytes(32, 7)), "test", 1};
  std::unique_ptr<Blocks> blocks;

  explicit People(Config wanted) : config(std::move(wanted)) {
    table = std::make_unique<Table>(config);
    blocks = std::make_unique<Blocks>(*table, block_rules(config.fields), blind_index,
                                      config.block_records_max);
  }
  Row add(std::uint64_t key, const std::vector<std::string>& values) {
    const Row row = table->add(key, values);
    blocks->add(row);
    return row;
  }
  Result<Model> train() { return match::train(config, *table, *blocks, nullptr); }
  BatchResult run(const Model& model) const {
    const Scorer scorer(*table, model);
    return run_batch(*table, *blocks, scorer, weight_of(config.review_bits),
                     weight_of(config.join_bits), false, nullptr);
  }
};

// Clusters as sets of keys, singletons left out.
inline std::vector<std::vector<std::uint64_t>> keys_of(const People& people,
                                                       const BatchResult& result) {
  std::vector<std::vector<std::uint64_t>> clusters;
  for (const auto& cluster : result.clusters) {
    std::vector<std::uint64_t> keys;
    for (const Row row : cluster) keys.push_back(people.table->key(row));
    std::ranges::sort(keys);
    clusters.push_back(std::move(keys));
  }
  std::ranges::sort(clusters);
  return clusters;
}

}  // namespace cdp::identity::match
