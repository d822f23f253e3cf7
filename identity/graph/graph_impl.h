// What stands behind Graph: the adjacency, and the partition on top of it. Included by graph.cc and
// holds.cc alone.
#pragma once

#include <optional>

#include "identity/graph/partition.h"

namespace cdp::identity {

struct Graph::Impl {
  Impl(Rules rules, std::size_t personas_max)
      : adjacency(std::move(rules), personas_max), partition(adjacency) {}

  // Puts the link in. Nothing when nothing rose.
  std::optional<Partition::Rise> put(const Link& link) {
    const std::uint32_t persona = adjacency.find_persona(link.persona);
    if (persona == kNoSlot || adjacency.remember_retracted(link)) return std::nullopt;
    const std::uint32_t identifier = adjacency.find_or_add_identifier(link.identifier, link.kind);
    const Edge* known = adjacency.find_link(persona, identifier);
    if (known != nullptr && known->tier >= link.tier) return std::nullopt;
    Partition::Rise rise{persona, identifier, event::Tier::none, link.tier, false, {}};
    if (known != nullptr) rise.before = known->tier;
    rise.renamed = known == nullptr ? adjacency.add_link(persona, identifier, link.tier)
                                    : adjacency.raise_link(persona, identifier, link.tier);
    rise.muted = adjacency.mute_excess(persona, adjacency.identifier(identifier).kind);
    return rise;
  }

  // Runs a change between begin and finish.
  template <class Changes>
  Change change(Changes changes) {
    partition.begin();
    changes();
    return partition.finish();
  }

  Change cannot_links_changed(const Token& first, const Token& second) {
    return change([&] {
      partition.cannot_links_changed(adjacency.find_persona(first), adjacency.find_persona(second));
    });
  }
  Change must_links_changed(const Token& first, const Token& second) {
    return change([&] {
      partition.must_links_changed(adjacency.find_persona(first), adjacency.find_persona(second));
    });
  }
  // After a latch was added or lifted.
  Change latch_changed(const Token& identifier, bool linked_before) {
    const std::uint32_t slot = adjacency.find_identifier(identifier);
    if (slot == kNoSlot || Adjacency::eligible(adjacency.identifier(slot)) == linked_before) {
      return {};
    }
    return change([&] { partition.eligibility_changed(slot); });
  }
  bool links(const Token& identifier) const {
    const std::uint32_t slot = adjacency.find_identifier(identifier);
    return slot != kNoSlot && Adjacency::eligible(adjacency.identifier(slot));
  }

  PersonaOrdinal ordinal(std::uint32_t slot) const { return adjacency.persona(slot).ordinal; }

  Adjacency adjacency;
  Partition partition;
};

}  // namespace cdp::identity
