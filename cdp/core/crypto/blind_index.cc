#include "cdp/core/crypto/blind_index.h"

#include <sodium.h>

#include <cstdlib>

namespace cdp::crypto {
namespace {

// Little-endian, so that an index means the same on every machine.
template <std::size_t N>
std::array<std::uint8_t, N> little_endian(std::uint64_t value) {
  std::array<std::uint8_t, N> out{};
  for (std::size_t i = 0; i < N; ++i) out[i] = static_cast<std::uint8_t>(value >> (8 * i));
  return out;
}

void update(crypto_generichash_state* state, ByteView bytes) {
  crypto_generichash_update(state, bytes.data(), bytes.size());
}

}  // namespace

BlindIndex::BlindIndex(Secret key, std::string_view tenant, std::uint32_t key_version)
    : key_(std::move(key)) {
  // A key of another length is a bug of ours, and an index under it would be lost for ever.
  if (key_.size() != 32) std::abort();
  const auto tenant_size = little_endian<8>(tenant.size());
  const auto version = little_endian<4>(key_version);
  prefix_.append(as_text(tenant_size)).append(tenant).append(as_text(version));
}

// Every field is preceded by its length: no two lists of fields share an input.
Token BlindIndex::token(std::initializer_list<std::string_view> fields) const {
  crypto_generichash_state state;
  Token token{};
  crypto_generichash_init(&state, key_.view().data(), key_.size(), token.size());
  update(&state, as_bytes(prefix_));
  for (const std::string_view field : fields) {
    update(&state, little_endian<8>(field.size()));
    update(&state, as_bytes(field));
  }
  crypto_generichash_final(&state, token.data(), token.size());
  return token;
}

}  // namespace cdp::crypto
