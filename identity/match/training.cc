#include "identity/match/training.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <unordered_map>

#include "cdp/core/base/random.h"
#include "identity/match/batch.h"
#include "identity/match/clustering.h"
#include "identity/match/parts.h"
#include "identity/match/scorer.h"

namespace cdp::identity::match {
namespace {

constexpr int kEmRoundsMax = 25;
constexpr double kEmTolerance = 1e-4;
// Clusters are formed so many times, the first times more strictly than they will be used: what a
// false pair teaches, the next round believes.
constexpr std::array<double, 3> kStricter{4, 2, 0};
constexpr int kClusterRounds = static_cast<int>(kStricter.size());
// What we believe before any pair is seen, as this many pairs at the guessed rates.
constexpr double kBelievedMatches = 10;
constexpr double kBelievedStrangers = 1;
// A rule trains when at least this share of its pairs is beyond chance.
constexpr double kPurityMin = 0.5;
constexpr std::size_t kTrainingRulesMin = 3;
// Until clusters tell, within a block: sharing an address says next to nothing.
constexpr double kHouseholdGuess = 2;

using Pattern = std::uint64_t;  // four bits a field
using Patterns = std::unordered_map<Pattern, double>;
using Counts = std::vector<std::array<double, kLevelsMax>>;  // per field and level

constexpr std::uint8_t level_in(Pattern pattern, std::size_t field) {
  return static_cast<std::uint8_t>((pattern >> (4 * field)) & 0xFU);
}

Pattern pattern_of(const Levels& levels, std::size_t fields) {
  Pattern pattern = 0;
  for (std::size_t i = 0; i < fields; ++i) pattern |= Pattern{levels[i]} << (4 * i);
  return pattern;
}

void count(Pattern pattern, double share, Counts* counts) {
  for (std::size_t i = 0; i < counts->size(); ++i) (*counts)[i][level_in(pattern, i)] += share;
}

// Counted levels and what was believed before -> rates that sum to 1 over the levels not missing.
std::array<double, kLevelsMax> rates_of(const std::array<double, kLevelsMax>& counts,
                                        const std::array<double, kLevelsMax>& believed,
                                        double weight, std::uint8_t exact) {
  double sum = weight;
  for (std::uint8_t level = kElse; level <= exact; ++level) sum += counts[level];
  std::array<double, kLevelsMax> rates{};
  for (std::uint8_t level = kElse; level <= exact; ++level) {
    rates[level] = (counts[level] + weight * believed[level]) / sum;
  }
  return rates;
}

// Strangers mostly differ; each nearer level is rarer.
std::array<double, kLevelsMax> believed_of_strangers(std::uint8_t exact) {
  std::array<double, kLevelsMax> believed{};
  for (std::uint8_t level = kElse + 1; level <= exact; ++level) believed[level] = 0.01;
  believed[kElse] = 1.0 - 0.01 * (exact - kElse);
  return believed;
}

// Who was found to be one person.
struct Persons {
  std::vector<std::vector<Row>> clusters;
  std::vector<std::uint32_t> of_row;  // number of the cluster from 1; 0: alone

  Persons() = default;
  Persons(std::vector<std::vector<Row>> found, std::size_t rows)
      : clusters(std::move(found)), of_row(rows) {
    for (std::size_t i = 0; i < clusters.size(); ++i) {
      for (const Row row : clusters[i]) of_row[row] = static_cast<std::uint32_t>(i + 1);
    }
  }
  bool same(Row a, Row b) const {
    return !of_row.empty() && of_row[a] != 0 && of_row[a] == of_row[b];
  }
};

class Training {
 public:
  Training(const Config& config, Table& table, const Blocks& blocks, const Progress& progress,
           std::size_t threads)
      : config_(config),
        table_(table),
        blocks_(blocks),
        progress_(progress),
        threads_(threads),
        comparer_(table),
        fields_(config.fields.size()) {
    for (Row row = 0; row < table.rows(); ++row) {
      if (table.alive(row)) order_.push_back(row);
    }
    std::ranges::sort(order_, [&](Row a, Row b) { return table.before(a, b); });
    link_files_ = std::ranges::any_of(
        order_, [&](Row row) { return table.file(row) != table.file(order_.front()); });
  }

  Result<Model> run() {
    CDP_CHECK(check_columns());
    model_.config = config_;
    model_.terms = table_.count_terms({});
    model_.trained_on = order_.size();
    table_.set_terms(model_.terms);
    sample_strangers();
    set_u();
    CDP_CHECK(estimate_m());
    for (int round = 0; round < kClusterRounds; ++round) refine(round);
    return std::move(model_);
  }

 private:
  struct Stranger {
    Row a, b;
    Pattern pattern;
  };
  struct RulePairs {
    std::size_t rule = 0;
    double pairs = 0;
    double purity = 0;
  };

  Pattern compare(Row a, Row b) const {
    Levels levels;
    comparer_.levels(a, b, &levels);
    return pattern_of(levels, fields_);
  }
  bool comparable(Row a, Row b) const {
    return a != b && (!link_files_ || table_.file(a) != table_.file(b));
  }
  double all_pairs() const {
    if (!link_files_) {
      const auto n = static_cast<double>(order_.size());
      return n * (n - 1) / 2;
    }
    std::array<double, 256> files{};
    for (const Row row : order_) files[table_.file(row)] += 1;
    const double all = std::accumulate(files.begin(), files.end(), 0.0);
    double pairs = all * all;
    for (const double file : files) pairs -= file * file;
    return pairs / 2;
  }

  Result<void> check_columns() const {
    if (order_.size() < 2) {
      return fail(ErrorCode::unprocessable,
                  "there are fewer than two different records to learn from",
                  "what agreement is worth is learnt from pairs, and copies of a record teach "
                  "nothing: give it everybody, or a model that was trained before (--with)");
    }
    std::size_t filled = 0, usable = 0;
    for (std::size_t i = 0; i < fields_; ++i) {
      const auto value = [&](Row row) { return table_.value_id(row, i); };
      const auto first = std::ranges::find_if(order_, [&](Row row) { return value(row) != 0; });
      if (first == order_.end()) continue;
      ++filled;
      usable += std::any_of(first, order_.end(), [&](Row row) {
        return value(row) != 0 && value(row) != value(*first);
      });
    }
    if (usable >= 2) return {};
    if (usable == 0 && filled >= 2) {
      return fail(ErrorCode::unprocessable, "all records are equal in every column compared",
                  "they may be copies of one, but copies teach nothing about others: give it "
                  "everybody, or a model that was trained before (--with)");
    }
    return fail(ErrorCode::unprocessable,
                "fewer than two columns have values that tell records apart",
                "check the separator, the names of the columns, and which of them are filled");
  }

  void sample_strangers() {
    const auto n = order_.size();
    if (all_pairs() <= static_cast<double>(config_.random_pairs)) {
      for (std::size_t i = 0; i < n; ++i) {
        for (std::size_t j = i + 1; j < n; ++j) add_stranger(order_[i], order_[j]);
      }
    } else {
      SeededRandom random(config_.seed);
      for (std::size_t i = 0; i < config_.random_pairs; ++i) {
        add_stranger(order_[random.below(n)], order_[random.below(n)]);
      }
    }
    in_parts<char>(strangers_.size(), threads_, [&] {
      return [&](std::size_t from, std::size_t to) {
        for (std::size_t i = from; i < to; ++i) {
          strangers_[i].pattern = compare(strangers_[i].a, strangers_[i].b);
        }
        return char{};
      };
    });
  }
  void add_stranger(Row a, Row b) {
    if (comparable(a, b)) strangers_.push_back({a, b, 0});
  }

  // u from the random pairs, without those that are known to be one person.
  void set_u() {
    Counts counts(fields_);
    for (const Stranger& pair : strangers_) {
      if (!persons_.same(pair.a, pair.b)) count(pair.pattern, 1, &counts);
    }
    model_.rates.resize(fields_);
    for (std::size_t i = 0; i < fields_; ++i) {
      const auto exact = levels_of(config_.fields[i].kind).exact();
      model_.rates[i].u =
          rates_of(counts[i], believed_of_strangers(exact), kBelievedStrangers, exact);
    }
  }
  void set_m(const Counts& counts) {
    for (std::size_t i = 0; i < fields_; ++i) {
      const LevelSet& set = levels_of(config_.fields[i].kind);
      model_.rates[i].m = rates_of(counts[i], set.m_guess, kBelievedMatches, set.exact());
    }
  }

  // How likely two random records share the atom.
  double collisions(const Atom& atom) const {
    std::unordered_map<std::string, double> counts;
    for (const Row row : order_) {
      auto text = text_of(atom, table_.value_of(row, atom.field));
      if (!text.empty()) counts[std::move(text)] += 1;
    }
    double same = 0;
    for (const auto& [text, n] : counts) same += n * (n - 1);
    const auto n = static_cast<double>(order_.size());
    return same / (n * (n - 1));
  }

  std::vector<RulePairs> judged_rules() const {
    std::vector<RulePairs> judged;
    for (std::size_t rule = 0; rule < blocks_.rules().size(); ++rule) {
      std::unordered_map<std::uint32_t, double> sizes;
      for (const Row row : order_) {
        if (blocks_.block_of(row, rule) != kNoSlot) sizes[blocks_.block_of(row, rule)] += 1;
      }
      RulePairs pairs{rule, 0, 0};
      for (const auto& [block, n] : sizes) pairs.pairs += n * (n - 1) / 2;
      const auto n = static_cast<double>(order_.size());
      double expected = n * (n - 1) / 2;
      for (const Atom& atom : blocks_.rules()[rule]) expected *= collisions(atom);
      if (pairs.pairs > 0) pairs.purity = std::max(0.0, 1.0 - expected / pairs.pairs);
      judged.push_back(pairs);
    }
    std::ranges::sort(judged, [](const RulePairs& a, const RulePairs& b) {
      return a.purity != b.purity ? a.purity > b.purity : a.rule < b.rule;
    });
    return judged;
  }

  Patterns patterns_in(std::size_t rule, std::size_t pairs_max) const {
    Patterns patterns;
    std::vector<bool> seen;
    std::vector<Row> members;
    std::size_t pairs = 0;
    for (const Row row : order_) {
      const auto block = blocks_.block_of(row, rule);
      if (block == kNoSlot || blocks_.size_of(block) > blocks_.records_max()) continue;
      if (block >= seen.size()) seen.resize(block + 1);
      if (seen[block]) continue;
      seen[block] = true;
      members.clear();
      blocks_.each_member(block, rule, [&](Row member) { members.push_back(member); });
      for (std::size_t i = 0; i < members.size(); ++i) {
        for (std::size_t j = i + 1; j < members.size(); ++j) {
          if (!comparable(members[i], members[j])) continue;
          patterns[compare(members[i], members[j])] += 1;
          ++pairs;
        }
      }
      if (pairs >= pairs_max) break;
    }
    return patterns;
  }

  // m within one rule's pairs: adds the matches' levels to `counts`, answers how many matches.
  double maximise(const Patterns& patterns, const BlockRule& rule, Counts* counts) const {
    std::vector<bool> left_out(fields_);
    for (const Atom& atom : rule) left_out[atom.field] = true;
    std::vector<std::array<double, kLevelsMax>> m(fields_);
    for (std::size_t i = 0; i < fields_; ++i) m[i] = levels_of(config_.fields[i].kind).m_guess;
    double lambda = 0.5;
    Counts found;
    double matches = 0;
    for (int round = 0; round < kEmRoundsMax; ++round) {
      found.assign(fields_, {});
      matches = 0;
      double all = 0;
      for (const auto& [pattern, n] : patterns) {
        double bits = std::log2(lambda / (1 - lambda));
        double shared = 0;
        for (std::size_t i = 0; i < fields_; ++i) {
          const auto level = level_in(pattern, i);
          if (left_out[i] || level == kMissing) continue;
          (shared_by_household(config_.fields[i].kind) ? shared : bits) +=
              std::log2(m[i][level] / model_.rates[i].u[level]);
        }
        bits += std::min(shared, kHouseholdGuess);
        const double share = n * probability_of(bits);
        matches += share;
        all += n;
        count(pattern, share, &found);
      }
      double change = 0;
      for (std::size_t i = 0; i < fields_; ++i) {
        const LevelSet& set = levels_of(config_.fields[i].kind);
        const auto next = rates_of(found[i], set.m_guess, kBelievedMatches, set.exact());
        for (std::size_t l = 0; l < next.size(); ++l) {
          change = std::max(change, std::abs(next[l] - m[i][l]));
        }
        m[i] = next;
      }
      lambda = std::clamp(matches / all, 1e-6, 1 - 1e-6);
      if (change < kEmTolerance) break;
    }
    for (std::size_t i = 0; i < fields_; ++i) {
      if (left_out[i]) continue;
      for (std::size_t l = 0; l < kLevelsMax; ++l) (*counts)[i][l] += found[i][l];
    }
    return matches;
  }

  Result<void> estimate_m() {
    auto rules = judged_rules();
    std::size_t taken = 0;
    Counts counts(fields_);
    double matches_max = 0;
    for (const RulePairs& judged : rules) {
      if (judged.pairs == 0) continue;
      if (judged.purity < kPurityMin && taken >= kTrainingRulesMin) break;
      if (progress_) {
        progress_("learning", static_cast<double>(taken) / static_cast<double>(rules.size()));
      }
      const auto patterns = patterns_in(judged.rule, config_.training_pairs_max / rules.size());
      if (patterns.empty()) continue;
      ++taken;
      const double matches = maximise(patterns, blocks_.rules()[judged.rule], &counts);
      matches_max = std::max(matches_max, matches);
    }
    if (taken == 0) {
      return fail(ErrorCode::unprocessable, "no two records look alike",
                  "matching needs records of which some may be one person");
    }
    set_m(counts);
    model_.lambda = std::clamp(matches_max / all_pairs(), 1e-12, 0.5);
    set_household_of_strangers();
    return {};
  }

  void refine(int round) {
    const Scorer scorer(table_, model_);
    const Progress inner = [&](std::string_view, double done) {
      if (progress_) progress_("refining", (round + done) / kClusterRounds);
    };
    const auto cut = weight_of(config_.join_bits + kStricter[static_cast<std::size_t>(round)]);
    persons_ =
        Persons(run_batch(table_, blocks_, scorer, cut, cut, link_files_, inner, threads_).clusters,
                table_.rows());
    Counts counts(fields_);
    double matches = 0;
    each_match([&](Row a, Row b) {
      count(compare(a, b), 1, &counts);
      matches += 1;
    });
    if (matches < 1) return;
    set_m(counts);
    set_u();
    model_.lambda = std::clamp(matches / all_pairs(), 1e-12, 0.5);
    model_.terms = table_.count_terms(persons_.of_row);
    table_.set_terms(model_.terms);
    set_household(matches);
  }

  template <class Visit>
  void each_match(Visit visit) const {
    for (const auto& cluster : persons_.clusters) {
      for (std::size_t i = 0; i < cluster.size(); ++i) {
        for (std::size_t j = i + 1; j < cluster.size(); ++j) {
          if (comparable(cluster[i], cluster[j])) visit(cluster[i], cluster[j]);
        }
      }
    }
  }

  // Counts of wholes: they add up to the same in any order.
  template <class MakeWork>
  SumCounts counted(std::size_t count, const MakeWork& make_work) const {
    SumCounts all{};
    for (const SumCounts& part : in_parts<SumCounts>(count, threads_, make_work)) {
      for (std::size_t i = 0; i < all.size(); ++i) all[i] += part[i];
    }
    return all;
  }

  SumCounts sums_of_strangers(const Scorer& scorer) const {
    return counted(strangers_.size(), [&] {
      return [&](std::size_t from, std::size_t to) {
        SumCounts counts{};
        for (std::size_t i = from; i < to; ++i) {
          const Stranger& pair = strangers_[i];
          if (persons_.same(pair.a, pair.b)) continue;
          const Weight sum = scorer.household(pair.a, pair.b);
          if (sum >= 0) counts[place_of(sum)] += 1;
        }
        return counts;
      };
    });
  }
  SumCounts sums_of_candidates(const Scorer& scorer) const {
    return counted(order_.size(), [&] {
      return [&, stamps = Stamps()](std::size_t from, std::size_t to) mutable {
        SumCounts counts{};
        for (std::size_t i = from; i < to; ++i) {
          const Row row = order_[i];
          blocks_.each_candidate(row, &stamps, [&](Row other) {
            if (other > row || !comparable(row, other) || persons_.same(row, other)) return;
            const Weight sum = scorer.household(row, other);
            if (sum >= 0) counts[place_of(sum)] += 1;
          });
        }
        return counts;
      };
    });
  }

  void set_household_of_strangers() {
    const auto pairs = static_cast<double>(strangers_.size());
    model_.household = household_of_strangers(sums_of_strangers(Scorer(table_, model_)), pairs);
  }

  // Sums that are too rare among random pairs to be counted there are counted among candidates.
  void set_household(double matches) {
    const Scorer scorer(table_, model_);
    SumCounts within{};
    SumCounts between = sums_of_candidates(scorer);
    const auto random = sums_of_strangers(scorer);
    const double scale = all_pairs() / static_cast<double>(strangers_.size());
    for (std::size_t i = 0; i < between.size(); ++i) {
      between[i] = std::max(between[i], random[i] * scale);
    }
    each_match([&](Row a, Row b) {
      const Weight sum = scorer.household(a, b);
      if (sum >= 0) within[place_of(sum)] += 1;
    });
    model_.household = household_of(within, matches, between, all_pairs());
  }

  const Config& config_;
  Table& table_;
  const Blocks& blocks_;
  const Progress& progress_;
  const std::size_t threads_;
  Comparer comparer_;
  std::size_t fields_;
  std::vector<Row> order_;  // by content
  bool link_files_ = false;
  std::vector<Stranger> strangers_;
  Persons persons_;
  Model model_;
};

}  // namespace

Result<Model> train(const Config& config, Table& table, const Blocks& blocks,
                    const Progress& progress, std::size_t threads) {
  CDP_CHECK(check(config));
  return Training(config, table, blocks, progress, threads).run();
}

}  // namespace cdp::identity::match
