// The identity graph: personas and identifiers as a bipartite graph in memory, and the partition of
// personas into subjects.
//
// The partition is a pure function of the set of live links, cannot-links and the rule version
// (DESIGN §7, invariant 8): links are considered in an order that derives from their content (tier,
// then token), never from arrival, and a link that would join two personas held apart by a
// cannot-link is left out. Incremental updates recompute only the touched component and give what a
// full recomputation gives (tested).
//
// Too large to be one person (DESIGN §7), as a pure function of the set: an identifier carried by
// more than limits::kComponentPersonasMax personas links nobody; a component of more personas than
// that loses its weakest tier, and its parts are looked at again (partition.h). Inside what is left
// the order of decision is: tier, identifier token, persona tokens (decide.h).
//
// Shape left for the identity issue: degree caps, uniqueness and review enter in `eligible()`; the
// reason codes in Join are open. "Latched until lifted" is a ledger fact of that issue: here a
// removal that brings an identifier back under the cap lets it link again.
//
// Memory (measured): about 55 bytes a link and 100 a persona. Thread-safety: const members may run
// together; changes need outside exclusion (cdp/app/ingest). Non-errors: unknown personas and
// identifiers are empty answers; a second persona of a known token is left out until the first is
// removed.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "cdp/core/base/ids.h"
#include "cdp/core/event/fact.h"

namespace cdp::identity {

// What means "the same partition": stored with state.db, which is rebuilt when it changes.
inline constexpr const char* kIdentityRules = "identity-1";

struct Link {
  PersonaOrdinal persona;
  Token identifier{};
  event::Tier tier = event::Tier::none;
  std::uint8_t kind = 0;  // identity::TypeKind
};

// One member of a subject. `proof_group`: members of the same group are joined by authenticated
// links alone (grants cross only those).
struct Member {
  PersonaOrdinal persona;
  std::uint32_t proof_group = 0;
};

// How two personas came together: for `merge explain`.
struct Join {
  PersonaOrdinal a;
  PersonaOrdinal b;
  Token identifier{};
  event::Tier tier = event::Tier::none;
  std::uint8_t kind = 0;
};

// What an update did to the partition.
struct Change {
  // Subjects (as member lists, sorted) that exist now and did not before; empty when the partition
  // is as it was.
  std::vector<std::vector<PersonaOrdinal>> formed;
  bool merged = false;  // some formed subject joins members that were in different subjects before
};

class Graph {
 public:
  Graph();  // limits::kComponentPersonasMax
  explicit Graph(std::size_t component_personas_max);
  Graph(Graph&&) noexcept;
  Graph& operator=(Graph&&) noexcept;
  ~Graph();

  // A persona must be added before its links. Adding again is no change.
  void add_persona(PersonaOrdinal persona, const Token& persona_token);
  // True when the link is new or its tier rose; only then anything can change.
  bool would_change(const Link& link) const;
  Change add_links(std::span<const Link> links);
  Change remove_persona(PersonaOrdinal persona);
  Change add_cannot_link(const Token& first_persona, const Token& second_persona);
  Change remove_cannot_link(const Token& first_persona, const Token& second_persona);
  // Bulk load: add_persona/load_link for everything, then settle() once. Same partition as adding
  // one by one.
  void load_link(const Link& link);
  void load_cannot_link(const Token& first_persona, const Token& second_persona);
  void settle();

  // The subject of a persona, itself included, sorted by ordinal. Empty when unknown.
  std::vector<Member> members(PersonaOrdinal persona) const;
  // Everyone who carries the identifier at a linking tier or above `at_least`, sorted.
  std::vector<PersonaOrdinal> holders(const Token& identifier, event::Tier at_least) const;
  std::optional<PersonaOrdinal> persona(const Token& persona_token) const;
  std::optional<Token> persona_token(PersonaOrdinal persona) const;
  std::vector<Link> links_of(PersonaOrdinal persona) const;
  // The joins that hold the subject together: members-1 of them, in the order they were decided.
  std::vector<Join> explain(PersonaOrdinal persona) const;
  // The smallest strong member's token: what the subject's id derives from. Strong = carries an
  // authenticated link; when none does, the smallest of all.
  Token anchor(PersonaOrdinal persona) const;

  std::size_t persona_count() const;
  std::size_t subject_count() const;
  std::size_t link_count() const;
  // Keyed by nothing: a digest of the whole partition by tokens, for property tests ("one partition
  // hash").
  Token partition_hash() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cdp::identity
