#include "consent/unsubscribe.h"

#include <algorithm>
#include <array>
#include <utility>

#include "cdp/core/crypto/seal.h"
#include "cdp/core/event/json.h"

namespace cdp::consent {
namespace {

constexpr std::size_t kPadTo = 32;
constexpr std::size_t kTextMax = 512;

const crypto::SealContext kContext{.tenant = {}, .persona = {}, .kind = "unsubscribe"};

// The nonce follows from what is sealed (the idea of RFC 5297): equal tickets seal equally, unequal
// ones never share a nonce.
class SyntheticNonce final : public Random {
 public:
  SyntheticNonce(const crypto::BlindIndex& index, ByteView plain) {
    const std::string_view text = as_text(plain);
    const Token first = index.token({"unsubscribe nonce", "1", text});
    const Token second = index.token({"unsubscribe nonce", "2", text});
    std::copy(first.begin(), first.end(), bytes_.begin());
    std::copy(second.begin(), second.end(), bytes_.begin() + first.size());
  }
  void fill(std::span<std::uint8_t> out) override {
    for (std::uint8_t& byte : out) byte = bytes_[next_++ % bytes_.size()];
  }

 private:
  std::array<std::uint8_t, 32> bytes_{};
  std::size_t next_ = 0;
};

crypto::Secret key_from(const crypto::BlindIndex& index) {
  Bytes key;
  for (const char* half : {"1", "2"}) {
    const Token token = index.token({"unsubscribe key", half});
    key.insert(key.end(), token.begin(), token.end());
  }
  return crypto::Secret::copy_of(key);
}

// Names of purposes and destinations have at most 128 bytes.
void append_name(Bytes* out, std::string_view name) {
  out->push_back(static_cast<std::uint8_t>(name.size()));
  out->insert(out->end(), name.begin(), name.end());
}

std::optional<std::string> take_name(ByteView* rest) {
  if (rest->empty() || rest->size() < 1U + (*rest)[0]) return std::nullopt;
  const std::size_t size = (*rest)[0];
  std::string name(as_text(rest->subspan(1, size)));
  *rest = rest->subspan(1 + size);
  return name;
}

std::optional<Token> take_token(ByteView* rest) {
  Token token{};
  if (rest->size() < token.size()) return std::nullopt;
  std::copy_n(rest->begin(), token.size(), token.begin());
  *rest = rest->subspan(token.size());
  return token;
}

}  // namespace

UnsubscribeLinks::UnsubscribeLinks(const crypto::BlindIndex& pseudonyms)
    : key_(key_from(pseudonyms)), pseudonyms_(pseudonyms) {}

std::string UnsubscribeLinks::mint(const UnsubscribeTicket& ticket) const {
  Bytes plain(ticket.persona.begin(), ticket.persona.end());
  plain.insert(plain.end(), ticket.contact_point.begin(), ticket.contact_point.end());
  append_name(&plain, ticket.purpose);
  append_name(&plain, ticket.destination);
  // So that the length does not tell the purpose.
  plain.resize((plain.size() + kPadTo - 1) / kPadTo * kPadTo);
  SyntheticNonce nonce(pseudonyms_, plain);
  return to_base64url(crypto::seal(key_.view(), kContext, plain, nonce));
}

std::optional<UnsubscribeTicket> UnsubscribeLinks::open(std::string_view text) const {
  if (text.size() > kTextMax) return std::nullopt;
  const auto sealed = from_base64url(text);
  if (!sealed) return std::nullopt;
  const auto plain = crypto::open(key_.view(), kContext, *sealed);
  if (!plain) return std::nullopt;
  ByteView rest = *plain;
  const auto persona = take_token(&rest);
  const auto contact = take_token(&rest);
  auto purpose = take_name(&rest);
  auto destination = take_name(&rest);
  if (!persona || !contact || !purpose || !destination) return std::nullopt;
  return UnsubscribeTicket{*persona, *contact, *std::move(purpose), *std::move(destination)};
}

std::string unsubscription_key(const Token& persona) { return "unsubscribe:" + to_hex(persona); }

std::string list_unsubscribe_json(std::string_view base_url, std::string_view link) {
  const std::string url = "<" + std::string(base_url) + "/unsubscribe/" + std::string(link) + ">";
  return R"({"List-Unsubscribe":)" + json::quote(url) +
         R"(,"List-Unsubscribe-Post":"List-Unsubscribe=One-Click"})";
}

}  // namespace cdp::consent
