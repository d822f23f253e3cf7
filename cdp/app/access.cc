#include "cdp/app/access.h"

#include <algorithm>
#include <array>

#include "cdp/core/crypto/signature.h"
#include "cdp/core/http/message.h"

namespace cdp::app {
namespace {

constexpr std::array<std::string_view, 7> kRoles = {
    "source", "destination", "consent", "operator", "marketer", "officer", "auditor"};

}  // namespace

bool known_role(std::string_view role) {
  return std::find(kRoles.begin(), kRoles.end(), role) != kRoles.end();
}

Bytes Access::hash_of(std::string_view text) const {
  const auto digest = crypto::hmac_sha256(keyring_.token_pepper(), as_bytes(text));
  return {digest.begin(), digest.end()};
}

Result<void> Access::load(const store::Ledger& ledger) {
  CDP_TRY(auto rows, ledger.tokens());
  tokens_.write([&](auto& tokens) {
    tokens.clear();
    for (auto& row : rows) tokens[row.hash] = row;
  });
  return {};
}

Result<void> Access::put(Writer& writer, const store::AccessToken& token, const char* action) {
  CDP_CHECK(writer.run([&](BatchBuilder& builder) -> Result<void> {
    audit::Entry entry;
    entry.kind = "token";
    entry.at = clock_.now();
    entry.fields["action"] = std::string(action);
    entry.fields["token"] = token.id.to_string();
    entry.fields["role"] = token.role;
    entry.fields["binding"] = token.binding;
    CDP_CHECK(builder.audit(entry));
    builder.batch().tokens.push_back(token);
    return {};
  }));
  tokens_.write([&](auto& tokens) { tokens[token.hash] = token; });
  return {};
}

Result<Access::Created> Access::create(Writer& writer, const std::string& role,
                                       const std::string& binding, const std::string& label) {
  if (!known_role(role)) {
    return fail(ErrorCode::invalid_argument, "there is no such role",
                "use source, destination, consent, operator, marketer, officer or auditor");
  }
  std::array<std::uint8_t, 32> bits{};
  random_.fill(bits);
  Created created;
  created.text = "cdp_" + role + "_" + to_base64url(bits);
  created.token.id = TokenId(random_.next_token());
  created.token.hash = hash_of(created.text);
  created.token.role = role;
  created.token.binding = binding;
  created.token.label = label;
  created.token.created_at = clock_.now();
  CDP_CHECK(put(writer, created.token, "create"));
  return created;
}

Result<void> Access::revoke(Writer& writer, const TokenId& id) {
  const auto all = list();
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const auto& token) { return token.id == id; });
  if (found == all.end())
    return fail(ErrorCode::not_found, "there is no such token", "see `cdp token list`");
  store::AccessToken revoked = *found;
  if (revoked.revoked_at.known()) return {};
  revoked.revoked_at = clock_.now();
  return put(writer, revoked, "revoke");
}

std::vector<store::AccessToken> Access::list() const {
  return tokens_.read([](const auto& tokens) {
    std::vector<store::AccessToken> all;
    for (const auto& [hash, token] : tokens) all.push_back(token);
    return all;
  });
}

Result<store::AccessToken> Access::authorize(std::string_view text,
                                             std::initializer_list<std::string_view> roles) const {
  const Bytes hash = hash_of(text);
  const auto token = tokens_.read([&](const auto& tokens) -> std::optional<store::AccessToken> {
    const auto found = tokens.find(hash);
    if (found == tokens.end() || found->second.revoked_at.known()) return std::nullopt;
    return found->second;
  });
  if (!token)
    return fail(ErrorCode::unauthenticated, "this key or token is not known",
                "see `cdp token create`");
  if (std::find(roles.begin(), roles.end(), token->role) == roles.end()) {
    return fail(ErrorCode::permission_denied, "this token's role may not do that");
  }
  return *token;
}

Result<store::AccessToken> Access::authorize_bearer(
    std::string_view authorization, std::initializer_list<std::string_view> roles) const {
  const auto text = http::bearer_token(authorization);
  if (!text) {
    return fail(ErrorCode::unauthenticated, "no token was presented",
                "send Authorization: Bearer <token>");
  }
  return authorize(*text, roles);
}

}  // namespace cdp::app
