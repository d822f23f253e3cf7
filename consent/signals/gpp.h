// The IAB Global Privacy Platform: one string with a section for each law that applies.
//
//   CDP_TRY(const auto gpp, decode_gpp("DBABLA~BAAAAAAA.QA"));
//   for (const auto& section : gpp.sections) ...
//
// A section that cannot be read makes itself unreadable and no other: a no in one is not lost
// because another is broken. Sections of ids that are not known here are named in `section_ids` and
// skipped.
//
// Format: IAB Tech Lab, Global Privacy Platform, "Consent String Specification". Judged like npm
// @iabgpp/cmpapi; a section of Europe like @iabtcf/core as well, and both must take it. A bare TC
// string ("C...") is no GPP string, and neither is an empty text.
//
// Thread-safety: pure functions and values. Errors: invalid_argument for a string whose header
// cannot be read or does not fit its sections; texts never quote the string.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "cdp/core/base/result.h"
#include "consent/signals/tcf.h"
#include "consent/signals/tcf_canada.h"
#include "consent/signals/us_privacy.h"

namespace cdp::consent::signals {

struct Unreadable {
  std::string why;
};

struct GppSection {
  unsigned id = 0;
  std::string_view name;  // "tcfeuv2"
  std::variant<Unreadable, TcString, TcfCanada, UsPrivacyString, UsSection> content;
};

struct Gpp {
  std::vector<unsigned> section_ids;  // ascending, known here or not
  std::vector<GppSection> sections;   // known ones, in the same order

  const GppSection* section(std::string_view name) const;
};

Result<Gpp> decode_gpp(std::string_view text);

// {"SectionIds":[2,7],"tcfeuv2":{...},"usnat":null}: null where a section is unreadable.
std::string to_json(const Gpp& gpp);

}  // namespace cdp::consent::signals
