#include "consent/device_state.h"

#include <algorithm>

namespace cdp::consent {

std::vector<DevicePurpose> device_state(identity::Profile profile, PersonaOrdinal device,
                                        const Policy& policy, Time now) {
  auto& members = profile.members;
  const auto is_device = [&](const auto& member) { return member.persona == device; };
  const auto found = std::ranges::find_if(members, is_device);
  if (found == members.end()) {
    members.clear();
  } else {
    const auto group = found->proof_group;
    std::erase_if(members, [&](const auto& member) { return member.proof_group != group; });
  }
  const auto at = std::ranges::find_if(members, is_device) - members.begin();
  const PersonEvidence evidence(profile, policy);
  std::vector<DevicePurpose> out;
  for (const auto& [key, purpose] : policy.purposes) {
    const auto records = decisions_by_record(profile, evidence, policy, purpose, "", now);
    const Decision decision = records.empty() ? Decision{} : records[static_cast<std::size_t>(at)];
    out.push_back({key, decision.allowed, decision.reason});
  }
  return out;
}

}  // namespace cdp::consent
