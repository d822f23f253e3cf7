// [preference_centre], [mail] and [messenger] of cdp.toml.
//
// Thread-safety: pure. Errors: none; everything wrong becomes a Problem.
#pragma once

#include <string_view>
#include <vector>

#include "cdp/app/config/tree.h"
#include "consent/policy.h"

namespace cdp::app {

void read_preference_centre(const ConfigNode& node, consent::Policy* policy,
                            std::vector<Problem>* problems);
// "https://privacy.shop.example[:443]", and nothing after it. http only to this machine.
bool is_base_url(std::string_view url);
void read_mail(const ConfigNode& node, consent::Policy* policy, std::vector<Problem>* problems);

void read_messenger(const ConfigNode& node, consent::Policy* policy,
                    std::vector<Problem>* problems);

}  // namespace cdp::app
