#include "consent/vendor_echo.h"

#include <algorithm>

#include "consent/weighing.h"

namespace cdp::consent {
namespace {

using event::Choice;
using event::Statement;

Position origin(const Statement& said) {
  return said.copied_from.none() ? said.position : said.copied_from;
}

bool is_plain_basis(const Policy& policy, const std::string& purpose) {
  const Purpose* known = policy.purpose(purpose);
  return known != nullptr && known->basis != event::Basis::contract &&
         known->basis != event::Basis::legal_obligation;
}

// Does `no` say at least what `said` says? A no to everything takes back consent, and not what a
// contract demands (consent/weighing).
bool says_as_much(const Statement& no, const Statement& said, const Policy& policy) {
  if (no.choice == Choice::granted) return false;
  if (!no.vendor.empty() && no.vendor != said.vendor) return false;
  if (!no.channel.empty() && no.channel != said.channel) return false;
  // A no about an address is heard by whoever else has that address.
  if (said.contact_point && no.contact_point != said.contact_point) return false;
  if (no.purpose.empty() || no.purpose == kEveryPurpose) {
    return is_plain_basis(policy, said.purpose);
  }
  return covers(no.purpose, said.purpose);
}

// The no that the order carried, in the words of one record.
const Statement* told_no(const identity::ProfileMember& member, const ToldNo& told,
                         const Statement& said, const Policy& policy) {
  const auto& statements = member.document.statements;
  const auto found = std::ranges::find_if(statements, [&](const Statement& one) {
    return origin(one) == told.cause && says_as_much(one, said, policy);
  });
  return found == statements.end() ? nullptr : &*found;
}

// Said later, or dated later: either may stand against the no.
bool is_newer_yes(const Statement& one, const Statement& no, const std::string& purpose) {
  if (one.choice != Choice::granted || !covers(purpose, one.purpose)) return false;
  return origin(no) < one.position || (one.occurred_at.known() && one.occurred_at >= no_time(no));
}

// By more than kEchoSkew. Dates come from outside, and no sum of theirs may overflow.
bool is_well_after(Time later, Time earlier) {
  const auto apart = static_cast<std::uint64_t>(later.us) - static_cast<std::uint64_t>(earlier.us);
  return later > earlier && apart > static_cast<std::uint64_t>(kEchoSkew.us);
}

}  // namespace

bool may_be_echo(const Statement& said) {
  return (said.choice == Choice::denied || said.choice == Choice::withdrawn) && !is_complaint(said);
}

// Whatever record the no stands in, it is the same one.
bool is_echo(const Statement& said, const ToldNo& told, const identity::Profile& person,
             PersonaOrdinal speaker, const Policy& policy) {
  if (!may_be_echo(said) || !covers(told.purpose, said.purpose)) return false;
  const Time at = said.occurred_at.known() ? said.occurred_at : said.received_at;
  if (is_well_after(told.decided_at, at)) return false;
  bool held_by_speaker = false;
  const Statement* no = nullptr;
  for (const auto& member : person.members) {
    no = told_no(member, told, said, policy);
    if (no == nullptr || is_well_after(at, no_time(*no))) return false;
    held_by_speaker |= member.persona == speaker;
  }
  return held_by_speaker && std::ranges::none_of(person.members, [&](const auto& member) {
           return std::ranges::any_of(member.document.statements, [&](const Statement& one) {
             return is_newer_yes(one, *no, said.purpose);
           });
         });
}

}  // namespace cdp::consent
