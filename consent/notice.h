// Notices: what people are told before they choose, versioned, by language and place, each text
// with its hash. A statement stores version and hash, so that years later it can be shown what the
// person read (GDPR Art. 7(1), 13).
//
// Versions are dates ("2026-01", "2026-01-15"), so that they sort. A version says for which
// purposes it changed something that matters (`material`): grants under older versions are stale
// for these purposes and for no other (DESIGN §7 rule 9). A grant under a version that does not
// describe the purpose yet is stale, too (rule 1).
//
// Thread-safety: values and pure functions. Errors: none; what is not there is a null pointer.
#pragma once

#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cdp/core/crypto/signature.h"

namespace cdp::consent {

struct Policy;

// One purpose in plain language.
struct NoticeText {
  std::string version;
  std::string purpose;
  std::string language;      // ISO 639-1: "en", "de", "fr", "es"
  std::string jurisdiction;  // "GB", "US-CA"; empty = everywhere
  std::string title;         // "News by e-mail"
  std::string collected;     // what is collected
  std::string why;           // what it is used for
  std::string recipients;    // who receives it
  std::string in_return;     // what the person gets
  crypto::Digest hash{};     // hash_of(*this)
};

struct Notice {
  std::string version;
  std::set<std::string> material;  // purposes for which it changed something that matters
  std::vector<NoticeText> texts;
};

using Notices = std::map<std::string, Notice>;  // by version

// SHA-256 over the RFC 8785 JSON object of collected, in_return, jurisdiction, language, purpose,
// recipients, title, version, why: anybody can compute it from what a page shows.
std::string canonical_text(const NoticeText& text);
crypto::Digest hash_of(const NoticeText& text);

// What to show for a purpose: the current version (`version` empty) in the first of `languages`
// that there is ("de-AT" finds "de"), else in English, else in any; the text of the most specific
// of `places` before the one for everywhere. Null when the purpose has none: then nothing may be
// asked.
const NoticeText* notice_text(const Policy& policy, std::string_view purpose,
                              std::span<const std::string> languages,
                              std::span<const std::string> places = {},
                              std::string_view version = {});
// The text with this hash, of any version. Null when nobody was ever shown it here.
const NoticeText* notice_by_hash(const Policy& policy, const crypto::Digest& hash);
// The languages in which every purpose that asks for consent is described now. Sorted.
std::vector<std::string> notice_languages(const Policy& policy);

// Fills in each text's hash and each purpose's `notice_bound` and `notices_that_hold`. The
// configuration calls it once, last.
void settle_notices(Policy* policy);

}  // namespace cdp::consent
