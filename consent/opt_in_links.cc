#include "consent/opt_in_links.h"

#include <algorithm>

#include "cdp/core/crypto/seal.h"
#include "cdp/core/crypto/signature.h"

namespace cdp::consent {
namespace {

constexpr std::size_t kTextMax = 64;

crypto::SealContext context_of(const OptInLinks::Link& link) {
  return {.tenant = {}, .persona = link.id, .kind = "opt_in"};
}

crypto::Digest keyed(const crypto::Secret& pepper, std::string_view use, const Token& secret) {
  const std::string input = "cdp opt-in 1|" + std::string(use) + "|" + std::string(as_text(secret));
  return crypto::hmac_sha256(pepper.view(), as_bytes(input));
}

}  // namespace

Token OptInLinks::half(std::string_view use, const Token& secret) const {
  const auto digest = keyed(pepper_, use, secret);
  Token out{};
  std::copy_n(digest.begin(), out.size(), out.begin());
  return out;
}

OptInLinks::Link OptInLinks::link_of(const Token& secret) const {
  Bytes text(secret.begin(), secret.end());
  const Token tag = half("link", secret);
  text.insert(text.end(), tag.begin(), tag.end());
  return {to_base64url(text), half("id", secret),
          crypto::Secret::copy_of(keyed(pepper_, "seal", secret))};
}

OptInLinks::Link OptInLinks::make(Random& random) const { return link_of(random.next_token()); }

std::optional<OptInLinks::Link> OptInLinks::read(std::string_view text) const {
  if (text.size() > kTextMax) return std::nullopt;
  const auto bytes = from_base64url(text);
  Token secret{};
  if (!bytes || bytes->size() != 2 * secret.size()) return std::nullopt;
  std::copy_n(bytes->begin(), secret.size(), secret.begin());
  if (!equal_constant_time(ByteView(*bytes).subspan(secret.size()), half("link", secret)))
    return std::nullopt;
  return link_of(secret);
}

Bytes OptInLinks::seal(const Link& link, const OptInRequest& request, Random& random) {
  const std::string plain = encode_opt_in(request);
  if (plain.empty()) return {};
  return crypto::seal(link.key.view(), context_of(link), as_bytes(plain), random);
}

std::optional<OptInRequest> OptInLinks::open(const Link& link, ByteView sealed) {
  const auto plain = crypto::open(link.key.view(), context_of(link), sealed);
  if (!plain) return std::nullopt;
  return decode_opt_in(as_text(*plain));
}

}  // namespace cdp::consent
