// Adjacency: who carries which identifier, who must be held apart or together, and which
// identifiers may link. Knows nothing of subjects: partition.h decides those on top of it.
//
// Nodes are dense slots; a slot is reused after removal, so slots never leave this folder.
// Thread-safety: const members are safe together; the graph's owner guards the rest.
#pragma once

#include <memory>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "cdp/core/base/ids.h"
#include "identity/graph/edges.h"
#include "identity/graph/flat_index.h"
#include "identity/graph/graph.h"

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

// Stands for "more than one" where a slot is expected.
inline constexpr std::uint32_t kManySlots = kNoSlot - 1;

struct PersonaNode {
  Token token{};
  PersonaOrdinal ordinal;  // none = the slot is free
  Edges edges;
  std::uint32_t value = kNoSlot;  // the identifier of a unique type it carries, or kManySlots
  // Owned by Partition.
  std::uint32_t unit = 0;                // slot of the unit's leader
  std::uint32_t next = 0;                // the unit's members as a ring
  std::uint32_t subject = 0;             // slot of a member that stands for the subject
  std::uint32_t proof = 0;               // slot of a member that stands for the proof group
  std::uint32_t unit_size = 1;           // valid at the leader
  std::uint32_t unit_account = kNoSlot;  // valid at the leader: a member that is an account
  std::uint32_t unit_value = kNoSlot;    // valid at the leader: the only value of a unique type
  std::uint32_t scratch = 0;
  std::uint32_t epoch = 0;
  std::uint32_t batch = 0;
  std::uint8_t level = 0;
  std::uint8_t known_level = 0;
  bool done = false;
  bool constrained = false;  // valid at the leader: the unit needs decide()
  // Owned by Adjacency.
  bool account = false;  // carries an authenticated link of an anchor type
  bool has_cannot = false;
  bool has_must = false;
};

struct IdentifierNode {
  Token token{};
  Edges edges;
  std::uint32_t scratch = 0;
  std::uint8_t kind = 0;
  bool latched = false;
  bool stopped = false;  // over its cap or latched: see eligible()
};

struct MustLink {
  Token other{};
  MustLinkKind kind = MustLinkKind::accepted;
  friend bool operator==(const MustLink&, const MustLink&) = default;
};

// An assertion that was taken back: the persona does not carry the identifier.
struct Retraction {
  Token identifier{};
  std::optional<Link> asserted;  // what was said, before or since; none = nothing yet
};

class Adjacency {
 public:
  // An identifier links nobody above min(its type's cap, `personas_max`).
  Adjacency(Rules rules, std::size_t personas_max)
      : rules_(std::move(rules)), personas_max_(personas_max) {}

  const Rules& rules() const { return rules_; }
  std::size_t personas_max() const { return personas_max_; }
  std::size_t cap(const IdentifierNode& identifier) const {
    return std::min<std::size_t>(rules_.rule(identifier.kind).degree_max, personas_max_);
  }
  // May the identifier link anybody?
  static bool eligible(const IdentifierNode& identifier) { return !identifier.stopped; }

  // The slot of a new persona, or kNoSlot when ordinal or token is known already.
  std::uint32_t add_persona(PersonaOrdinal ordinal, const Token& token);
  void remove_persona(std::uint32_t persona);  // with its links; cannot-links stay
  std::uint32_t find_persona(PersonaOrdinal ordinal) const;
  std::uint32_t find_persona(const Token& token) const;
  std::uint32_t find_identifier(const Token& token) const;
  std::uint32_t find_or_add_identifier(const Token& token, std::uint8_t kind);
  // The link between the two, or null. Looks through the shorter of both lists.
  const Edge* find_link(std::uint32_t persona, std::uint32_t identifier) const;
  // A new link. Both answer whether the persona became an account or got a value of a unique type.
  bool add_link(std::uint32_t persona, std::uint32_t identifier, event::Tier tier);
  bool raise_link(std::uint32_t persona, std::uint32_t identifier, event::Tier tier);
  // A link that is there. Answers the identifiers whose links of the persona count again, because
  // its values of the kind are no longer too many.
  std::vector<std::uint32_t> remove_link(std::uint32_t persona, std::uint32_t identifier);
  // After a link of the kind was added or raised: mutes the persona's links of it when they are too
  // many now. The identifiers muted for that, the new one among them; empty when all stays.
  std::vector<std::uint32_t> mute_excess(std::uint32_t persona, std::uint8_t kind);
  // True when the latch was not (was) there before.
  bool add_latch(const Token& identifier);
  bool lift_latch(const Token& identifier);
  bool latched(const Token& identifier) const { return latches_.contains(identifier); }
  const std::unordered_set<std::uint32_t>& stopped() const { return stopped_; }
  // Personas with muted kinds.
  const std::unordered_map<std::uint32_t, std::vector<std::uint8_t>>& muted() const {
    return muted_;
  }

  // Notes it with what is asserted now; the link itself stays for the caller to remove. False when
  // it was noted before.
  bool add_retraction(PersonaOrdinal persona, const Token& identifier);
  // What was asserted, when the retraction was there; it is taken out.
  std::optional<Retraction> take_retraction(PersonaOrdinal persona, const Token& identifier);
  // Null when the assertion stands.
  const Retraction* retraction(PersonaOrdinal persona, const Token& identifier) const;
  // True when the link is retracted: then it is remembered instead.
  bool remember_retracted(const Link& link);
  const std::unordered_map<PersonaOrdinal, std::vector<Retraction>>& retractions() const {
    return retractions_;
  }

  // True when the pair was not (was) held apart before.
  bool add_cannot_link(const Token& first, const Token& second);
  bool remove_cannot_link(const Token& first, const Token& second);
  const std::vector<Token>& held_apart_from(const Token& persona) const;
  bool add_must_link(const Token& first, const Token& second, MustLinkKind kind);
  bool remove_must_link(const Token& first, const Token& second, MustLinkKind kind);
  const std::vector<MustLink>& must_links_of(const Token& persona) const;

  PersonaNode& persona(std::uint32_t slot) { return personas_[slot]; }
  const PersonaNode& persona(std::uint32_t slot) const { return personas_[slot]; }
  IdentifierNode& identifier(std::uint32_t slot) { return identifiers_[slot]; }
  const IdentifierNode& identifier(std::uint32_t slot) const { return identifiers_[slot]; }
  std::uint32_t persona_end() const { return personas_.end(); }
  std::size_t persona_count() const { return personas_.size(); }
  std::size_t link_count() const { return links_; }

 private:
  bool note_name(std::uint32_t persona, std::uint32_t identifier, event::Tier tier);
  void recount(std::uint32_t identifier);
  void name_again(std::uint32_t persona);
  std::vector<std::uint32_t> unmute(std::uint32_t persona, std::uint8_t kind);
  void drop_edge(std::uint32_t persona, std::uint32_t identifier);

  Rules rules_;
  std::size_t personas_max_;
  Pool<PersonaNode> personas_;
  Pool<IdentifierNode> identifiers_;
  FlatIndex by_ordinal_;
  FlatIndex by_token_;
  FlatIndex by_identifier_;
  std::unordered_map<Token, std::vector<Token>, TokenHash> cannot_;
  std::unordered_map<Token, std::vector<MustLink>, TokenHash> must_;
  std::unordered_set<Token, TokenHash> latches_;
  std::unordered_set<std::uint32_t> stopped_;
  std::unordered_map<std::uint32_t, std::vector<std::uint8_t>> muted_;
  std::unordered_map<PersonaOrdinal, std::vector<Retraction>> retractions_;
  std::size_t links_ = 0;
};

}  // namespace cdp::identity
