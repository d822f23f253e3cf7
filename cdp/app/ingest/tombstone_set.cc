#include "cdp/app/ingest/tombstone_set.h"

#include <algorithm>

namespace cdp::app {

void TombstoneSet::add(const store::Tombstone& tombstone) {
  switch (tombstone.scope) {
    case store::Tombstone::Scope::persona: {
      Time& at = personas_[tombstone.token];
      at = std::max(at, tombstone.erased_at);
      return;
    }
    case store::Tombstone::Scope::identifier: {
      Time& at = identifiers_[tombstone.token];
      at = std::max(at, tombstone.erased_at);
      return;
    }
    case store::Tombstone::Scope::do_not_contact:
      return;  // DoNotContactList
  }
}

std::optional<Time> TombstoneSet::erased_at(const Prepared& prepared, bool persona_lives) const {
  std::optional<Time> latest;
  if (persona_lives || empty()) return latest;
  const auto consider = [&](const auto& list, const Token& link_token) {
    if (const auto found = list.find(keyed_->tombstone_of(link_token)); found != list.end()) {
      latest = std::max(latest.value_or(Time{}), found->second);
    }
  };
  consider(personas_, prepared.fact.persona_token);
  for (const auto& identifier : prepared.fact.identifiers) {
    consider(identifiers_, identifier.token);
  }
  return latest;
}

bool TombstoneSet::may_revive(const Prepared& prepared, Time erased_at) {
  return prepared.new_act && prepared.fact.trust != event::Trust::public_key &&
         prepared.fact.arrival == event::Arrival::live && prepared.fact.occurred_at > erased_at;
}

}  // namespace cdp::app
