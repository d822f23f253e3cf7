#include "identity/graph/partition.h"

#include <algorithm>

namespace cdp::identity {

using event::Tier;

void Partition::begin() {
  // Four thousand million batches later an old mark could look fresh: wipe them once.
  if (++batch_ == 0) {
    for (std::uint32_t slot = 0; slot < adjacency_.persona_end(); ++slot) node(slot).batch = 0;
    batch_ = 1;
  }
  before_.clear();
}

void Partition::persona_added(std::uint32_t persona) {
  PersonaNode& added = node(persona);
  added.unit = added.next = added.subject = added.proof = persona;
  added.unit_size = 1;
  added.level = kWeakestLevel;
  added.constrained = added.has_cannot;
  ++subjects_;
}

void Partition::link_rose(std::uint32_t persona, std::uint32_t identifier, Tier before, Tier now) {
  if (now < Tier::device) return;
  const IdentifierNode& shared = adjacency_.identifier(identifier);
  if (!eligible(shared, personas_max_)) {
    // Crossing the cap takes the identifier away from everybody, once.
    if (before < Tier::device && shared.edges.linking() == personas_max_ + 1) {
      seeds_.clear();
      add_holder_seeds(identifier);
      evaluate(false);
    }
    return;
  }
  const std::uint32_t other = strongest_other(persona, identifier);
  if (other == kNoSlot) return;
  const Tier others = adjacency_.find_link(other, identifier)->tier;
  const Tier tier = std::min(now, others);
  // All other holders hang together already on their own tiers: what is new is one link, to the
  // strongest.
  if (tier < Tier::device || tier == std::min(before, others)) return;
  if (fast_join(persona, other, tier)) return;
  seeds_.clear();
  add_unit_seeds(persona);
  add_unit_seeds(other);
  evaluate(true);
}

std::uint32_t Partition::strongest_other(std::uint32_t persona, std::uint32_t identifier) const {
  std::uint32_t best = kNoSlot;
  Tier tier = Tier::derived;
  for (const Edge& edge : adjacency_.identifier(identifier).edges.view()) {
    if (edge.to == persona || edge.tier <= tier) continue;
    best = edge.to;
    tier = edge.tier;
    if (tier == Tier::authenticated) break;
  }
  return best;
}

// The common cases, without a walk: nobody is held apart and no level changes.
bool Partition::fast_join(std::uint32_t persona, std::uint32_t other, Tier tier) {
  const PersonaNode& mine = node(node(persona).unit);
  const PersonaNode& theirs = node(node(other).unit);
  // Below both levels everything hangs together in components that are too large already.
  if (static_cast<std::uint8_t>(tier) < std::min(mine.level, theirs.level)) return true;
  if (mine.constrained || theirs.constrained || mine.level != theirs.level) return false;
  if (&mine != &theirs) {
    if (mine.unit_size + theirs.unit_size > personas_max_) return false;
    join_units(persona, other);
  }
  if (tier == Tier::authenticated) join_proof(persona, other);
  return true;
}

void Partition::join_units(std::uint32_t persona, std::uint32_t other) {
  touch_unit(persona);
  touch_unit(other);
  std::uint32_t kept = node(persona).unit;
  std::uint32_t gone = node(other).unit;
  if (node(kept).unit_size < node(gone).unit_size) std::swap(kept, gone);
  std::uint32_t at = gone;
  do {
    node(at).unit = kept;
    set_subject(at, kept);
    at = node(at).next;
  } while (at != gone);
  std::swap(node(kept).next, node(gone).next);
  node(kept).unit_size += node(gone).unit_size;
}

void Partition::join_proof(std::uint32_t persona, std::uint32_t other) {
  const std::uint32_t kept = node(other).proof;
  const std::uint32_t gone = node(persona).proof;
  if (kept == gone) return;
  std::uint32_t at = persona;
  do {
    if (node(at).proof == gone) node(at).proof = kept;
    at = node(at).next;
  } while (at != persona);
}

void Partition::set_subject(std::uint32_t persona, std::uint32_t subject) {
  if (node(persona).subject == persona) --subjects_;
  node(persona).subject = subject;
  if (subject == persona) ++subjects_;
}

void Partition::remove_persona(std::uint32_t persona) {
  touch_unit(persona);
  seeds_.clear();
  add_unit_seeds(persona);
  std::erase(seeds_, persona);
  std::vector<std::uint32_t> eligible_again;
  for (const Edge& edge : node(persona).edges.view()) {
    const std::size_t linking = adjacency_.identifier(edge.to).edges.linking();
    if (edge.tier < Tier::device || linking > personas_max_ + 1) continue;
    if (linking == personas_max_ + 1) {
      eligible_again.push_back(edge.to);
    } else if (const auto other = strongest_other(persona, edge.to); other != kNoSlot) {
      seeds_.push_back(other);
    }
  }
  for (const std::uint32_t identifier : eligible_again) add_holder_seeds(identifier);
  std::erase(seeds_, persona);
  if (node(persona).subject == persona) --subjects_;
  // Another member may stand for the subject now: form_unit sets every seed's subject, and the
  // count of those who stood for the removed one is not affected.
  adjacency_.remove_persona(persona);
  evaluate(false);
}

void Partition::cannot_links_changed(std::uint32_t first, std::uint32_t second) {
  seeds_.clear();
  if (first != kNoSlot) add_unit_seeds(first);
  if (second != kNoSlot) add_unit_seeds(second);
  evaluate(true);
}

void Partition::settle_all() {
  seeds_.clear();
  for (std::uint32_t slot = 0; slot < adjacency_.persona_end(); ++slot) {
    if (!node(slot).ordinal.none()) seeds_.push_back(slot);
  }
  recording_ = false;
  evaluate(false);
  recording_ = true;
}

std::vector<std::uint32_t> Partition::unit_members(std::uint32_t persona) const {
  std::vector<std::uint32_t> out;
  std::uint32_t at = persona;
  do {
    out.push_back(at);
    at = adjacency_.persona(at).next;
  } while (at != persona);
  std::ranges::sort(out);
  return out;
}

std::vector<std::uint32_t> Partition::subject_members(std::uint32_t persona) const {
  std::vector<std::uint32_t> out = unit_members(persona);
  const std::uint32_t subject = adjacency_.persona(persona).subject;
  std::erase_if(out, [&](std::uint32_t s) { return adjacency_.persona(s).subject != subject; });
  return out;
}

// Remembers what the members' subjects were when the batch began.
void Partition::touch_unit(std::uint32_t persona) {
  if (!recording_ || node(persona).batch == batch_) return;
  std::uint32_t at = persona;
  do {
    if (node(at).batch != batch_) {
      node(at).batch = batch_;
      before_.push_back({at, node(at).subject});
    }
    at = node(at).next;
  } while (at != persona);
}

Change Partition::finish() {
  Change change;
  if (before_.empty()) return change;
  std::vector<std::uint32_t> old_subjects;
  for (const Before& b : before_) old_subjects.push_back(b.subject);
  std::ranges::sort(old_subjects);
  std::erase_if(before_, [&](const Before& b) { return node(b.persona).ordinal.none(); });
  const auto subject_now = [&](const Before& b) { return node(b.persona).subject; };
  std::ranges::sort(before_, {}, subject_now);
  for (std::size_t i = 0; i < before_.size();) {
    std::size_t end = i;
    bool mixed = false;
    std::vector<PersonaOrdinal> members;
    for (; end < before_.size() && subject_now(before_[end]) == subject_now(before_[i]); ++end) {
      mixed = mixed || before_[end].subject != before_[i].subject;
      members.push_back(node(before_[end].persona).ordinal);
    }
    const auto old = std::ranges::equal_range(old_subjects, before_[i].subject);
    if (mixed || static_cast<std::size_t>(old.size()) != members.size()) {
      std::ranges::sort(members);
      change.formed.push_back(std::move(members));
      change.merged = change.merged || mixed;
    }
    i = end;
  }
  std::ranges::sort(change.formed);
  return change;
}

}  // namespace cdp::identity
