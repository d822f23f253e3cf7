#include "identity/match/scorer.h"

#include <algorithm>

namespace cdp::identity::match {
namespace {

// Swapped values may also be misspelt.
constexpr double kCrossedMin = 0.92;

bool alike(const Value& a, const Value& b) {
  return a.text == b.text || jaro_winkler(a.text, b.text) >= kCrossedMin;
}

}  // namespace

Comparer::Comparer(const Table& table) : table_(&table) {
  const auto& fields = table.fields();
  const auto given = [](Kind kind) { return kind == Kind::given_name; };
  const auto family = [](Kind kind) { return kind == Kind::family_name; };
  for (std::size_t i = 0; i < fields.size(); ++i) {
    for (std::size_t j = i + 1; j < fields.size(); ++j) {
      const Kind a = fields[i].kind;
      const Kind b = fields[j].kind;
      const bool names = (given(a) && family(b)) || (family(a) && given(b));
      if (names || (a == b && levels_of(a).crossed != 0)) {
        exchanges_.push_back({static_cast<std::uint8_t>(i), static_cast<std::uint8_t>(j)});
      }
    }
  }
}

bool Comparer::crossed(const Exchange& fields, Row a, Row b) const {
  const auto id = [&](Row row, std::uint8_t field) { return table_->value_id(row, field); };
  const auto text = [&](Row row, std::uint8_t field) -> const Value& {
    return table_->value_of(row, field);
  };
  const auto [first, second] = fields;
  const bool there = id(a, first) != 0 && id(b, second) != 0;
  const bool back = id(a, second) != 0 && id(b, first) != 0;
  // At least one value moved and was recognised; a value on the other way must not contradict.
  if (!there && !back) return false;
  if (there && !alike(text(a, first), text(b, second))) return false;
  if (back && !alike(text(a, second), text(b, first))) return false;
  return true;
}

void Comparer::levels(Row a, Row b, Levels* out) const {
  const auto& fields = table_->fields();
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const ValueId x = table_->value_id(a, i);
    const ValueId y = table_->value_id(b, i);
    if (x == 0 || y == 0) {
      (*out)[i] = kMissing;
    } else if (x == y) {
      (*out)[i] = levels_of(fields[i].kind).exact();
    } else {
      (*out)[i] = compare(fields[i].kind, table_->value(i, x), table_->value(i, y));
    }
  }
  for (const Exchange& exchange : exchanges_) {
    if ((*out)[exchange.first] > kElse || (*out)[exchange.second] > kElse) continue;
    if (!crossed(exchange, a, b)) continue;
    (*out)[exchange.first] = levels_of(fields[exchange.first].kind).crossed;
    (*out)[exchange.second] = kMissing;
  }
}

Scorer::Scorer(const Table& table, const Model& model)
    : table_(&table),
      model_(&model),
      comparer_(table),
      prior_(weight_of(model.prior_bits())),
      household_max_(weight_of(model.household_bits)),
      weights_(model.fields().size()) {
  for (std::size_t i = 0; i < weights_.size(); ++i) {
    const Kind kind = model.fields()[i].kind;
    const LevelSet& set = levels_of(kind);
    const LevelRates& rates = model.rates[i];
    for (std::uint8_t level = kElse; level <= set.exact(); ++level) {
      weights_[i].level[level] = weight_of(std::log2(rates.m[level] / rates.u[level]));
      weights_[i].share_percent[level] =
          static_cast<std::int32_t>(std::lround(100 * term_share(kind, level)));
    }
    weights_[i].shared = shared_by_household(kind);
    weights_[i].usual_rarity = weight_of(-std::log2(rates.u[set.exact()]));
  }
}

Weight Scorer::adjustment(std::size_t field, std::uint8_t level, Row a, Row b) const {
  const FieldWeights& weights = weights_[field];
  if (weights.share_percent[level] == 0) return 0;
  const Rarity x = table_->rarity(field, table_->value_id(a, field));
  const Rarity y = table_->rarity(field, table_->value_id(b, field));
  Weight more = std::min(x.bits, y.bits) - weights.usual_rarity;
  // That a rare value is at least as rare as terms can tell is no evidence against.
  if (!x.frequent && !y.frequent) more = std::max(more, 0);
  return more * weights.share_percent[level] / 100;
}

Weight Scorer::score(Row a, Row b, const Levels& levels) const {
  Weight own = prior_;
  Weight shared = 0;
  for (std::size_t i = 0; i < weights_.size(); ++i) {
    const auto level = levels[i];
    if (level == kMissing) continue;
    (weights_[i].shared ? shared : own) += weights_[i].level[level] + adjustment(i, level, a, b);
  }
  return own + std::min(shared, household_max_);
}

Weight Scorer::household(Row a, Row b, const Levels& levels) const {
  Weight shared = 0;
  for (std::size_t i = 0; i < weights_.size(); ++i) {
    if (!weights_[i].shared || levels[i] == kMissing) continue;
    shared += weights_[i].level[levels[i]] + adjustment(i, levels[i], a, b);
  }
  return shared;
}

Weight Scorer::score(Row a, Row b) const {
  Levels levels;
  comparer_.levels(a, b, &levels);
  return score(a, b, levels);
}

Explanation Scorer::explain(Row a, Row b) const {
  Levels levels;
  comparer_.levels(a, b, &levels);
  Explanation out;
  out.prior_bits = bits_of(prior_);
  for (std::size_t i = 0; i < weights_.size(); ++i) {
    const Field& field = model_->fields()[i];
    const auto level = levels[i];
    Evidence evidence;
    evidence.field = field.name;
    evidence.level = levels_of(field.kind).names[level];
    if (level != kMissing) {
      evidence.m = model_->rates[i].m[level];
      evidence.u = model_->rates[i].u[level];
      const Weight adjusted = adjustment(i, level, a, b);
      evidence.adjustment_bits = bits_of(adjusted);
      evidence.weight_bits = bits_of(weights_[i].level[level] + adjusted);
    }
    out.evidence.push_back(std::move(evidence));
  }
  const Weight shared = household(a, b, levels);
  if (shared > household_max_) {
    Evidence capped;
    capped.field = "household";
    capped.level = "people who live together share as much";
    capped.weight_bits = bits_of(household_max_ - shared);
    out.evidence.push_back(std::move(capped));
  }
  out.weight_bits = bits_of(score(a, b, levels));
  out.probability = probability_of(out.weight_bits);
  return out;
}

}  // namespace cdp::identity::match
