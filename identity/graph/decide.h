// Decides one unit: which of its personas are one subject, and through which links. The heart of
// the rule "identity-1" (graph.h):
//
//   for each tier from authenticated down to the unit's level,
//     for each identifier in token order (eligible ones),
//       its holders on that tier or above, in persona token order, are joined one after another to
//       those before, unless a cannot-link holds two members of both sides apart.
//
// Everything it looks at is content, so the answer does not depend on arrival. Proof groups are
// what stands after the authenticated tier.
//
// Thread-safety: pure functions of the adjacency.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "identity/graph/adjacency.h"

namespace cdp::identity {

// The level of a unit is the weakest tier that links inside it; kAlone = nothing links.
inline constexpr std::uint8_t kWeakestLevel = static_cast<std::uint8_t>(event::Tier::device);
inline constexpr std::uint8_t kStrongestLevel =
    static_cast<std::uint8_t>(event::Tier::authenticated);
inline constexpr std::uint8_t kAlone = kStrongestLevel + 1;

// An identifier carried by more personas than a unit may hold links nobody: a kiosk, a shop
// assistant's own address. Degree caps per type enter here.
inline bool eligible(const IdentifierNode& identifier, std::size_t personas_max) {
  return identifier.edges.linking() <= personas_max;
}

struct DecidedJoin {
  std::uint32_t a = 0;  // persona slots
  std::uint32_t b = 0;
  std::uint32_t identifier = 0;
  std::uint8_t tier = 0;
};

struct Decision {
  // Per unit member, in the order of `unit`: the slot of the member that stands for its group.
  std::vector<std::uint32_t> subject;
  std::vector<std::uint32_t> proof;
  std::vector<DecidedJoin> joins;  // in the order decided
};

// `unit`: slots in ascending order.
Decision decide(const Adjacency& adjacency, std::span<const std::uint32_t> unit, std::uint8_t level,
                std::size_t personas_max);
// The proof groups alone, for a unit without cannot-links (its subject is the unit).
std::vector<std::uint32_t> decide_proof(const Adjacency& adjacency,
                                        std::span<const std::uint32_t> unit, std::uint8_t level,
                                        std::size_t personas_max);

}  // namespace cdp::identity
