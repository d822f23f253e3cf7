// IAB Canada TCF (section tcfcav1 of the Global Privacy Platform): express consent where Europe has
// consent, implied consent where Europe has legitimate interest.
//
// Vendors stand in an OptimizedRange of Fibonacci coded offsets; the reference once wrote them in
// fixed ranges, and such strings are still about. Which of the two a segment is, is told as the
// reference tells it: by what reproduces the bits, Fibonacci first.
//
// Format: IAB Tech Lab, "GPP Extension: IAB TCF Canada Technical Specification". Judged like npm
// @iabgpp/cmpapi, with the same named exceptions as tcf.h and us_privacy.h: segments in order and
// once, a known version, and no vendor id above 65535, which MaxVendorId could not hold.
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

struct TcfCanada {
  struct Restriction {
    unsigned purpose = 0;
    unsigned type = 0;
    IdSet vendors;
  };
  struct Publisher {
    IdSet express;
    IdSet implied;
    unsigned custom_count = 0;
    IdSet custom_express;
    IdSet custom_implied;
  };

  unsigned version = 1;
  Time created;
  Time last_updated;
  unsigned cmp_id = 0;
  unsigned cmp_version = 0;
  unsigned consent_screen = 0;
  std::string consent_language;
  unsigned vendor_list_version = 0;
  unsigned policy_version = 0;
  bool non_standard_stacks = false;
  IdSet special_features_express;
  IdSet purposes_express;
  IdSet purposes_implied;
  IdSet vendors_express;
  IdSet vendors_implied;
  std::vector<Restriction> restrictions;  // as they were written
  std::optional<Publisher> publisher;
  std::optional<IdSet> disclosed_vendors;
};

Result<TcfCanada> decode_tcf_canada(std::string_view text);
std::string to_json(const TcfCanada& tcf);

}  // namespace cdp::consent::signals
