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
  by_ordinal_.insert(slot, [&](std::uint32_t s) { return hash_of(personas_[s].ordinal); });
  by_token_.insert(slot, [&](std::uint32_t s) { return hash_of(personas_[s].token); });
  return slot;
}

void Adjacency::remove_persona(std::uint32_t persona) {
  for (const Edge& edge : personas_[persona].edges.view()) {
    IdentifierNode& identifier = identifiers_[edge.to];
    identifier.edges.remove(persona);
    --links_;
    if (identifier.edges.size() > 0) continue;
    by_identifier_.erase(edge.to, [&](std::uint32_t s) { return hash_of(identifiers_[s].token); });
    identifiers_.release(edge.to);
  }
  by_ordinal_.erase(persona, [&](std::uint32_t s) { return hash_of(personas_[s].ordinal); });
  by_token_.erase(persona, [&](std::uint32_t s) { return hash_of(personas_[s].token); });
  personas_.release(persona);
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

std::uint32_t Adjacency::find_or_add_identifier(const Token& token) {
  const std::uint32_t known = find_identifier(token);
  if (known != kNoSlot) return known;
  const std::uint32_t slot = identifiers_.allocate();
  identifiers_[slot].token = token;
  by_identifier_.insert(slot, [&](std::uint32_t s) { return hash_of(identifiers_[s].token); });
  return slot;
}

const Edge* Adjacency::find_link(std::uint32_t persona, std::uint32_t identifier) const {
  const Edges& mine = personas_[persona].edges;
  const Edges& theirs = identifiers_[identifier].edges;
  return mine.size() <= theirs.size() ? mine.find(identifier) : theirs.find(persona);
}

void Adjacency::add_link(std::uint32_t persona, std::uint32_t identifier, event::Tier tier,
                         std::uint8_t kind) {
  personas_[persona].edges.add({identifier, tier, kind});
  identifiers_[identifier].edges.add({persona, tier, kind});
  ++links_;
}

void Adjacency::raise_link(std::uint32_t persona, std::uint32_t identifier, event::Tier tier) {
  personas_[persona].edges.raise(identifier, tier);
  identifiers_[identifier].edges.raise(persona, tier);
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

}  // namespace cdp::identity
