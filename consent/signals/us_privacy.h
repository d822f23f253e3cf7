// The United States in the IAB Global Privacy Platform: usnat, the sections of the states, and the
// older US Privacy string (uspv1).
//
// THE TRAP: the choice fields do not say yes or no. SaleOptOut, SharingOptOut and
// TargetedAdvertisingOptOut: 1 = opted out, 2 = did not opt out. SensitiveDataProcessing,
// KnownChildSensitiveDataConsents and the other consents: 1 = no consent (or opted out of it),
// 2 = consent. Everywhere 0 = not applicable, which says nothing. So in every choice field 1 is the
// no. In the notice fields 1 = notice was given.
//
// Formats: IAB Tech Lab, Global Privacy Platform, "Sections/US-National" and "Sections/US-States";
// U.S. Privacy String (CCPA Compliance Framework). Judged like npm @iabgpp/cmpapi; where we refuse
// more, or the reference and the text differ, tests/clients/signals.test.mjs says so by name:
//   - a section in a version that the table does not describe is refused, for its fields may mean
//     something else;
//   - the MspaVersion of usmd, usin, usky and usri is the agreement's, and any is taken. Their text
//     (October 2025, for comment) puts a section header before the core; the reference has none.
//
// Thread-safety: pure functions and values. Errors: invalid_argument; texts never quote the string.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cdp/core/base/result.h"

namespace cdp::consent::signals {

struct UsField {
  std::string_view name;             // "SaleOptOut"
  bool is_list = false;              // one value for each category of sensitive data or of children
  std::vector<std::uint8_t> values;  // 0 to 3; one unless is_list
};

struct UsSection {
  std::string_view name;  // "usca"
  unsigned version = 0;   // of the section, or of the agreement
  bool version_of_agreement = false;
  std::vector<UsField> fields;
  std::optional<unsigned> gpc_segment_type;  // 1 is a Global Privacy Control segment
  std::optional<bool> gpc;                   // absent: no such segment

  // The first value of a field; 0 when the section has no such field.
  unsigned value(std::string_view field) const;
  // Global Privacy Control was on when the string was written.
  bool gpc_on() const { return gpc_segment_type == 1U && gpc == true; }
};

// `id` is the section's in the GPP header. not_found: no section of the United States.
Result<UsSection> decode_us_section(unsigned id, std::string_view text);
// "usca"; empty when `id` is none of them.
std::string_view us_section_name(unsigned id);

std::string to_json(const UsSection& section);

// The US Privacy string, "1YNN": Y, N or - (not applicable) each.
struct UsPrivacyString {
  char notice = '-';
  char opt_out_sale = '-';
  char lspa_covered = '-';
};
Result<UsPrivacyString> decode_us_privacy_string(std::string_view text);
std::string to_json(const UsPrivacyString& usp);

}  // namespace cdp::consent::signals
