#include "tests/bench/match_bench.h"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <map>

#include "cdp/app/cli/match_files.h"
#include "identity/match/matcher.h"
#include "identity/match/quality.h"
#include "identity/match/synthetic_people.h"
#include "tests/bench/apart.h"

namespace cdp::bench {
namespace {

namespace fs = std::filesystem;
namespace match = identity::match;

crypto::Secret fixed_key() { return crypto::Secret::copy_of(Bytes(32, 1)); }

double seconds_since(Duration start, Clock& clock) {
  return static_cast<double>((clock.elapsed().us - start.us)) / 1e6;
}

struct DataSet {
  std::string name;
  std::vector<std::string> files;
  std::string truth;  // a column
};

std::string first_line(const fs::path& file) {
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);
  return line;
}

std::optional<std::string> truth_in(const fs::path& file) {
  const std::string header = first_line(file);
  for (const std::string column : {"cluster", "ent_id", "person", "rec_id"}) {
    const auto at = header.find(column);
    if (at == std::string::npos) continue;
    const auto end = at + column.size();
    const auto apart = [](char c) { return c == ',' || c == ' ' || c == '"' || c == '\r'; };
    if ((at == 0 || apart(header[at - 1])) && (end == header.size() || apart(header[end]))) {
      return column;
    }
  }
  return std::nullopt;
}

std::string without(std::string text, const std::string& part, const std::string& instead) {
  const auto at = text.find(part);
  if (at != std::string::npos) text.replace(at, part.size(), instead);
  return text;
}

// "febrl_dataset3" -> "febrl3", "splink_fake_1000" -> "fake_1000".
std::vector<DataSet> data_sets(const fs::path& folder) {
  std::map<std::string, DataSet> sets;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    const fs::path& file = entry.path();
    if (file.extension() != ".csv") continue;
    const auto truth = truth_in(file);
    if (!truth) {
      std::printf("skipped: %s does not say who is who\n", file.filename().c_str());
      continue;
    }
    std::string stem = file.stem().string();
    std::string partner = stem;
    if (!stem.empty() && (stem.back() == 'a' || stem.back() == 'b')) {
      partner.back() = stem.back() == 'a' ? 'b' : 'a';
      if (fs::exists(file.parent_path() / (partner + ".csv"))) stem.pop_back();
    }
    DataSet& set = sets[stem];
    set.name = without(without(stem, "febrl_dataset", "febrl"), "splink_", "");
    set.truth = *truth;
    set.files.push_back(file.string());
  }
  std::vector<DataSet> out;
  for (auto& [stem, set] : sets) {
    std::ranges::sort(set.files);
    out.push_back(std::move(set));
  }
  return out;
}

// "rec-12-dup-3" is person "rec-12".
std::string person_of(const std::string& label, const std::string& column) {
  if (column != "rec_id") return label;
  const auto number = label.find('-');
  return number == std::string::npos ? label : label.substr(0, label.find('-', number + 1));
}

Result<void> measure_set(const DataSet& set, Clock& clock, Results* results) {
  const auto start = clock.elapsed();
  const app::cli::MatchSettings settings;  // the one generic configuration
  CDP_TRY(const auto people, app::cli::read_people(set.files, settings, {}, false, set.truth));
  const crypto::BlindIndex index(fixed_key(), "bench", 1);
  match::Blocks blocks(*people.table, match::block_rules(people.config.fields), index,
                       people.config.block_records_max);
  for (match::Row row = 0; row < people.table->rows(); ++row) blocks.add(row);
  CDP_TRY(const auto model, match::train(people.config, *people.table, blocks, nullptr));
  const match::Scorer scorer(*people.table, model);
  const auto result =
      match::run_batch(*people.table, blocks, scorer, match::weight_of(model.config.review_bits),
                       match::weight_of(model.config.join_bits), people.files > 1, nullptr);
  std::map<std::string, std::uint64_t> persons;
  std::vector<std::uint64_t> truth;
  std::vector<std::uint64_t> found;
  for (const auto& label : people.truth) {
    truth.push_back(persons.emplace(person_of(label, set.truth), persons.size()).first->second);
    found.push_back(found.size());
  }
  for (const auto& cluster : result.clusters) {
    for (const auto row : cluster) found[row] = cluster.front();
  }
  const auto quality = match::quality_of(truth, found);
  const std::string name = "identity_" + set.name + "_";
  results->add(name + "precision", quality.precision, "");
  results->add(name + "recall", quality.recall, "");
  results->add(name + "f1", quality.f1, "");
  results->add(name + "b3_f1", quality.b3_f1, "");
  results->add(name + "seconds", seconds_since(start, clock), "s");
  return {};
}

struct Crowd {
  match::Config config;
  std::vector<std::vector<std::string>> records;
};

Result<Crowd> crowd_of(std::uint64_t people, std::uint64_t seed) {
  match::PeopleOptions options;
  options.people = people;
  options.seed = seed;
  const auto& columns = match::synthetic_columns();
  const std::vector<std::string> header(columns.begin(), columns.end());
  CDP_TRY(const auto schema, match::infer_schema(header));
  Crowd crowd;
  crowd.config.fields = schema.fields;
  for (const auto& record : match::synthetic_people(options)) {
    crowd.records.push_back(schema.values_of(record.values));
  }
  return crowd;
}

// Candidate pairs as blocking gives them: the whole weight of each, and as a run does it, which
// stops at pairs that cannot reach the cut. By processor time: a figure of one core.
Result<match::Model> measure_scores(const Crowd& crowd, Results* results) {
  match::Table table(crowd.config);
  const crypto::BlindIndex index(fixed_key(), "bench", 1);
  match::Blocks blocks(table, match::block_rules(crowd.config.fields), index,
                       crowd.config.block_records_max);
  for (const auto& values : crowd.records) blocks.add(table.add(table.rows(), values));
  CDP_TRY(auto model, match::train(crowd.config, table, blocks, nullptr));
  const match::Scorer scorer(table, model);
  std::vector<std::pair<match::Row, match::Row>> pairs;
  match::Stamps stamps;
  for (match::Row row = 0; row < table.rows(); ++row) {
    blocks.each_candidate(row, &stamps, [&](match::Row other) {
      if (other < row) pairs.emplace_back(other, row);
    });
  }
  const auto rate = [&](const std::string& name, auto score) {
    const double start = cpu_seconds();
    std::int64_t sum = 0;
    for (const auto& [a, b] : pairs) sum += score(a, b);
    const double seconds = cpu_seconds() - start;
    if (sum == 1) std::printf("(an odd sum)\n");  // so that nothing is optimised away
    results->add(name, static_cast<double>(pairs.size()) / seconds, "1/s");
  };
  rate("identity_pair_scores_per_s_per_core",
       [&](match::Row a, match::Row b) { return scorer.score(a, b); });
  const auto floor = match::weight_of(model.config.join_bits);
  rate("identity_pairs_decided_per_s_per_core",
       [&](match::Row a, match::Row b) { return scorer.score_at_least(a, b, floor).value_or(0); });
  return model;
}

// One record after another into a matcher that holds many: blocked, scored, clustered, answered.
Result<void> measure_incremental(const Crowd& crowd, const match::Model& model, Clock& clock,
                                 Results* results) {
  const double before = resident_mb("VmRSS");
  CDP_TRY(auto matcher, match::Matcher::open(model, fixed_key()));
  const std::size_t measured = crowd.records.size() / 10;
  auto start = clock.elapsed();
  for (std::size_t i = 0; i < crowd.records.size(); ++i) {
    if (i == crowd.records.size() - measured) start = clock.elapsed();
    CDP_CHECK(matcher.add(i, crowd.records[i]));
    CDP_CHECK(matcher.proposals_of(i));
  }
  const double seconds = seconds_since(start, clock);
  results->add("identity_match_incremental_records_per_s", static_cast<double>(measured) / seconds,
               "1/s");
  results->add("identity_match_mb_per_million_personas",
               (resident_mb("VmRSS") - before) * 1e6 / static_cast<double>(crowd.records.size()),
               "MB");
  return {};
}

}  // namespace

Result<void> measure_matching(const MatchOptions& options, Clock& clock, Results* results) {
  CDP_CHECK(crypto::initialise());
  const auto sets = data_sets(options.data / "identity");
  if (sets.empty()) std::printf("skipped: no labelled people (CDP_REFERENCE_DATA)\n");
  for (const auto& set : sets) {
    if (auto done = measure_set(set, clock, results); !done) {
      std::printf("skipped: %s: %s\n", set.name.c_str(), done.error().what.c_str());
    }
  }
  CDP_TRY(const auto small, crowd_of(options.quick ? 500 : 5'000, 2));
  CDP_TRY(const auto model, measure_scores(small, results));
  CDP_TRY(const auto large, crowd_of(options.quick ? 2'000 : 50'000, 3));
  return measure_incremental(large, model, clock, results);
}

}  // namespace cdp::bench
