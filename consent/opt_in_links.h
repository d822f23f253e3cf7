// OptInLinks: the links in our double opt-in mails. A link can do one thing, once: confirm one
// request. Its text is 16 random bytes and 16 of their HMAC-SHA-256 under the directory's pepper,
// in base64url: nothing of the person stands in it, nobody can make one, and a forgery is told
// before anything is looked up.
//
// The random half is kept nowhere but in the mail. From it come the request's id in the store and
// the key that the request is sealed under, so that neither the database nor the keyring opens a
// request that was never confirmed: only whoever reads the mail does (ADR 14).
//
// Thread-safety: const and safe; `random` must be safe for the caller's threads. Errors: none; what
// is no link of ours, or does not open, is nullopt.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cdp/core/base/random.h"
#include "cdp/core/crypto/secret.h"
#include "consent/opt_in.h"

namespace cdp::consent {

class OptInLinks {
 public:
  struct Link {
    std::string text;  // as it stands in the mail
    Token id{};        // as the request stands in the store
    crypto::Secret key;
  };

  explicit OptInLinks(ByteView pepper) : pepper_(crypto::Secret::copy_of(pepper)) {}

  Link make(Random& random) const;
  std::optional<Link> read(std::string_view text) const;

  // Empty when the request's address is none.
  static Bytes seal(const Link& link, const OptInRequest& request, Random& random);
  static std::optional<OptInRequest> open(const Link& link, ByteView sealed);

 private:
  Token half(std::string_view use, const Token& secret) const;
  Link link_of(const Token& secret) const;

  crypto::Secret pepper_;
};

}  // namespace cdp::consent
