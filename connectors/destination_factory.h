// Makes the outbound half of a configured destination. Kinds that only ask us (profile_api) have
// none.
//
// Thread-safety: pure. Errors: invalid_argument for a kind that is not sent to, or without a URL;
// unprocessable for a secret that the kind cannot use.
#pragma once

#include <memory>

#include "cdp/core/crypto/secret.h"
#include "connectors/destination.h"
#include "consent/policy.h"

namespace cdp::connectors {

// `secret`: the bytes of DestinationConfig::secret, from the keyring.
Result<std::unique_ptr<Destination>> make_destination(const consent::DestinationConfig& config,
                                                      const crypto::Secret& secret);

}  // namespace cdp::connectors
