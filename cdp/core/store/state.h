// State: a fold of the ledger, flushed behind it (engine: state.db; never backed up, rebuilt at
// will). Holds the links of the identity graph, the sealed persona documents, the heads of each
// persona's chain of records, and applied_position, all moved forward in one transaction (DESIGN
// §4, invariant 6).
//
// Thread-safety: apply is serialised inside; reads run beside it and see the last apply. Errors and
// non-errors: as ledger.h.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "cdp/core/store/key_store.h"

namespace cdp::store {

// "This persona carries this identifier, on this tier": one edge of the bipartite identity graph.
struct LinkRow {
  PersonaOrdinal persona;
  Token identifier{};
  std::uint8_t tier = 0;  // event::Tier
  std::uint8_t kind = 0;  // identity's number for the identifier type
};

// What identity must know of a persona without opening its document.
struct PersonaRow {
  PersonaOrdinal persona;
  Token persona_token{};
  static constexpr std::uint8_t kAnonymous = 1;  // known only by a device id
  static constexpr std::uint8_t kPublic = 2;     // some fact of it came over a public key
  std::uint8_t flags = 0;
};

// An order to keep two personas apart, by their tokens (first < second).
struct CannotLinkRow {
  Token first{};
  Token second{};
};

// An order, or a proposal, to join two personas, by their tokens (first < second). `origin`: the
// app's number for who gave it; `record`: where it stands in the ledger.
struct MustLinkRow {
  Token first{};
  Token second{};
  std::uint8_t origin = 0;
  Position record;
};

// What an officer decided about a held merge or a proposal between two personas (their tokens,
// first < second), and the record that says so.
struct ReviewRow {
  Token id{};
  std::uint8_t outcome = 0;  // the app's number
  Position record;
  Token first{};
  Token second{};
};

// An identifier that links nobody any more, until it is lifted. `kind`: as LinkRow::kind. One that
// was lifted stays: the ledger goes on naming it.
struct LatchRow {
  Token identifier{};
  std::uint8_t kind = 0;
  bool lifted = false;
};

// "The persona does not carry the identifier", whatever its records say: an officer took the
// assertion back, by this record.
struct RetractionRow {
  PersonaOrdinal persona;
  Token identifier{};
  Position record;
};

// "This record of the ledger tells of a change of the subject that the persona was in."
struct SubjectVersionRow {
  PersonaOrdinal persona;
  Position record;
};

struct DocumentRow {
  PersonaOrdinal persona;
  Bytes sealed;
};

// The last ledger position of 1,024 consecutive personas: page n holds ordinals [n*1024,
// n*1024+1023].
struct HeadPage {
  static constexpr std::size_t kPersonas = 1'024;
  std::uint64_t page = 0;
  std::vector<std::uint64_t> heads;  // kPersonas positions; 0 = none
};

struct StateDelta {
  std::vector<LinkRow> links;        // put; key (persona, identifier); the higher tier wins
  std::vector<PersonaRow> personas;  // put
  std::vector<CannotLinkRow> cannot_link;
  std::vector<CannotLinkRow> cannot_link_removed;
  std::vector<MustLinkRow> must_link;  // put by pair and origin
  std::vector<MustLinkRow> must_link_removed;
  std::vector<Token> reviews_ended;  // persona tokens: reviews that name one go, before the puts
  std::vector<ReviewRow> reviews;    // put
  std::vector<LatchRow> latches;     // put
  std::vector<RetractionRow> retractions;  // put by persona and identifier
  std::vector<RetractionRow> retractions_removed;
  std::vector<SubjectVersionRow> versions;  // put
  std::vector<DocumentRow> documents;       // put
  std::vector<HeadPage> heads;              // put
  std::uint64_t observations = 0;           // folded between from and to: added
  std::vector<PersonaOrdinal> erased;       // everything of these personas goes, after the puts
};

class State : public StoreFile {
 public:
  // Moves applied_position from `from` to `to` with everything in `delta`, or nothing.
  // Errors: conflict when applied_position is not `from`.
  virtual Result<void> apply(Position from, Position to, const StateDelta& delta, Fence fence) = 0;
  virtual Result<Position> applied_position() const = 0;
  // Ever folded, those erased since included.
  virtual Result<std::uint64_t> observations() const = 0;

  virtual Result<void> each_link(const std::function<void(const LinkRow&)>& row) const = 0;
  virtual Result<void> each_persona(const std::function<void(const PersonaRow&)>& row) const = 0;
  virtual Result<void> each_cannot_link(
      const std::function<void(const CannotLinkRow&)>& row) const = 0;
  virtual Result<void> each_must_link(const std::function<void(const MustLinkRow&)>& row) const = 0;
  virtual Result<std::optional<ReviewRow>> review(const Token& id) const = 0;
  virtual Result<void> each_review(const std::function<void(const ReviewRow&)>& row) const = 0;
  virtual Result<void> each_retraction(
      const std::function<void(const RetractionRow&)>& row) const = 0;
  virtual Result<void> each_latch(const std::function<void(const LatchRow&)>& row) const = 0;
  // Ascending.
  virtual Result<std::vector<Position>> versions_of(PersonaOrdinal persona) const = 0;
  virtual Result<void> each_head_page(const std::function<void(const HeadPage&)>& row) const = 0;
  // In ordinal order.
  virtual Result<void> each_document(const std::function<bool(const DocumentRow&)>& row) const = 0;
  virtual Result<std::optional<Bytes>> document(PersonaOrdinal persona) const = 0;

  // "" when fresh; a rule change makes the caller rebuild.
  virtual Result<std::string> rule_version() const = 0;
  // Erasure: deletes everything of the personas at once, overwriting it.
  virtual Result<void> erase(const std::vector<PersonaOrdinal>& personas, Fence fence) = 0;
};

}  // namespace cdp::store
