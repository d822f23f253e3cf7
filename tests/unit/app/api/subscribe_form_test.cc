// The form of our double opt-in and whoever posts it: which bodies are read, who counts as one
// peer, which spellings are one mailbox.
#include "tests/support/subscribe_world.h"

namespace cdp::app {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

class SubscribeForm : public SubscribeWorld {};

TEST_F(SubscribeForm, TakesEverySpellingOfAGmailAddressForOneMailbox) {
  customer("eve", event::Choice::objected, "shop", "objector", "gmail.com");
  world_.settle();
  for (const char* spelling : {"objector@gmail.com", "ob.jector@gmail.com",
                               "objector@googlemail.com", "objector+news@gmail.com"})
    ask(spelling);
  EXPECT_THAT(mails(), IsEmpty());
  EXPECT_EQ(counted("refused"), 4U);
  for (int i = 1; i <= 8; ++i) ask("j.doe+" + std::to_string(i) + "@gmail.com");
  ask("jdoe@googlemail.com");
  EXPECT_THAT(mails(), SizeIs(3));
  EXPECT_EQ(counted("too_often"), 6U);
}

TEST_F(SubscribeForm, CountsTheTagsOfOneMailboxTogether) {
  for (int i = 1; i <= 8; ++i) ask("ada+" + std::to_string(i) + "@home.example");
  ask("ada@home.example");
  EXPECT_THAT(mails(), SizeIs(3));
  EXPECT_EQ(counted("too_often"), 6U);
  for (const char* spelling : {"bea", "bea+1", "bea+2", "bea+3"})
    ask(spelling + std::string("@home.example"));
  EXPECT_THAT(mails(), SizeIs(6));
  customer("eve", event::Choice::objected);
  world_.settle();
  ask("eve+1@home.example");
  EXPECT_THAT(mails(), SizeIs(7)) << "who somebody is does not go by it";
  EXPECT_EQ(counted("refused"), 0U);
}

TEST_F(SubscribeForm, LosesItsRequestsWithTheErasureOfAnySpelling) {
  customer("ada", std::nullopt, "shop", "adadoe", "gmail.com");
  world_.settle();
  ask("ada.doe@gmail.com");
  ask("no.body@gmail.com");
  const auto sent = mails();
  ASSERT_THAT(sent, SizeIs(2));
  erase("adadoe@gmail.com");
  ASSERT_EQ(erased_.status, 202) << erased_.body;
  EXPECT_EQ(confirm(link_in(sent[0])).status, 404);
  world_.settle();
  ask("a.dadoe@gmail.com");
  EXPECT_THAT(mails(), SizeIs(2));
  EXPECT_EQ(counted("erased"), 1U);
  erase("nobody@googlemail.com");
  EXPECT_EQ(confirm(link_in(sent[1])).status, 404);
}

// ADR 14: a claim keeps nobody from being written to. What it says of an age restricts whoever it
// is joined to, as everywhere, until an officer takes the claim back.
TEST_F(SubscribeForm, HearsAnAgeThatABrowserClaimsOnlyOfWhoeverItIsJoinedTo) {
  const auto claims_to_be_ten = [&](const std::string& address) {
    auto o = world_.observation("visitor of " + address, "claim-" + address);
    testing::PlatformWorld::identify(o, "email", address);
    testing::PlatformWorld::attribute(o, "birthday", "2016-01-01");
    world_.send("web", std::move(o));
    world_.settle();
  };
  claims_to_be_ten("eve@home.example");
  ask("eve@home.example");
  EXPECT_THAT(mails(), SizeIs(1));
  customer("ada");
  claims_to_be_ten("ada@home.example");
  ASSERT_EQ(world_.together("email", "ada@home.example"), 2U);
  ask("ada@home.example");
  EXPECT_THAT(mails(), SizeIs(1));
  EXPECT_EQ(counted("child"), 1U);
}

TEST_F(SubscribeForm, RefusesAFormThatItCannotRead) {
  struct Row {
    const char* type;
    const char* body;
    int status;
  };
  const std::string json = R"({"email":"ada@home.example"})";
  for (const Row& row : {
           Row{"application/json", "{", 400},
           Row{"application/json", "", 400},
           Row{"application/json", R"(["ada@home.example"])", 400},
           Row{"application/json", "{}", 422},
           Row{"application/json", R"({"email":7})", 422},
           Row{"application/json", R"({"email":null})", 422},
           Row{"Application/JSON ; charset=utf-8", json.c_str(), 202},
           Row{"application/json", R"({"email":"not an address"})", 202},
           Row{"text/plain", json.c_str(), 415},
           Row{"application/jsonp", json.c_str(), 415},
           Row{"multipart/form-data; boundary=x", "--x--", 415},
           Row{"", "email=ada%40home.example", 415},
           Row{"application/x-www-form-urlencoded", "mail=ada%40home.example", 422},
           Row{"Application/X-WWW-Form-Urlencoded;charset=UTF-8", "email=ada%40home.example", 303},
           Row{"application/x-www-form-urlencoded", "email=", 303},
       }) {
    const auto answer = call("POST", "/preferences/subscribe", row.body, kShop, row.type);
    EXPECT_EQ(answer.status, row.status) << row.type << " " << row.body;
  }
  EXPECT_THAT(mails(), SizeIs(2));
}

TEST_F(SubscribeForm, TakesASubnetOfIpv6ForOnePeer) {
  for (int i = 0; i < 25; ++i) {
    peer_ = "2001:db8:1:2::" + std::to_string(i);
    EXPECT_EQ(ask("a" + std::to_string(i) + "@b.example").status, i < 20 ? 303 : 429) << i;
  }
  peer_ = "2001:db8:1:3::1";
  EXPECT_EQ(ask("z@b.example").status, 303);
}

}  // namespace
}  // namespace cdp::app
