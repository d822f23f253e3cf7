// Adjacency: who carries which identifier, and who must be held apart. Knows nothing of subjects:
// partition.h decides those on top of it.
//
// Nodes are dense slots; a slot is reused after removal, so slots never leave this folder.
// Thread-safety: const members are safe together; the graph's owner guards the rest.
#pragma once

#include <memory>
#include <unordered_map>
#include <vector>

#include "cdp/core/base/ids.h"
#include "identity/graph/edges.h"
#include "identity/graph/flat_index.h"

namespace cdp::identity {

// Pages of nodes: grows without copying and without the doubling's slack; references stay valid.
template <class Node>
class Pool {
 public:
  std::uint32_t allocate() {
    if (!free_.empty()) {
      const std::uint32_t slot = free_.back();
      free_.pop_back();
      return slot;
    }
    if (end_ % kPage == 0) pages_.push_back(std::make_unique<Node[]>(kPage));
    return end_++;
  }
  void release(std::uint32_t slot) {
    (*this)[slot] = Node{};
    free_.push_back(slot);
  }
  Node& operator[](std::uint32_t slot) { return pages_[slot / kPage][slot % kPage]; }
  const Node& operator[](std::uint32_t slot) const { return pages_[slot / kPage][slot % kPage]; }
  std::uint32_t end() const { return end_; }  // slots below it may be free
  std::size_t size() const { return end_ - free_.size(); }

 private:
  static constexpr std::uint32_t kPage = 1'024;
  std::vector<std::unique_ptr<Node[]>> pages_;
  std::vector<std::uint32_t> free_;
  std::uint32_t end_ = 0;
};

struct PersonaNode {
  Token token{};
  PersonaOrdinal ordinal;  // none = the slot is free
  Edges edges;
  // Owned by Partition.
  std::uint32_t unit = 0;       // slot of the unit's leader
  std::uint32_t next = 0;       // the unit's members as a ring
  std::uint32_t subject = 0;    // slot of a member that stands for the subject
  std::uint32_t proof = 0;      // slot of a member that stands for the proof group
  std::uint32_t unit_size = 1;  // valid at the leader
  std::uint32_t scratch = 0;
  std::uint32_t epoch = 0;
  std::uint32_t batch = 0;
  std::uint8_t level = 0;
  std::uint8_t known_level = 0;
  bool done = false;
  bool constrained = false;  // valid at the leader: some member has a cannot-link
  bool has_cannot = false;
};

struct IdentifierNode {
  Token token{};
  Edges edges;
  std::uint32_t scratch = 0;
};

class Adjacency {
 public:
  // The slot of a new persona, or kNoSlot when ordinal or token is known already.
  std::uint32_t add_persona(PersonaOrdinal ordinal, const Token& token);
  void remove_persona(std::uint32_t persona);  // with its links; cannot-links stay
  std::uint32_t find_persona(PersonaOrdinal ordinal) const;
  std::uint32_t find_persona(const Token& token) const;
  std::uint32_t find_identifier(const Token& token) const;
  std::uint32_t find_or_add_identifier(const Token& token);
  // The link between the two, or null. Looks through the shorter of both lists.
  const Edge* find_link(std::uint32_t persona, std::uint32_t identifier) const;
  void add_link(std::uint32_t persona, std::uint32_t identifier, event::Tier tier,
                std::uint8_t kind);
  void raise_link(std::uint32_t persona, std::uint32_t identifier, event::Tier tier);

  // True when the pair was not (was) held apart before.
  bool add_cannot_link(const Token& first, const Token& second);
  bool remove_cannot_link(const Token& first, const Token& second);
  const std::vector<Token>& held_apart_from(const Token& persona) const;

  PersonaNode& persona(std::uint32_t slot) { return personas_[slot]; }
  const PersonaNode& persona(std::uint32_t slot) const { return personas_[slot]; }
  IdentifierNode& identifier(std::uint32_t slot) { return identifiers_[slot]; }
  const IdentifierNode& identifier(std::uint32_t slot) const { return identifiers_[slot]; }
  std::uint32_t persona_end() const { return personas_.end(); }
  std::size_t persona_count() const { return personas_.size(); }
  std::size_t link_count() const { return links_; }

 private:
  Pool<PersonaNode> personas_;
  Pool<IdentifierNode> identifiers_;
  FlatIndex by_ordinal_;
  FlatIndex by_token_;
  FlatIndex by_identifier_;
  std::unordered_map<Token, std::vector<Token>, TokenHash> cannot_;
  std::size_t links_ = 0;
};

}  // namespace cdp::identity
