#include "cdp/app/ingest/live_state.h"

#include <algorithm>

#include "cdp/core/base/limits.h"
#include "consent/own_choice.h"
#include "consent/unsubscribe.h"
#include "identity/identifier.h"
#include "identity/resolver.h"

namespace cdp::app {
namespace {

// How many documents leave the cache while readers are held out.
constexpr std::size_t kTrimSlice = 256;

}  // namespace

LiveState::LiveState(Services services)
    : services_(services),
      graph_(services.identifiers == nullptr ? identity::Rules() : services.identifiers->rules(),
             limits::kComponentPersonasMax) {}

Result<void> LiveState::load() {
  const std::unique_lock lock(mutex_);
  CDP_CHECK(services_.state->each_persona([&](const store::PersonaRow& row) {
    graph_.add_persona(row.persona, row.persona_token);
    if ((row.flags & store::PersonaRow::kPublic) != 0) public_.insert(row.persona);
  }));
  CDP_CHECK(load_decisions());
  CDP_CHECK(services_.state->each_link([&](const store::LinkRow& row) {
    graph_.load_link({row.persona, row.identifier, static_cast<event::Tier>(row.tier), row.kind});
  }));
  graph_.settle();
  CDP_CHECK(services_.state->each_head_page([&](const store::HeadPage& page) {
    for (std::size_t i = 0; i < page.heads.size(); ++i) {
      if (page.heads[i] == 0) continue;
      heads_.set(PersonaOrdinal(page.page * store::HeadPage::kPersonas + i),
                 Position(page.heads[i]));
    }
  }));
  CDP_TRY(applied_, services_.state->applied_position());
  CDP_TRY(observations_, services_.state->observations());
  collected_ = applied_;
  return {};
}

Position LiveState::applied() const {
  const std::shared_lock lock(mutex_);
  return applied_;
}

Position LiveState::head(PersonaOrdinal persona) const {
  const std::shared_lock lock(mutex_);
  return heads_.get(persona);
}

Result<std::vector<Folded>> LiveState::apply(std::span<FoldItem> items) {
  std::vector<Folded> out;
  out.reserve(items.size());
  const std::unique_lock lock(mutex_);
  for (FoldItem& item : items) {
    CDP_TRY(auto folded, apply_one(item));
    applied_ = item.position;
    out.push_back(std::move(folded));
  }
  return out;
}

Result<Folded> LiveState::apply_one(FoldItem& item) {
  Folded out;
  out.position = item.position;
  out.persona = item.persona;
  if (!item.persona.none() && item.kind != store::RecordKind::erasure) {
    heads_.set(item.persona, item.position);
    dirty_head_pages_.insert(item.persona.value() / store::HeadPage::kPersonas);
  }
  if (const auto* fact = std::get_if<event::Fact>(&item.content)) {
    ++observations_;
    ++pending_.observations;
    CDP_CHECK(apply_fact(*fact, out));
  } else if (const auto* statement = std::get_if<event::Statement>(&item.content)) {
    CDP_CHECK(apply_statement_copy(*statement, out));
  } else if (const auto* body = std::get_if<Bytes>(&item.content)) {
    CDP_CHECK(apply_body(item, *body, out));
  }
  return out;
}

Result<void> LiveState::apply_fact(const event::Fact& fact, Folded& out) {
  out.from_public = fact.trust == event::Trust::public_key;
  const bool known = graph_.persona_token(out.persona).has_value();
  if (!known) {
    // A new life may arrive before the fold dropped the erased one: the old one must not stand in
    // its way.
    if (const auto former = graph_.persona(fact.persona_token)) {
      forget_decisions(fact.persona_token);
      graph_.remove_persona(*former);
    }
    graph_.add_persona(out.persona, fact.persona_token);
  }
  const bool trust_changed = note_persona(fact, out.persona, known);
  const auto links = links_of(fact, out.persona);
  std::vector<identity::Link> fresh;
  for (const auto& link : links) {
    if (graph_.would_change(link)) fresh.push_back(link);
  }
  // The common event names a known person and changes nothing: no document is touched (DESIGN §4).
  if (known && !trust_changed && fresh.empty() && fact.attributes.empty() &&
      fact.statements.empty()) {
    return {};
  }
  CDP_TRY(auto* cached, document_for_write(out.persona, known ? Absent::allowed : Absent::certain));
  const std::size_t statements_before = cached->document.statements.size();
  out.corrected = cached->document.corrected_by(fact, out.position);
  out.document_changed = cached->document.apply(fact, out.position);
  if (out.document_changed && !cached->dirty) {
    cached->dirty = true;
    dirty_documents_.push_back(out.persona);
  }
  out.statements.assign(
      cached->document.statements.begin() + static_cast<std::ptrdiff_t>(statements_before),
      cached->document.statements.end());
  if (!fresh.empty()) {
    for (const auto& link : fresh) {
      pending_.links.push_back(
          {link.persona, link.identifier, static_cast<std::uint8_t>(link.tier), link.kind});
    }
    const auto change = graph_.add_links(fresh);
    note_change(change, out);
    latch_crossed(change.crossed, fresh, out);
  }
  if (out.document_changed || out.subject_changed) {
    for (const auto& member : graph_.members(out.persona)) out.members.push_back(member.persona);
  }
  note_address_holders(fact, out);
  return {};
}

// Who once spoke over a public key is not vouched for, whatever came before or since. True when
// that is new.
bool LiveState::note_persona(const event::Fact& fact, PersonaOrdinal persona, bool known) {
  const bool from_public = fact.trust == event::Trust::public_key;
  const bool falls = from_public && !public_.contains(persona);
  if (known && !falls) return false;
  if (falls) public_.insert(persona);
  std::uint8_t flags = fact.anonymous ? store::PersonaRow::kAnonymous : std::uint8_t{0};
  if (from_public) flags |= store::PersonaRow::kPublic;
  pending_.personas.push_back({persona, fact.persona_token, flags});
  return falls;
}

// What is said on our own pages through an address counts for everybody who has it, also where it
// links nobody (a role mailbox, an address over its cap). An unsubscription by one click is for the
// record alone that its link was made for.
void LiveState::note_address_holders(const event::Fact& fact, Folded& out) const {
  if (fact.source != consent::kOwnSource || fact.identifiers.empty()) return;
  const auto by_click = [](const event::Statement& said) {
    return said.method == event::method::kUnsubscribe;
  };
  if (out.statements.empty()) return;
  std::vector<PersonaOrdinal> holders;
  if (std::ranges::any_of(out.statements, by_click)) {
    holders = holder_of_click(fact);
  } else {
    // The address itself; what is made from it follows.
    holders = graph_.holders(fact.identifiers.front().token, event::Tier::none);
    // Nobody escapes a no by claims that anybody can make, nor by being many.
    if (holders.size() > limits::kComponentPersonasMax) {
      holders = without_claims(std::move(holders));
    }
  }
  std::erase_if(holders, [&](PersonaOrdinal holder) {
    return std::ranges::find(out.members, holder) != out.members.end();
  });
  out.address_holders = std::move(holders);
}

// The record of a click is named after the one that its link was made for, which may have nothing
// but an address that links nobody any more: whoever holds the browser's key can bring that about.
std::vector<PersonaOrdinal> LiveState::holder_of_click(const event::Fact& fact) const {
  for (const auto& identifier : fact.identifiers) {
    for (const PersonaOrdinal holder :
         without_claims(graph_.holders(identifier.token, event::Tier::none))) {
      const auto token = graph_.persona_token(holder);
      if (token &&
          services_.keyed.persona_token(consent::kOwnSource, consent::unsubscription_key(*token)) ==
              fact.persona_token) {
        return {holder};
      }
    }
  }
  return {};
}

void LiveState::note_change(const identity::Change& change, Folded& out) {
  out.subject_changed = out.subject_changed || !change.formed.empty();
  out.merged = out.merged || change.merged;
  out.formed.insert(out.formed.end(), change.formed.begin(), change.formed.end());
}

// The tier is judged here and not at ingest: a rule that changes holds for what was said before it,
// too, once state is folded again.
std::vector<identity::Link> LiveState::links_of(const event::Fact& fact,
                                                PersonaOrdinal persona) const {
  static const identity::IdentifierPolicy kBuiltIn;
  const auto& policy = services_.identifiers == nullptr ? kBuiltIn : *services_.identifiers;
  auto links = identity::links_of(persona, fact.identifiers, graph_.rules());
  for (std::size_t i = 0; i < links.size(); ++i) {
    // What ingest found to link nobody (a role mailbox) never does.
    if (links[i].tier == event::Tier::none) continue;
    const auto tier = identity::effective_tier(fact.identifiers[i].type, fact.trust, policy);
    // Nor does a spelling that was folded ever link like the address itself.
    const bool folded =
        links[i].tier == event::Tier::device && identity::may_be_folded(fact.identifiers[i].type);
    links[i].tier = folded ? std::min(tier, event::Tier::device) : tier;
  }
  return links;
}

// Whose erasure was cut short is gone from state already, and the key may still open his records:
// there is nobody left to protect.
Result<void> LiveState::apply_statement_copy(const event::Statement& statement, Folded& out) {
  if (!graph_.persona_token(out.persona)) return {};
  CDP_TRY(auto* cached, document_for_write(out.persona, Absent::corrupt));
  if (!cached->document.apply_copy(statement)) return {};
  out.document_changed = true;
  if (!cached->dirty) {
    cached->dirty = true;
    dirty_documents_.push_back(out.persona);
  }
  return {};
}

Result<LiveState::Cached*> LiveState::document_for_write(PersonaOrdinal persona, Absent absent) {
  if (const auto found = documents_.find(persona); found != documents_.end()) {
    found->second->used = ++tick_;
    return found->second.get();
  }
  auto cached = std::make_unique<Cached>();
  cached->used = ++tick_;
  if (absent != Absent::certain) {
    CDP_TRY(const auto sealed, services_.state->document(persona));
    if (sealed) {
      CDP_TRY(cached->document, open_document(persona, *sealed));
    } else if (absent == Absent::corrupt) {
      return fail(ErrorCode::corrupt, "a statement was copied to a persona without a document");
    }
  }
  return (documents_[persona] = std::move(cached)).get();
}

Result<identity::PersonaDocument> LiveState::read_document(PersonaOrdinal persona) const {
  CDP_TRY(const auto sealed, services_.state->document(persona));
  if (!sealed) return fail(ErrorCode::corrupt, "a persona of the graph has no document");
  return open_document(persona, *sealed);
}

Result<identity::PersonaDocument> LiveState::open_document(PersonaOrdinal persona,
                                                           ByteView sealed) const {
  CDP_TRY(const auto open, services_.keys.open(persona));
  CDP_TRY(const auto packed, services_.codec.open(sealed, open.key.encryption_key(), open.persona,
                                                  "document", persona.value()));
  CDP_TRY(const auto plain, services_.codec.unpack(packed));
  return identity::PersonaDocument::decode(plain);
}

std::optional<FlushPlan> LiveState::collect() {
  if (applied_ == collected_) return std::nullopt;
  FlushPlan plan;
  plan.from = collected_;
  plan.to = applied_;
  std::sort(dirty_documents_.begin(), dirty_documents_.end());
  plan.delta = std::exchange(pending_, {});
  encode_dirty(plan);
  const std::unique_lock lock(mutex_);
  for (const PersonaOrdinal persona : plan.documents) {
    Cached& cached = *documents_.at(persona);
    cached.dirty = false;
    ++cached.pins;
  }
  dirty_documents_.clear();
  for (const std::uint64_t page : dirty_head_pages_) {
    store::HeadPage row;
    row.page = page;
    row.heads.resize(store::HeadPage::kPersonas);
    for (std::size_t i = 0; i < row.heads.size(); ++i) {
      row.heads[i] = heads_.get(PersonaOrdinal(page * store::HeadPage::kPersonas + i)).value();
    }
    plan.delta.heads.push_back(std::move(row));
  }
  dirty_head_pages_.clear();
  collected_ = applied_;
  return plan;
}

// Readers go on meanwhile: only this thread changes documents, and a dirty one is never trimmed.
void LiveState::encode_dirty(FlushPlan& plan) const {
  const std::shared_lock lock(mutex_);
  for (const PersonaOrdinal persona : dirty_documents_) {
    const auto found = documents_.find(persona);
    if (found == documents_.end()) continue;  // erased since
    plan.documents.push_back(persona);
    plan.delta.documents.push_back({persona, found->second->document.encode()});
  }
}

store::DocumentRow LiveState::seal(const store::DocumentRow& plain) const {
  const auto open = services_.keys.open(plain.persona);
  // Erased between collect and flush: an empty row tells the flusher to leave it out.
  if (!open) return {plain.persona, {}};
  return {plain.persona,
          services_.codec.seal(services_.codec.pack(plain.sealed), open->key.encryption_key(),
                               open->persona, "document", plain.persona.value(), services_.random)};
}

void LiveState::flushed(const FlushPlan& plan) {
  {
    const std::unique_lock lock(mutex_);
    for (const PersonaOrdinal persona : plan.documents) {
      const auto found = documents_.find(persona);
      if (found != documents_.end() && found->second->pins > 0) --found->second->pins;
    }
    std::erase_if(recent_versions_, [&](const auto& row) { return row.record <= plan.to; });
    std::erase_if(recent_reviews_, [&](const auto& row) { return row.second.record <= plan.to; });
  }
  trim();
}

// The least used of the clean documents, as many as are too many. Chosen beside readers and taken
// out a few at a time: whoever was touched in between stays.
void LiveState::trim() {
  std::vector<std::pair<std::uint32_t, PersonaOrdinal>> idle;
  std::size_t excess = 0;
  {
    const std::shared_lock lock(mutex_);
    if (documents_.size() <= services_.cached_documents) return;
    excess = documents_.size() - services_.cached_documents * 3 / 4;
    idle.reserve(documents_.size());
    for (const auto& [persona, cached] : documents_) {
      if (!cached->dirty && cached->pins == 0) idle.emplace_back(cached->used, persona);
    }
  }
  excess = std::min(excess, idle.size());
  std::nth_element(idle.begin(), idle.begin() + static_cast<std::ptrdiff_t>(excess), idle.end());
  for (std::size_t at = 0; at < excess; at += kTrimSlice) {
    std::vector<std::unique_ptr<Cached>> gone;  // ends after the lock
    gone.reserve(kTrimSlice);
    const std::unique_lock lock(mutex_);
    for (std::size_t i = at; i < std::min(excess, at + kTrimSlice); ++i) {
      const auto found = documents_.find(idle[i].second);
      if (found == documents_.end()) continue;
      const Cached& cached = *found->second;
      if (cached.dirty || cached.pins > 0 || cached.used != idle[i].first) continue;
      gone.push_back(std::move(found->second));
      documents_.erase(found);
    }
  }
}

void LiveState::erase(std::span<const PersonaOrdinal> personas) {
  const std::unique_lock lock(mutex_);
  for (const PersonaOrdinal persona : personas) {
    if (const auto token = graph_.persona_token(persona)) forget_decisions(*token);
    graph_.remove_persona(persona);
    documents_.erase(persona);
    heads_.set(persona, Position{});
    public_.erase(persona);
    const auto of_persona = [&](const auto& row) { return row.persona == persona; };
    std::erase_if(pending_.links, of_persona);
    std::erase_if(pending_.personas, of_persona);
    std::erase_if(pending_.versions, of_persona);
    std::erase_if(pending_.retractions, of_persona);
    std::erase_if(pending_.retractions_removed, of_persona);
    std::erase_if(retractions_, [&](const auto& entry) { return entry.first.first == persona; });
    std::erase_if(recent_versions_, of_persona);
    pending_.erased.push_back(persona);
    dirty_head_pages_.insert(persona.value() / store::HeadPage::kPersonas);
  }
}

}  // namespace cdp::app
