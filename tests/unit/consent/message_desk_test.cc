// To whom a message may be written at all.
#include "consent/message_desk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "identity/identifier.h"

namespace cdp::consent {
namespace {

class Desk : public ::testing::Test {
 protected:
  Token token(const std::string& address) const {
    return identity::Normaliser::token("email", address, index_);
  }
  identity::ProfileMember& add(event::Trust trust, const std::string& address,
                               const std::string& type = "email") {
    identity::ProfileMember member;
    member.document.trust = trust;
    event::FactIdentifier identifier;
    identifier.type = type;
    identifier.value = Pii<std::string>(address);
    identifier.token = token(address);
    member.document.identifiers.push_back(identifier);
    profile_.members.push_back(member);
    return profile_.members.back();
  }
  std::string written_to(const std::string& address) const {
    const auto message = MessageDesk::mint(
        &profile_,
        {SubjectMessage::Kind::preference_link, token(address), "de", "https://p.example/l"});
    return message ? message->address() : "nobody";
  }

  crypto::BlindIndex index_{crypto::Secret::copy_of(Bytes(32, 1)), "default", 1};
  identity::Profile profile_;
};

TEST_F(Desk, WritesToAnAddressThatAVouchingSourceGave) {
  add(event::Trust::vendor_signed, "ada@home.example");
  EXPECT_EQ(written_to("ada@home.example"), "ada@home.example");
  const auto message = MessageDesk::mint(
      &profile_, {SubjectMessage::Kind::preference_link, token("ada@home.example"), "de", "link"});
  ASSERT_TRUE(message.has_value());
  EXPECT_EQ(message->kind(), SubjectMessage::Kind::preference_link);
  EXPECT_EQ(message->language(), "de");
  EXPECT_EQ(message->link(), "link");
  EXPECT_EQ(message->channel(), "email");
}

TEST_F(Desk, SendsACodeToANumberAndNothingElseToOne) {
  add(event::Trust::server, "+491701234567", "phone");
  const Token number = token("+491701234567");
  const auto code =
      MessageDesk::mint(&profile_, {SubjectMessage::Kind::phone_code, number, "de", {}, "012345"});
  ASSERT_TRUE(code.has_value());
  EXPECT_EQ(code->channel(), "sms");
  EXPECT_EQ(code->address(), "+491701234567");
  EXPECT_EQ(code->code(), "012345");
  EXPECT_EQ(code->link(), "");
  EXPECT_FALSE(
      MessageDesk::mint(&profile_, {SubjectMessage::Kind::preference_link, number, "de", "link"}));
  add(event::Trust::server, "ada@home.example");
  EXPECT_FALSE(MessageDesk::mint(
      &profile_, {SubjectMessage::Kind::phone_code, token("ada@home.example"), "de", {}, "1"}));
}

TEST_F(Desk, WritesToNobodyThatABrowserClaimed) {
  add(event::Trust::public_key, "ada@home.example");
  EXPECT_EQ(written_to("ada@home.example"), "nobody");
  add(event::Trust::server, "ada@home.example").document.anonymous = true;
  EXPECT_EQ(written_to("ada@home.example"), "nobody");
  add(event::Trust::server, "ada@home.example");
  EXPECT_EQ(written_to("ada@home.example"), "ada@home.example");
}

TEST_F(Desk, WritesToTheAskedAddressAndToNoOtherOfThePerson) {
  add(event::Trust::server, "ada@home.example");
  EXPECT_EQ(written_to("ada@work.example"), "nobody");
  EXPECT_FALSE(MessageDesk::mint(nullptr, {}).has_value());
}

TEST_F(Desk, WritesMailsAlone) {
  add(event::Trust::server, "+491701234567", "phone");
  EXPECT_EQ(written_to("+491701234567"), "nobody");
}

}  // namespace
}  // namespace cdp::consent
