#include "identity/identifier.h"

#include <map>

#include "identity/blocked.h"
#include "identity/digest.h"
#include "identity/email.h"
#include "tests/support/pii_for_tests.h"

namespace cdp::identity {
namespace {

using event::Tier;
using event::Trust;
using testing::reveal;

std::string shown(const std::variant<std::string, Rejection>& result) {
  if (const auto* value = std::get_if<std::string>(&result)) return *value;
  return "<" + std::string(to_string(std::get<Rejection>(result))) + ">";
}
std::string norm(std::string_view type, std::string raw, std::string_view region = "") {
  return shown(Normaliser::normalise(type, Pii<std::string>(std::move(raw)), region));
}

crypto::BlindIndex test_index() {
  EXPECT_TRUE(crypto::initialise());
  const Bytes key(32, 7);
  return {crypto::Secret::copy_of(key), "tenant", 1};
}

std::vector<event::FactIdentifier> indexed(std::string type, std::string value, Trust trust) {
  const auto index = test_index();
  auto result =
      Normaliser::index({std::move(type), Pii<std::string>(std::move(value))}, trust, "", index);
  if (auto* found = std::get_if<std::vector<event::FactIdentifier>>(&result)) return *found;
  return {};
}

TEST(Identifier, KnowsItsTypesByName) {
  EXPECT_EQ(type_kind("email"), TypeKind::email);
  EXPECT_EQ(type_kind("shopify.customer_id"), TypeKind::vendor_id);
  EXPECT_EQ(type_kind("mailchimp.contact_id"), TypeKind::record_id);
  EXPECT_EQ(type_kind("shopify.order_id"), TypeKind::record_id);
  EXPECT_EQ(type_kind("ga_client_id"), TypeKind::device_id);
  EXPECT_EQ(type_kind("klaviyo.exchange_id"), TypeKind::device_id);
  EXPECT_EQ(type_kind("shopify."), TypeKind::custom);
  EXPECT_EQ(type_kind("loyalty.card"), TypeKind::custom);
  EXPECT_TRUE(valid_type_name("loyalty_card.2"));
  EXPECT_FALSE(valid_type_name(""));
  EXPECT_FALSE(valid_type_name("Email"));
  EXPECT_FALSE(valid_type_name("e-mail"));
  EXPECT_FALSE(valid_type_name(std::string(65, 'a')));
}

TEST(Identifier, TierIsTheLowerOfTypeAndTrust) {
  EXPECT_EQ(effective_tier("user_id", Trust::server), Tier::authenticated);
  EXPECT_EQ(effective_tier("user_id", Trust::public_key), Tier::declared);
  EXPECT_EQ(effective_tier("shopify.customer_id", Trust::vendor_signed), Tier::authenticated);
  EXPECT_EQ(effective_tier("shopify.customer_id", Trust::public_key), Tier::declared);
  EXPECT_EQ(effective_tier("email", Trust::vendor_signed), Tier::declared);
  EXPECT_EQ(effective_tier("loyalty.card", Trust::vendor_signed), Tier::declared);
  EXPECT_EQ(effective_tier("anonymous_id", Trust::server), Tier::device);
  EXPECT_EQ(effective_tier("ios.idfa", Trust::server), Tier::device);
  EXPECT_EQ(effective_tier("dynamic_yield.dyid", Trust::server), Tier::device);
  EXPECT_EQ(effective_tier("email_gmail", Trust::server), Tier::derived);
}

TEST(Identifier, NormalisesAsciiEmails) {
  EXPECT_EQ(norm("email", "  Jane.Doe+News@Example.COM\r\n"), "jane.doe+news@example.com");
  EXPECT_EQ(norm("email", "o'hara@sub.example.co.uk"), "o'hara@sub.example.co.uk");
  EXPECT_EQ(norm("email", "dotted..name.@docomo.example"), "dotted..name.@docomo.example");
}

TEST(Identifier, NormalisesInternationalEmails) {
  EXPECT_EQ(norm("email", "Jürgen@MÜNCHEN.example"), "jürgen@xn--mnchen-3ya.example");
  EXPECT_EQ(norm("email", "Ju\u0308rgen@mu\u0308nchen.example"), "jürgen@xn--mnchen-3ya.example");
  EXPECT_EQ(norm("email", "ｊａｎｅ＠ｅｘａｍｐｌｅ．ｃｏｍ"), "jane@example.com");
  EXPECT_EQ(norm("email", "jane@faß.example"), "jane@xn--fa-hia.example");
  EXPECT_EQ(norm("email", "jane@XN--MNCHEN-3YA.example"), "jane@xn--mnchen-3ya.example");
  EXPECT_EQ(norm("email", "\u00A0jane@example.com\u00A0"), "jane@example.com");
}

TEST(Identifier, RefusesWhatIsNoEmail) {
  for (const char* raw :
       {"jane", "jane@", "@example.com", "jane@localhost", "jane@@example.com",
        "jane@a@example.com", "Jane <jane@example.com>", "jane doe@example.com",
        "jane@exa mple.com", "jane@-example.com", "jane@example-.com", "jane@example..com",
        "jane@example.com.", "jane@.example.com", "jane@192.168.0.1", "mailto:jane@example.com",
        "jane@exam_ple.com", "jane@xn--zzzzzz--.example", "a@b.c\xff"}) {
    EXPECT_EQ(norm("email", raw), "<malformed>") << raw;
  }
  EXPECT_EQ(norm("email", std::string(65, 'a') + "@example.com"), "<malformed>");
  EXPECT_EQ(norm("email", std::string(1'100, 'a') + "@example.com"), "<too_long>");
}

TEST(Identifier, NormalisesPhonesToE164) {
  EXPECT_EQ(norm("phone", "+1 (234) 567-8901"), "+12345678901");
  EXPECT_EQ(norm("phone", "+12345678901"), "+12345678901");
  EXPECT_EQ(norm("phone", "030 901820", "de"), "+4930901820");
  EXPECT_EQ(norm("phone", "0049 30 901820", "DE"), "+4930901820");
  EXPECT_EQ(norm("phone", "+44 (0)20 7946 0018"), "+442079460018");
  EXPECT_EQ(norm("phone", "+4402079460018"), "+442079460018");
  EXPECT_EQ(norm("phone", "+39 06 6982 1234"), "+390669821234");
  EXPECT_EQ(norm("phone", "tel:+33-1-42-68-53-00"), "+33142685300");
}

// Without its area code a number is one in every town: it would join strangers.
TEST(Identifier, RefusesPhonesThatLeaveOutWhatTheRegionCannotTell) {
  for (const auto& [raw, region] :
       {std::pair{"555-1234", "US"}, std::pair{"110", "DE"}, std::pair{"1234", "DE"},
        std::pair{"12345", "DE"}, std::pair{"2345678", "US"}}) {
    EXPECT_EQ(norm("phone", raw, region), "<malformed>") << raw;
  }
  EXPECT_EQ(norm("phone", "(212) 555-2368", "US"), "+12125552368");
}

TEST(Identifier, RefusesWhatIsNoPhone) {
  EXPECT_EQ(norm("phone", "030 901820"), "<malformed>");  // no region to read it in
  EXPECT_EQ(norm("phone", "+49"), "<malformed>");
  EXPECT_EQ(norm("phone", "call me"), "<malformed>");
  EXPECT_EQ(norm("phone", "+999123456789"), "<malformed>");
  EXPECT_EQ(norm("phone", "+12345678901 ext. 12"), "<malformed>");
  EXPECT_EQ(norm("phone", "+1 555 555 5555"), "<blocked_value>");
  EXPECT_EQ(norm("phone", "0000000000", "US"), "<blocked_value>");
  EXPECT_EQ(norm("phone", "12345", "nowhere"), "<malformed>");
  EXPECT_EQ(norm("phone", std::string(300, '1')), "<malformed>");
}

TEST(Identifier, KeepsTheCaseOfIds) {
  EXPECT_EQ(norm("user_id", " AbC-1 "), "AbC-1");
  EXPECT_EQ(norm("shopify.customer_id", "9007199254740993"), "9007199254740993");
  EXPECT_EQ(norm("user_id", "a\nb"), "<malformed>");
  EXPECT_EQ(norm("user_id", "ünï"), "ünï");
}

TEST(Identifier, BlocksValuesThatNameNobody) {
  for (const char* raw : {"null", "NULL", " None ", "anonymous", "invalid", "undefined", "Unknown",
                          "N/A", "guest", "NaN", "false", "[object Object]", "-1", "0", "000", "--",
                          "00000000-0000-0000-0000-000000000000"}) {
    EXPECT_EQ(norm("user_id", raw), "<blocked_value>") << raw;
    EXPECT_EQ(norm("email", raw), "<blocked_value>") << raw;
  }
  EXPECT_EQ(norm("user_id", "   "), "<empty>");
  EXPECT_EQ(norm("user_id", "nullable"), "nullable");
  EXPECT_EQ(norm("User Id", "x"), "<unknown_type>");
}

// A word that is no id may be a mailbox: Nan is a name.
TEST(Identifier, APlaceholderIsNotAlwaysNobodysMailbox) {
  const auto links = [](const std::string& email) {
    return indexed("email", email, Trust::server).front().tier != Tier::none;
  };
  EXPECT_TRUE(links("nan@home.example"));
  EXPECT_TRUE(links("guest@home.example"));
  EXPECT_FALSE(links("null@home.example"));
  EXPECT_FALSE(links("000@home.example"));
}

TEST(Identifier, BlocksTheDigestOfNothing) {
  EXPECT_EQ(norm("email_sha256", sha256_hex("")), "<blocked_value>");
  EXPECT_EQ(norm("email_sha256", sha256_hex("undefined")), "<blocked_value>");
  EXPECT_EQ(norm("email_md5", "D41D8CD98F00B204E9800998ECF8427E"), "<blocked_value>");
  EXPECT_EQ(norm("email_sha256", std::string(64, '0')), "<blocked_value>");
  EXPECT_EQ(norm("email_sha256", std::string(63, 'a')), "<malformed>");
  EXPECT_EQ(norm("email_md5", std::string(32, 'g')), "<malformed>");
}

// The vectors that UID2 publishes, and Mailchimp's subscriber_hash.
TEST(Identifier, DigestsAreWhatOtherPlatformsCompute) {
  const std::string plain = sha256_hex(norm("email", " USER@example.com"));
  EXPECT_TRUE(plain.starts_with("b4c9a289") && plain.ends_with("5e475514")) << plain;
  const std::string folded = uid2_form(norm("email", "JaneSaoirse+Work@gmail.com"));
  EXPECT_EQ(folded, "janesaoirse@gmail.com");
  const std::string uid2 = sha256_hex(folded);
  EXPECT_TRUE(uid2.starts_with("92ee2605") && uid2.ends_with("6db5888f")) << uid2;
  const std::string phone = sha256_hex(norm("phone", "+1 234 567 8901"));
  EXPECT_TRUE(phone.starts_with("10e6f0b4") && phone.ends_with("e9e5b9ee")) << phone;
  EXPECT_EQ(md5_hex("message digest"), "f96b697d7cb7938d525a2f31aaf161d0");  // RFC 1321
  EXPECT_EQ(norm("email_sha256", to_base64(*from_hex(plain))), plain);
}

TEST(Identifier, HashedAddressMeetsThePlainOne) {
  const auto plain = indexed("email", "Jane@Example.com", Trust::server);
  ASSERT_EQ(plain.size(), 4U);
  const auto hashed = indexed("email_sha256", sha256_hex("jane@example.com"), Trust::server);
  ASSERT_EQ(hashed.size(), 1U);
  EXPECT_EQ(plain[1].token, hashed[0].token);
  EXPECT_EQ(plain[1].type, "email_sha256");
  EXPECT_EQ(plain[2].type, "email_md5");
  EXPECT_EQ(reveal(plain[2].value), md5_hex("jane@example.com"));
  EXPECT_EQ(plain[3].type, "email_uid2");
  for (const auto& identifier : plain) EXPECT_EQ(identifier.tier, Tier::declared);
  EXPECT_NE(plain[0].token, plain[1].token);
}

std::map<std::string, event::FactIdentifier> by_type(std::string value) {
  std::map<std::string, event::FactIdentifier> out;
  for (auto& found : indexed("email", std::move(value), Trust::server)) {
    out.emplace(found.type, std::move(found));
  }
  return out;
}

// What two spellings share links weakly (UID2, the form without dots), or is only found (the folded
// address).
TEST(Identifier, SpellingsOfOneGmailBoxMeetOnWeakerTiers) {
  const auto one = by_type("jane.doe+shop@gmail.com");
  const auto other = by_type("JaneDoe@gmail.com");
  ASSERT_EQ(one.size(), 6U);
  ASSERT_EQ(other.size(), 6U);
  EXPECT_NE(one.at("email").token, other.at("email").token);
  EXPECT_EQ(one.at("email_gmail").token, other.at("email_gmail").token);
  EXPECT_EQ(one.at("email_gmail").tier, Tier::derived);
  EXPECT_EQ(one.at("email_uid2").token, other.at("email_uid2").token);
  EXPECT_EQ(one.at("email_uid2").tier, Tier::device);
  EXPECT_EQ(other.at("email_uid2").tier, Tier::declared);
  EXPECT_EQ(by_type("janedoe@googlemail.com").at("email_gmail").token, one.at("email_gmail").token);
  EXPECT_EQ(norm("email_gmail", "jane.doe@gmail.com"), "janedoe@gmail.com");
  EXPECT_EQ(norm("email_gmail", "jane.doe@example.com"), "<malformed>");
}

// What Germany and Britain called gmail.com reaches the same mailbox: a no given under one name is
// heard under the other.
TEST(Identifier, GooglemailIsAnotherNameOfGmail) {
  const auto plain = by_type("jane.doe@gmail.com");
  const auto renamed = indexed("email", "Jane.Doe@googlemail.com", Trust::server);
  const auto shared = std::ranges::find_if(renamed, [&](const auto& found) {
    return found.type == "email_gmaildot" && found.token == plain.at("email_gmaildot").token;
  });
  ASSERT_NE(shared, renamed.end());
  EXPECT_EQ(shared->tier, Tier::device);
}

TEST(Identifier, AnAddressMeetsItsHashInEitherScript) {
  const auto plain = indexed("email", "User@b\u00fccher.example", Trust::server);
  for (const char* written : {"user@b\u00fccher.example", "user@xn--bcher-kva.example"}) {
    for (const auto& [type, digest] : {std::pair{"email_sha256", sha256_hex(written)},
                                       std::pair{"email_md5", md5_hex(written)}}) {
      const auto hashed = indexed(type, digest, Trust::server);
      EXPECT_TRUE(std::ranges::any_of(plain, [&](const auto& found) {
        return found.token == hashed.front().token && found.tier == Tier::declared;
      })) << type;
    }
  }
}

// An event that knows a digest only, in the form in which each platform hands it out.
TEST(Identifier, EveryPlatformsDigestMeetsThePlainAddress) {
  const std::string address = "Jane.Doe+Shop@gmail.com";
  const auto plain = by_type(address);
  const auto meets = [&](std::string type, std::string digest) {
    const auto hashed = indexed(type, std::move(digest), Trust::server);
    return std::ranges::any_of(hashed, [&](const auto& found) {
      return plain.contains(found.type) && plain.at(found.type).token == found.token &&
             std::min(plain.at(found.type).tier, found.tier) >= Tier::device;
    });
  };
  EXPECT_TRUE(meets("email_sha256", sha256_hex("jane.doe+shop@gmail.com")));
  EXPECT_TRUE(meets("email_md5", md5_hex("jane.doe+shop@gmail.com")));
  EXPECT_TRUE(meets("email_uid2", uid2_outside_form(sha256_hex("janedoe@gmail.com"))));
  EXPECT_TRUE(meets("email_gmaildot", sha256_hex("janedoe+shop@gmail.com")));
  EXPECT_FALSE(meets("email_uid2", sha256_hex("janedoe@example.com")));
}

TEST(Identifier, DigestWithoutDotsIsThePlainOneForOtherProviders) {
  const auto hashed = indexed("email_gmaildot", sha256_hex("jane.doe@shop.example"), Trust::server);
  const auto plain = by_type("jane.doe@shop.example");
  EXPECT_TRUE(std::ranges::any_of(
      hashed, [&](const auto& found) { return found.token == plain.at("email_sha256").token; }));
}

TEST(Identifier, RoleMailboxesAreKeptButNeverLink) {
  for (const char* raw : {"info@shop.example", "NoReply@shop.example", "no-reply+7@shop.example",
                          "null@shop.example", "webmaster@gmail.com"}) {
    const auto found = indexed("email", raw, Trust::vendor_signed);
    ASSERT_GE(found.size(), 3U) << raw;
    for (const auto& identifier : found) EXPECT_EQ(identifier.tier, Tier::none) << raw;
  }
  EXPECT_FALSE(role_mailbox("informed@shop.example"));
}

TEST(Identifier, TestAddressesAreKeptButNeverLink) {
  for (const char* raw : {"test@shop.example", "Test+7@shop.example", "tester12@shop.example",
                          "noemail@shop.example", "jane@nowhere.invalid"}) {
    const auto found = indexed("email", raw, Trust::vendor_signed);
    ASSERT_GE(found.size(), 4U) << raw;
    for (const auto& identifier : found) EXPECT_EQ(identifier.tier, Tier::none) << raw;
  }
  EXPECT_FALSE(test_mailbox("testino@shop.example"));
  EXPECT_FALSE(test_mailbox("12@shop.example"));
}

TEST(Identifier, RejectedOnesAnswerWhy) {
  const auto index = test_index();
  const auto result =
      Normaliser::index({"email", Pii<std::string>("nobody")}, Trust::server, "", index);
  EXPECT_EQ(std::get<Rejection>(result), Rejection::malformed);
}

TEST(Identifier, TokenDependsOnTypeAndValue) {
  const auto index = test_index();
  EXPECT_EQ(Normaliser::token("user_id", "7", index), Normaliser::token("user_id", "7", index));
  EXPECT_NE(Normaliser::token("user_id", "7", index), Normaliser::token("custom", "7", index));
  EXPECT_NE(Normaliser::token("user_id", "7", index), Normaliser::token("user_id", "8", index));
}

}  // namespace
}  // namespace cdp::identity
