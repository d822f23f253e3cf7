// The readers' side of LiveState: profiles under the shared lock.

#include <algorithm>

#include "cdp/app/ingest/live_state.h"

namespace cdp::app {

// From the anchor's random id of this life, not from its key: who comes back after an erasure is
// not recognised by the subject's id (DESIGN §8).
Result<SubjectId> LiveState::subject_id_of(PersonaOrdinal persona) const {
  const auto anchor = graph_.persona(graph_.anchor(persona)).value_or(persona);
  CDP_TRY(const auto anchor_key, services_.keys.open(anchor));
  return identity::subject_id(anchor_key.persona.bytes(), services_.pseudonym);
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

Result<identity::Profile> LiveState::assemble(PersonaOrdinal persona) const {
  identity::Profile profile;
  profile.position = applied_;
  CDP_TRY(profile.subject, subject_id_of(persona));
  for (const auto& member : graph_.members(persona)) {
    identity::ProfileMember out;
    out.persona = member.persona;
    out.proof_group = member.proof_group;
    CDP_TRY(out.document, document_of(member.persona));
    profile.members.push_back(std::move(out));
  }
  CDP_CHECK(hear_held(profile));
  return profile;
}

// What is held apart is not joined, but a no must not be lost between two accounts (DESIGN §7 rule
// 1; fail closed). Of a record that belongs as much to one account as to another, every no counts
// for both; of another account, the no about an address counts for whoever has that address. Read
// as if copied, and gone when an officer says that the two are two people.
Result<void> LiveState::hear_held(identity::Profile& profile) const {
  const auto member_of = [&](PersonaOrdinal persona) {
    return std::ranges::find(profile.members, persona, &identity::ProfileMember::persona);
  };
  for (const auto& hold : graph_.holds_of(profile.members.front().persona)) {
    if (hold.reason == identity::HoldReason::over_cap ||
        hold.reason == identity::HoldReason::many_values) {
      continue;
    }
    const bool first = member_of(hold.a) != profile.members.end();
    const auto mine = member_of(first ? hold.a : hold.b);
    for (const auto& other : graph_.members(first ? hold.b : hold.a)) {
      CDP_TRY(const auto document, document_of(other.persona));
      for (const auto& statement : document.statements) {
        const bool about_my_address =
            statement.contact_point &&
            std::ranges::any_of(mine->document.identifiers, [&](const auto& carried) {
              return carried.token == *statement.contact_point;
            });
        if (hold.reason == identity::HoldReason::ambiguous || about_my_address) {
          mine->document.apply_copy(statement);  // a grant never
        }
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

Result<std::optional<identity::Profile>> LiveState::profile_by_identifier(
    const Token& identifier) const {
  const std::shared_lock lock(mutex_);
  // Proven holders first; a claim decides only where nobody has proof. More than one subject on the
  // same footing is nobody's: an answer would be a guess about a person.
  for (const event::Tier tier : {event::Tier::authenticated, event::Tier::declared,
                                 event::Tier::device, event::Tier::none}) {
    const auto holders = graph_.holders(identifier, tier);
    if (holders.empty()) continue;
    const auto members = graph_.members(holders.front());
    const bool one_subject =
        std::all_of(holders.begin(), holders.end(), [&](PersonaOrdinal holder) {
          return std::any_of(members.begin(), members.end(),
                             [&](const auto& m) { return m.persona == holder; });
        });
    if (!one_subject) break;
    CDP_TRY(auto profile, assemble(holders.front()));
    return std::optional<identity::Profile>(std::move(profile));
  }
  return std::optional<identity::Profile>{};
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
