#include "cdp/app/officer/splits.h"

#include <algorithm>
#include <set>

#include "cdp/app/officer/decisions.h"

namespace cdp::app {
namespace {

// Pairs held apart by one call: one commit writes them.
constexpr std::size_t kPairsMax = 2'000;

struct Sides {
  std::vector<PersonaOrdinal> go;
  std::vector<PersonaOrdinal> stay;
};

Result<Sides> sides_of(Pipeline& pipeline, const identity::Profile& profile,
                       const std::vector<PersonaId>& personas) {
  Sides sides;
  std::set<PersonaId> wanted(personas.begin(), personas.end());
  for (const auto& member : profile.members) {
    CDP_TRY(const auto key, pipeline.persona_keys().open(member.persona));
    (wanted.erase(key.persona) > 0 ? sides.go : sides.stay).push_back(member.persona);
  }
  if (!wanted.empty()) {
    return fail(ErrorCode::not_found, "that persona is no member of this person",
                "see: cdp merge explain");
  }
  if (sides.go.empty() || sides.stay.empty()) {
    return fail(ErrorCode::unprocessable, "a split needs records that go and records that stay",
                "name some of the person's records, not all");
  }
  if (sides.go.size() * sides.stay.size() > kPairsMax) {
    return fail(ErrorCode::unprocessable, "too many records would have to be held apart at once",
                "split off fewer at a time");
  }
  return sides;
}

// Another officer may have decided since the profile was read (commit_decisions).
Result<void> check_unchanged(Pipeline& pipeline, const identity::Profile& seen) {
  CDP_TRY(const auto now, pipeline.live().profile_of(seen.members.front().persona));
  if (now &&
      std::ranges::is_permutation(now->members, seen.members, {}, &identity::ProfileMember::persona,
                                  &identity::ProfileMember::persona)) {
    return {};
  }
  return fail(ErrorCode::conflict, "this person has other records by now",
              "look again: cdp merge explain");
}

Result<SplitOutcome> outcome_of(Pipeline& pipeline, const identity::Profile& profile) {
  SplitOutcome outcome;
  outcome.members = profile.members.size();
  for (const auto& member : profile.members) {
    CDP_TRY(const auto subject, pipeline.live().subject_of(member.persona));
    if (subject && std::find(outcome.subjects.begin(), outcome.subjects.end(), *subject) ==
                       outcome.subjects.end()) {
      outcome.subjects.push_back(*subject);
    }
  }
  return outcome;
}

using Pairs = std::vector<std::pair<PersonaOrdinal, PersonaOrdinal>>;

// Everybody who carries the identifier, or shares something with somebody who does, with whoever is
// one person with them.
std::set<PersonaOrdinal> around(const identity::Graph& graph, const Token& identifier) {
  std::set<PersonaOrdinal> people;
  for (const PersonaOrdinal holder : graph.holders(identifier, event::Tier::none)) {
    for (const auto& member : graph.members(holder)) {
      people.insert(member.persona);
      for (const PersonaOrdinal other : graph.apart_from(member.persona)) people.insert(other);
    }
  }
  return people;
}

// The record of that id with each of these that it was split from: by an officer alone, not by what
// the rules hold.
Result<Pairs> held_apart(Pipeline& pipeline, const Token& identifier, const PersonaId& persona) {
  pipeline.fold().drain();
  std::set<PersonaOrdinal> people;
  pipeline.live().with_graph(
      [&](const identity::Graph& graph) { people = around(graph, identifier); });
  PersonaOrdinal record;
  for (const PersonaOrdinal one : people) {
    CDP_TRY(const auto key, pipeline.persona_keys().open(one));
    if (key.persona == persona) record = one;
  }
  Pairs apart;
  if (record.none()) return apart;
  pipeline.live().with_graph([&](const identity::Graph& graph) {
    const auto token = graph.persona_token(record);
    for (const PersonaOrdinal other : people) {
      const auto others = graph.persona_token(other);
      if (token && others && graph.is_cannot_link(*token, *others)) {
        apart.emplace_back(record, other);
      }
    }
  });
  return apart;
}

Result<std::vector<SubjectId>> subjects_of(Pipeline& pipeline, const Pairs& pairs) {
  std::set<SubjectId> subjects;
  for (const auto& [mine, other] : pairs) {
    for (const PersonaOrdinal persona : {mine, other}) {
      CDP_TRY(const auto subject, pipeline.live().subject_of(persona));
      if (subject) subjects.insert(*subject);
    }
  }
  return std::vector<SubjectId>(subjects.begin(), subjects.end());
}

}  // namespace

Result<SplitOutcome> split(Pipeline& pipeline, const identity::Profile& profile,
                           const std::vector<PersonaId>& personas, const std::string& reason) {
  CDP_TRY(const auto sides, sides_of(pipeline, profile, personas));
  const auto fill = [&](DecisionWriter& writer) -> Result<void> {
    LinkDecision decision;
    decision.kind = LinkDecision::Kind::apart;
    decision.reason = reason;
    for (const PersonaOrdinal going : sides.go) {
      for (const PersonaOrdinal staying : sides.stay) {
        decision.first = going;
        decision.second = staying;
        writer.add(decision);
      }
    }
    audit::Entry entry;
    entry.kind = "unmerge";
    entry.at = writer.now();
    entry.fields["members"] = static_cast<std::int64_t>(profile.members.size());
    entry.fields["parted"] = static_cast<std::int64_t>(sides.go.size());
    entry.fields["reason"] = reason;
    return writer.batch().audit(std::move(entry), sides.go.front());
  };
  CDP_CHECK(commit_decisions(pipeline, fill, [&] { return check_unchanged(pipeline, profile); }));
  CDP_TRY(auto outcome, outcome_of(pipeline, profile));
  outcome.gone = personas;
  return outcome;
}

Result<SplitOutcome> split_by_retracting(Pipeline& pipeline, const identity::Profile& profile,
                                         const std::vector<AssertionId>& assertions,
                                         const std::string& reason) {
  CDP_CHECK(Retractions(pipeline).retract(profile, assertions, reason));
  return outcome_of(pipeline, profile);
}

Result<std::vector<SubjectId>> rejoin(Pipeline& pipeline, const Token& identifier,
                                      const PersonaId& persona, const std::string& reason) {
  CDP_TRY(const auto apart, held_apart(pipeline, identifier, persona));
  if (apart.empty()) {
    return fail(ErrorCode::not_found, "that record is held apart from nobody who carries this",
                "see: cdp merge explain");
  }
  const auto still_so = [&]() -> Result<void> {
    CDP_TRY(const auto now, held_apart(pipeline, identifier, persona));
    if (now == apart) return {};
    return fail(ErrorCode::conflict, "somebody decided this meanwhile",
                "look again: cdp merge explain");
  };
  const auto fill = [&](DecisionWriter& writer) -> Result<void> {
    LinkDecision decision;
    decision.kind = LinkDecision::Kind::not_apart;
    decision.reason = reason;
    for (const auto& [mine, other] : apart) {
      decision.first = mine;
      decision.second = other;
      writer.add(decision);
    }
    audit::Entry entry;
    entry.kind = "split_taken_back";
    entry.at = writer.now();
    entry.fields["records"] = static_cast<std::int64_t>(apart.size());
    entry.fields["reason"] = reason;
    return writer.batch().audit(std::move(entry), apart.front().first);
  };
  CDP_CHECK(commit_decisions(pipeline, fill, still_so));
  return subjects_of(pipeline, apart);
}

}  // namespace cdp::app
