// Google Consent Mode v2, outwards: what holds for a person as the object that a tag hands to
// gtag("consent", "update", ...).
//
// ad_storage, ad_user_data, ad_personalization and analytics_storage are always there; a type to
// which no purpose is mapped is denied. functionality_storage, personalization_storage and
// security_storage are there when a purpose is mapped to them. A type is granted when every purpose
// mapped to it is allowed: two purposes that share a storage share its fate.
//
// Format: Google, "Set up consent mode on websites" (developers.google.com/tag-platform).
// Thread-safety: pure. Errors: none.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "consent/signals/signal_map.h"

namespace cdp::consent::signals {

// Storage type -> granted. `allowed` answers for one of our purposes: effective consent, now.
std::map<std::string, bool> consent_mode(const SignalMap& map,
                                         const std::function<bool(const std::string&)>& allowed);
// {"ad_personalization":"denied","ad_storage":"granted",...}
std::string consent_mode_json(const SignalMap& map,
                              const std::function<bool(const std::string&)>& allowed);

bool is_consent_mode_type(std::string_view name);

}  // namespace cdp::consent::signals
