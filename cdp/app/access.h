// Access: who may call what. Tokens and source keys are 256 random bits behind a readable prefix;
// only HMAC-SHA-256(pepper, token) is kept, so the directory does not tell anybody's key (DESIGN
// §10; OWASP ASVS 5.0 §11.5.1).
//
// Thread-safety: safe. Errors: unauthenticated for an unknown or revoked token, permission_denied
// for another role: no further detail.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "cdp/app/ingest/writer.h"
#include "cdp/core/base/guarded.h"

namespace cdp::app {

class Access {
 public:
  Access(const crypto::Keyring& keyring, Clock& clock, Random& random)
      : keyring_(keyring), clock_(clock), random_(random) {}
  Result<void> load(const store::Ledger& ledger);

  struct Created {
    store::AccessToken token;
    std::string text;  // shown once
  };
  // Roles: source, destination, consent, operator, marketer, officer, auditor. Durable, and in the
  // audit log, when it returns.
  Result<Created> create(Writer& writer, const std::string& role, const std::string& binding,
                         const std::string& label);
  Result<void> revoke(Writer& writer, const TokenId& id);
  // Makes a new key for the binding; the old ones of the same role and binding stay live until
  // revoked (two live versions).
  std::vector<store::AccessToken> list() const;

  // The live token behind `text` with exactly one of `roles`.
  Result<store::AccessToken> authorize(std::string_view text,
                                       std::initializer_list<std::string_view> roles) const;
  // From "Authorization: Bearer ..." .
  Result<store::AccessToken> authorize_bearer(std::string_view authorization,
                                              std::initializer_list<std::string_view> roles) const;

 private:
  Bytes hash_of(std::string_view text) const;
  Result<void> put(Writer& writer, const store::AccessToken& token, const char* action);

  const crypto::Keyring& keyring_;
  Clock& clock_;
  Random& random_;
  Guarded<std::map<Bytes, store::AccessToken>> tokens_;  // by hash
};

bool known_role(std::string_view role);

}  // namespace cdp::app
