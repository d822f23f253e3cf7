#include "identity/graph/adjacency.h"

namespace cdp::identity {
namespace {

std::uint64_t hash_of(const Token& token) { return mix_hash(TokenHash{}(token)); }
std::uint64_t hash_of(PersonaOrdinal ordinal) { return mix_hash(ordinal.value()); }

}  // namespace

std::uint32_t Adjacency::add_persona(PersonaOrdinal ordinal, const Token& token) {
  if (ordinal.none() || find_persona(ordinal) != kNoSlot || find_persona(token) != kNoSlot) {
    return kNoSlot;
  }
  const std::uint32_t slot = personas_.allocate();
  PersonaNode& node = personas_[slot];
  node.token = token;
  node.ordinal = ordinal;
  node.has_cannot = !held_apart_from(token).empty();
  node.has_must = !must_links_of(token).empty();
  by_ordinal_.insert(slot, [&](std::uint32_t s) { return hash_of(personas_[s].ordinal); });
  by_token_.insert(slot, [&](std::uint32_t s) { return hash_of(personas_[s].token); });
  return slot;
}

void Adjacency::remove_persona(std::uint32_t persona) {
  for (const Edge& edge : personas_[persona].edges.view()) drop_edge(persona, edge.to);
  if (!muted_.empty()) muted_.erase(persona);
  if (!retractions_.empty()) retractions_.erase(personas_[persona].ordinal);
  by_ordinal_.erase(persona, [&](std::uint32_t s) { return hash_of(personas_[s].ordinal); });
  by_token_.erase(persona, [&](std::uint32_t s) { return hash_of(personas_[s].token); });
  personas_.release(persona);
}

// The identifier's side of a link; an identifier that nobody carries any more goes.
void Adjacency::drop_edge(std::uint32_t persona, std::uint32_t identifier) {
  IdentifierNode& node = identifiers_[identifier];
  node.edges.remove(persona);
  --links_;
  recount(identifier);
  if (node.edges.size() > 0) return;
  stopped_.erase(identifier);
  by_identifier_.erase(identifier, [&](std::uint32_t s) { return hash_of(identifiers_[s].token); });
  identifiers_.release(identifier);
}

std::uint32_t Adjacency::find_persona(PersonaOrdinal ordinal) const {
  return by_ordinal_.find(hash_of(ordinal),
                          [&](std::uint32_t s) { return personas_[s].ordinal == ordinal; });
}

std::uint32_t Adjacency::find_persona(const Token& token) const {
  return by_token_.find(hash_of(token),
                        [&](std::uint32_t s) { return personas_[s].token == token; });
}

std::uint32_t Adjacency::find_identifier(const Token& token) const {
  return by_identifier_.find(hash_of(token),
                             [&](std::uint32_t s) { return identifiers_[s].token == token; });
}

std::uint32_t Adjacency::find_or_add_identifier(const Token& token, std::uint8_t kind) {
  const std::uint32_t known = find_identifier(token);
  if (known != kNoSlot) return known;
  const std::uint32_t slot = identifiers_.allocate();
  IdentifierNode& node = identifiers_[slot];
  node.token = token;
  node.kind = kind;
  node.latched = !latches_.empty() && latches_.contains(token);
  by_identifier_.insert(slot, [&](std::uint32_t s) { return hash_of(identifiers_[s].token); });
  recount(slot);
  return slot;
}

const Edge* Adjacency::find_link(std::uint32_t persona, std::uint32_t identifier) const {
  const Edges& mine = personas_[persona].edges;
  const Edges& theirs = identifiers_[identifier].edges;
  return mine.size() <= theirs.size() ? mine.find(identifier) : theirs.find(persona);
}

bool Adjacency::add_link(std::uint32_t persona, std::uint32_t identifier, event::Tier tier) {
  const std::uint8_t kind = identifiers_[identifier].kind;
  personas_[persona].edges.add({identifier, tier, kind});
  identifiers_[identifier].edges.add({persona, tier, kind});
  ++links_;
  recount(identifier);
  return note_name(persona, identifier, tier);
}

bool Adjacency::raise_link(std::uint32_t persona, std::uint32_t identifier, event::Tier tier) {
  personas_[persona].edges.raise(identifier, tier);
  identifiers_[identifier].edges.raise(persona, tier);
  recount(identifier);
  return note_name(persona, identifier, tier);
}

// What makes a persona somebody: an account, or the value of a unique type.
bool Adjacency::note_name(std::uint32_t persona, std::uint32_t identifier, event::Tier tier) {
  const TypeRule& rule = rules_.rule(identifiers_[identifier].kind);
  PersonaNode& node = personas_[persona];
  const bool new_account =
      rule.anchor && tier == event::Tier::authenticated && !std::exchange(node.account, true);
  if (!rule.unique || tier < event::Tier::device || node.value == identifier) return new_account;
  node.value = node.value == kNoSlot ? identifier : kManySlots;
  return true;
}

std::vector<std::uint32_t> Adjacency::remove_link(std::uint32_t persona, std::uint32_t identifier) {
  const std::uint8_t kind = identifiers_[identifier].kind;
  personas_[persona].edges.remove(identifier);
  drop_edge(persona, identifier);
  name_again(persona);
  return unmute(persona, kind);
}

// After a link went: what the others make of the persona.
void Adjacency::name_again(std::uint32_t persona) {
  PersonaNode& node = personas_[persona];
  node.account = false;
  node.value = kNoSlot;
  for (const Edge& edge : node.edges.view()) note_name(persona, edge.to, edge.tier);
}

std::vector<std::uint32_t> Adjacency::unmute(std::uint32_t persona, std::uint8_t kind) {
  const auto muted = muted_.find(persona);
  if (muted == muted_.end() || std::ranges::find(muted->second, kind) == muted->second.end()) {
    return {};
  }
  std::vector<std::uint32_t> values;
  for (const Edge& edge : personas_[persona].edges.view()) {
    if (edge.kind == kind && edge.tier >= event::Tier::device) values.push_back(edge.to);
  }
  if (values.size() > rules_.rule(kind).values_max) return {};
  for (const std::uint32_t identifier : values) {
    personas_[persona].edges.mute(identifier, false);
    identifiers_[identifier].edges.mute(persona, false);
  }
  std::erase(muted->second, kind);
  if (muted->second.empty()) muted_.erase(muted);
  return values;
}

void Adjacency::recount(std::uint32_t identifier) {
  IdentifierNode& node = identifiers_[identifier];
  const bool stopped = node.latched || node.edges.linking() > cap(node);
  if (stopped == node.stopped) return;
  node.stopped = stopped;
  if (stopped) {
    stopped_.insert(identifier);
  } else {
    stopped_.erase(identifier);
  }
}

std::vector<std::uint32_t> Adjacency::mute_excess(std::uint32_t persona, std::uint8_t kind) {
  const std::uint32_t values_max = rules_.rule(kind).values_max;
  PersonaNode& node = personas_[persona];
  if (node.edges.size() <= values_max) return {};
  std::vector<std::uint32_t> values;
  bool was_muted = false;
  for (const Edge& edge : node.edges.view()) {
    if (edge.kind != kind || edge.tier < event::Tier::device) continue;
    was_muted = was_muted || edge.muted;
    if (!edge.muted) values.push_back(edge.to);
  }
  if (!was_muted && values.size() <= values_max) return {};
  for (const std::uint32_t identifier : values) {
    node.edges.mute(identifier, true);
    identifiers_[identifier].edges.mute(persona, true);
  }
  if (!was_muted) muted_[persona].push_back(kind);
  return values;
}

bool Adjacency::add_latch(const Token& identifier) {
  if (!latches_.insert(identifier).second) return false;
  const std::uint32_t slot = find_identifier(identifier);
  if (slot == kNoSlot) return true;
  identifiers_[slot].latched = true;
  recount(slot);
  return true;
}

bool Adjacency::lift_latch(const Token& identifier) {
  if (latches_.erase(identifier) == 0) return false;
  const std::uint32_t slot = find_identifier(identifier);
  if (slot == kNoSlot) return true;
  identifiers_[slot].latched = false;
  recount(slot);
  return true;
}

bool Adjacency::add_retraction(PersonaOrdinal persona, const Token& identifier) {
  if (retraction(persona, identifier) != nullptr) return false;
  Retraction made{identifier, std::nullopt};
  const std::uint32_t from = find_persona(persona);
  const std::uint32_t to = find_identifier(identifier);
  if (from != kNoSlot && to != kNoSlot) {
    if (const Edge* edge = find_link(from, to)) {
      made.asserted = Link{persona, identifier, edge->tier, edge->kind};
    }
  }
  retractions_[persona].push_back(made);
  return true;
}

std::optional<Retraction> Adjacency::take_retraction(PersonaOrdinal persona,
                                                     const Token& identifier) {
  const Retraction* known = retraction(persona, identifier);
  if (known == nullptr) return std::nullopt;
  Retraction taken = *known;
  auto& of_persona = retractions_[persona];
  std::erase_if(of_persona, [&](const Retraction& one) { return one.identifier == identifier; });
  if (of_persona.empty()) retractions_.erase(persona);
  return taken;
}

const Retraction* Adjacency::retraction(PersonaOrdinal persona, const Token& identifier) const {
  if (retractions_.empty()) return nullptr;
  const auto of_persona = retractions_.find(persona);
  if (of_persona == retractions_.end()) return nullptr;
  const auto found = std::ranges::find(of_persona->second, identifier, &Retraction::identifier);
  return found == of_persona->second.end() ? nullptr : &*found;
}

bool Adjacency::remember_retracted(const Link& link) {
  if (retraction(link.persona, link.identifier) == nullptr) return false;
  Retraction& known =
      *std::ranges::find(retractions_[link.persona], link.identifier, &Retraction::identifier);
  if (!known.asserted || known.asserted->tier < link.tier) known.asserted = link;
  return true;
}

bool Adjacency::add_cannot_link(const Token& first, const Token& second) {
  if (first == second) return false;
  auto& apart = cannot_[first];
  if (std::ranges::find(apart, second) != apart.end()) return false;
  apart.push_back(second);
  cannot_[second].push_back(first);
  for (const Token* token : {&first, &second}) {
    const std::uint32_t slot = find_persona(*token);
    if (slot != kNoSlot) personas_[slot].has_cannot = true;
  }
  return true;
}

bool Adjacency::remove_cannot_link(const Token& first, const Token& second) {
  const auto forget = [&](const Token& from, const Token& other) {
    const auto found = cannot_.find(from);
    if (found == cannot_.end() || std::erase(found->second, other) == 0) return false;
    if (!found->second.empty()) return true;
    cannot_.erase(found);
    const std::uint32_t slot = find_persona(from);
    if (slot != kNoSlot) personas_[slot].has_cannot = false;
    return true;
  };
  return forget(first, second) && forget(second, first);
}

const std::vector<Token>& Adjacency::held_apart_from(const Token& persona) const {
  static const std::vector<Token> kNobody;
  const auto found = cannot_.find(persona);
  return found == cannot_.end() ? kNobody : found->second;
}

bool Adjacency::add_must_link(const Token& first, const Token& second, MustLinkKind kind) {
  if (first == second) return false;
  auto& links = must_[first];
  if (std::ranges::find(links, MustLink{second, kind}) != links.end()) return false;
  links.push_back({second, kind});
  must_[second].push_back({first, kind});
  for (const Token* token : {&first, &second}) {
    const std::uint32_t slot = find_persona(*token);
    if (slot != kNoSlot) personas_[slot].has_must = true;
  }
  return true;
}

bool Adjacency::remove_must_link(const Token& first, const Token& second, MustLinkKind kind) {
  const auto forget = [&](const Token& from, const Token& other) {
    const auto found = must_.find(from);
    if (found == must_.end() || std::erase(found->second, MustLink{other, kind}) == 0) return false;
    if (!found->second.empty()) return true;
    must_.erase(found);
    const std::uint32_t slot = find_persona(from);
    if (slot != kNoSlot) personas_[slot].has_must = false;
    return true;
  };
  return forget(first, second) && forget(second, first);
}

const std::vector<MustLink>& Adjacency::must_links_of(const Token& persona) const {
  static const std::vector<MustLink> kNobody;
  const auto found = must_.find(persona);
  return found == must_.end() ? kNobody : found->second;
}

}  // namespace cdp::identity
