// The words and dates of consent columns.
//
// A column declared as consent says what it says: "no" is a denial. Empty, unknown, pending,
// not_subscribed, never_subscribed and cleaned say nothing (DESIGN §7 rules 4 and 5). Letters of
// either case; spaces and hyphens count as underscores.
//
// Thread-safety: pure. Errors: none; a word or date that is not known is a value of its own.
#pragma once

#include <optional>
#include <string_view>

#include "cdp/core/base/time.h"
#include "cdp/core/event/statement.h"

namespace cdp::connectors::csv {

struct ConsentWord {
  bool known = false;
  std::optional<event::Choice> choice;  // empty: says nothing
};
ConsentWord consent_word(std::string_view text);

// RFC 3339, or "YYYY-MM-DD[ HH:MM[:SS]]" in UTC. A bare day is its first moment, or its last when
// `last`: so a grant is never made later, nor a denial earlier, than it may have been.
std::optional<Time> csv_time(std::string_view text, bool last);

}  // namespace cdp::connectors::csv
