// One click through a whole platform: whose no it is when several records have become one person,
// and one person several again.
#include <gmock/gmock.h>

#include "consent/consent_state.h"
#include "tests/support/platform_world.h"

namespace cdp::app {
namespace {

using testing::PlatformWorld;

constexpr const char* kPurpose = "marketing.communications.email";
constexpr const char* kConfig = R"([source.web]
kind = "segment"
trust = "server"
[source.browser]
kind = "segment"
trust = "public"
[source.list]
kind = "csv"
columns = {"E-mail" = "email"}
[destination.mail]
kind = "profile_api"
role = "processor"
purposes = ["marketing.communications.email"]
attributes = ["email", "list_unsubscribe"]
[preference_centre]
base_url = "https://privacy.shop.example"
)";

class UnsubscribeApi : public ::testing::Test {
 protected:
  // A row of the customer list that says yes to the newsletter.
  void listed(const std::string& row, const std::string& email) {
    auto o = world_.observation(row, row);
    PlatformWorld::identify(o, "email", email);
    event::StatementDraft yes;
    yes.purpose = kPurpose;
    yes.choice = event::Choice::granted;
    yes.grade = event::Grade::recorded;
    yes.method = "form";
    yes.notice_version = "2026-01";
    yes.occurred_at = world_.clock().now();
    yes.contact_point = event::Identifier{"email", Pii<std::string>(email)};
    o.statements.push_back(yes);
    world_.send("list", std::move(o));
    rows_[email] = world_.profile("email", email)->members.at(0).persona;
    world_.clock().advance(Duration::seconds(60));
  }
  // The login that has both addresses: now both rows are one person.
  void join(const std::string& one, const std::string& other) {
    auto o = world_.observation("user:ada", "login");
    PlatformWorld::identify(o, "user_id", "ada");
    PlatformWorld::identify(o, "email", one);
    PlatformWorld::identify(o, "email", other);
    world_.send("web", std::move(o));
    world_.settle();
  }
  Token token(const std::string& email) {
    return identity::Normaliser::token("email", email, world_.platform().pipeline().keyed().link);
  }
  // The link in a mail to this row's address.
  std::string link(const std::string& email) {
    const auto found = world_.profile("email", email);
    for (const auto& member : found->members) {
      if (member.document.source != "list" || member.document.identifiers[0].token != token(email))
        continue;
      return world_.platform().policy().active()->gate.unsubscribe_links().mint(
          {member.document.persona_token, token(email), kPurpose, "mail"});
    }
    return "none";
  }
  void click(const std::string& link) {
    const auto answer =
        world_.call("POST", "/unsubscribe/" + link, "List-Unsubscribe=One-Click", "nobody");
    EXPECT_EQ(answer.status, 200) << answer.body;
    world_.settle();
    world_.clock().advance(Duration::seconds(60));
  }
  // What holds for whoever the row of this address belongs to by now.
  consent::ConsentState state(const std::string& row) {
    world_.platform().pipeline().fold().drain();
    const auto profile = world_.platform().pipeline().live().profile_of(rows_.at(row));
    EXPECT_TRUE(profile.has_value() && profile->has_value());
    const auto& keyed = world_.platform().pipeline().keyed();
    return consent::consent_lookup(**profile, world_.platform().policy().active()->policy,
                                   keyed.pseudonym, keyed.link, {}, world_.clock().now());
  }
  std::size_t clicks(const std::string& row) {
    const auto history = state(row).history;
    return static_cast<std::size_t>(std::count_if(
        history.begin(), history.end(),
        [](const auto& told) { return told.statement.method == event::method::kUnsubscribe; }));
  }
  std::string holds(const std::string& row) {
    for (const auto& each : state(row).rows) {
      if (each.purpose == kPurpose) return std::string(consent::to_string(each.reason));
    }
    return "-";
  }
  // Everything that knows this address alone is somebody else after all.
  void part(const std::string& email) {
    const auto found = world_.profile("email", email);
    std::string personas;
    for (const auto& member : found->members) {
      // Its hashes stand beside it.
      const auto& known = member.document.identifiers;
      const bool alone = std::all_of(known.begin(), known.end(), [&](const auto& identifier) {
        return identifier.type.starts_with("email_") || identifier.token == token(email);
      });
      if (!alone) continue;
      const auto open = world_.platform().pipeline().persona_keys().open(member.persona);
      ASSERT_TRUE(open.has_value());
      personas += (personas.empty() ? "\"" : ",\"") + open->persona.to_string() + "\"";
    }
    const auto done =
        world_.call("POST", "/v1/subjects/" + found->subject.to_string() + "/split",
                    R"({"identifier":{"type":"email","value":")" + email + R"("},"personas":[)" +
                        personas + R"(],"reason":"shared_contact"})");
    ASSERT_EQ(done.status, 200) << done.body;
    world_.settle();
  }

  PlatformWorld world_{kConfig};
  std::map<std::string, PersonaOrdinal> rows_;  // by address
};

TEST_F(UnsubscribeApi, OneClickWithdrawsAndASecondSaysNothingNew) {
  listed("row-1", "ada@mail.example");
  EXPECT_EQ(holds("ada@mail.example"), "granted");
  const std::string mine = link("ada@mail.example");
  click(mine);
  EXPECT_EQ(holds("ada@mail.example"), "withdrawn");
  const std::size_t once = clicks("ada@mail.example");
  EXPECT_GE(once, 1U);
  click(mine);
  EXPECT_EQ(holds("ada@mail.example"), "withdrawn");
}

// Claims that came before her record was there, as many as anybody likes to make.
TEST_F(UnsubscribeApi, FindsItsRecordBehindAnyNumberOfClaimsOfTheAddress) {
  std::vector<event::Observation> claims;
  for (int i = 0; i < 1'100; ++i) {
    const std::string name = "claim-" + std::to_string(i);
    claims.push_back(world_.observation(name, name));
    PlatformWorld::identify(claims.back(), "email", "ada@mail.example");
  }
  world_.send_all("browser", std::move(claims));
  listed("row-1", "ada@mail.example");
  auto known = world_.observation("row-1", "row-1-again");
  PlatformWorld::identify(known, "list.row", "row-1");
  world_.send("list", std::move(known));
  EXPECT_EQ(holds("ada@mail.example"), "granted");
  click(link("ada@mail.example"));
  EXPECT_EQ(holds("ada@mail.example"), "withdrawn");
}

// Nothing but the address, which claims pushed over its cap: it links nobody any more, and the no
// of the click must reach the record all the same. Whoever else has it said nothing.
TEST_F(UnsubscribeApi, AClickReachesARecordWhoseOnlyAddressLinksNobody) {
  listed("row-1", "ada@mail.example");
  listed("row-2", "bob@mail.example");
  std::vector<event::Observation> claims;
  for (int i = 0; i < 60; ++i) {
    const std::string name = "claim-" + std::to_string(i);
    claims.push_back(world_.observation(name, name));
    PlatformWorld::identify(claims.back(), "email", "ada@mail.example");
  }
  world_.send_all("browser", std::move(claims));
  world_.settle();
  ASSERT_EQ(holds("ada@mail.example"), "granted");
  click(link("ada@mail.example"));
  EXPECT_EQ(holds("ada@mail.example"), "withdrawn");
  EXPECT_EQ(holds("bob@mail.example"), "granted");
  world_.reopen();
  EXPECT_EQ(holds("ada@mail.example"), "withdrawn");
}

// The other row had been unsubscribed before both became one person. Its no is newer than every
// yes, and yet the click is no repetition: it is about another record, which keeps it when they
// part.
TEST_F(UnsubscribeApi, AClickCountsForTheRecordItsLinkIsForWhateverAnotherSaid) {
  listed("row-1", "ada@mail.example");
  listed("row-2", "ada@work.example");
  click(link("ada@work.example"));
  EXPECT_EQ(holds("ada@mail.example"), "granted");
  EXPECT_EQ(holds("ada@work.example"), "withdrawn");
  join("ada@mail.example", "ada@work.example");
  EXPECT_EQ(holds("ada@mail.example"), "withdrawn") << "a no crosses every link";
  const std::size_t before = clicks("ada@mail.example");
  click(link("ada@mail.example"));
  EXPECT_EQ(clicks("ada@mail.example"), before + 1);
  part("ada@mail.example");
  EXPECT_EQ(holds("ada@mail.example"), "withdrawn");
  EXPECT_EQ(clicks("ada@mail.example"), 1U) << "the person's own click, and no other's";
}

}  // namespace
}  // namespace cdp::app
