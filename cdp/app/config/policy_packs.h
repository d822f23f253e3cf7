// Policy packs: good defaults by name and version, so that a small shop's cdp.toml is a dozen lines
// (DESIGN §10). A pack is TOML in the format of cdp.toml itself, and a published version never
// changes: `shop-eu@2` would stand beside `shop-eu@1`.
//
// Thread-safety: constants.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cdp::app {

// The pack's TOML, notices included; empty for an unknown name.
std::string_view policy_pack(std::string_view name);
std::vector<std::string> policy_pack_names();

}  // namespace cdp::app
