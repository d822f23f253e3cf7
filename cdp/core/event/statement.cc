#include "cdp/core/event/statement.h"

#include <array>
#include <tuple>
#include <utility>

namespace cdp::event {
namespace {

// The stable lower-case names, as they stand in JSON, configuration and exports.
constexpr std::array<std::pair<Choice, std::string_view>, 5> kChoices{{
    {Choice::granted, "granted"},
    {Choice::denied, "denied"},
    {Choice::withdrawn, "withdrawn"},
    {Choice::objected, "objected"},
    {Choice::restricted, "restricted"},
}};

constexpr std::array<std::pair<Grade, std::string_view>, 4> kGrades{{
    {Grade::asserted, "asserted"},
    {Grade::recorded, "recorded"},
    {Grade::double_opt_in, "double_opt_in"},
    {Grade::verified, "verified"},
}};

constexpr std::array<std::pair<Basis, std::string_view>, 5> kBases{{
    {Basis::consent, "consent"},
    {Basis::contract, "contract"},
    {Basis::legal_obligation, "legal_obligation"},
    {Basis::legitimate_interest, "legitimate_interest"},
    {Basis::soft_opt_in, "soft_opt_in"},
}};

constexpr std::array<std::pair<Actor, std::string_view>, 5> kActors{{
    {Actor::person, "person"},
    {Actor::parent, "parent"},
    {Actor::agent, "agent"},
    {Actor::vendor, "vendor"},
    {Actor::officer, "officer"},
}};

// The fields that make a statement, and no other: what a copy or a reader compares.
auto fields(const Statement& s) {
  return std::tie(s.position, s.index, s.source, s.purpose, s.channel, s.vendor, s.contact_type,
                  s.contact_point, s.choice, s.basis, s.grade, s.method, s.notice_version, s.actor,
                  s.notice_hash, s.notice_language, s.place, s.jurisdiction, s.occurred_at,
                  s.received_at, s.is_state, s.anonymous, s.copied_from);
}

template <class E, std::size_t N>
std::string_view name_of(const std::array<std::pair<E, std::string_view>, N>& names, E value) {
  for (const auto& [known, name] : names) {
    if (known == value) return name;
  }
  return "unknown";
}

template <class E, std::size_t N>
std::optional<E> value_of(const std::array<std::pair<E, std::string_view>, N>& names,
                          std::string_view wanted) {
  for (const auto& [value, name] : names) {
    if (name == wanted) return value;
  }
  return std::nullopt;
}

}  // namespace

std::string_view to_string(Choice choice) { return name_of(kChoices, choice); }
std::string_view to_string(Grade grade) { return name_of(kGrades, grade); }
std::string_view to_string(Basis basis) { return name_of(kBases, basis); }
std::string_view to_string(Actor actor) { return name_of(kActors, actor); }

std::optional<Choice> choice_from(std::string_view name) { return value_of(kChoices, name); }
std::optional<Basis> basis_from(std::string_view name) { return value_of(kBases, name); }
std::optional<Grade> grade_from(std::string_view name) { return value_of(kGrades, name); }
std::optional<Actor> actor_from(std::string_view name) { return value_of(kActors, name); }

bool operator==(const Statement& a, const Statement& b) { return fields(a) == fields(b); }

}  // namespace cdp::event
