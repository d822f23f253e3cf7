// Decides one unit: which of its personas are one subject, and through which links. The heart of
// the rule "identity-2" (graph.h, docs/adr/0010-identity-rules.md).
//
// Words. A persona is an **account** when it carries an authenticated link of an anchor type. A
// component is **anchored** when a member is an account; **named** when it is anchored or carries a
// value of a unique type. Two components are **rivals** when each has a value of one unique type
// that the other lacks. They are **in conflict** when they are rivals or both anchored. Two
// identifiers are **independent** when their types are of different families (Rules::family).
//
// Stages, each over what the ones before have joined; those below the unit's level are left out:
//   1. one login    authenticated identifiers of a unique type: all carriers are one, rivals or not
//                   (an authenticated alias carries both logins)
//   2. proof        authenticated identifiers
//      -- the proof groups are what stands here --
//   3. accepted     must-links that an officer decided
//   4. accounts     declared identifiers of anchor or unique types
//   5. declared     declared identifiers
//   6. device       device identifiers
//   7. matched      probabilistic must-links, unless rivals
//
// Stages 2, 4, 5 and 6 look at the identifiers that members share on the stage's tier or above,
// those with more carriers first, then by token, and repeat until nothing joins any more:
//   a. Of each identifier, the named components that carry it. When no two of them are barred from
//      each other, all are one. Barred are rivals; and, below stage 2, two anchored ones that share
//      fewer than two independent identifiers (declared or better). Otherwise the identifier is
//      contested: below stage 2, pairs of anchored ones that share two independent ones are joined,
//      the rest stays.
//   b. Every unnamed component goes to the named one that is nearest, counted in identifiers on the
//      way. Anchored ones come before others. When two in conflict are equally near it is ambiguous
//      and goes to neither, nor does what hangs on it.
// Then unnamed components that share an identifier are joined with each other.
//
// A cannot-link wins over everything. What is shared and not joined at the end is a hold. All order
// is content: tier, class of type, number of carriers, token.
//
// Thread-safety: pure functions of the adjacency.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "identity/graph/adjacency.h"

namespace cdp::identity {

// The level of a unit is the weakest evidence that links inside it: 1 = matched must-links, then
// the tiers by their number; kAlone = nothing links.
inline constexpr std::uint8_t kMatchedLevel = 1;
inline constexpr std::uint8_t kWeakestLevel = kMatchedLevel;
inline constexpr std::uint8_t kStrongestLevel =
    static_cast<std::uint8_t>(event::Tier::authenticated);
inline constexpr std::uint8_t kAlone = kStrongestLevel + 1;

// The weakest tier that links at a level.
inline event::Tier tier_of(std::uint8_t level) {
  return std::max(event::Tier::device, static_cast<event::Tier>(level));
}
// Does a must-link hold a unit of this level together?
inline bool links_at(MustLinkKind kind, std::uint8_t level) {
  return kind == MustLinkKind::accepted ? level <= kStrongestLevel : level <= kMatchedLevel;
}

struct DecidedJoin {
  std::uint32_t a = 0;  // persona slots
  std::uint32_t b = 0;
  std::uint32_t identifier = kNoSlot;  // none for a must-link
  event::Tier tier = event::Tier::none;
  JoinReason reason = JoinReason::identifier;
};

struct DecidedHold {
  HoldReason reason = HoldReason::unique;
  event::Tier tier = event::Tier::none;
  std::uint32_t identifier = kNoSlot;
  std::uint32_t a = 0;  // persona slots
  std::uint32_t b = 0;
};

struct Decision {
  // Per unit member, in the order of `unit`: the slot of the member that stands for its group.
  std::vector<std::uint32_t> subject;
  std::vector<std::uint32_t> proof;
  std::vector<DecidedJoin> joins;  // in the order decided
  std::vector<DecidedHold> holds;
};

// `unit`: slots in ascending order.
Decision decide(const Adjacency& adjacency, std::span<const std::uint32_t> unit,
                std::uint8_t level);
// The proof groups alone, for a unit in which nothing can be barred or held apart (its subject is
// the unit).
std::vector<std::uint32_t> decide_proof(const Adjacency& adjacency,
                                        std::span<const std::uint32_t> unit, std::uint8_t level);

}  // namespace cdp::identity
