#include "identity/match/scorer.h"

#include <algorithm>

namespace cdp::identity::match {
namespace {

// What comparing two unequal values takes, roughly.
Weight cost_of(Kind kind) {
  switch (kind) {
    case Kind::date_of_birth:
    case Kind::identifier:
    case Kind::phone:
    case Kind::postcode:
    case Kind::street_number:
      return 1;
    case Kind::given_name:
    case Kind::family_name:
    case Kind::place:
    case Kind::text:
      return 2;
    case Kind::email:
    case Kind::street:
      return 3;
  }
  return 1;
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

std::uint8_t Comparer::level(std::size_t field, Row a, Row b) const {
  const Kind kind = table_->fields()[field].kind;
  const ValueId x = table_->value_id(a, field);
  const ValueId y = table_->value_id(b, field);
  if (x == 0 || y == 0) return kMissing;
  if (x == y) return levels_of(kind).exact();
  return compare(kind, table_->value(field, x), table_->value(field, y));
}

void Comparer::settle(const Exchange& exchange, Row a, Row b, Levels* out) const {
  if ((*out)[exchange.first] > kElse || (*out)[exchange.second] > kElse) return;
  if (!crossed(exchange, a, b)) return;
  (*out)[exchange.first] = levels_of(table_->fields()[exchange.first].kind).crossed;
  (*out)[exchange.second] = kMissing;
}

void Comparer::levels(Row a, Row b, Levels* out) const {
  for (std::size_t i = 0; i < table_->fields().size(); ++i) (*out)[i] = level(i, a, b);
  for (const Exchange& exchange : exchanges_) settle(exchange, a, b, out);
}

Scorer::Scorer(const Table& table, const Model& model)
    : table_(&table),
      model_(&model),
      comparer_(table),
      prior_(weight_of(model.prior_bits())),
      household_(model.household),
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
    const Weight rarest = weight_of(model.terms[i].rarest_bits());
    weights_[i].unequal_max = weights_[i].level[kElse];
    for (std::uint8_t level = kElse + 1; level < set.exact(); ++level) {
      const Weight more =
          std::max(rarest - weights_[i].usual_rarity, 0) * weights_[i].share_percent[level] / 100;
      weights_[i].unequal_max = std::max(weights_[i].unequal_max, weights_[i].level[level] + more);
    }
  }
  make_units();
}

void Scorer::make_units() {
  std::vector<bool> taken(weights_.size());
  for (std::size_t i = 0; i < weights_.size(); ++i) {
    if (taken[i]) continue;
    Unit unit{{static_cast<std::uint8_t>(i)}, {}};
    taken[i] = true;
    for (std::size_t at = 0; at < unit.fields.size(); ++at) {
      for (const auto& exchange : comparer_.exchanges()) {
        const bool first = exchange.first == unit.fields[at];
        if (!first && exchange.second != unit.fields[at]) continue;
        const auto other = first ? exchange.second : exchange.first;
        if (!taken[other]) unit.fields.push_back(other);
        taken[other] = true;
      }
    }
    for (const auto& exchange : comparer_.exchanges()) {
      if (std::ranges::find(unit.fields, exchange.first) != unit.fields.end()) {
        unit.exchanges.push_back(exchange);
      }
    }
    units_.push_back(std::move(unit));
  }
  // How far the bound may fall when the unit's values prove different, for what that takes.
  const auto gain = [&](const Unit& unit) {
    Weight fall = 0;
    Weight cost = 0;
    for (const auto field : unit.fields) {
      fall += weights_[field].unequal_max - weights_[field].level[kElse];
      cost += cost_of(model_->fields()[field].kind);
    }
    return fall / cost;
  };
  std::ranges::stable_sort(units_, [&](const Unit& a, const Unit& b) { return gain(a) > gain(b); });
}

// Without looking at values that are not equal.
Weight Scorer::most(std::size_t field, Row a, Row b, bool exchangeable) const {
  const ValueId x = table_->value_id(a, field);
  const ValueId y = table_->value_id(b, field);
  if (x != 0 && x == y) {
    const auto exact = levels_of(model_->fields()[field].kind).exact();
    return weights_[field].level[exact] + adjustment(field, exact, a, b);
  }
  // A value that moved into another field leaves nothing here, or a level of its own.
  if (exchangeable) return std::max(weights_[field].unequal_max, 0);
  return x == 0 || y == 0 ? 0 : weights_[field].unequal_max;
}

Scorer::Sums Scorer::of_unit(const Unit& unit, Row a, Row b, Levels* levels) const {
  for (const auto field : unit.fields) (*levels)[field] = comparer_.level(field, a, b);
  for (const auto& exchange : unit.exchanges) comparer_.settle(exchange, a, b, levels);
  Sums sums;
  for (const auto field : unit.fields) {
    const auto level = (*levels)[field];
    if (level == kMissing) continue;
    const Weight weight = weights_[field].level[level] + adjustment(field, level, a, b);
    (weights_[field].shared ? sums.shared : sums.own) += weight;
  }
  return sums;
}

std::optional<Weight> Scorer::score_at_least(Row a, Row b, Weight floor) const {
  Sums bound{prior_, 0};
  std::array<Weight, kFieldsMax> most_of{};
  for (const Unit& unit : units_) {
    for (const auto field : unit.fields) {
      most_of[field] = most(field, a, b, !unit.exchanges.empty());
      (weights_[field].shared ? bound.shared : bound.own) += most_of[field];
    }
  }
  Levels levels{};
  for (const Unit& unit : units_) {
    if (together(bound) < floor) return std::nullopt;
    const Sums exact = of_unit(unit, a, b, &levels);
    for (const auto field : unit.fields) {
      (weights_[field].shared ? bound.shared : bound.own) -= most_of[field];
    }
    bound.own += exact.own;
    bound.shared += exact.shared;
  }
  const Weight weight = together(bound);
  return weight < floor ? std::nullopt : std::optional(weight);
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
  return own + household_.worth(shared);
}

Weight Scorer::household(Row a, Row b) const {
  Levels levels{};
  Weight sum = 0;
  for (const Unit& unit : units_) {
    const bool counts = std::ranges::any_of(
        unit.fields, [&](std::uint8_t field) { return weights_[field].shared; });
    if (counts) sum += of_unit(unit, a, b, &levels).shared;
  }
  return sum;
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
  const Weight shared = household(a, b);
  if (const Weight less = household_.worth(shared) - shared; less != 0) {
    Evidence neighbours;
    neighbours.field = "household";
    neighbours.level = "neighbours and families share as much";
    neighbours.weight_bits = bits_of(less);
    out.evidence.push_back(std::move(neighbours));
  }
  out.weight_bits = bits_of(score(a, b, levels));
  out.probability = probability_of(out.weight_bits);
  return out;
}

}  // namespace cdp::identity::match
