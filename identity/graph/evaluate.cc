// The walking half of Partition: finds the units of the seeds anew and decides them.
#include <algorithm>

#include "identity/graph/partition.h"

namespace cdp::identity {

using event::Tier;

void Partition::add_unit_seeds(std::uint32_t persona) {
  std::uint32_t at = persona;
  do {
    seeds_.push_back(at);
    at = node(at).next;
  } while (at != persona);
}

// Everybody who could feel that the identifier stops or starts to link.
void Partition::add_holder_seeds(std::uint32_t identifier) {
  std::vector<std::uint32_t> units;
  for (const Edge& edge : adjacency_.identifier(identifier).edges.view()) {
    if (edge.tier >= event::Tier::device) units.push_back(node(edge.to).unit);
  }
  std::ranges::sort(units);
  const auto repeated = std::ranges::unique(units);
  units.erase(repeated.begin(), repeated.end());
  for (const std::uint32_t unit : units) add_unit_seeds(unit);
}

void Partition::evaluate(bool trust_levels) {
  if (++epoch_ == 0) {  // as in begin()
    for (std::uint32_t slot = 0; slot < adjacency_.persona_end(); ++slot) node(slot).epoch = 0;
    epoch_ = 1;
  }
  trust_levels_ = trust_levels;
  for (const std::uint32_t seed : seeds_) touch_unit(seed);
  for (const std::uint32_t seed : seeds_) evaluate_seed(seed);
}

void Partition::evaluate_seed(std::uint32_t seed) {
  std::uint8_t level = known_level(seed);
  if (node(seed).done) return;
  for (; level < kAlone; ++level) {
    if (walk(seed, level)) break;
    // Whoever was met hangs together at this level, so it is too large for all of them.
    for (const std::uint32_t met : component_) {
      PersonaNode& other = node(met);
      other.known_level = std::max<std::uint8_t>(other.known_level, level + 1);
    }
  }
  if (level == kAlone) component_.assign(1, seed);
  form_unit(level);
}

// The lowest level at which the persona's component may be small enough, as far as is known.
std::uint8_t Partition::known_level(std::uint32_t persona) {
  PersonaNode& asked = node(persona);
  if (asked.epoch != epoch_) {
    asked.epoch = epoch_;
    asked.done = false;
    asked.known_level = trust_levels_ ? asked.level : kWeakestLevel;
  }
  return asked.known_level;
}

// False when the persona shows that the component is too large at `level`.
bool Partition::visit(std::uint32_t persona, std::uint8_t level) {
  PersonaNode& met = node(persona);
  if (met.scratch < component_.size() && component_[met.scratch] == persona) return true;
  const bool fits = known_level(persona) <= level && component_.size() < adjacency_.personas_max();
  met.scratch = static_cast<std::uint32_t>(component_.size());
  component_.push_back(persona);
  return fits;
}

bool Partition::walk(std::uint32_t seed, std::uint8_t level) {
  component_.clear();
  walked_identifiers_.clear();
  if (!visit(seed, level)) return false;
  for (std::size_t at = 0; at < component_.size(); ++at) {
    if (!walk_links(component_[at], level) || !walk_must_links(component_[at], level)) return false;
  }
  return true;
}

bool Partition::walk_links(std::uint32_t persona, std::uint8_t level) {
  const Tier tier = tier_of(level);
  for (const Edge& mine : node(persona).edges.view()) {
    if (!links_at(mine, tier)) continue;
    IdentifierNode& shared = adjacency_.identifier(mine.to);
    if (shared.edges.linking() < 2 || !Adjacency::eligible(shared)) continue;
    if (shared.scratch < walked_identifiers_.size() &&
        walked_identifiers_[shared.scratch] == mine.to) {
      continue;
    }
    shared.scratch = static_cast<std::uint32_t>(walked_identifiers_.size());
    walked_identifiers_.push_back(mine.to);
    for (const Edge& theirs : shared.edges.view()) {
      if (links_at(theirs, tier) && !visit(theirs.to, level)) return false;
    }
  }
  return true;
}

bool Partition::walk_must_links(std::uint32_t persona, std::uint8_t level) {
  if (!node(persona).has_must) return true;
  for (const MustLink& link : adjacency_.must_links_of(node(persona).token)) {
    if (!links_at(link.kind, level)) continue;
    const std::uint32_t other = adjacency_.find_persona(link.other);
    if (other != kNoSlot && !visit(other, level)) return false;
  }
  return true;
}

// Makes component_ a unit and decides it.
void Partition::form_unit(std::uint8_t level) {
  std::ranges::sort(component_);
  for (const std::uint32_t member : component_) touch_unit(member);
  const std::uint32_t leader = component_.front();
  for (std::size_t i = 0; i < component_.size(); ++i) {
    PersonaNode& member = node(component_[i]);
    known_level(component_[i]);
    forget_holds(member.unit, false);
    member.unit = leader;
    member.next = component_[i + 1 == component_.size() ? 0 : i + 1];
    member.level = level;
    member.known_level = level;
    member.done = true;
  }
  node(leader).unit_size = static_cast<std::uint32_t>(component_.size());
  const auto proof = decide_proof(adjacency_, component_, level);
  for (std::size_t i = 0; i < component_.size(); ++i) node(component_[i]).proof = proof[i];
  node(leader).constrained = !summarise_unit(leader);
  if (!node(leader).constrained) {
    for (const std::uint32_t member : component_) set_subject(member, leader);
    return;
  }
  Decision decision = decide(adjacency_, component_, level);
  for (std::size_t i = 0; i < component_.size(); ++i) {
    set_subject(component_[i], decision.subject[i]);
    node(component_[i]).proof = decision.proof[i];
  }
  if (decision.holds.empty()) return;
  holds_ += decision.holds.size();
  held_[leader] = {epoch_, std::move(decision.holds)};
}

// The names in component_, when they are few enough that nothing can be held or apart.
bool Partition::summarise_unit(std::uint32_t leader) {
  std::uint32_t account = kNoSlot;
  std::uint32_t value = kNoSlot;
  bool free = true;
  for (const std::uint32_t slot : component_) {
    const PersonaNode& member = node(slot);
    free = free && !member.has_cannot && !member.has_must && member.value != kManySlots;
    if (member.account) {
      free = free && (account == kNoSlot || node(account).proof == member.proof);
      account = slot;
    }
    if (member.value != kNoSlot) {
      free = free && (value == kNoSlot || value == member.value);
      value = member.value;
    }
  }
  node(leader).unit_account = account;
  node(leader).unit_value = value;
  return free;
}

// A leader's slot may lead another unit by now: of this evaluation only when asked for.
void Partition::forget_holds(std::uint32_t leader, bool of_this_epoch_too) {
  if (held_.empty()) return;
  const auto found = held_.find(leader);
  if (found == held_.end() || (found->second.epoch == epoch_ && !of_this_epoch_too)) return;
  holds_ -= found->second.holds.size();
  held_.erase(found);
}

}  // namespace cdp::identity
