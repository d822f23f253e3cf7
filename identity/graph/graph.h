// The identity graph: personas and identifiers as a bipartite graph in memory, and the partition of
// personas into subjects.
//
// The partition is a pure function of the set of live links (those asserted and not retracted),
// cannot-links, must-links, latches and the rules (DESIGN §7, invariant 8): what is considered
// first derives from content (tier, class of type, support, token), never from arrival. Incremental
// updates recompute only the touched unit and give what a full recomputation gives (tested). The
// rule itself, "identity-2", is told in decide.h and docs/adr/0010-identity-rules.md; in short:
//
// - An identifier over its type's degree cap, or latched, links nobody. A persona with more values
// of
//   a type than its cap links nobody by that type. A component of more than
//   `component_personas_max` personas loses its weakest tier, and its parts are looked at again
//   (partition.h).
// - Two anchored components (accounts) merge on an authenticated identifier or on two independent
//   declared ones. A subject has at most one value of a unique type (login), unless an
//   authenticated alias or an officer says that two are one.
// - Who belongs equally to two that must stay apart belongs to neither.
// - What these rules keep apart although something is shared is a Hold: it can be listed, accepted
//   (add_must_link) or rejected (add_cannot_link). Nothing is dropped.
//
// Memory (measured): about 55 bytes a link and 100 a persona. Thread-safety: const members may run
// together; changes need outside exclusion (cdp/app/ingest). Non-errors: unknown personas and
// identifiers are empty answers; a second persona of a known token is left out until the first is
// removed; adding what is there, or removing what is not, is no change.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "cdp/core/base/ids.h"
#include "cdp/core/event/fact.h"
#include "identity/graph/rules.h"

namespace cdp::identity {

struct Link {
  PersonaOrdinal persona;
  Token identifier{};
  event::Tier tier = event::Tier::none;
  std::uint8_t kind = 0;  // Rules::kind_of; a function of the identifier
};

// Why two personas are one although no identifier says so.
enum class MustLinkKind : std::uint8_t {
  accepted = 0,  // an officer's decision; nothing but a cannot-link stands against it
  matched = 1,  // a probabilistic match above the configured threshold; weaker than every tier, and
                // held where it would give a subject two values of a unique type
};

// One member of a subject. `proof_group`: members of the same group are joined by authenticated
// links alone (grants cross only those).
struct Member {
  PersonaOrdinal persona;
  std::uint32_t proof_group = 0;
};

enum class JoinReason : std::uint8_t { identifier = 0, accepted = 1, matched = 2 };
std::string_view to_string(JoinReason reason);

// How two personas came together: for `merge explain`. By a must-link: no identifier, Tier::none.
struct Join {
  PersonaOrdinal a;
  PersonaOrdinal b;
  Token identifier{};
  event::Tier tier = event::Tier::none;
  std::uint8_t kind = 0;
  JoinReason reason = JoinReason::identifier;
};

enum class HoldReason : std::uint8_t {
  unique = 0,       // they have different values of a unique type
  anchored = 1,     // two accounts share one address, and nothing else that is independent of it
  ambiguous = 2,    // `a` belongs as much to the account of `b` as to another one
  over_cap = 3,     // the identifier links nobody: too many carry it, or it is latched
  many_values = 4,  // persona `a` (= `b`) carries too many values of the type; no identifier
};
std::string_view to_string(HoldReason reason);

// What is shared and does not link. Gone when what caused it is gone, when a cannot-link parts `a`
// and `b`, or when they are one subject all the same.
struct Hold {
  // Derived from reason, kind, identifier and both persona tokens (of an over_cap hold: without the
  // personas), so that it is the same after any replay.
  Token id{};
  HoldReason reason = HoldReason::unique;
  event::Tier tier = event::Tier::none;  // on which both carry it; none for a must-link
  std::uint8_t kind = 0;
  Token identifier{};
  // The smaller token first, but for `ambiguous`. Of an over_cap identifier: its two smallest
  // carriers (equal when one is left).
  PersonaOrdinal a;
  PersonaOrdinal b;
};

// An identifier that links nobody, for the report.
struct OverCap {
  Token identifier{};
  std::uint8_t kind = 0;
  std::size_t degree = 0;
  bool latched = false;
};

// What an update did to the partition.
struct Change {
  // Subjects (as member lists, sorted) that exist now and did not before; empty when the partition
  // is as it was.
  std::vector<std::vector<PersonaOrdinal>> formed;
  bool merged = false;  // some formed subject joins members that were in different subjects before
  // Identifiers whose degree crossed their cap here and that are not latched, sorted. The caller
  // writes each down and calls add_latch, so that erasing a carrier never lets it link again.
  std::vector<Token> crossed;
};

class Graph {
 public:
  Graph();  // the default Rules, limits::kComponentPersonasMax
  explicit Graph(std::size_t component_personas_max);
  Graph(Rules rules, std::size_t component_personas_max);
  Graph(Graph&&) noexcept;
  Graph& operator=(Graph&&) noexcept;
  ~Graph();

  // A persona must be added before its links. Adding again is no change. What it changes:
  // must-links that were waiting for it.
  Change add_persona(PersonaOrdinal persona, const Token& persona_token);
  // True when the link is new or its tier rose; only then anything can change.
  bool would_change(const Link& link) const;
  Change add_links(std::span<const Link> links);
  Change remove_persona(PersonaOrdinal persona);
  Change add_cannot_link(const Token& first_persona, const Token& second_persona);
  Change remove_cannot_link(const Token& first_persona, const Token& second_persona);
  bool is_cannot_link(const Token& first_persona, const Token& second_persona) const;
  // Who carries one of the persona's linking identifiers and is not of its subject, sorted: held
  // apart by a rule, or by an officer. An identifier over its cap is nobody's.
  std::vector<PersonaOrdinal> apart_from(PersonaOrdinal persona) const;
  // Some member of the persona's subject is an account (rules.h).
  bool is_anchored(PersonaOrdinal persona) const;
  // Both kinds may stand between the same two. Proof groups never cross a must-link; cannot-links
  // win over it. Personas need not be there yet.
  Change add_must_link(const Token& first_persona, const Token& second_persona, MustLinkKind kind);
  Change remove_must_link(const Token& first_persona, const Token& second_persona,
                          MustLinkKind kind);
  // Takes assertions back: until restore() the persona does not carry the identifiers, whatever was
  // said and is said again. What is said meanwhile is remembered and counts from then on. The
  // persona need not be there yet; the retraction ends with it.
  Change retract(PersonaOrdinal persona, std::span<const Token> identifiers);
  Change restore(PersonaOrdinal persona, std::span<const Token> identifiers);
  bool is_retracted(PersonaOrdinal persona, const Token& identifier) const;
  // What was asserted and is retracted, sorted by persona and identifier.
  std::vector<Link> retracted() const;
  // From whom the identifier is retracted, sorted.
  std::vector<PersonaOrdinal> retracted_from(const Token& identifier) const;
  // A latched identifier links nobody, whatever its degree. Lifting leaves an identifier that is
  // over its cap as it is.
  Change add_latch(const Token& identifier);
  Change lift_latch(const Token& identifier);
  // Bulk load: add_persona/load_* for everything, then settle() once. Same partition as adding one
  // by one. Nothing is reported as crossed: ask over_cap().
  void load_retraction(PersonaOrdinal persona, const Token& identifier);  // before the links
  void load_link(const Link& link);
  void load_cannot_link(const Token& first_persona, const Token& second_persona);
  void load_must_link(const Token& first_persona, const Token& second_persona, MustLinkKind kind);
  void load_latch(const Token& identifier);
  void settle();

  // The subject of a persona, itself included, sorted by ordinal. Empty when unknown.
  std::vector<Member> members(PersonaOrdinal persona) const;
  // Everyone who carries the identifier at a linking tier or above `at_least`, sorted.
  std::vector<PersonaOrdinal> holders(const Token& identifier, event::Tier at_least) const;
  // On any tier.
  bool carries(PersonaOrdinal persona, const Token& identifier) const;
  std::optional<PersonaOrdinal> persona(const Token& persona_token) const;
  std::optional<Token> persona_token(PersonaOrdinal persona) const;
  std::vector<Link> links_of(PersonaOrdinal persona) const;
  // The joins that hold the subject together: members-1 of them, in the order they were decided.
  std::vector<Join> explain(PersonaOrdinal persona) const;
  // The smallest strong member's token: what the subject's id derives from. Strong = carries an
  // authenticated link; when none does, the smallest of all.
  Token anchor(PersonaOrdinal persona) const;

  // Everything that is held, sorted by id; that of one subject's members; that of one id.
  std::vector<Hold> holds() const;
  std::vector<Hold> holds_of(PersonaOrdinal persona) const;
  std::optional<Hold> hold(const Token& id) const;
  std::size_t hold_count() const;
  // What links nobody, sorted by token: over its cap or latched.
  std::vector<OverCap> over_cap() const;
  bool latched(const Token& identifier) const;
  // How many personas carry it on a linking tier: what the cap counts.
  std::size_t degree(const Token& identifier) const;

  const Rules& rules() const;
  std::size_t persona_count() const;
  std::size_t subject_count() const;
  std::size_t link_count() const;
  // Keyed by nothing: a digest of the whole partition by tokens, for property tests ("one partition
  // hash").
  Token partition_hash() const;

  struct Impl;  // graph_impl.h; nobody else's

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace cdp::identity
