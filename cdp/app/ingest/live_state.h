// LiveState: the fold's working set, in memory, overlaid on state.db: the identity graph, the
// persona documents that are cached or not yet flushed, and the position up to which readers see
// (DESIGN §4, §6).
//
// Readers see one durable cut: the fold applies only what is committed, under the exclusive lock, a
// slice at a time.
//
// Documents: a document that is dirty, or handed to a flush that is not durable yet, is pinned;
// only clean ones leave the cache. (A cache that evicts a dirty document loses it.)
//
// Thread-safety: apply, erase and collect belong to the fold's thread, flushed to the flusher's;
// profile*, explain and their like are safe from any thread.
#pragma once

#include <map>
#include <set>
#include <shared_mutex>
#include <span>
#include <tuple>
#include <unordered_set>

#include "cdp/app/ingest/batch_builder.h"
#include "cdp/app/ingest/fold_item.h"
#include "cdp/app/ingest/keyed.h"
#include "cdp/core/store/state.h"
#include "identity/identifier_policy.h"
#include "identity/profile.h"

namespace cdp::app {

// A set of personas, one bit each, dense by ordinal.
class PersonaSet {
 public:
  bool contains(PersonaOrdinal persona) const {
    return persona.value() < bits_.size() && bits_[persona.value()];
  }
  void insert(PersonaOrdinal persona) {
    if (persona.value() >= bits_.size()) bits_.resize(persona.value() + persona.value() / 4 + 64);
    bits_[persona.value()] = true;
  }
  void erase(PersonaOrdinal persona) {
    if (persona.value() < bits_.size()) bits_[persona.value()] = false;
  }

 private:
  std::vector<bool> bits_;
};

// What folding one item changed; effects are planned from it.
struct Folded {
  Position position;
  PersonaOrdinal persona;
  bool document_changed = false;  // as readers see it
  bool subject_changed = false;   // members joined or parted
  bool merged = false;
  bool from_public = false;
  std::vector<event::Statement> statements;  // as they entered the document
  std::vector<std::string> corrected;        // attributes whose value is another one now
  std::vector<PersonaOrdinal> members;  // of the subject afterwards; filled when something changed
  // Every subject that exists now and did not before: one after a merge, two or more after a split.
  std::vector<std::vector<PersonaOrdinal>> formed;
  std::vector<store::LatchRow> crossed;  // identifiers that too many carry from here on
  // Who else carries the address that a record of our own pages is about, of other subjects.
  std::vector<PersonaOrdinal> address_holders;
};

// What a flush writes: encoded by the fold, sealed by the flusher.
struct FlushPlan {
  Position from, to;
  store::StateDelta delta;  // documents still unsealed
  std::vector<PersonaOrdinal> documents;
};

class LiveState {
 public:
  struct Services {
    store::State* state;
    PersonaKeys& keys;
    const store::BodyCodec& codec;
    const Keyed& keyed;
    Random& random;
    std::size_t cached_documents = 40'000;
    const identity::IdentifierPolicy* identifiers = nullptr;  // none = the rules built in
  };
  explicit LiveState(Services services);

  // Loads graph and heads from state.db. The fold then replays from applied().
  Result<void> load();
  Position applied() const;  // what readers see
  const Heads& heads() const { return heads_; }
  Position head(PersonaOrdinal persona) const;  // any thread

  // The fold's side.
  Result<std::vector<Folded>> apply(std::span<FoldItem> items);
  std::optional<FlushPlan> collect();  // everything dirty since the last collect; none when clean
  store::DocumentRow seal(const store::DocumentRow& plain) const;  // any thread
  void flushed(const FlushPlan& plan);  // the plan is durable: unpin and trim
  // Identifiers over their cap that no latch holds: after a change of the rules.
  std::vector<store::LatchRow> unlatched() const;
  void erase(std::span<const PersonaOrdinal> personas);

  // When the record's own document says already what these say: the position that was read at.
  std::optional<Position> repeats(PersonaOrdinal persona,
                                  std::span<const event::Statement> states) const;

  // The readers' side. Non-error: nobody, or more than one subject and none of them proven = empty.
  Result<std::optional<identity::Profile>> profile_by_identifier(const Token& identifier) const;
  // What belongs to whoever has proven this address: the records of the one subject that sources
  // which vouch for them tie to it, and what is proven to be the same person's. Empty when there
  // are none, or when they are several people's.
  Result<std::optional<identity::Profile>> profile_for_owner(const Token& address) const;
  // Whether every source of what the persona said vouches for it: nothing came over a public key.
  bool is_vouched(PersonaOrdinal persona) const;
  // Some record that carries the address and whose source vouches for it.
  Result<std::optional<PersonaOrdinal>> vouched_holder(const Token& address) const;
  // The same for a destination's lookup: an identifier that only public sources tie to the person
  // opens nothing that others vouched for (ProfileMember::withheld). Anybody who holds the browser
  // key can put his own address, or his own device, beside a victim's login.
  Result<std::optional<identity::Profile>> profile_for_lookup(const Token& identifier) const;
  Result<std::optional<identity::Profile>> profile_of(PersonaOrdinal persona) const;
  // The subject's id alone, without its documents; empty when the persona is unknown.
  Result<std::optional<SubjectId>> subject_of(PersonaOrdinal persona) const;
  struct Explained {
    std::vector<identity::Member> members;
    std::vector<identity::Join> joins;
  };
  Explained explain(PersonaOrdinal persona) const;
  std::vector<PersonaOrdinal> holders(const Token& identifier) const;
  // Records that tell of the persona's subject, ascending.
  Result<std::vector<Position>> versions_of(PersonaOrdinal persona) const;
  // Joins by order and proposals, as rows of state.
  std::vector<store::MustLinkRow> joins() const;
  std::vector<store::MustLinkRow> joins_of(PersonaOrdinal persona) const;  // with that record
  Result<std::optional<store::ReviewRow>> review(const Token& id) const;
  std::vector<store::LatchRow> latches() const;
  // Every latch that the ledger names, lifted or not.
  bool names_latch(const Token& identifier) const;
  // Held apart, joined or proposed by order, or joined once and taken back.
  bool is_decided(PersonaOrdinal first, PersonaOrdinal second) const;
  // How an officer's decision about the two stands: one person, two, or none in force.
  std::optional<bool> joined_by_order(PersonaOrdinal first, PersonaOrdinal second) const;
  // What was asserted and is taken back, by persona and identifier.
  struct Retracted {
    identity::Link link;
    Position record;
  };
  std::vector<Retracted> retractions() const;
  struct Sizes {
    std::size_t personas, subjects, links, cached_documents, dirty_documents;
    std::uint64_t observations;  // ever taken
  };
  Sizes sizes() const;
  // Runs `read` on the graph under the shared lock.
  void with_graph(const std::function<void(const identity::Graph&)>& read) const;

 private:
  struct Cached {
    identity::PersonaDocument document;
    bool dirty = false;
    std::uint32_t pins = 0;
    std::uint32_t used = 0;
  };
  using Pair = std::pair<Token, Token>;  // of persona tokens, the smaller first
  // What it means when neither memory nor state.db has the document. `certain`: the graph has never
  // seen the persona, and state.db is not asked.
  enum class Absent : std::uint8_t { certain, allowed, corrupt };
  Result<Cached*> document_for_write(PersonaOrdinal persona, Absent absent);
  Result<identity::PersonaDocument> open_document(PersonaOrdinal persona, ByteView sealed) const;
  Result<identity::PersonaDocument> read_document(PersonaOrdinal persona) const;
  Result<Folded> apply_one(FoldItem& item);
  Result<void> apply_fact(const event::Fact& fact, Folded& out);
  Result<void> apply_statement_copy(const event::Statement& statement, Folded& out);
  bool note_persona(const event::Fact& fact, PersonaOrdinal persona, bool known);
  std::vector<identity::Link> links_of(const event::Fact& fact, PersonaOrdinal persona) const;
  // live_state_identity.cc
  Result<void> load_decisions();
  Result<void> apply_decision(ByteView body, Folded& out);
  Result<void> apply_change(ByteView body, Position record);
  Result<void> apply_retraction(ByteView body, Folded& out);
  Result<void> apply_body(const FoldItem& item, ByteView body, Folded& out);
  void note_address_holders(const event::Fact& fact, Folded& out) const;
  std::vector<PersonaOrdinal> holder_of_click(const event::Fact& fact) const;
  void set_aside_retracted(identity::ProfileMember& member) const;
  void decide_pair(const LinkDecision& decision, Folded& out);
  void decide_latch(const LinkDecision& decision, Folded& out);
  void latch_still_over(const Token& identifier, Folded& out);
  std::optional<std::pair<Token, Token>> pair_of(const LinkDecision& decision) const;
  void keep_apart(const std::pair<Token, Token>& pair, bool apart, Folded& out);
  void set_join(const std::pair<Token, Token>& pair, LinkDecision::Origin origin, bool joined,
                Folded& out);
  bool is_joined(const Pair& pair) const;  // in any way
  void index_joins(const Pair& pair);
  void forget_decisions(const Token& persona_token);
  void forget_reviews(const Token& persona_token);
  void latch_crossed(const std::vector<Token>& crossed, std::span<const identity::Link> links,
                     Folded& out);
  void note_change(const identity::Change& change, Folded& out);
  Result<SubjectId> subject_id_of(PersonaOrdinal persona) const;
  Result<identity::PersonaDocument> document_of(PersonaOrdinal persona) const;
  Result<identity::Profile> assemble(PersonaOrdinal persona) const;
  Result<void> hear_held(identity::Profile& profile) const;
  std::vector<PersonaOrdinal> vouched(std::vector<PersonaOrdinal> personas) const;
  std::vector<PersonaOrdinal> without_claims(std::vector<PersonaOrdinal> personas) const;
  bool is_one_subject(const std::vector<PersonaOrdinal>& personas) const;
  void encode_dirty(FlushPlan& plan) const;
  void trim();

  Services services_;
  mutable std::shared_mutex mutex_;
  identity::Graph graph_;
  std::unordered_map<PersonaOrdinal, std::unique_ptr<Cached>> documents_;
  Heads heads_;
  PersonaSet public_;  // as PersonaDocument::trust says, without opening any
  std::unordered_set<std::uint64_t> dirty_head_pages_;
  std::vector<PersonaOrdinal> dirty_documents_;
  // What is decided, by persona tokens (the smaller first): to be taken out of the graph again.
  std::set<Pair> apart_;
  std::map<std::tuple<Token, Token, LinkDecision::Origin>, Position> joins_;
  std::unordered_map<Token, std::set<Token>, TokenHash> joined_with_;  // both ways, of joins_
  std::unordered_map<Token, store::LatchRow, TokenHash> latches_;      // those lifted among them
  std::map<std::pair<PersonaOrdinal, Token>, Position> retractions_;
  // Not yet known to be in state.db.
  std::vector<store::SubjectVersionRow> recent_versions_;
  std::map<Token, store::ReviewRow> recent_reviews_;
  store::StateDelta pending_;
  Position applied_, collected_;
  std::uint64_t observations_ = 0;
  std::uint32_t tick_ = 0;
};

}  // namespace cdp::app
