#include "compliance/erasure/certificate.h"

#include "cdp/core/event/json.h"

namespace cdp::compliance {

Result<std::string> sign_certificate(const audit::Entry& statement, const RequestId& request,
                                     ByteView ed25519_seed) {
  CDP_TRY(const auto bytes, audit::canonical(statement, request.to_string()));
  const auto key = crypto::ed25519_public(ed25519_seed);
  const auto signature = crypto::ed25519_sign(ed25519_seed, bytes);
  return R"({"certificate":)" + std::string(as_text(bytes)) + R"(,"public_key":")" +
         to_base64(key) + R"(","signature":")" + to_base64(signature) + R"("})";
}

Result<void> verify_certificate(std::string_view certificate, const crypto::PublicKey& key) {
  CDP_TRY(const auto document, json::Document::parse(certificate));
  const auto statement = document.root().get("certificate");
  const auto text = document.root().text("signature");
  if (!statement || !statement->is_object() || !text) {
    return fail(ErrorCode::invalid_argument, "this is not an erasure certificate");
  }
  CDP_TRY(const auto signature, from_base64(*text));
  if (!crypto::ed25519_verify(key, as_bytes(statement->minified()), signature)) {
    return fail(ErrorCode::unauthenticated, "the certificate is not signed by this key",
                "take the key from the audit log's checkpoint");
  }
  return {};
}

}  // namespace cdp::compliance
