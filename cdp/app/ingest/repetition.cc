#include "cdp/app/ingest/repetition.h"

#include <algorithm>

#include "cdp/app/ingest/live_state.h"

namespace cdp::app {

std::optional<Repetition> repetition_in(const event::Fact& fact, const store::KeyStore& keys,
                                        const LiveState& live) {
  // A change beside it is one that the next state would have to be held against.
  const bool only_states =
      !fact.statements.empty() && std::ranges::all_of(fact.statements, &event::Statement::is_state);
  if (!only_states) return std::nullopt;
  const auto persona = keys.find(fact.persona_token);
  if (!persona) return std::nullopt;
  const auto read_at = live.repeats(*persona, fact.statements);
  if (!read_at) return std::nullopt;
  return Repetition{*persona, *read_at, fact.statements.size()};
}

void LastSpoken::note(PersonaOrdinal persona, Position position) {
  if (last_.size() >= kPersonasMax) {
    last_.clear();
    forgotten_ = position;
  }
  last_[persona] = position;
}

std::size_t LastSpoken::repeated(const std::optional<Repetition>& read,
                                 PersonaOrdinal persona) const {
  if (!read || read->persona != persona || read->read_at < forgotten_) return 0;
  const auto spoken = last_.find(persona);
  const bool since = spoken != last_.end() && read->read_at < spoken->second;
  return since ? 0 : read->statements;
}

}  // namespace cdp::app
