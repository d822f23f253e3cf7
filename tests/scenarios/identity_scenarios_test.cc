// Identity under contamination and attack, by name, over the whole platform with the rules that cdp
// comes with (DESIGN §7): what is shared by many makes nobody one person, and what anybody can
// claim gains nothing.
#include <gmock/gmock.h>

#include <array>

#include "tests/support/pii_for_tests.h"
#include "tests/support/platform_world.h"

namespace cdp {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::PlatformWorld;

constexpr const char* kConfig = R"([source.shop]
kind = "segment"
trust = "server"
[source.orders]
kind = "segment"
trust = "server"
[source.web]
kind = "segment"
trust = "public"
[source.list]
kind = "csv"
columns = {"E-mail" = "email"}
[destination.site]
kind = "profile_api"
role = "processor"
purposes = ["personalize.content"]
attributes = ["first_name", "city"]
[destination.desk]
kind = "profile_api"
role = "processor"
purposes = ["essential.service.operations"]
attributes = ["first_name", "email", "city"]
[destination.mail]
kind = "profile_api"
role = "processor"
purposes = ["marketing.communications.email"]
attributes = ["first_name", "email"]
)";

class Scenario : public ::testing::Test {
 protected:
  // A family as a witness: two records that are one person, whatever happens around them.
  Scenario() {
    login("shop", "witness", "witness@mail.example");
    auto row = world_.observation("row-w", "row-w");
    PlatformWorld::identify(row, "email", "witness@mail.example");
    world_.send("list", std::move(row));
    EXPECT_EQ(world_.together("user_id", "witness"), 2U);
  }
  ~Scenario() override {
    EXPECT_EQ(world_.together("user_id", "witness"), 2U) << "another cluster changed";
  }

  event::Observation seen(const std::string& key) {
    return world_.observation(key, "m" + std::to_string(++messages_));
  }
  void login(const std::string& source, const std::string& user, const std::string& email) {
    auto o = seen("user:" + user);
    PlatformWorld::identify(o, "user_id", user);
    if (!email.empty()) PlatformWorld::identify(o, "email", email);
    PlatformWorld::attribute(o, "first_name", "Name-" + user);
    world_.send(source, std::move(o));
  }
  void send_all(const std::string& source, std::vector<event::Observation> all) {
    constexpr std::size_t kBatch = 1'000;
    for (std::size_t at = 0; at < all.size(); at += kBatch) {
      std::vector<event::Observation> some;
      for (std::size_t i = at; i < std::min(all.size(), at + kBatch); ++i) {
        some.push_back(std::move(all[i]));
      }
      world_.send_all(source, std::move(some));
    }
  }
  std::size_t subjects() {
    world_.platform().pipeline().fold().drain();
    return world_.platform().pipeline().live().sizes().subjects;
  }
  event::StatementDraft grant(const std::string& purpose) {
    event::StatementDraft draft;
    draft.purpose = purpose;
    draft.choice = event::Choice::granted;
    draft.grade = event::Grade::double_opt_in;  // as much as the source may vouch for
    draft.occurred_at = world_.clock().now();
    draft.method = "form";
    draft.notice_version = "2026-01";
    return draft;
  }
  std::string lookup(const std::string& destination, const std::string& purpose,
                     const std::string& type, const std::string& value) {
    const auto answer = world_.call("POST", "/v1/profiles/lookup",
                                    R"({"identifier":{"type":")" + type + R"(","value":")" + value +
                                        R"("},"purpose":")" + purpose + "\"}",
                                    world_.token("destination", destination));
    EXPECT_EQ(answer.status, 200) << answer.body;
    return answer.body;
  }

  std::size_t messages_ = 0;
  PlatformWorld world_{kConfig};
};

TEST_F(Scenario, AKioskWithFiveThousandUsersMakesNobodyOnePerson) {
  std::vector<event::Observation> logins;
  for (int i = 0; i < 5'000; ++i) {
    const std::string user = "guest-" + std::to_string(i);
    auto o = seen("user:" + user);
    PlatformWorld::identify(o, "user_id", user);
    PlatformWorld::identify(o, "anonymous_id", "kiosk-in-the-hall");
    logins.push_back(std::move(o));
  }
  const std::size_t before = subjects();
  send_all("shop", std::move(logins));
  world_.settle();
  EXPECT_EQ(subjects(), before + 5'000);
  EXPECT_EQ(world_.together("user_id", "guest-4711"), 1U);
  // Held once, as one fact about one identifier.
  EXPECT_EQ(world_.audited("identifier_over_cap").size(), 1U);
  // A guest's own second record still finds him.
  auto own = seen("row-guest");
  PlatformWorld::identify(own, "email", "guest@mail.example");
  world_.send("list", std::move(own));
  login("shop", "guest-1", "guest@mail.example");
  EXPECT_EQ(world_.together("user_id", "guest-1"), 2U);
}

TEST_F(Scenario, AFamilyMailboxIsEverybodysAndJoinsNobody) {
  for (const std::string user : {"mother", "father", "daughter", "son"}) {
    login("shop", user, "family@home.example");
  }
  auto row = seen("row-family");
  PlatformWorld::identify(row, "email", "family@home.example");
  world_.send("list", std::move(row));
  for (const std::string user : {"mother", "father", "daughter", "son"}) {
    EXPECT_EQ(world_.together("user_id", user), 1U) << user;
  }
  // The mailbox itself names nobody in particular.
  EXPECT_FALSE(world_.profile("email", "family@home.example").has_value());
  EXPECT_THAT(world_.call("GET", "/v1/reviews").body, HasSubstr(R"("why":"unique")"));
}

// Four accounts with one mailbox, all of whom agreed: what a third record says through the mailbox
// alone is said for all; what one says in her own account is hers.
class SharedMailbox : public Scenario {
 protected:
  SharedMailbox() {
    for (const std::string user : kFamily) {
      auto o = seen("user:" + user);
      PlatformWorld::identify(o, "user_id", user);
      PlatformWorld::identify(o, "email", kMailbox);
      PlatformWorld::attribute(o, "first_name", "Name-" + user);
      o.statements.push_back(grant("personalize.content"));
      o.statements.push_back(to_mailbox(grant("marketing.communications.email")));
      world_.send("shop", std::move(o));
    }
    for (const std::string user : kFamily) {
      EXPECT_TRUE(sees("site", "personalize.content", user));
      EXPECT_TRUE(sees("mail", "marketing.communications.email", user));
    }
  }
  event::StatementDraft to_mailbox(event::StatementDraft draft) {
    draft.contact_point = event::Identifier{"email", Pii<std::string>(kMailbox)};
    return draft;
  }
  event::StatementDraft withdrawal(const std::string& purpose) {
    auto draft = grant(purpose);
    draft.choice = event::Choice::withdrawn;
    return draft;
  }
  void say(const std::string& key, const std::string& type, const std::string& value,
           event::StatementDraft said) {
    auto o = seen(key);
    PlatformWorld::identify(o, type, value);
    o.statements.push_back(std::move(said));
    world_.send("shop", std::move(o));
  }
  bool sees(const std::string& destination, const std::string& purpose, const std::string& user) {
    return lookup(destination, purpose, "user_id", user).find("Name-" + user) != std::string::npos;
  }
  static constexpr const char* kMailbox = "family@home.example";
  static constexpr std::array<const char*, 4> kFamily{"mother", "father", "daughter", "son"};
};

TEST_F(SharedMailbox, ANoThroughTheMailboxAloneCountsForEveryAccount) {
  say("contact-1", "email", kMailbox, withdrawal("personalize.content"));
  for (const std::string user : kFamily) {
    EXPECT_FALSE(sees("site", "personalize.content", user)) << user;
    EXPECT_TRUE(sees("mail", "marketing.communications.email", user)) << user;
  }
}

TEST_F(SharedMailbox, ANoInOnesOwnAccountIsOnesOwn) {
  say("user:mother", "user_id", "mother", withdrawal("personalize.content"));
  for (const std::string user : kFamily) {
    EXPECT_EQ(sees("site", "personalize.content", user), user != "mother") << user;
  }
}

TEST_F(SharedMailbox, AnOlderNoThatIsHeardOfLateTakesNoNewerOnesPlace) {
  auto no = to_mailbox(withdrawal("marketing.communications.email"));
  say("user:daughter", "user_id", "daughter", no);
  ASSERT_FALSE(sees("mail", "marketing.communications.email", "father"));
  no.occurred_at = no.occurred_at + Duration::days(-3);
  say("user:daughter", "user_id", "daughter", no);
  for (const std::string user : kFamily) {
    EXPECT_FALSE(sees("mail", "marketing.communications.email", user)) << user;
  }
}

TEST_F(SharedMailbox, ANoAboutTheAddressCountsForWhoeverHasIt) {
  for (const std::string user : kFamily) {
    say("user:" + user, "user_id", user, to_mailbox(grant("marketing.communications.email")));
  }
  say("user:daughter", "user_id", "daughter",
      to_mailbox(withdrawal("marketing.communications.email")));
  for (const std::string user : kFamily) {
    EXPECT_FALSE(sees("mail", "marketing.communications.email", user)) << user;
  }
}

// A browser key can claim the mailbox for a login of its own: that stands in nobody's way.
TEST_F(Scenario, AClaimOfABrowserHidesNobodyWhoIsVouchedFor) {
  login("shop", "ada", "ada@home.example");
  login("web", "anything", "ada@home.example");
  const auto found = world_.profile("email", "ada@home.example");
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->subject, world_.profile("user_id", "ada")->subject);
}

TEST_F(Scenario, ASharedPhoneDoesNotMakeTwoAccountsOne) {
  for (const std::string id : {"1001", "2002"}) {
    auto o = seen("customer-" + id);
    PlatformWorld::identify(o, "shopify.customer_id", id);
    PlatformWorld::identify(o, "phone", "+4915112345678");
    world_.send("shop", std::move(o));
  }
  EXPECT_EQ(world_.together("shopify.customer_id", "1001"), 1U);
  EXPECT_THAT(world_.call("GET", "/v1/reviews").body, HasSubstr(R"("why":"anchored")"));
  // A second, independent one is another matter: phone and address together.
  for (const std::string id : {"1001", "2002"}) {
    auto o = seen("customer-" + id);
    PlatformWorld::identify(o, "shopify.customer_id", id);
    PlatformWorld::identify(o, "email", "same@mail.example");
    world_.send("shop", std::move(o));
  }
  EXPECT_EQ(world_.together("shopify.customer_id", "1001"), 2U);
}

TEST_F(Scenario, AShopAssistantsAddressOnTenThousandOrdersMakesNobodyOnePerson) {
  std::vector<event::Observation> orders;
  for (int i = 0; i < 10'000; ++i) {
    const std::string id = std::to_string(50'000 + i);
    auto o = seen("customer-" + id);
    PlatformWorld::identify(o, "shopify.customer_id", id);
    PlatformWorld::identify(o, "email", "kim@shop.example");
    orders.push_back(std::move(o));
  }
  const std::size_t before = subjects();
  send_all("orders", std::move(orders));
  world_.settle();
  EXPECT_EQ(subjects(), before + 10'000);
  // The address and its hashes are latched, once each, and reported by type.
  const auto latched = world_.audited("identifier_over_cap");
  EXPECT_EQ(std::count_if(latched.begin(), latched.end(),
                          [](const std::string& entry) {
                            return entry.find(R"("type":"email")") != std::string::npos;
                          }),
            1);
  EXPECT_FALSE(world_.profile("email", "kim@shop.example").has_value());
}

TEST_F(Scenario, AnAliasByAServerJoinsTwoLoginsAndByABrowserDoesNot) {
  const auto call = [&](const std::string& source, const std::string& path,
                        const std::string& members) {
    const std::string id = json::quote("a" + std::to_string(++messages_));
    const std::string key = json::quote(world_.token("source", source));
    const auto answer = world_.call(
        "POST", path, R"({"messageId":)" + id + R"(,"writeKey":)" + key + "," + members + "}");
    EXPECT_EQ(answer.status, 200) << answer.body;
  };
  const auto same = [&](const std::string& a, const std::string& b) {
    return world_.profile("user_id", a)->subject == world_.profile("user_id", b)->subject;
  };
  for (const std::string user : {"old", "new", "third"}) login("shop", user, "");
  call("web", "/v1/alias", R"("userId":"new","previousId":"old")");
  EXPECT_FALSE(same("new", "old"));
  call("shop", "/v1/alias", R"("userId":"new","previousId":"old")");
  EXPECT_TRUE(same("new", "old"));
  call("shop", "/v1/merge",
       R"("userId":"new","mergeProperties":[{"type":"userId","value":"third"}])");
  EXPECT_TRUE(same("new", "third"));
  // To itself it says nothing, and leaves nothing.
  world_.settle();
  const auto records = world_.platform().stores().ledger().last_position().value();
  call("shop", "/v1/alias", R"("userId":"new","previousId":"new")");
  world_.settle();
  EXPECT_EQ(world_.platform().stores().ledger().last_position().value(), records);
}

TEST_F(Scenario, ShopifysCustomersMergeJoinsBothCustomers) {
  for (const std::string id : {"1001", "2002"}) {
    auto o = seen("customer-" + id);
    PlatformWorld::identify(o, "shopify.customer_id", id);
    world_.send("shop", std::move(o));
  }
  // As connectors/shopify translates it: the kept customer carries the deleted one's id, too.
  auto merged = seen("customer-1001");
  PlatformWorld::identify(merged, "shopify.customer_id", "1001");
  PlatformWorld::identify(merged, "shopify.customer_id", "2002");
  world_.send("shop", std::move(merged));
  EXPECT_EQ(world_.together("shopify.customer_id", "2002"), 2U);
}

// "An attacker with the browser key who claims a victim's user id and his own address gains
// nothing."
class Attack : public Scenario {
 protected:
  Attack() {
    auto victim = seen("user:victim");
    PlatformWorld::identify(victim, "user_id", "victim");
    PlatformWorld::identify(victim, "email", "victim@mail.example");
    PlatformWorld::attribute(victim, "first_name", "Victoria");
    PlatformWorld::attribute(victim, "city", "Ulm");
    victim.statements.push_back(grant("personalize.content"));
    victim.statements.push_back(grant("marketing.communications.email"));
    victim.statements.back().contact_point =
        event::Identifier{"email", Pii<std::string>("victim@mail.example")};
    world_.send("shop", std::move(victim));
    auto claim = seen("user:victim");
    PlatformWorld::identify(claim, "user_id", "victim");
    PlatformWorld::identify(claim, "anonymous_id", "attackers-device");
    PlatformWorld::identify(claim, "email", "attacker@evil.example");
    PlatformWorld::attribute(claim, "email", "attacker@evil.example");
    claim.statements.push_back(grant("personalize.content"));
    claim.statements.push_back(grant("marketing.communications.email"));
    claim.statements.back().contact_point =
        event::Identifier{"email", Pii<std::string>("attacker@evil.example")};
    world_.send("web", std::move(claim));
    world_.settle();
  }
  std::vector<PersonaOrdinal> holders(const std::string& type, const std::string& value,
                                      event::Tier tier) {
    std::vector<PersonaOrdinal> found;
    auto& pipeline = world_.platform().pipeline();
    pipeline.live().with_graph([&](const identity::Graph& graph) {
      found = graph.holders(identity::Normaliser::token(type, value, pipeline.keyed().link), tier);
    });
    return found;
  }
};

TEST_F(Attack, GainsNoAuthenticatedLink) {
  const auto victim = world_.profile("user_id", "victim");
  ASSERT_TRUE(victim.has_value());
  std::set<std::uint32_t> groups;
  for (const auto& member : victim->members) groups.insert(member.proof_group);
  EXPECT_EQ(groups.size(), victim->members.size());
  EXPECT_THAT(holders("email", "attacker@evil.example", event::Tier::authenticated), IsEmpty());
  EXPECT_EQ(holders("user_id", "victim", event::Tier::authenticated).size(), 1U);
}

TEST_F(Attack, GainsNoGrantForHisAddress) {
  for (const std::string value : {"attacker@evil.example", "victim@mail.example"}) {
    const auto view = lookup("mail", "marketing.communications.email", "email", value);
    EXPECT_THAT(view, Not(HasSubstr("attacker@"))) << value;
  }
  const auto own = lookup("mail", "marketing.communications.email", "user_id", "victim");
  EXPECT_THAT(own, HasSubstr("victim@mail.example"));
  EXPECT_THAT(own, Not(HasSubstr("attacker@")));
}

TEST_F(Attack, GainsNothingOfTheVictimsProfile) {
  for (const auto& [type, value] :
       {std::pair<std::string, std::string>{"email", "attacker@evil.example"},
        {"anonymous_id", "attackers-device"}}) {
    for (const auto& [destination, purpose] :
         {std::pair<std::string, std::string>{"site", "personalize.content"},
          {"mail", "marketing.communications.email"},
          {"desk", "essential.service.operations"}}) {
      const auto view = lookup(destination, purpose, type, value);
      EXPECT_THAT(view, Not(HasSubstr("Victoria"))) << destination << " by " << type;
      EXPECT_THAT(view, Not(HasSubstr("Ulm"))) << destination << " by " << type;
      EXPECT_THAT(view, Not(HasSubstr("victim@"))) << destination << " by " << type;
    }
  }
  // Nor does his address stand beside what is the victim's, whoever asks.
  EXPECT_THAT(lookup("site", "personalize.content", "user_id", "victim"), HasSubstr("Victoria"));
  const auto view = lookup("desk", "essential.service.operations", "user_id", "victim");
  EXPECT_THAT(view, HasSubstr("Victoria"));
  EXPECT_THAT(view, HasSubstr("victim@mail.example"));
  EXPECT_THAT(view, Not(HasSubstr("attacker@")));
}

TEST_F(Attack, GainsNoErasureOfTheVictimByHisOwnAddress) {
  const auto plan = world_.call(
      "POST", "/v1/requests",
      R"({"kind":"erasure","identifier":{"type":"email","value":"attacker@evil.example"}})");
  EXPECT_EQ(plan.status, 200) << plan.body;
  EXPECT_THAT(plan.body, HasSubstr(R"("personas":1)"));
  EXPECT_THAT(plan.body, Not(HasSubstr(R"("source":"shop")")));
}

}  // namespace
}  // namespace cdp
