// Contamination, scenario by scenario: what many people share joins nobody, and nobody else's
// subject changes for it. At the level of the graph; tests/scenarios has them end to end.
#include <map>
#include <set>

#include "identity/graph/graph.h"
#include "identity/resolver.h"

namespace cdp::identity {
namespace {

using event::Tier;

// Scattered like the keyed hashes that tokens are.
Token named(std::uint64_t space, std::uint64_t n) {
  Token token{};
  const std::uint64_t scattered = (2 * n + space) * 0x9E3779B97F4A7C15ULL;
  for (std::size_t i = 0; i < 8; ++i) {
    token[i] = static_cast<std::uint8_t>(scattered >> (56 - 8 * i));
    token[15 - i] = static_cast<std::uint8_t>(n >> (8 * i));
  }
  return token;
}

// Personas and identifiers by name, as sources see them.
class Town {
 public:
  // Adds the persona on first sight, and the link.
  void carries(const std::string& persona, const char* type, const std::string& value, Tier tier) {
    if (!ordinals_.contains(persona)) {
      const PersonaOrdinal next(ordinals_.size() + 1);
      ordinals_.emplace(persona, next);
      names_.emplace(next, persona);
      graph_.add_persona(next, named(0, next.value()));
    }
    const Link link{ordinals_.at(persona), identifier(type, value), tier,
                    graph_.rules().kind_of(type)};
    const Change change = graph_.add_links({&link, 1});
    // As the app does it: what crosses its cap is latched.
    for (const Token& crossed : change.crossed) graph_.add_latch(crossed);
  }
  // A customer account of the shop.
  void customer(const std::string& name) {
    carries(name, "shopify.customer_id", name, Tier::authenticated);
  }
  Change erase(const std::string& persona) { return graph_.remove_persona(ordinals_.at(persona)); }

  std::set<std::string> subject(const std::string& persona) const {
    std::set<std::string> out;
    for (const Member& member : graph_.members(ordinals_.at(persona))) {
      out.insert(names_.at(member.persona));
    }
    return out;
  }
  std::multiset<HoldReason> held(const std::string& persona) const {
    std::multiset<HoldReason> out;
    for (const Hold& hold : graph_.holds_of(ordinals_.at(persona))) out.insert(hold.reason);
    return out;
  }
  Token token(const std::string& persona) const {
    return *graph_.persona_token(ordinals_.at(persona));
  }
  Token identifier(const std::string& type, const std::string& value) {
    const auto [found, fresh] =
        identifiers_.emplace(type + ":" + value, named(1, identifiers_.size()));
    return found->second;
  }
  Graph& graph() { return graph_; }

 private:
  Graph graph_;
  std::map<std::string, PersonaOrdinal> ordinals_;
  std::map<PersonaOrdinal, std::string> names_;
  std::map<std::string, Token> identifiers_;
};

using Set = std::set<std::string>;

// A visitor of the shop with everything of her own: account, newsletter, phone at home.
void settle_resident(Town* town, const std::string& name) {
  town->customer("shop." + name);
  town->carries("shop." + name, "email", name + "@example", Tier::declared);
  town->carries("mail." + name, "email", name + "@example", Tier::declared);
  town->carries("web." + name, "user_id", name, Tier::declared);
  town->carries("web." + name, "email", name + "@example", Tier::declared);
  town->carries("web." + name, "anonymous_id", "phone of " + name, Tier::device);
  town->carries("anon." + name, "anonymous_id", "phone of " + name, Tier::device);
}
Set resident(const std::string& name) {
  return {"shop." + name, "mail." + name, "web." + name, "anon." + name};
}

// One device, 5,000 people who log in on it, each with an account and a phone of their own.
TEST(Contamination, KioskWithFiveThousandUsersMergesNobodyAndChangesNobody) {
  Town town;
  for (int n = 0; n < 5'000; ++n) {
    const std::string name = "u" + std::to_string(n);
    settle_resident(&town, name);
    town.carries("web." + name, "anonymous_id", "kiosk", Tier::device);
    ASSERT_EQ(town.subject("web." + name), resident(name)) << n;
  }
  for (int n = 0; n < 5'000; n += 97) {
    const std::string name = "u" + std::to_string(n);
    ASSERT_EQ(town.subject("shop." + name), resident(name)) << n;
  }
  EXPECT_TRUE(town.graph().latched(town.identifier("anonymous_id", "kiosk")));
  EXPECT_EQ(town.held("web.u7").count(HoldReason::over_cap), 1U);
}

// A tablet at the till: nobody logs in, everybody types an address into the same anonymous session.
TEST(Contamination, TillWhereEverybodyTypesAnAddressLinksNobody) {
  Town town;
  for (int n = 0; n < 500; ++n) settle_resident(&town, "u" + std::to_string(n));
  for (int n = 0; n < 500; ++n) {
    town.carries("till", "email", "u" + std::to_string(n) + "@example", Tier::declared);
    ASSERT_EQ(town.subject("shop.u0").contains("till"), n == 0) << n;
  }
  for (int n = 0; n < 500; ++n) {
    const std::string name = "u" + std::to_string(n);
    ASSERT_EQ(town.subject("shop." + name), resident(name)) << n;
  }
  EXPECT_EQ(town.subject("till"), Set{"till"});
  EXPECT_EQ(town.held("till").count(HoldReason::many_values), 1U);
}

// Four accounts, one mailbox, one newsletter: four people. The newsletter is nobody's.
TEST(Contamination, FamilyMailboxKeepsFourAccountsApartAndStaysLinked) {
  Town town;
  for (const char* name : {"ada", "ben", "cleo", "dan"}) {
    settle_resident(&town, name);
    town.carries("shop." + std::string(name), "email", "family@example", Tier::declared);
  }
  town.carries("mail.family", "email", "family@example", Tier::declared);
  town.carries("orders.guest", "email", "family@example", Tier::declared);
  for (const char* name : {"ada", "ben", "cleo", "dan"}) {
    EXPECT_EQ(town.subject("shop." + std::string(name)), resident(name));
  }
  EXPECT_EQ(town.subject("mail.family"), (Set{"mail.family", "orders.guest"}));
  EXPECT_FALSE(town.graph().latched(town.identifier("email", "family@example")));
  // They have logins, too: the mailbox would give one person four of them.
  EXPECT_GE(town.held("shop.ada").count(HoldReason::unique), 1U);
  EXPECT_GE(town.held("mail.family").count(HoldReason::ambiguous), 2U);
}

// One account with the mailbox: the newsletter is its own, until a second account comes.
TEST(Contamination, NewsletterBelongsToTheOnlyAccountOfItsAddress) {
  Town town;
  town.customer("shop.ada");
  town.carries("shop.ada", "email", "family@example", Tier::declared);
  town.carries("mail", "email", "family@example", Tier::declared);
  EXPECT_EQ(town.subject("mail"), (Set{"shop.ada", "mail"}));
  town.customer("shop.ben");
  town.carries("shop.ben", "email", "family@example", Tier::declared);
  EXPECT_EQ(town.subject("mail"), Set{"mail"});
  EXPECT_EQ(town.subject("shop.ada"), Set{"shop.ada"});
  town.erase("shop.ben");
  EXPECT_EQ(town.subject("mail"), (Set{"shop.ada", "mail"}));
}

TEST(Contamination, SharedPhoneKeepsTwoAccountsApart) {
  Town town;
  settle_resident(&town, "ada");
  settle_resident(&town, "ben");
  town.carries("shop.ada", "phone", "+493012345", Tier::declared);
  town.carries("shop.ben", "phone", "+493012345", Tier::declared);
  town.carries("sms", "phone", "+493012345", Tier::declared);
  EXPECT_EQ(town.subject("shop.ada"), resident("ada"));
  EXPECT_EQ(town.subject("shop.ben"), resident("ben"));
  EXPECT_EQ(town.subject("sms"), Set{"sms"});
}

// Her address stands on 10,000 orders of other people, each with a phone of their own.
TEST(Contamination, ShopAssistantsAddressOnTenThousandOrdersJoinsNobody) {
  Town town;
  settle_resident(&town, "assistant");
  for (int n = 0; n < 10'000; ++n) {
    const std::string name = "c" + std::to_string(n);
    if (n % 100 == 0) {
      settle_resident(&town, name);
      town.carries("shop." + name, "phone", "phone of " + name, Tier::declared);
    }
    town.carries("order." + name, "phone", "phone of " + name, Tier::declared);
    town.carries("order." + name, "email", "assistant@example", Tier::declared);
    ASSERT_FALSE(town.subject("shop.c0").contains("shop.assistant")) << n;
  }
  for (int n = 0; n < 10'000; n += 100) {
    const std::string name = "c" + std::to_string(n);
    Set expected = resident(name);
    expected.insert("order." + name);
    ASSERT_EQ(town.subject("shop." + name), expected) << n;
  }
  EXPECT_TRUE(town.graph().latched(town.identifier("email", "assistant@example")));
  // She loses the links by that address, and nothing else.
  EXPECT_EQ(town.subject("web.assistant"), (Set{"web.assistant", "anon.assistant"}));
}

TEST(Contamination, ErasingOneOwnerOfALatchedIdentifierMergesNobody) {
  Town town;
  for (int n = 0; n < 51; ++n) {
    town.carries("guest" + std::to_string(n), "email", "all@example", Tier::declared);
  }
  EXPECT_EQ(town.subject("guest0"), Set{"guest0"});
  for (int n = 1; n < 50; ++n) {
    EXPECT_FALSE(town.erase("guest" + std::to_string(n)).merged);
  }
  EXPECT_EQ(town.subject("guest0"), Set{"guest0"});
  EXPECT_EQ(town.graph().degree(town.identifier("email", "all@example")), 2U);
  EXPECT_TRUE(town.graph().lift_latch(town.identifier("email", "all@example")).merged);
  EXPECT_EQ(town.subject("guest0"), (Set{"guest0", "guest50"}));
}

TEST(Contamination, TwoAccountsMergeOnTwoIndependentIdentifiersOnly) {
  Town town;
  town.customer("shop.de");
  town.customer("shop.fr");
  town.carries("shop.de", "email", "ada@example", Tier::declared);
  town.carries("shop.fr", "email", "ada@example", Tier::declared);
  town.carries("shop.de", "email_md5", "hash", Tier::declared);
  town.carries("shop.fr", "email_md5", "hash", Tier::declared);
  EXPECT_EQ(town.subject("shop.de"), Set{"shop.de"});
  town.carries("shop.de", "anonymous_id", "tablet", Tier::device);
  town.carries("shop.fr", "anonymous_id", "tablet", Tier::device);
  EXPECT_EQ(town.subject("shop.de"), Set{"shop.de"});
  town.carries("shop.de", "phone", "+49301", Tier::declared);
  town.carries("shop.fr", "phone", "+49301", Tier::declared);
  EXPECT_EQ(town.subject("shop.de"), (Set{"shop.de", "shop.fr"}));
  EXPECT_TRUE(town.held("shop.de").empty());
}

// A mailing list's contact is keyed by the address: it is no account, and the list joins the shop.
TEST(Contamination, NewsletterContactIdIsNoAccount) {
  Town town;
  town.customer("shop");
  town.carries("shop", "email", "ada@example", Tier::declared);
  town.carries("list", "mailchimp.contact_id", "c1", Tier::authenticated);
  town.carries("list", "email", "ada@example", Tier::declared);
  EXPECT_EQ(town.subject("list"), (Set{"list", "shop"}));
}

TEST(Contamination, OneLoginPerSubjectUnlessAServerSaysOtherwise) {
  Town town;
  town.carries("web.7", "user_id", "7", Tier::authenticated);
  town.carries("web.8", "user_id", "8", Tier::authenticated);
  town.carries("web.7", "email", "ada@example", Tier::declared);
  town.carries("web.8", "email", "ada@example", Tier::declared);
  EXPECT_EQ(town.subject("web.7"), Set{"web.7"});
  EXPECT_EQ(town.held("web.7"), std::multiset<HoldReason>{HoldReason::unique});
  // alias(previousId = 8, userId = 7), by a server key: the persona of 7 carries both logins.
  town.carries("web.7", "user_id", "8", Tier::authenticated);
  EXPECT_EQ(town.subject("web.7"), (Set{"web.7", "web.8"}));
  EXPECT_TRUE(town.held("web.7").empty());
}

// alias(previousId = 7, userId = 7) says that somebody is himself: the link is there already.
TEST(Contamination, AliasToItselfIsNoChange) {
  Town town;
  town.carries("web.7", "user_id", "7", Tier::authenticated);
  const Token before = town.graph().partition_hash();
  const Link again{*town.graph().persona(town.token("web.7")), town.identifier("user_id", "7"),
                   Tier::authenticated, 3};
  EXPECT_FALSE(town.graph().would_change(again));
  EXPECT_TRUE(town.graph().add_links({&again, 1}).formed.empty());
  EXPECT_EQ(town.graph().partition_hash(), before);
}

// With the browser key he writes the victim's login and his own address. The browser's persona of
// that login is all that he can touch; it stays with the victim, on a declared link, and his own
// account does not come any nearer.
TEST(Contamination, AttackerWithTheBrowserKeyGainsNoAuthenticatedLink) {
  const Tier claimed = effective_tier("user_id", event::Trust::public_key);
  Town town;
  town.carries("server.victim", "user_id", "victim", Tier::authenticated);
  town.carries("server.victim", "email", "victim@example", Tier::declared);
  town.customer("shop.attacker");
  town.carries("shop.attacker", "email", "attacker@example", Tier::declared);
  town.carries("web.victim", "user_id", "victim", claimed);
  town.carries("web.victim", "email", "attacker@example", Tier::declared);
  EXPECT_EQ(town.subject("server.victim"), (Set{"server.victim", "web.victim"}));
  EXPECT_EQ(town.subject("shop.attacker"), Set{"shop.attacker"});
  const auto members = town.graph().members(*town.graph().persona(town.token("server.victim")));
  ASSERT_EQ(members.size(), 2U);
  EXPECT_NE(members[0].proof_group, members[1].proof_group);
  EXPECT_EQ(town.held("shop.attacker"), std::multiset<HoldReason>{HoldReason::anchored});
}

// The other way round: the victim's address, and a login of his own.
TEST(Contamination, AttackerWhoClaimsTheVictimsAddressIsHeld) {
  Town town;
  town.carries("server.victim", "user_id", "victim", Tier::authenticated);
  town.carries("server.victim", "email", "victim@example", Tier::declared);
  town.carries("mail.victim", "email", "victim@example", Tier::declared);
  const Set before = town.subject("server.victim");
  town.carries("web.attacker", "user_id", "attacker", Tier::declared);
  town.carries("web.attacker", "email", "victim@example", Tier::declared);
  EXPECT_EQ(town.subject("server.victim"), before);
  EXPECT_EQ(town.subject("web.attacker"), Set{"web.attacker"});
  EXPECT_EQ(town.held("web.attacker").count(HoldReason::unique), 1U);
}

TEST(Contamination, AcceptedHoldJoinsAndRejectedOnePartsForGood) {
  Town town;
  town.customer("shop.de");
  town.customer("shop.fr");
  town.carries("shop.de", "email", "ada@example", Tier::declared);
  town.carries("shop.fr", "email", "ada@example", Tier::declared);
  const auto holds = town.graph().holds();
  ASSERT_EQ(holds.size(), 1U);
  EXPECT_EQ(town.graph().hold(holds[0].id)->reason, HoldReason::anchored);
  EXPECT_EQ(holds[0].identifier, town.identifier("email", "ada@example"));
  const Token a = *town.graph().persona_token(holds[0].a);
  const Token b = *town.graph().persona_token(holds[0].b);
  EXPECT_TRUE(town.graph().add_must_link(a, b, MustLinkKind::accepted).merged);
  const auto members = town.graph().members(holds[0].a);
  ASSERT_EQ(members.size(), 2U);
  EXPECT_NE(members[0].proof_group, members[1].proof_group);
  EXPECT_EQ(town.graph().explain(holds[0].a).at(0).reason, JoinReason::accepted);
  EXPECT_TRUE(town.graph().holds().empty());
  // A cannot-link wins over it.
  town.graph().add_cannot_link(a, b);
  EXPECT_EQ(town.subject("shop.de"), Set{"shop.de"});
  EXPECT_TRUE(town.graph().holds().empty());
  town.graph().remove_cannot_link(a, b);
  town.graph().remove_must_link(b, a, MustLinkKind::accepted);
  EXPECT_EQ(town.graph().holds().at(0).id, holds[0].id);
}

TEST(Contamination, MatchMayJoinTwoAccountsButNeverTwoLogins) {
  Town town;
  town.customer("shop.de");
  town.customer("shop.fr");
  town.graph().add_must_link(town.token("shop.de"), town.token("shop.fr"), MustLinkKind::matched);
  EXPECT_EQ(town.subject("shop.de"), (Set{"shop.de", "shop.fr"}));
  town.carries("shop.de", "user_id", "7", Tier::declared);
  town.carries("shop.fr", "user_id", "8", Tier::declared);
  EXPECT_EQ(town.subject("shop.de"), Set{"shop.de"});
  EXPECT_EQ(town.held("shop.de"), std::multiset<HoldReason>{HoldReason::unique});
}

}  // namespace
}  // namespace cdp::identity
