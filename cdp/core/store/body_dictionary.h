// The static zstd dictionary of ledger bodies. Part of the format: bodies written with it need
// these very bytes for ever, so a better one gets a new format byte and stands beside it.
//
// Thread-safety: constant data.
#pragma once

#include "cdp/core/base/bytes.h"

namespace cdp::store {

ByteView body_dictionary_v1();

}  // namespace cdp::store
