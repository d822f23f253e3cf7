// What the eraser has read of the people concerned. For this folder only.
//
// Thread-safety: a value.
#pragma once

#include "compliance/erasure/eraser.h"

namespace cdp::compliance {

struct ErasureScope {
  std::vector<identity::Profile> subjects;
  std::vector<PersonaOrdinal> chosen;  // sorted
  std::uint64_t left_out = 0;
};

}  // namespace cdp::compliance
