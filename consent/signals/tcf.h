// IAB Europe TCF 2.2 and 2.3: the TC string. A value for every field, as the person's choices were
// written down by the consent management platform; what they mean for us is signal_map.h's.
//
//   CDP_TRY(const auto tc, decode_tc_string("CPy...YAAAA.IGSt...Y.YAAA"));
//   if (tc.purpose_consents.contains(4)) ...
//
// Format: IAB Tech Lab, "Transparency and Consent String with Global Vendor & CMP List Formats v2",
// with the disclosed vendors segment that TCF 2.3 makes mandatory. Judged like npm @iabtcf/core;
// the few places where we refuse more stand by name in tests/clients/signals.test.mjs:
//   - version 1 (withdrawn in 2020) is refused;
//   - the core segment comes first, and no segment comes twice.
//
// Thread-safety: pure functions and values. Errors: invalid_argument; texts never quote the string.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cdp/core/base/result.h"
#include "cdp/core/base/time.h"
#include "consent/signals/id_set.h"

namespace cdp::consent::signals {

// A longer string is refused unread.
inline constexpr std::size_t kSignalBytesMax = 64 * 1024;

enum class RestrictionType : std::uint8_t {
  not_allowed = 0,
  require_consent = 1,
  require_legitimate_interest = 2
};

// What the publisher forbids vendors, whatever the person said.
struct PublisherRestriction {
  unsigned purpose = 0;
  RestrictionType type = RestrictionType::not_allowed;
  IdSet vendors;
  friend bool operator==(const PublisherRestriction&, const PublisherRestriction&) = default;
};

// The publisher's own purposes: for a shop, its own.
struct PublisherPurposes {
  IdSet consents;
  IdSet legitimate_interests;
  unsigned custom_count = 0;
  IdSet custom_consents;
  IdSet custom_legitimate_interests;
};

struct TcString {
  unsigned version = 2;
  Time created;  // in tenths of a second; TCF 2.2 rounds to the day
  Time last_updated;
  unsigned cmp_id = 0;
  unsigned cmp_version = 0;
  unsigned consent_screen = 0;
  std::string consent_language;  // two characters, as they were written
  unsigned vendor_list_version = 0;
  unsigned policy_version = 0;
  bool service_specific = false;
  bool non_standard_texts = false;
  IdSet special_feature_optins;
  IdSet purpose_consents;
  IdSet purpose_legitimate_interests;
  bool purpose_one_treatment = false;
  std::string publisher_country;
  IdSet vendor_consents;
  IdSet vendor_legitimate_interests;
  std::vector<PublisherRestriction> restrictions;  // by purpose, type; never empty ones
  std::optional<IdSet> vendors_disclosed;          // absent: no such segment
  std::optional<IdSet> vendors_allowed;            // of TCF 2.0 and 2.1
  std::optional<PublisherPurposes> publisher;
};

Result<TcString> decode_tc_string(std::string_view text);

// Every field, in the order and under the names of npm @iabgpp/cmpapi, ids as IdSet::json() writes
// them, segments that are absent left out.
std::string to_json(const TcString& tc);

// "core.segment.segment": the parts by their type, for TC strings of Europe and of Canada.
struct TcSegments {
  std::string_view core;
  std::string_view vendors_disclosed;  // empty = absent
  std::string_view vendors_allowed;
  std::string_view publisher;
};
Result<TcSegments> split_tc_segments(std::string_view text);

}  // namespace cdp::consent::signals
