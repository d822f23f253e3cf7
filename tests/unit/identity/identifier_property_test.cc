// The fast paths against the libraries, and normalising twice against normalising once.
#include "cdp/core/base/random.h"
#include "identity/email.h"
#include "identity/phone.h"

namespace cdp::identity {
namespace {

std::string random_text(Random& random, std::string_view alphabet, std::uint64_t most) {
  std::string out;
  for (std::uint64_t n = random.below(most + 1); n > 0; --n) {
    out += alphabet[random.below(alphabet.size())];
  }
  return out;
}

TEST(EmailProperty, AsciiPathEqualsTheLibraries) {
  SeededRandom random(11);
  int accepted = 0;
  for (int round = 0; round < 100'000; ++round) {
    std::string email = random_text(random, "abcXYZ019._+-'!#%&= \"(),:;<>@[]\\`{|}~^$*?/", 8);
    email += random.below(20) == 0 ? "" : "@";
    for (std::uint64_t labels = random.below(4); labels > 0; --labels) {
      email += random_text(random, "abcxnXN0189--_", 7) + ".";
    }
    email += random_text(random, "comnetCOM12-", 4);
    if (email.empty() || email.front() == ' ' || email.back() == ' ') continue;  // never trimmed
    const auto fast = normalise_email(email);
    ASSERT_EQ(fast, normalise_email_by_libraries(email)) << email;
    accepted += fast ? 1 : 0;
  }
  EXPECT_GT(accepted, 1'000);
}

TEST(EmailProperty, NormalisingTwiceChangesNothing) {
  SeededRandom random(12);
  const std::vector<std::string> letters{"a", "É", "ß",  "İ",  "ı", "Σ", "ς", "Ａ", "ﬁ", "u\u0308",
                                         "Ü", "ё", "漢", "한", "ǅ", "ſ", "K", "²",  "1", "-"};
  int accepted = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string email;
    for (std::uint64_t n = 1 + random.below(5); n > 0; --n) {
      email += letters[random.below(letters.size())];
    }
    email += "@";
    for (std::uint64_t n = 1 + random.below(5); n > 0; --n) {
      email += letters[random.below(letters.size())];
    }
    email += ".example";
    const auto once = normalise_email(email);
    if (!once) continue;
    ++accepted;
    ASSERT_EQ(normalise_email(*once), once) << email;
  }
  EXPECT_GT(accepted, 1'000);
}

TEST(PhoneProperty, PlainE164EqualsTheLibrary) {
  SeededRandom random(13);
  const std::vector<std::string> codes{"1",  "31", "32", "33", "34", "351", "353", "41", "43", "44",
                                       "45", "46", "47", "48", "49", "61",  "39",  "55", "54", "7"};
  for (int round = 0; round < 20'000; ++round) {
    std::string phone = "+";
    phone += random.below(8) == 0 ? random_text(random, "0123456789", 3)
                                  : codes[random.below(codes.size())];
    phone += random_text(random, "0123456789", 13);
    const std::string_view region = random.below(2) == 0 ? "" : "DE";
    ASSERT_EQ(normalise_phone(phone, region), normalise_phone_by_library(phone, region)) << phone;
  }
}

TEST(PhoneProperty, EveryFirstDigitsOfTheFastCountriesEqualTheLibrary) {
  SeededRandom random(14);
  for (const std::string code : {"1", "31", "32", "33", "34", "351", "353", "41", "43", "44", "45",
                                 "46", "47", "48", "49", "61"}) {
    for (int first = 1000; first < 10'000; first += 11) {
      const std::string phone =
          "+" + code + std::to_string(first) + std::to_string(10'000 + random.below(900'000));
      ASSERT_EQ(normalise_phone(phone, ""), normalise_phone_by_library(phone, "")) << phone;
    }
  }
}

TEST(PhoneProperty, NormalisingTwiceChangesNothing) {
  SeededRandom random(15);
  const std::vector<std::string_view> regions{"DE", "US", "GB", "BR", "AR", "IT", ""};
  for (int round = 0; round < 4'000; ++round) {
    const std::string raw = random_text(random, "+0123456789 ()-/", 18);
    const std::string_view region = regions[random.below(regions.size())];
    const auto once = normalise_phone(raw, region);
    if (!once) continue;
    ASSERT_EQ(normalise_phone(*once, region), once) << raw;
  }
}

}  // namespace
}  // namespace cdp::identity
