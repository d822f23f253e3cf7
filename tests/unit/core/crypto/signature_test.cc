#include "cdp/core/crypto/signature.h"

#include <sodium.h>

namespace cdp::crypto {
namespace {

// FIPS 180-4 examples.
TEST(Sha256, GivesTheStandardsDigests) {
  EXPECT_EQ(to_hex(sha256({})), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(to_hex(sha256(as_bytes("abc"))),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

// libsodium's SHA-256 as an outside oracle.
TEST(Sha256, AgreesWithAnotherImplementation) {
  SeededRandom random(3);
  for (std::size_t size = 0; size < 300; ++size) {
    Bytes data(size);
    random.fill(data);
    Digest wanted{};
    crypto_hash_sha256(wanted.data(), data.data(), data.size());
    EXPECT_EQ(sha256(data), wanted) << size;
  }
}

// RFC 4231, test case 2.
TEST(HmacSha256, GivesTheRfcsTag) {
  EXPECT_EQ(to_hex(hmac_sha256(as_bytes("Jefe"), as_bytes("what do ya want for nothing?"))),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

// RFC 8032 §7.1, test 2.
TEST(Ed25519, GivesTheRfcsSignature) {
  const Bytes seed =
      from_hex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb").value();
  const Bytes message = from_hex("72").value();
  const PublicKey key = ed25519_public(seed);
  EXPECT_EQ(to_hex(key), "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
  const Signature signature = ed25519_sign(seed, message);
  EXPECT_EQ(to_hex(signature),
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
            "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
  EXPECT_TRUE(ed25519_verify(key, message, signature));
}

TEST(Ed25519, RefusesAnotherMessageKeyOrLength) {
  SeededRandom random(5);
  Bytes seed(32);
  random.fill(seed);
  const PublicKey key = ed25519_public(seed);
  Signature signature = ed25519_sign(seed, as_bytes("one"));
  EXPECT_FALSE(ed25519_verify(key, as_bytes("two"), signature));
  EXPECT_FALSE(ed25519_verify(key, as_bytes("one"), ByteView(signature).first(63)));
  EXPECT_FALSE(ed25519_verify(key, as_bytes("one"), {}));
  signature[0] = static_cast<std::uint8_t>(signature[0] ^ 1);
  EXPECT_FALSE(ed25519_verify(key, as_bytes("one"), signature));
}

}  // namespace
}  // namespace cdp::crypto
