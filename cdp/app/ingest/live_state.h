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

#include <shared_mutex>
#include <unordered_set>

#include "cdp/app/ingest/batch_builder.h"
#include "cdp/app/ingest/fold_item.h"
#include "cdp/core/store/state.h"
#include "identity/profile.h"

namespace cdp::app {

// What folding one item changed; effects are planned from it.
struct Folded {
  Position position;
  PersonaOrdinal persona;
  bool document_changed = false;
  bool subject_changed = false;  // members joined or parted
  bool merged = false;
  bool from_public = false;
  std::vector<event::Statement> statements;  // as they entered the document
  std::vector<PersonaOrdinal> members;  // of the subject afterwards; filled when something changed
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
    const crypto::BlindIndex& pseudonym;
    Random& random;
    std::size_t cached_documents = 40'000;
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
  void erase(std::span<const PersonaOrdinal> personas);

  // The readers' side. Non-error: nobody, or more than one subject and none of them proven = empty.
  Result<std::optional<identity::Profile>> profile_by_identifier(const Token& identifier) const;
  Result<std::optional<identity::Profile>> profile_of(PersonaOrdinal persona) const;
  struct Explained {
    std::vector<identity::Member> members;
    std::vector<identity::Join> joins;
  };
  Explained explain(PersonaOrdinal persona) const;
  std::vector<PersonaOrdinal> holders(const Token& identifier) const;
  struct Sizes {
    std::size_t personas, subjects, links, cached_documents, dirty_documents;
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
  // What it means when neither memory nor state.db has the document. `certain`: the graph has never
  // seen the persona, and state.db is not asked.
  enum class Absent : std::uint8_t { certain, allowed, corrupt };
  Result<Cached*> document_for_write(PersonaOrdinal persona, Absent absent);
  Result<identity::PersonaDocument> open_document(PersonaOrdinal persona, ByteView sealed) const;
  Result<identity::PersonaDocument> read_document(PersonaOrdinal persona) const;
  Result<Folded> apply_one(FoldItem& item);
  Result<void> apply_fact(const event::Fact& fact, Folded& out);
  Result<void> apply_statement_copy(const event::Statement& statement, Folded& out);
  Result<void> apply_decision(ByteView body, Folded& out);
  void note_change(const identity::Change& change, Folded& out);
  Result<identity::Profile> assemble(PersonaOrdinal persona) const;
  void encode_dirty(FlushPlan& plan) const;
  void trim();

  Services services_;
  mutable std::shared_mutex mutex_;
  identity::Graph graph_;
  std::unordered_map<PersonaOrdinal, std::unique_ptr<Cached>> documents_;
  Heads heads_;
  std::unordered_set<std::uint64_t> dirty_head_pages_;
  std::vector<PersonaOrdinal> dirty_documents_;
  store::StateDelta pending_;
  Position applied_, collected_;
  std::uint32_t tick_ = 0;
};

}  // namespace cdp::app
