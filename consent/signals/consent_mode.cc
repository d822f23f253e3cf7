#include "consent/signals/consent_mode.h"

#include <algorithm>
#include <array>

#include "consent/signals/signal_json.h"

namespace cdp::consent::signals {
namespace {

// Version 2 demands the first four.
constexpr std::size_t kAlways = 4;
constexpr std::array<std::string_view, 7> kTypes = {
    "ad_storage",        "ad_user_data",          "ad_personalization",
    "analytics_storage", "functionality_storage", "personalization_storage",
    "security_storage"};

}  // namespace

bool is_consent_mode_type(std::string_view name) {
  return std::find(kTypes.begin(), kTypes.end(), name) != kTypes.end();
}

std::map<std::string, bool> consent_mode(const SignalMap& map,
                                         const std::function<bool(const std::string&)>& allowed) {
  std::map<std::string, bool> granted;
  for (const auto& [purpose, types] : map.consent_mode) {
    const bool yes = allowed(purpose);
    for (const auto& type : types) {
      const auto [entry, added] = granted.emplace(type, yes);
      if (!added) entry->second = entry->second && yes;
    }
  }
  for (std::size_t i = 0; i < kAlways; ++i) granted.emplace(kTypes[i], false);
  return granted;
}

std::string consent_mode_json(const SignalMap& map,
                              const std::function<bool(const std::string&)>& allowed) {
  SignalJson out;
  for (const auto& [type, granted] : consent_mode(map, allowed)) {
    out.text(type, granted ? "granted" : "denied");
  }
  return out.done();
}

}  // namespace cdp::consent::signals
