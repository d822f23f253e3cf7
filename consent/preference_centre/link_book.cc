#include "consent/preference_centre/link_book.h"

#include <algorithm>

#include "cdp/core/crypto/signature.h"

namespace cdp::consent::preference_centre {

Token LinkBook::mac(const Token& id) const {
  const std::string text = "cdp preference link 1|" + std::string(as_text(id));
  const auto digest = crypto::hmac_sha256(key_.view(), as_bytes(text));
  Token half{};
  std::copy_n(digest.begin(), half.size(), half.begin());
  return half;
}

std::optional<std::string> LinkBook::mint(Holder holder) {
  const Token id = random_.next_token();
  const Duration now = clock_.elapsed();
  const bool added = links_.write([&](Links& links) {
    if (links.size() >= kLinksMax)
      std::erase_if(links, [&](const auto& entry) { return entry.second.ends <= now; });
    if (links.size() >= kLinksMax) return false;
    return links.emplace(id, Link{std::move(holder), now + kLife}).second;
  });
  if (!added) return std::nullopt;
  const Token tag = mac(id);
  Bytes text(id.begin(), id.end());
  text.insert(text.end(), tag.begin(), tag.end());
  return to_base64url(text);
}

// The id of a link that we signed.
std::optional<Token> LinkBook::id_in(std::string_view text) const {
  const auto bytes = from_base64url(text.substr(0, 64));
  Token id{};
  if (!bytes || bytes->size() != 2 * id.size() || text.size() > 64) return std::nullopt;
  std::copy_n(bytes->begin(), id.size(), id.begin());
  if (!equal_constant_time(ByteView(*bytes).subspan(id.size()), mac(id))) return std::nullopt;
  return id;
}

std::optional<Holder> LinkBook::find(std::string_view text) const {
  const auto id = id_in(text);
  if (!id) return std::nullopt;
  const Duration now = clock_.elapsed();
  return links_.read([&](const Links& links) -> std::optional<Holder> {
    const auto found = links.find(*id);
    if (found == links.end() || found->second.ends <= now) return std::nullopt;
    return found->second.holder;
  });
}

std::optional<Holder> LinkBook::redeem(std::string_view text) {
  const auto id = id_in(text);
  if (!id) return std::nullopt;
  const Duration now = clock_.elapsed();
  return links_.write([&](Links& links) -> std::optional<Holder> {
    const auto found = links.find(*id);
    if (found == links.end()) return std::nullopt;
    Link link = std::move(found->second);
    links.erase(found);
    if (link.ends <= now) return std::nullopt;
    return std::move(link.holder);
  });
}

}  // namespace cdp::consent::preference_centre
