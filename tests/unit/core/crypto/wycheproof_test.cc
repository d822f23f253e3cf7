// Project Wycheproof's cases, from the reference data.
#include <nlohmann/json.hpp>

#include "cdp/core/crypto/aead.h"
#include "cdp/core/crypto/signature.h"
#include "tests/support/reference_data.h"

namespace cdp::crypto {
namespace {

using nlohmann::json;

json groups(const std::filesystem::path& file) {
  json parsed = json::parse(testing::read_text(file), nullptr, false);
  return std::move(parsed["testGroups"]);
}

Bytes hex(const json& text) { return from_hex(text.get<std::string>()).value(); }

bool expected(const json& test) { return test["result"] != "invalid"; }

// The nine groups of another nonce size hold one case each, all invalid: refused by our size check.
TEST(Wycheproof, XChaCha20Poly1305GivesTheOfficialVerdicts) {
  CDP_REQUIRE_REFERENCE(file, "audit/wycheproof/xchacha20_poly1305_test.json");
  std::size_t ran = 0;
  for (const auto& group : groups(file)) {
    for (const auto& test : group["tests"]) {
      const Bytes key = hex(test["key"]);
      const Bytes nonce = hex(test["iv"]);
      const Bytes associated = hex(test["aad"]);
      const Bytes plain = hex(test["msg"]);
      Bytes cipher = hex(test["ct"]);
      const Bytes tag = hex(test["tag"]);
      cipher.insert(cipher.end(), tag.begin(), tag.end());
      Bytes opened(cipher.size() < aead::kTagBytes ? 0 : cipher.size() - aead::kTagBytes);
      EXPECT_EQ(aead::decrypt(key, nonce, associated, cipher, opened), expected(test))
          << test["tcId"];
      if (expected(test)) {
        EXPECT_EQ(opened, plain) << test["tcId"];
        Bytes sealed(plain.size() + aead::kTagBytes);
        aead::encrypt(key, nonce, associated, plain, sealed);
        EXPECT_EQ(sealed, cipher) << test["tcId"];
      }
      ++ran;
    }
  }
  EXPECT_EQ(ran, 315U);
}

TEST(Wycheproof, Ed25519GivesTheOfficialVerdicts) {
  CDP_REQUIRE_REFERENCE(file, "audit/wycheproof/ed25519_test.json");
  std::size_t ran = 0;
  for (const auto& group : groups(file)) {
    const Bytes bytes = hex(group["publicKey"]["pk"]);
    PublicKey key{};
    ASSERT_EQ(bytes.size(), key.size());
    std::copy(bytes.begin(), bytes.end(), key.begin());
    for (const auto& test : group["tests"]) {
      EXPECT_EQ(ed25519_verify(key, hex(test["msg"]), hex(test["sig"])), expected(test))
          << test["tcId"] << " " << test["comment"];
      ++ran;
    }
  }
  EXPECT_EQ(ran, 151U);
}

// Groups of 128-bit tags compare the first half: our callers always use all 32 bytes.
TEST(Wycheproof, HmacSha256GivesTheOfficialVerdicts) {
  CDP_REQUIRE_REFERENCE(file, "audit/wycheproof/hmac_sha256_test.json");
  std::size_t ran = 0;
  for (const auto& group : groups(file)) {
    for (const auto& test : group["tests"]) {
      const Bytes tag = hex(test["tag"]);
      const Digest full = hmac_sha256(hex(test["key"]), hex(test["msg"]));
      const bool same = equal_constant_time(ByteView(full).first(tag.size()), tag);
      EXPECT_EQ(same, expected(test)) << test["tcId"];
      ++ran;
    }
  }
  EXPECT_EQ(ran, 174U);
}

}  // namespace
}  // namespace cdp::crypto
