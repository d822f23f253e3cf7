// The notices of the policy packs, as TOML in the format of cdp.toml: cdp/app/packs/*.toml, built
// into the binary. policy_packs.cc puts the packs together.
//
// Thread-safety: constants.
#pragma once

#include <string_view>

namespace cdp::app {

std::string_view shop_notices();
std::string_view shop_notices_us();

}  // namespace cdp::app
