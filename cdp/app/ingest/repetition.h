// Repetition: a state that is sent again and again (Global Privacy Control with every call, a pull)
// becomes a statement only when it changes (DESIGN §7 rule 3): the fold leaves the others out. They
// stand in the ledger as everything that was acknowledged does, and in the leaf of their commit; an
// entry of its own in the audit trail is due to what became a statement.
//
// A worker reads whether a fact says nothing else, at a position; the writer believes that unless
// more was said for the persona since. In doubt there is an entry: of a statement none is missing.
//
// Thread-safety: repetition_in is safe; LastSpoken is the writer's thread's alone.
#pragma once

#include <map>
#include <optional>

#include "cdp/core/event/fact.h"
#include "cdp/core/store/key_store.h"

namespace cdp::app {

class LiveState;

struct Repetition {
  PersonaOrdinal persona;
  Position read_at;            // up to which it was looked at
  std::size_t statements = 0;  // the first so many of the fact's, all that it had
};

// Every statement of the fact is a state that stands already. Non-errors: empty also when nothing
// can be read.
std::optional<Repetition> repetition_in(const event::Fact& fact, const store::KeyStore& keys,
                                        const LiveState& live);

class LastSpoken {
 public:
  static constexpr std::size_t kPersonasMax = 100'000;

  // Something that was no repetition was said for the persona, in the order of the ledger.
  void note(PersonaOrdinal persona, Position position);
  // How many of the fact's first statements are still repetitions, now that it is appended.
  std::size_t repeated(const std::optional<Repetition>& read, PersonaOrdinal persona) const;

 private:
  std::map<PersonaOrdinal, Position> last_;
  Position forgotten_;  // nothing is known of what was said before it
};

}  // namespace cdp::app
