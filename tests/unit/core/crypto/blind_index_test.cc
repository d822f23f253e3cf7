#include "cdp/core/crypto/blind_index.h"

#include <sodium.h>

#include <set>

#include "cdp/core/base/random.h"

namespace cdp::crypto {
namespace {

Secret key(std::uint64_t seed) {
  SeededRandom random(seed);
  return Secret::random(random, 32);
}

TEST(BlindIndex, GivesEqualTokensForEqualFieldsOnly) {
  const BlindIndex index(key(1), "shop", 1);
  EXPECT_EQ(index.token({"email", "a@shop.example"}), index.token({"email", "a@shop.example"}));
  EXPECT_NE(index.token({"email", "a@shop.example"}), index.token({"email", "b@shop.example"}));
  EXPECT_NE(index.token({"email", "1"}), index.token({"phone", "1"}));
}

TEST(BlindIndex, KeepsFieldsApart) {
  const BlindIndex index(key(1), "shop", 1);
  std::set<Token> tokens{index.token({}),        index.token({""}),       index.token({"", ""}),
                         index.token({"ab"}),    index.token({"a", "b"}), index.token({"", "ab"}),
                         index.token({"ab", ""})};
  EXPECT_EQ(tokens.size(), 7U);
}

TEST(BlindIndex, IsUnlinkableAcrossKeysTenantsAndVersions) {
  const auto token = [](std::uint64_t seed, const char* tenant, std::uint32_t version) {
    return BlindIndex(key(seed), tenant, version).token({"email", "a@shop.example"});
  };
  std::set<Token> tokens{token(1, "shop", 1), token(2, "shop", 1), token(1, "shoq", 1),
                         token(1, "", 1), token(1, "shop", 2)};
  EXPECT_EQ(tokens.size(), 5U);
}

// The input, put together by hand and hashed in one call.
TEST(BlindIndex, IsKeyedBlake2bOverLengthPrefixedFields) {
  const std::string input("\4\0\0\0\0\0\0\0shop\1\0\0\0\5\0\0\0\0\0\0\0email\1\0\0\0\0\0\0\0x", 38);
  Token wanted{};
  const Secret secret = key(9);
  crypto_generichash(wanted.data(), wanted.size(), as_bytes(input).data(), input.size(),
                     secret.view().data(), secret.size());
  EXPECT_EQ(BlindIndex(key(9), "shop", 1).token({"email", "x"}), wanted);
}

}  // namespace
}  // namespace cdp::crypto
