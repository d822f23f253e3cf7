// Values that name nobody: what forms, exports and templates write when they have no value. An
// identifier of such a value would join strangers.
//
// The list: Segment Unify's suggested blocked values and Adobe's guardrails, plus the words that
// template engines leave behind. Thread-safety: pure functions.
#pragma once

#include <string_view>

namespace cdp::identity {

// Of a trimmed value of any type. Letter case does not matter.
bool blocked_value(std::string_view value);
// The lower-case hex SHA-256 or MD5 of the empty string or of a blocked word.
bool blocked_digest(std::string_view hex);
// A mailbox that a role or several people read (RFC 2142 and common practice), or whose local part
// is a blocked word: kept, found, but linking nobody. `email` is normalised.
bool role_mailbox(std::string_view email);
// An address that people and programs type to get past a form or to try something out (test@,
// noemail@, anything under the reserved domains .invalid and .localhost, RFC 2606): treated as a
// role mailbox. Configuration adds its own (identifier_policy.h). `email` is normalised.
bool test_mailbox(std::string_view email);

}  // namespace cdp::identity
