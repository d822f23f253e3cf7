// The readers' side of LiveState: profiles under the shared lock.

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "cdp/app/ingest/live_state.h"
#include "cdp/core/base/limits.h"
#include "consent/weighing.h"

namespace cdp::app {

// From the anchor's random id of this life, not from its key: who comes back after an erasure is
// not recognised by the subject's id (DESIGN §8).
Result<SubjectId> LiveState::subject_id_of(PersonaOrdinal persona) const {
  const auto anchor = graph_.persona(graph_.anchor(persona)).value_or(persona);
  CDP_TRY(const auto anchor_key, services_.keys.open(anchor));
  return identity::subject_id(anchor_key.persona.bytes(), services_.keyed.pseudonym);
}

Result<std::optional<SubjectId>> LiveState::subject_of(PersonaOrdinal persona) const {
  const std::shared_lock lock(mutex_);
  if (!graph_.persona_token(persona)) return std::optional<SubjectId>();
  CDP_TRY(const auto subject, subject_id_of(persona));
  return std::optional(subject);
}

Result<identity::PersonaDocument> LiveState::document_of(PersonaOrdinal persona) const {
  const auto found = documents_.find(persona);
  if (found != documents_.end()) return found->second->document;
  return read_document(persona);
}

// What an officer took back is not this record's: nobody is shown it, and no choice about it
// counts.
void LiveState::set_aside_retracted(identity::ProfileMember& member) const {
  if (retractions_.empty()) return;
  auto& carried = member.document.identifiers;
  const auto stands = [&](const event::FactIdentifier& one) {
    return !retractions_.contains({member.persona, one.token});
  };
  const auto aside = std::stable_partition(carried.begin(), carried.end(), stands);
  member.retracted.assign(std::make_move_iterator(aside), std::make_move_iterator(carried.end()));
  carried.erase(aside, carried.end());
}

Result<identity::Profile> LiveState::assemble(PersonaOrdinal persona) const {
  identity::Profile profile;
  profile.position = applied_;
  CDP_TRY(profile.subject, subject_id_of(persona));
  for (const auto& member : graph_.members(persona)) {
    identity::ProfileMember out;
    out.persona = member.persona;
    out.proof_group = member.proof_group;
    CDP_TRY(out.document, document_of(member.persona));
    set_aside_retracted(out);
    profile.members.push_back(std::move(out));
  }
  CDP_CHECK(hear_held(profile));
  return profile;
}

namespace {

bool is_about(const event::Statement& statement, const identity::PersonaDocument& mine) {
  return statement.contact_point && std::ranges::any_of(mine.identifiers, [&](const auto& carried) {
           return carried.token == *statement.contact_point;
         });
}

// The newest no of each kind that `theirs` holds and that counts for `mine`: newest as the engine
// orders them, so that an old one that is heard of late takes no newer one's place.
std::vector<event::Statement> noes_for(const identity::PersonaDocument& mine,
                                       const identity::PersonaDocument& theirs, bool every) {
  using Kind =
      std::tuple<std::string, std::string, std::string, std::optional<Token>, event::Choice, bool>;
  std::map<Kind, const event::Statement*> newest;
  for (const auto& said : theirs.statements) {
    if (said.choice == event::Choice::granted || !(every || is_about(said, mine))) continue;
    const auto*& kept = newest[{said.purpose, said.channel, said.vendor, said.contact_point,
                                said.choice, consent::is_complaint(said)}];
    // Of the same date the later in the ledger, the order in which they are read.
    if (kept == nullptr || consent::no_time(*kept) <= consent::no_time(said)) kept = &said;
  }
  std::vector<event::Statement> out;
  for (const auto& [kind, said] : newest) {
    out.push_back(*said);
    out.back().evidence = {};  // the speaker's own
    out.back().place.clear();
  }
  return out;
}

}  // namespace

// What is held apart is not joined, but a no must not be lost between two accounts (DESIGN §7 rule
// 1; fail closed). Of a record that shares an identifier and is no account itself, every no counts
// for everybody it might be; of another account, the no about an address counts for whoever has
// that address. Read as if copied, and gone when an officer says that the two are two people. The
// caps on degree bound how many are asked.
Result<void> LiveState::hear_held(identity::Profile& profile) const {
  for (auto& mine : profile.members) {
    for (const PersonaOrdinal other : graph_.apart_from(mine.persona)) {
      const auto token = graph_.persona_token(other);
      if (!token || graph_.is_cannot_link(mine.document.persona_token, *token)) continue;
      CDP_TRY(const auto theirs, document_of(other));
      for (const auto& said : noes_for(mine.document, theirs, !graph_.is_anchored(other))) {
        mine.document.apply_copy(said);
      }
    }
  }
  return {};
}

Result<std::optional<identity::Profile>> LiveState::profile_of(PersonaOrdinal persona) const {
  const std::shared_lock lock(mutex_);
  if (!graph_.persona_token(persona)) return std::optional<identity::Profile>{};
  CDP_TRY(auto profile, assemble(persona));
  return std::optional<identity::Profile>(std::move(profile));
}

std::optional<Position> LiveState::repeats(PersonaOrdinal persona,
                                           std::span<const event::Statement> states) const {
  const std::shared_lock lock(mutex_);
  if (!graph_.persona_token(persona)) return std::nullopt;
  const auto document = document_of(persona);
  const bool known = document && std::ranges::all_of(states, [&](const event::Statement& state) {
                       return document->repeats(state);
                     });
  return known ? std::optional(applied_) : std::nullopt;
}

std::vector<PersonaOrdinal> LiveState::without_claims(std::vector<PersonaOrdinal> personas) const {
  std::erase_if(personas, [&](PersonaOrdinal persona) { return public_.contains(persona); });
  return personas;
}

// The personas among these whose source vouches for what it says, to be shown or opened. Claims go
// first: as many as anybody likes to make must not hide whose address it is.
std::vector<PersonaOrdinal> LiveState::vouched(std::vector<PersonaOrdinal> personas) const {
  personas = without_claims(std::move(personas));
  if (personas.size() > limits::kComponentPersonasMax) personas.clear();  // everybody's: nobody's
  return personas;
}

bool LiveState::is_vouched(PersonaOrdinal persona) const {
  const std::shared_lock lock(mutex_);
  return !public_.contains(persona);
}

bool LiveState::is_one_subject(const std::vector<PersonaOrdinal>& personas) const {
  if (personas.empty()) return false;
  const auto members = graph_.members(personas.front());
  return std::ranges::all_of(personas, [&](PersonaOrdinal persona) {
    return std::ranges::find(members, persona, &identity::Member::persona) != members.end();
  });
}

Result<std::optional<identity::Profile>> LiveState::profile_by_identifier(
    const Token& identifier) const {
  const std::shared_lock lock(mutex_);
  // Proven holders first; a claim decides only where nobody has proof. More than one subject on the
  // same footing is nobody's: an answer would be a guess about a person. What only a browser claims
  // stands in nobody's way.
  for (const event::Tier tier : {event::Tier::authenticated, event::Tier::declared,
                                 event::Tier::device, event::Tier::none}) {
    auto holders = graph_.holders(identifier, tier);
    if (holders.empty()) continue;
    if (!is_one_subject(holders)) holders = vouched(std::move(holders));
    if (!is_one_subject(holders)) break;
    CDP_TRY(auto profile, assemble(holders.front()));
    return std::optional<identity::Profile>(std::move(profile));
  }
  return std::optional<identity::Profile>{};
}

Result<std::optional<identity::Profile>> LiveState::profile_for_owner(const Token& address) const {
  const std::shared_lock lock(mutex_);
  const auto holders = vouched(graph_.holders(address, event::Tier::none));
  if (!is_one_subject(holders)) return std::optional<identity::Profile>{};
  CDP_TRY(auto profile, assemble(holders.front()));
  std::set<std::uint32_t> proven;
  for (const auto& member : profile.members) {
    if (std::ranges::find(holders, member.persona) != holders.end())
      proven.insert(member.proof_group);
  }
  std::erase_if(profile.members,
                [&](const auto& member) { return !proven.contains(member.proof_group); });
  return std::optional<identity::Profile>(std::move(profile));
}

Result<std::optional<PersonaOrdinal>> LiveState::vouched_holder(const Token& address) const {
  const std::shared_lock lock(mutex_);
  const auto holders = vouched(graph_.holders(address, event::Tier::none));
  return holders.empty() ? std::optional<PersonaOrdinal>() : std::optional(holders.front());
}

Result<std::optional<identity::Profile>> LiveState::profile_for_lookup(
    const Token& identifier) const {
  CDP_TRY(auto profile, profile_by_identifier(identifier));
  if (!profile) return profile;
  const auto is_public = [](const identity::ProfileMember& member) {
    return member.document.trust == event::Trust::public_key;
  };
  const bool vouched =
      std::any_of(profile->members.begin(), profile->members.end(), [&](const auto& member) {
        const auto& carried = member.document.identifiers;
        return !is_public(member) &&
               std::any_of(carried.begin(), carried.end(),
                           [&](const auto& one) { return one.token == identifier; });
      });
  if (vouched) return profile;
  for (auto& member : profile->members) member.withheld = !is_public(member);
  return profile;
}

LiveState::Explained LiveState::explain(PersonaOrdinal persona) const {
  const std::shared_lock lock(mutex_);
  return {graph_.members(persona), graph_.explain(persona)};
}

std::vector<PersonaOrdinal> LiveState::holders(const Token& identifier) const {
  const std::shared_lock lock(mutex_);
  return graph_.holders(identifier, event::Tier::none);
}

LiveState::Sizes LiveState::sizes() const {
  const std::shared_lock lock(mutex_);
  return {graph_.persona_count(), graph_.subject_count(),  graph_.link_count(),
          documents_.size(),      dirty_documents_.size(), observations_};
}

void LiveState::with_graph(const std::function<void(const identity::Graph&)>& read) const {
  const std::shared_lock lock(mutex_);
  read(graph_);
}

}  // namespace cdp::app
