#include "identity/identifier_policy.h"

#include <algorithm>

namespace cdp::identity {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

}  // namespace

// The classic two-pointer match: on a mismatch the last star takes one character more. At most
// glob x text steps.
bool glob_matches(std::string_view glob, std::string_view text) {
  std::size_t g = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;
  std::size_t resume = 0;
  while (t < text.size()) {
    if (g < glob.size() && glob[g] == '*') {
      star = g++;
      resume = t;
    } else if (g < glob.size() && (glob[g] == '?' || lower(glob[g]) == lower(text[t]))) {
      ++g;
      ++t;
    } else if (star != std::string_view::npos) {
      g = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  return glob.substr(g).find_first_not_of('*') == std::string_view::npos;
}

const IdentifierPolicy& IdentifierPolicy::defaults() {
  static const IdentifierPolicy kDefaults;
  return kDefaults;
}

Result<IdentifierPolicy> IdentifierPolicy::with(Rules rules, Patterns blocked) {
  std::size_t count = 0;
  for (const auto& [type, patterns] : blocked) {
    if (type != "*" && !valid_type_name(type)) {
      return fail(ErrorCode::invalid_argument, "'" + type + "' is no identifier type",
                  "names are 1 to 64 of a-z, 0-9, '_' and '.', or \"*\" for every type");
    }
    for (const std::string& pattern : patterns) {
      const std::string at = "a blocked value of identifier type '" + type + "'";
      if (pattern.empty() || pattern.size() > kBlockedPatternBytesMax) {
        return fail(ErrorCode::invalid_argument, at + " is empty or too long",
                    "at most " + std::to_string(kBlockedPatternBytesMax) + " bytes");
      }
      if (pattern.find_first_not_of("*?") == std::string::npos) {
        return fail(ErrorCode::invalid_argument, at + " blocks everything",
                    "to keep a type from linking, set its tier to \"none\"");
      }
    }
    count += patterns.size();
  }
  if (count > kBlockedPatternsMax) {
    return fail(ErrorCode::invalid_argument, "too many blocked values are configured",
                "at most " + std::to_string(kBlockedPatternsMax));
  }
  IdentifierPolicy out;
  out.rules_ = std::move(rules);
  out.blocked_ = std::move(blocked);
  return out;
}

bool IdentifierPolicy::blocked(std::string_view type, std::string_view value) const {
  for (const std::string_view name : {type, std::string_view("*")}) {
    const auto found = blocked_.find(name);
    if (found == blocked_.end()) continue;
    const auto matches = [&](const std::string& pattern) { return glob_matches(pattern, value); };
    if (std::ranges::any_of(found->second, matches)) return true;
  }
  return false;
}

}  // namespace cdp::identity
