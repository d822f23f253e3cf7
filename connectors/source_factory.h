// Makes the translator of a configured webhook source. Kinds that are not webhooks (segment: a
// protocol that we serve; csv: a file) have none.
//
// Thread-safety: pure. Errors: invalid_argument for a kind without webhooks, an unknown way to
// authenticate, or a missing secret.
#pragma once

#include <memory>

#include "cdp/core/crypto/secret.h"
#include "connectors/source.h"
#include "consent/policy.h"

namespace cdp::connectors {

// `secret`: the bytes of SourceConfig::secret, from the keyring.
Result<std::unique_ptr<Source>> make_source(const consent::SourceConfig& config,
                                            crypto::Secret secret);

}  // namespace cdp::connectors
