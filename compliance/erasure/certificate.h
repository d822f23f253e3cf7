// The certificate of a finished erasure: what was done, in counts, signed with the audit key, so
// that an auditor can check it without us.
//
//   {"certificate":{...RFC 8785...},"public_key":base64,"signature":base64}
//
// The Ed25519 signature (RFC 8032) is over the UTF-8 bytes of the certificate object as RFC 8785
// writes it, which is how it stands in the document.
//
// Thread-safety: pure functions. Errors of verify: invalid_argument for another shape,
// unauthenticated for a wrong signature.
#pragma once

#include <string>

#include "cdp/core/audit/trail.h"
#include "cdp/core/crypto/signature.h"

namespace cdp::compliance {

// `statement`: kind, time and fields; its "id" becomes `request`.
Result<std::string> sign_certificate(const audit::Entry& statement, const RequestId& request,
                                     ByteView ed25519_seed);
Result<void> verify_certificate(std::string_view certificate, const crypto::PublicKey& key);

}  // namespace cdp::compliance
