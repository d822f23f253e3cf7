// Short and pet forms of given names: a small table of our own, English, German, and a few that
// cross languages. "bob" and "robert" are one group; agreement on the group is a level of its own,
// no rewriting.
//
// Thread-safety: pure.
#pragma once

#include <cstdint>
#include <string_view>

namespace cdp::identity::match {

// The group of a folded given name (its first word counts); 0 when it is in none.
std::uint16_t nickname_group(std::string_view folded);

}  // namespace cdp::identity::match
