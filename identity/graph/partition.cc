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
  crossed_.clear();
}

void Partition::persona_added(std::uint32_t persona) {
  PersonaNode& added = node(persona);
  added.unit = added.next = added.subject = added.proof = persona;
  added.unit_size = 1;
  added.level = kWeakestLevel;
  added.unit_account = added.unit_value = kNoSlot;
  added.constrained = added.has_cannot || added.has_must;
  ++subjects_;
  if (!added.has_must) return;
  seeds_.clear();
  for (const MustLink& link : adjacency_.must_links_of(added.token)) {
    const std::uint32_t other = adjacency_.find_persona(link.other);
    if (other != kNoSlot) add_unit_seeds(other);
  }
  if (seeds_.empty()) return;
  seeds_.push_back(persona);
  evaluate(true);
}

void Partition::link_rose(const Rise& rise) {
  const auto& [persona, identifier, before, now, renamed, muted] = rise;
  if (now < Tier::device) return;
  const IdentifierNode& shared = adjacency_.identifier(identifier);
  // Crossing the cap takes the identifier away from everybody, once.
  const bool crossed = before < Tier::device && !shared.latched &&
                       shared.edges.linking() == adjacency_.cap(shared) + 1;
  if (crossed) crossed_.push_back(shared.token);
  const std::uint32_t other = newly_linked(rise);
  // One evaluation of everything the links touch: in between, units contradict the links, and no
  // short cut can be taken from them.
  const bool settled = !risen_ && (!renamed || name_fits(persona)) && muted.empty() && !crossed;
  if (settled &&
      (other == kNoSlot || fast_join(persona, other, linked_on(persona, other, identifier))))
    return;
  if (!risen_) {
    seeds_.clear();
    risen_units_.clear();
    only_rises_ = true;
  }
  risen_ = true;
  only_rises_ = only_rises_ && muted.empty() && !crossed;
  seed_unit_once(persona);
  if (other != kNoSlot) seed_unit_once(other);
  if (crossed) add_holder_seeds(identifier);
  for (const std::uint32_t lost : muted) {
    const std::uint32_t left = strongest_other(persona, lost);
    if (left != kNoSlot) seeds_.push_back(left);
  }
}

void Partition::seed_unit_once(std::uint32_t persona) {
  const std::uint32_t leader = node(persona).unit;
  if (std::ranges::find(risen_units_, leader) != risen_units_.end()) return;
  risen_units_.push_back(leader);
  add_unit_seeds(persona);
}

void Partition::links_risen() {
  if (!risen_) return;
  risen_ = false;
  evaluate(only_rises_);
}

Tier Partition::linked_on(std::uint32_t a, std::uint32_t b, std::uint32_t identifier) const {
  return std::min(adjacency_.find_link(a, identifier)->tier,
                  adjacency_.find_link(b, identifier)->tier);
}

// Whom the link joins the persona to, and did not before. All other carriers hang together already
// on their own tiers: what is new is one link, to the strongest.
std::uint32_t Partition::newly_linked(const Rise& rise) const {
  const IdentifierNode& shared = adjacency_.identifier(rise.identifier);
  if (!Adjacency::eligible(shared) || adjacency_.find_link(rise.persona, rise.identifier)->muted) {
    return kNoSlot;
  }
  const std::uint32_t other = strongest_other(rise.persona, rise.identifier);
  if (other == kNoSlot) return kNoSlot;
  const Tier others = adjacency_.find_link(other, rise.identifier)->tier;
  const Tier tier = std::min(rise.now, others);
  return tier < Tier::device || tier == std::min(rise.before, others) ? kNoSlot : other;
}

// The link may have made the persona an account, or given it a value of a unique type. True when
// its unit need not be decided anew for that.
bool Partition::name_fits(std::uint32_t persona) {
  const PersonaNode& named = node(persona);
  PersonaNode& leader = node(named.unit);
  const bool new_account = named.account && leader.unit_account == kNoSlot;
  const bool new_value = named.value != kNoSlot && leader.unit_value == kNoSlot;
  const bool one_account =
      !named.account || new_account || node(leader.unit_account).proof == named.proof;
  const bool one_value =
      named.value == kNoSlot ||
      (named.value != kManySlots && (new_value || leader.unit_value == named.value));
  if (new_account) leader.unit_account = persona;
  if (new_value) leader.unit_value = named.value;
  if (!leader.constrained && one_account && one_value) return true;
  leader.constrained = true;
  return leader.unit_size == 1;
}

std::uint32_t Partition::strongest_other(std::uint32_t persona, std::uint32_t identifier) const {
  std::uint32_t best = kNoSlot;
  Tier tier = Tier::derived;
  for (const Edge& edge : adjacency_.identifier(identifier).edges.view()) {
    if (edge.to == persona || edge.tier <= tier || edge.muted) continue;
    best = edge.to;
    tier = edge.tier;
    if (tier == Tier::authenticated) break;
  }
  return best;
}

// The common cases, without a walk: nothing is constrained and no level changes.
bool Partition::fast_join(std::uint32_t persona, std::uint32_t other, Tier tier) {
  const PersonaNode& mine = node(node(persona).unit);
  const PersonaNode& theirs = node(node(other).unit);
  // Below both levels everything hangs together in components that are too large already.
  if (static_cast<std::uint8_t>(tier) < std::min(mine.level, theirs.level)) return true;
  if (mine.constrained || theirs.constrained || mine.level != theirs.level) return false;
  if (&mine != &theirs) {
    if (mine.unit_size + theirs.unit_size > adjacency_.personas_max()) return false;
    if (!names_agree(persona, other, tier)) return false;
    join_units(persona, other);
  }
  if (tier == Tier::authenticated) join_proof(persona, other);
  return true;
}

// Two units, neither constrained: will they be one without being constrained?
bool Partition::names_agree(std::uint32_t persona, std::uint32_t other, Tier tier) {
  const PersonaNode& mine = node(node(persona).unit);
  const PersonaNode& theirs = node(node(other).unit);
  if (mine.unit_value != kNoSlot && theirs.unit_value != kNoSlot &&
      mine.unit_value != theirs.unit_value) {
    return false;
  }
  if (mine.unit_account == kNoSlot || theirs.unit_account == kNoSlot) return true;
  return tier == Tier::authenticated && node(mine.unit_account).proof == node(persona).proof &&
         node(theirs.unit_account).proof == node(other).proof;
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
  if (node(kept).unit_account == kNoSlot) node(kept).unit_account = node(gone).unit_account;
  if (node(kept).unit_value == kNoSlot) node(kept).unit_value = node(gone).unit_value;
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
  for (const MustLink& link : adjacency_.must_links_of(node(persona).token)) {
    const std::uint32_t other = adjacency_.find_persona(link.other);
    if (other != kNoSlot) seeds_.push_back(other);
  }
  for (const Edge& edge : node(persona).edges.view()) {
    const IdentifierNode& identifier = adjacency_.identifier(edge.to);
    const std::size_t linking = identifier.edges.linking();
    const std::size_t cap = adjacency_.cap(identifier);
    if (edge.tier < Tier::device || identifier.latched || linking > cap + 1) continue;
    if (linking == cap + 1) {
      eligible_again.push_back(edge.to);
    } else if (const auto other = strongest_other(persona, edge.to); other != kNoSlot) {
      seeds_.push_back(other);
    }
  }
  for (const std::uint32_t identifier : eligible_again) add_holder_seeds(identifier);
  std::erase(seeds_, persona);
  forget_holds(node(persona).unit, true);
  if (node(persona).subject == persona) --subjects_;
  // Another member may stand for the subject now: form_unit sets every seed's subject, and the
  // count of those who stood for the removed one is not affected.
  adjacency_.remove_persona(persona);
  evaluate(false);
}

// As if it had never been there: the persona's unit may fall apart, an identifier come back under
// its cap, and values that were too many be few enough.
void Partition::remove_link(std::uint32_t persona, std::uint32_t identifier) {
  seeds_.clear();
  add_unit_seeds(persona);
  const IdentifierNode& shared = adjacency_.identifier(identifier);
  const std::size_t linking = shared.edges.linking();
  const std::size_t cap = adjacency_.cap(shared);
  const bool linked = adjacency_.find_link(persona, identifier)->tier >= Tier::device;
  if (linked && !shared.latched && linking == cap + 1) {
    add_holder_seeds(identifier);
  } else if (linked && !shared.latched && linking <= cap) {
    const std::uint32_t other = strongest_other(persona, identifier);
    if (other != kNoSlot) seeds_.push_back(other);
  }
  for (const std::uint32_t counts_again : adjacency_.remove_link(persona, identifier)) {
    add_holder_seeds(counts_again);
  }
  evaluate(false);
}

void Partition::cannot_links_changed(std::uint32_t first, std::uint32_t second) {
  seeds_.clear();
  if (first != kNoSlot) add_unit_seeds(first);
  if (second != kNoSlot) add_unit_seeds(second);
  evaluate(true);
}

// What holds two together can also make their component too large, or small enough again.
void Partition::must_links_changed(std::uint32_t first, std::uint32_t second) {
  if (first == kNoSlot || second == kNoSlot) return;
  seeds_.clear();
  add_unit_seeds(first);
  add_unit_seeds(second);
  evaluate(false);
}

void Partition::eligibility_changed(std::uint32_t identifier) {
  seeds_.clear();
  add_holder_seeds(identifier);
  evaluate(false);
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

std::span<const DecidedHold> Partition::unit_holds(std::uint32_t persona) const {
  const auto found = held_.find(adjacency_.persona(persona).unit);
  if (found == held_.end()) return {};
  return found->second.holds;
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
  std::ranges::sort(crossed_);
  change.crossed = std::move(crossed_);
  crossed_.clear();
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
