// SignalMap: what the signals of consent management platforms mean for our purposes: the [signals]
// tables of cdp.toml. Each table names our purposes and what they need of the signal: a purpose is
// granted when all of it is there, denied when some of it is refused, and not spoken of otherwise.
//
//   [signals.tcf]           "personalize.content" = [5, 6]                # TCF purposes
//   [signals.tcf_vendor]    ads = 755                                     # a destination's GVL id
//   [signals.consent_mode]  "analytics.reporting" = ["analytics_storage"]
//   [signals.groups]        "analytics.reporting" = ["C0002"]             # OneTrust and the like
//   [signals.us]            sale = ["gpc"]                                # what an opt-out reaches
//
// Only no comes out of the sections of the United States: not opting out is not consent.
// Thread-safety: a value.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace cdp::consent::signals {

struct SignalMap {
  std::map<std::string, std::vector<std::uint32_t>> tcf;
  // Read the publisher's own purposes of a TC string rather than those of the vendors. Off: most
  // platforms write that segment and leave it empty.
  bool tcf_publisher = false;
  std::map<std::string, std::uint32_t> tcf_vendors;
  std::map<std::string, std::vector<std::string>> consent_mode;
  std::map<std::string, std::vector<std::string>> groups;
  // Purposes, parents of them, data categories, or "gpc": sale and sharing as Global Privacy
  // Control understands them.
  std::vector<std::string> us_sale;                  // SaleOptOut, SharingOptOut, uspv1
  std::vector<std::string> us_targeted_advertising;  // TargetedAdvertisingOptOut
  std::vector<std::string> us_sensitive;             // any SensitiveDataProcessing refused
};

}  // namespace cdp::consent::signals
