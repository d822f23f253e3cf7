// What configuration says of identifiers at ingest: the tier of each type, and the values that name
// nobody in this house beside those that name nobody anywhere (blocked.h).
//
// Patterns are globs, not regular expressions: `*` stands for any characters, `?` for one, letter
// case does not matter, and the whole normalised value must match (`*@shop.example`, `test-*`). A
// glob is matched in bounded time whatever the value; a regular expression of std::regex is not.
//
// Thread-safety: const members are safe. Errors: IdentifierPolicy::with answers invalid_argument.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "cdp/core/base/result.h"
#include "identity/graph/rules.h"

namespace cdp::identity {

inline constexpr std::size_t kBlockedPatternsMax = 1'000;
inline constexpr std::size_t kBlockedPatternBytesMax = 256;

class IdentifierPolicy {
 public:
  using Patterns = std::map<std::string, std::vector<std::string>, std::less<>>;

  IdentifierPolicy() = default;  // the default rules, nothing blocked beside blocked.h
  static const IdentifierPolicy& defaults();
  // `blocked`: by type name; "*" = every type. Errors: invalid_argument for a name that is no type,
  // an empty, too long or all-blocking pattern ("*"), too many.
  static Result<IdentifierPolicy> with(Rules rules, Patterns blocked);

  const Rules& rules() const { return rules_; }
  event::Tier tier(std::string_view type) const { return rules_.rule_of(type).tier; }
  // Of a normalised value.
  bool blocked(std::string_view type, std::string_view value) const;

 private:
  Rules rules_;
  Patterns blocked_;
};

// Does the whole of `text` match the glob? Letter case of ASCII does not matter.
bool glob_matches(std::string_view glob, std::string_view text);

}  // namespace cdp::identity
