#include "cdp/core/base/bytes.h"

#include <set>

#include "cdp/core/base/random.h"

namespace cdp {
namespace {

// RFC 4648 §10.
TEST(Base64, GivesTheRfcsExamples) {
  const std::pair<std::string_view, std::string_view> examples[] = {{"", ""},
                                                                    {"f", "Zg=="},
                                                                    {"fo", "Zm8="},
                                                                    {"foo", "Zm9v"},
                                                                    {"foob", "Zm9vYg=="},
                                                                    {"fooba", "Zm9vYmE="},
                                                                    {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, encoded] : examples) {
    EXPECT_EQ(to_base64(as_bytes(plain)), encoded);
    EXPECT_EQ(as_text(from_base64(encoded).value()), plain);
  }
}

TEST(Base64, RefusesOtherLengthsAlphabetsAndTrailingBits) {
  for (const char* text : {"Zg", "Zg=", "Zg===", "=", "====", "Z===", "Zh==", "Zm9=", "Zm9-",
                           "Zm9_", "Zm 9", "Zm9v\n", "Z=9v", "Zg==Zg=="}) {
    EXPECT_FALSE(from_base64(text)) << text;
  }
  for (const char* text : {"Zg==", "Z", "Zh", "Zm9+", "Zm9/", "Zm8=", "A"}) {
    EXPECT_FALSE(from_base64url(text)) << text;
  }
}

TEST(Base64, UsesTheUrlAlphabetWithoutPadding) {
  EXPECT_EQ(to_base64url(Bytes{0xFB, 0xFF}), "-_8");
  EXPECT_EQ(to_base64(Bytes{0xFB, 0xFF}), "+/8=");
}

TEST(Hex, RefusesOddLengthsAndOtherLetters) {
  EXPECT_EQ(to_hex(Bytes{0, 0x0F, 0xF0, 0xFF}), "000ff0ff");
  EXPECT_EQ(from_hex("00fFF0").value(), (Bytes{0, 0xFF, 0xF0}));
  for (const char* text : {"0", "0g", "0x", " 0", "000"}) EXPECT_FALSE(from_hex(text)) << text;
}

TEST(ByteTexts, ComeBackForEveryLength) {
  SeededRandom random(1);
  for (std::size_t size = 0; size < 200; ++size) {
    Bytes bytes(size);
    random.fill(bytes);
    EXPECT_EQ(from_hex(to_hex(bytes)).value(), bytes);
    EXPECT_EQ(from_base64(to_base64(bytes)).value(), bytes);
    EXPECT_EQ(from_base64url(to_base64url(bytes)).value(), bytes);
  }
}

// A text decodes only if it is what its bytes encode to.
TEST(ByteTexts, HaveOneFormEach) {
  SeededRandom random(2);
  static constexpr std::string_view kLetters = "ABCDwxyz0189+/-_=";
  for (int i = 0; i < 50'000; ++i) {
    std::string text(random.below(10), ' ');
    for (char& c : text) c = kLetters[random.below(kLetters.size())];
    if (const auto bytes = from_base64(text)) {
      ASSERT_EQ(to_base64(*bytes), text);
    }
    if (const auto bytes = from_base64url(text)) {
      ASSERT_EQ(to_base64url(*bytes), text);
    }
  }
}

// Slow reference: the 128-bit number divided by 32 again and again.
std::string slow_crockford(Token token) {
  std::string out(26, '0');
  for (std::size_t i = 26; i-- > 0;) {
    unsigned remainder = 0;
    for (std::uint8_t& byte : token) {
      const unsigned value = remainder * 256 + byte;
      byte = static_cast<std::uint8_t>(value / 32);
      remainder = value % 32;
    }
    out[i] = "0123456789abcdefghjkmnpqrstvwxyz"[remainder];
  }
  return out;
}

TEST(Crockford, IsTheNumberInBase32) {
  SeededRandom random(3);
  for (int i = 0; i < 2'000; ++i) {
    const Token token = random.next_token();
    ASSERT_EQ(to_crockford(token), slow_crockford(token));
    ASSERT_EQ(from_crockford(to_crockford(token)).value(), token);
  }
  EXPECT_EQ(to_crockford(Token{}), std::string(26, '0'));
}

TEST(Crockford, TakesEitherCaseAndLookAlikes) {
  const std::string text = to_crockford(Token{0xFF, 1, 2, 3});
  std::string upper = text;
  for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  EXPECT_EQ(from_crockford(upper).value(), from_crockford(text).value());
  EXPECT_EQ(from_crockford("0000000000000000000000000O").value(), Token{});
  const Token one = from_crockford("00000000000000000000000001").value();
  for (const char c : {'i', 'I', 'l', 'L'}) {
    EXPECT_EQ(from_crockford(std::string(25, '0') + c).value(), one) << c;
  }
}

TEST(Crockford, RefusesWhatDoesNotFit) {
  EXPECT_TRUE(from_crockford("7zzzzzzzzzzzzzzzzzzzzzzzzz"));
  EXPECT_FALSE(from_crockford("80000000000000000000000000"));
  EXPECT_FALSE(from_crockford(std::string(25, '0')));
  EXPECT_FALSE(from_crockford(std::string(27, '0')));
  EXPECT_FALSE(from_crockford(std::string(25, '0') + "u"));
  EXPECT_FALSE(from_crockford(std::string(25, '0') + "-"));
}

TEST(EqualConstantTime, ComparesLengthAndEveryByte) {
  EXPECT_TRUE(equal_constant_time({}, {}));
  EXPECT_TRUE(equal_constant_time(Bytes{1, 2}, Bytes{1, 2}));
  EXPECT_FALSE(equal_constant_time(Bytes{1, 2}, Bytes{1, 2, 3}));
  EXPECT_FALSE(equal_constant_time(Bytes{1, 2}, Bytes{1, 3}));
  EXPECT_FALSE(equal_constant_time(Bytes{2, 2}, Bytes{1, 2}));
}

}  // namespace
}  // namespace cdp
