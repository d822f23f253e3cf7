#include "tests/support/slow_partition.h"

#include <algorithm>
#include <optional>

namespace cdp::testing {

using identity::HoldReason;
using identity::MustLinkKind;
using identity::TypeRule;

namespace {

constexpr int kDevice = 2;
constexpr int kDeclared = 3;
constexpr int kAuthenticated = 4;

bool any_type(const TypeRule&) { return true; }
bool unique_type(const TypeRule& rule) { return rule.unique; }
bool account_type(const TypeRule& rule) { return rule.unique || rule.anchor; }

}  // namespace

void SlowPartition::link(const Token& persona, const Token& identifier, int tier,
                         std::uint8_t kind) {
  int& known = links[{identifier, persona}];
  known = std::max(known, tier);
  kinds[identifier] = kind;
}

void SlowPartition::hold_apart(const Token& a, const Token& b) {
  held_apart.insert({a, b});
  held_apart.insert({b, a});
}
void SlowPartition::remove_cannot_link(const Token& a, const Token& b) {
  held_apart.erase({a, b});
  held_apart.erase({b, a});
}
void SlowPartition::must_link(const Token& a, const Token& b, MustLinkKind kind) {
  must.insert({a, b, kind});
  must.insert({b, a, kind});
}
void SlowPartition::remove_must_link(const Token& a, const Token& b, MustLinkKind kind) {
  must.erase({a, b, kind});
  must.erase({b, a, kind});
}
void SlowPartition::remove_persona(const Token& persona) {
  personas.erase(persona);
  std::erase_if(links, [&](const auto& entry) { return entry.first.second == persona; });
  std::erase_if(retracted, [&](const auto& entry) { return entry.second == persona; });
}

bool SlowPartition::counts(const std::pair<const std::pair<Token, Token>, int>& link) const {
  return link.second >= kDevice && !retracted.contains(link.first);
}

std::size_t SlowPartition::degree(const Token& identifier) const {
  return static_cast<std::size_t>(std::ranges::count_if(
      links, [&](const auto& entry) { return entry.first.first == identifier && counts(entry); }));
}
bool SlowPartition::over_cap(const Token& identifier) const {
  const std::size_t cap = rules.rule(kinds.at(identifier)).degree_max;
  return degree(identifier) > std::min(cap, personas_max);
}
bool SlowPartition::stopped(const Token& identifier) const {
  return latches.contains(identifier) || over_cap(identifier);
}
bool SlowPartition::many_values(const Token& persona, std::uint8_t kind) const {
  const auto values = std::ranges::count_if(links, [&](const auto& entry) {
    return entry.first.second == persona && counts(entry) && kinds.at(entry.first.first) == kind;
  });
  return static_cast<std::size_t>(values) > rules.rule(kind).values_max;
}

void SlowPartition::note_links() {
  linking_.clear();
  accounts_.clear();
  values_.clear();
  for (const auto& link : links) {
    const auto& [identifier, persona] = link.first;
    const int tier = link.second;
    if (!counts(link)) continue;
    const std::uint8_t kind = kinds.at(identifier);
    if (tier == kAuthenticated && rules.rule(kind).anchor) accounts_.insert(persona);
    if (rules.rule(kind).unique) values_[persona][kind].insert(identifier);
    if (!stopped(identifier) && !many_values(persona, kind)) linking_[identifier][persona] = tier;
  }
}

std::vector<Token> SlowPartition::carriers(const Token& identifier, int tier,
                                           const Group& among) const {
  std::vector<Token> out;
  for (const auto& [persona, have] : linking_.at(identifier)) {
    if (have >= tier && among.contains(persona)) out.push_back(persona);
  }
  return out;
}
std::set<Token> SlowPartition::identifiers() const {
  std::set<Token> out;
  for (const auto& [identifier, all] : linking_) out.insert(identifier);
  return out;
}

void SlowPartition::compute() {
  subject_of.clear();
  proof_of.clear();
  holds.clear();
  note_links();
  for (const Token& persona : personas) subject_of[persona] = proof_of[persona] = {persona};
  split(personas, 1);
}

// Components of `among` at `level`: small ones are decided, large ones lose the level.
void SlowPartition::split(const Group& among, int level) {
  if (level > kAuthenticated) return;
  Groups component;
  for (const Token& persona : among) component[persona] = {persona};
  for (const Token& identifier : identifiers()) {
    const auto all = carriers(identifier, level, among);
    for (const Token& other : all) unite(&component, all.front(), other);
  }
  for (const auto& [a, b, kind] : must) {
    if (!among.contains(a) || !among.contains(b)) continue;
    if (kind == MustLinkKind::accepted || level == 1) unite(&component, a, b);
  }
  std::set<Group> parts;
  for (const auto& [persona, part] : component) parts.insert(part);
  for (const Group& part : parts) {
    if (part.size() > personas_max) {
      split(part, level + 1);
    } else {
      decide(part, level);
    }
  }
}

void SlowPartition::decide(const Group& unit, int level) {
  one_login(stage(unit, kAuthenticated, unique_type));
  settle(stage(unit, kAuthenticated, any_type));
  for (const Token& persona : unit) proof_of[persona] = subject_of[persona];
  apply_must_links(unit, MustLinkKind::accepted);
  if (level <= kDeclared) settle(stage(unit, kDeclared, account_type));
  if (level <= kDeclared) settle(stage(unit, kDeclared, any_type));
  if (level <= kDevice) settle(stage(unit, kDevice, any_type));
  if (level == 1) apply_must_links(unit, MustLinkKind::matched);
  hold_shared(unit, level);
}

void SlowPartition::apply_must_links(const Group& unit, MustLinkKind wanted) {
  for (const auto& [a, b, kind] : must) {
    if (kind != wanted || b < a || !unit.contains(a) || !unit.contains(b)) continue;
    if (together(a, b) || apart(a, b)) continue;
    if (kind == MustLinkKind::matched && rivals(a, b)) {
      holds.insert({HoldReason::unique, Token{}, a, b});
    } else {
      unite(&subject_of, a, b);
    }
  }
}

void SlowPartition::hold_shared(const Group& unit, int level) {
  for (const Token& identifier : identifiers()) {
    const StageOf here{level, {}, &unit};
    const auto somebody = first_carriers(here, identifier, true);
    for (std::size_t j = 1; j < somebody.size(); ++j) {
      const Token& b = somebody[j];
      bool found = false;
      for (std::size_t i = 0; i < j && !found; ++i) {
        const Token& a = somebody[i];
        found = conflict(a, b);
        if (!found) continue;
        hold(rivals(a, b) ? HoldReason::unique : HoldReason::anchored, identifier, a, b);
      }
      if (!found) hold(HoldReason::ambiguous, identifier, b, somebody[0]);
    }
    for (const Token& nobody : first_carriers(here, identifier, false)) {
      for (std::size_t i = 0; i < somebody.size() && i < 2; ++i) {
        hold(HoldReason::ambiguous, identifier, nobody, somebody[i]);
      }
    }
  }
}

void SlowPartition::hold(HoldReason reason, const Token& identifier, const Token& a,
                         const Token& b) {
  if (!apart(a, b)) holds.insert({reason, identifier, a, b});
}

SlowPartition::StageOf SlowPartition::stage(const Group& unit, int tier,
                                            bool (*fits)(const TypeRule&)) const {
  std::vector<std::pair<std::size_t, Token>> ordered;
  for (const Token& identifier : identifiers()) {
    const std::size_t support = carriers(identifier, tier, unit).size();
    if (support >= 2 && fits(rules.rule(kinds.at(identifier)))) {
      ordered.emplace_back(support, identifier);
    }
  }
  std::ranges::sort(ordered, [](const auto& x, const auto& y) {
    return x.first != y.first ? x.first > y.first : x.second < y.second;
  });
  StageOf out{tier, {}, &unit};
  for (const auto& [support, identifier] : ordered) out.identifiers.push_back(identifier);
  return out;
}

void SlowPartition::one_login(const StageOf& stage) {
  for (const Token& identifier : stage.identifiers) {
    join_all(carriers(identifier, stage.tier, *stage.unit));
  }
}

void SlowPartition::settle(const StageOf& stage) {
  for (bool changed = true; changed;) {
    changed = join_named(stage);
    changed = attach_unnamed(stage) || changed;
  }
  join_unnamed(stage);
}

std::vector<Token> SlowPartition::first_carriers(const StageOf& stage, const Token& identifier,
                                                 bool wanted) const {
  std::vector<Token> out;
  for (const Token& carrier : carriers(identifier, stage.tier, *stage.unit)) {
    if (named(carrier) != wanted) continue;
    const auto same = [&](const Token& other) { return together(other, carrier); };
    if (std::ranges::none_of(out, same)) out.push_back(carrier);
  }
  return out;
}

// Rule a.
bool SlowPartition::join_named(const StageOf& stage) {
  bool changed = false;
  for (const Token& identifier : stage.identifiers) {
    const auto all = first_carriers(stage, identifier, true);
    bool contested = false;
    for (const Token& a : all) {
      for (const Token& b : all) {
        contested = contested || (a != b && barred(stage.tier, a, b, *stage.unit));
      }
    }
    if (!contested) {
      changed = join_all(all) || changed;
      continue;
    }
    if (stage.tier == kAuthenticated) continue;
    for (std::size_t j = 0; j < all.size(); ++j) {
      for (std::size_t i = 0; i < j; ++i) {
        if (together(all[i], all[j]) || apart(all[i], all[j])) continue;
        if (!anchored(all[i]) || !anchored(all[j])) continue;
        if (barred(stage.tier, all[i], all[j], *stage.unit)) continue;
        unite(&subject_of, all[i], all[j]);
        changed = true;
      }
    }
  }
  return changed;
}

// Rule b. A component is told by its smallest member; nobody = "ambiguous".
bool SlowPartition::attach_unnamed(const StageOf& stage) {
  bool changed = false;
  Groups at_first;
  std::map<Token, std::optional<Token>> label;  // of smallest members
  for (const Token& persona : *stage.unit) {
    at_first[persona] = subject_of[persona];
    if (named(persona)) label[*subject_of[persona].begin()] = *subject_of[persona].begin();
  }
  std::set<Token> spent;
  for (bool reached = true; reached;) {
    reached = false;
    std::map<Token, std::set<std::optional<Token>>> offers;
    for (const Token& identifier : stage.identifiers) {
      if (spent.contains(identifier)) continue;
      std::set<std::optional<Token>> labels;
      std::set<Token> others;
      for (const Token& carrier : carriers(identifier, stage.tier, *stage.unit)) {
        const Token home = *at_first[carrier].begin();
        if (label.contains(home)) {
          labels.insert(label[home]);
        } else {
          others.insert(home);
        }
      }
      if (labels.empty()) continue;
      spent.insert(identifier);
      reached = true;
      for (const Token& home : others) offers[home].insert(labels.begin(), labels.end());
    }
    for (auto& [home, to] : offers) {
      std::erase_if(to, [&](const auto& other) { return other && apart(home, *other); });
      if (to.empty()) continue;
      if (to.contains(std::nullopt)) {
        label[home] = std::nullopt;
        continue;
      }
      std::set<Token> choices;
      for (const auto& other : to) choices.insert(*other);
      if (std::ranges::any_of(choices, [&](const Token& t) { return anchored(t); })) {
        std::erase_if(choices, [&](const Token& t) { return !anchored(t); });
      }
      bool torn = false;
      for (const Token& x : choices) {
        for (const Token& y : choices) torn = torn || (!together(x, y) && conflict(x, y));
      }
      if (torn) {
        label[home] = std::nullopt;
        continue;
      }
      label[home] = *choices.begin();
      unite(&subject_of, home, *choices.begin());
      changed = true;
    }
  }
  return changed;
}

void SlowPartition::join_unnamed(const StageOf& stage) {
  for (const Token& identifier : stage.identifiers) {
    join_all(first_carriers(stage, identifier, false));
  }
}

bool SlowPartition::join_all(const std::vector<Token>& carriers) {
  bool changed = false;
  for (std::size_t j = 0; j < carriers.size(); ++j) {
    for (std::size_t i = 0; i < j; ++i) {
      if (together(carriers[i], carriers[j]) || apart(carriers[i], carriers[j])) continue;
      unite(&subject_of, carriers[i], carriers[j]);
      changed = true;
    }
  }
  return changed;
}

bool SlowPartition::anchored(const Token& persona) const {
  return std::ranges::any_of(subject_of.at(persona),
                             [&](const Token& member) { return accounts_.contains(member); });
}
std::map<std::uint8_t, std::set<Token>> SlowPartition::values(const Token& persona) const {
  std::map<std::uint8_t, std::set<Token>> out;
  for (const Token& member : subject_of.at(persona)) {
    const auto found = values_.find(member);
    if (found == values_.end()) continue;
    for (const auto& [kind, values] : found->second) out[kind].insert(values.begin(), values.end());
  }
  return out;
}
bool SlowPartition::named(const Token& persona) const {
  return anchored(persona) || !values(persona).empty();
}
bool SlowPartition::rivals(const Token& a, const Token& b) const {
  auto theirs = values(b);
  for (const auto& [kind, mine] : values(a)) {
    const std::set<Token>& other = theirs[kind];
    if (!std::ranges::includes(mine, other) && !std::ranges::includes(other, mine)) return true;
  }
  return false;
}
bool SlowPartition::conflict(const Token& a, const Token& b) const {
  return rivals(a, b) || (anchored(a) && anchored(b));
}
bool SlowPartition::barred(int tier, const Token& a, const Token& b, const Group& unit) const {
  return rivals(a, b) ||
         (tier < kAuthenticated && anchored(a) && anchored(b) && independent(a, b, unit) < 2);
}
std::size_t SlowPartition::independent(const Token& a, const Token& b, const Group& unit) const {
  std::set<std::uint8_t> families;
  for (const Token& identifier : identifiers()) {
    bool here = false;
    bool there = false;
    for (const Token& carrier : carriers(identifier, kDeclared, unit)) {
      here = here || together(carrier, a);
      there = there || together(carrier, b);
    }
    if (here && there) families.insert(rules.family(kinds.at(identifier)));
  }
  return families.size();
}
bool SlowPartition::together(const Token& a, const Token& b) const {
  return subject_of.at(a).contains(b);
}
bool SlowPartition::apart(const Token& a, const Token& b) const {
  for (const Token& x : subject_of.at(a)) {
    for (const Token& y : subject_of.at(b)) {
      if (held_apart.contains({x, y})) return true;
    }
  }
  return false;
}

void SlowPartition::unite(Groups* groups, const Token& a, const Token& b) {
  Group both = (*groups)[a];
  if (both.contains(b)) return;
  both.merge(Group((*groups)[b]));
  for (const Token& member : both) (*groups)[member] = both;
}

}  // namespace cdp::testing
