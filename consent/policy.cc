#include "consent/policy.h"

#include <algorithm>

namespace cdp::consent {

namespace {

template <class Map>
const typename Map::mapped_type* find(const Map& map, const std::string& key) {
  const auto it = map.find(key);
  return it == map.end() ? nullptr : &it->second;
}

}  // namespace

const Purpose* Policy::purpose(const std::string& key) const { return find(purposes, key); }
const DestinationConfig* Policy::destination(const std::string& name) const {
  return find(destinations, name);
}
const SourceConfig* Policy::source(const std::string& name) const { return find(sources, name); }

int AgeRules::consent_age(std::span<const std::string> places) const {
  int age = 0;
  for (const std::string& place : places) {
    auto row = by_place.find(place);
    if (row == by_place.end()) row = by_place.find(place.substr(0, place.find('-')));
    age = std::max(age, row == by_place.end() ? consent_from : row->second);
  }
  return places.empty() ? consent_from : age;
}

bool covers(std::string_view parent, std::string_view key) {
  if (parent.empty() || !key.starts_with(parent)) return false;
  return key.size() == parent.size() || key[parent.size()] == '.';
}

bool is_marketing(const Purpose& purpose) {
  if (purpose.sale_or_share) return true;
  for (const std::string_view use : {"marketing", "advertising", "third_party_sharing"}) {
    if (covers(use, purpose.key)) return true;
  }
  return !purpose.channel.empty() && !covers("essential", purpose.key);
}

bool is_data_category(std::string_view key) { return covers("user", key) || covers("system", key); }

bool never_opt_out(const Purpose& purpose) {
  // Only no channel, e-mail and post can be opt-out anywhere; a message to a device asks first.
  const bool quiet_channel =
      purpose.channel.empty() || purpose.channel == "email" || purpose.channel == "post";
  return !quiet_channel || covers("functional.storage", purpose.key) ||
         covers("device_storage", purpose.key);
}

std::string_view contact_type_of(std::string_view channel) {
  if (channel == "email") return "email";
  if (channel == "sms" || channel == "whatsapp" || channel == "phone") return "phone";
  return {};
}

}  // namespace cdp::consent
